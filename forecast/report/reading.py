"""The risk table as it is read: the columns that say something, long names cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from forecast.report.issue_view import IssueView
from forecast.text.sections import Cell, Section
from forecast.text.wording import month_words, shortened

__all__ = ["NAMES", "READING", "chosen", "reading_part"]

# Columns for readers, in their order; what is the same in all rows stands beside the table.
READING = (
    *("rank", "region", "country", "level", "likelihood", "p_attack", "change_p_attack"),
    *("p_escalation", "phase", "expected_events", "events_p05", "events_p95"),
    *("expected_deaths", "deaths_p05", "deaths_p95", "p_deaths_25"),
    *("last_events", "mean12_events", "last_deaths", "mean12_deaths"),
    *("reason_1", "reason_2", "reason_3", "confidence", "confidence_reason", "data_status"),
)
NAMES = ("region", "country")


def reading_part(record: IssueView) -> Section:
    """Return one horizon's table for readers; columns without any value are left out.

    Args:
        record: The issue with one horizon.
    """
    risk = record.risk()
    place = [column.name for column in risk.columns].index
    names = [name for name in READING if any(row[place(name)] is not None for row in risk.rows)]
    month = month_words(str(record.table["target_month"].iloc[0]))
    return replace(
        chosen(risk, names),
        title=f"Risk in {month}",
        note="Ranked by the chance of at least one attack; 5 % and 95 % bound the range that holds"
        " nine tenths of the draws.",
    )


def chosen(section: Section, names: Sequence[str]) -> Section:
    """Return some columns of a section, names of places cut where they are very long."""
    places = [[column.name for column in section.columns].index(name) for name in names]
    rows = tuple(tuple(_cut(section, row, place) for place in places) for row in section.rows)
    return replace(section, columns=tuple(section.columns[place] for place in places), rows=rows)


def _cut(section: Section, row: Sequence[Cell], place: int) -> Cell:
    return shortened(row[place]) if section.columns[place].name in NAMES else row[place]
