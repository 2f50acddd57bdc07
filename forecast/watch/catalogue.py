"""The table of watch sections, in the order in which a reader meets them, and what is made of it.

To add one: a module with its ``EventSection`` or ``MonthSection``, and its line in ``WATCH``.
"""

from __future__ import annotations

from collections.abc import Sequence

from forecast.text.sections import Section
from forecast.watch.area_months import AreaMonths
from forecast.watch.debuts import FIRST_ATTACKS, NEW_ATTACKERS
from forecast.watch.event_rows import EventRows
from forecast.watch.historic_maxima import HISTORIC_MAXIMA
from forecast.watch.same_day import SAME_DAY
from forecast.watch.section import EventSection, MonthSection
from forecast.watch.sites import SITES
from forecast.watch.surges import SURGES

__all__ = ["MOST", "WATCH", "has_sentences", "watch_sections", "watch_sentences"]

WATCH: tuple[EventSection | MonthSection, ...] = (
    SITES,
    NEW_ATTACKERS,
    SAME_DAY,
    FIRST_ATTACKS,
    HISTORIC_MAXIMA,
    SURGES,
)
MOST = 15


def watch_sections(
    month: str,
    lists: Sequence[EventRows],
    counts: Sequence[AreaMonths],
    *,
    remark: str = "",
    most: int = MOST,
) -> tuple[Section, ...]:
    """Return the watch sections, each with its strongest rows of every list.

    Args:
        month: The last month; nothing later is in lists and counts.
        lists: Event rows; empty where there are only figures.
        counts: Counts by month; empty where no list is complete.
        remark: What a reader should know of the regions, or why there is no list.
        most: Rows of each list and section.
    """
    return tuple(
        watch.run(month, lists, remark, most)
        if isinstance(watch, EventSection)
        else watch.run(month, counts, most)
        for watch in WATCH
    )


def watch_sentences(section: Section, most: int | None = None) -> list[str]:
    """Return the first rows of a watch section as sentences; all of them by default."""
    (watch,) = (watch for watch in WATCH if watch.name == section.name)
    names = [column.name for column in section.columns]
    return [
        watch.sentence(dict(zip(names, texts, strict=True))) for texts in section.texts()[:most]
    ]


def has_sentences(section: Section) -> bool:
    """Say whether a section is one of the watch sections, with the columns that they have."""
    names = {column.name for column in section.columns}
    return any(
        section.name == watch.name and {column.name for column in watch.columns} <= names
        for watch in WATCH
    )
