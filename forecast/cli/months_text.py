"""The months a store knows of, one line a month and one column a source, in 100 columns."""

from __future__ import annotations

from collections.abc import Sequence

from data.store.month_status import LISTED, MonthStatus
from data.terminal import one_line, text_table

__all__ = ["months_texts"]

_WIDTH = 100
_NAME = 30
_WORDS = {LISTED: "list, not complete", "failed": "failed (no event)"}


def months_texts(statuses: Sequence[MonthStatus]) -> list[str]:
    """Return the table of months and sources, cut into blocks that fit into 100 columns.

    Args:
        statuses: One entry a source and month, all sources with the same months.
    """
    columns: dict[str, dict[str, MonthStatus]] = {}
    for status in statuses:
        columns.setdefault(_heading(status, statuses), {})[status["month"]] = status
    months = sorted({status["month"] for status in statuses})
    cells = {name: [_cell(found[month]) for month in months] for name, found in columns.items()}
    return [
        text_table(["month", *block], [[m, *row] for m, row in zip(months, rows, strict=True)])
        for block in _blocks(cells)
        for rows in [list(zip(*(cells[name] for name in block), strict=True))]
    ]


def _blocks(cells: dict[str, list[str]]) -> list[list[str]]:
    """Return names of columns that stand beside one another, each block within the width."""
    blocks: list[list[str]] = []
    used = _WIDTH
    for name, column in cells.items():
        width = 2 + max(len(name), *map(len, column))
        if used + width > _WIDTH:
            blocks.append([])
            used = len("YYYY-MM")
        blocks[-1].append(name)
        used += width
    return blocks


def _heading(status: MonthStatus, statuses: Sequence[MonthStatus]) -> str:
    """Return a source's name, with its content where two contents have the same name."""
    name = one_line(status["source"])[:_NAME]
    contents = {s["content"] for s in statuses if s["source"] == status["source"]}
    return f"{name} ({status['content']})" if len(contents) > 1 else name


def _cell(status: MonthStatus) -> str:
    """Return a status in words with release, countries and events."""
    told = [_WORDS.get(status["status"], status["status"].replace("_", " "))]
    if status["release"] is not None:
        told.append(one_line(status["release"])[:_NAME])
    if status["countries"] is not None:
        told.append(f"({status['countries']} countries)")
    if status["events"]:
        told.append(f"{status['events']:,} event{'' if status['events'] == 1 else 's'}")
    return " ".join(told)
