"""How wide the columns and how high the rows of a sheet must be for their text."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from forecast.text.sections import Cell, Column, Section

__all__ = ["LINE", "column_widths", "is_long", "row_height"]

LINE = 13.5
_MOST_LINES = 30
_WIDTHS = {"region": 24, "country": 17, "phase": 14, "level": 11, "rank": 6}
_LONG, _TEXT, _NUMBER = 46, 34, 11
_LONG_WORDS = ("reason", "note", "meaning", "citation", "caveat", "words", "licence")


def is_long(column: Column) -> bool:
    """Say whether a column holds sentences, which are wrapped."""
    return any(word in column.name for word in _LONG_WORDS)


def column_widths(blocks: Sequence[Section]) -> dict[int, int]:
    """Return the width of each column, in letters: what the widest of the sections needs.

    A section of one column has its text run to the right and needs no width.
    """
    widths: dict[int, int] = {}
    for section in blocks:
        for place, column in enumerate(section.columns if len(section.columns) > 1 else ()):
            widths[place] = max(widths.get(place, 0), _width(section, place, column))
    return widths


def row_height(
    columns: Sequence[Column], cells: Sequence[Cell], widths: Mapping[int, int]
) -> float | None:
    """Return the height that a row needs, in points; None where one line will do."""
    if len(columns) == 1:
        return None
    lines = [
        math.ceil((len(cell) + 1) / (widths[place] - 1))
        for place, (column, cell) in enumerate(zip(columns, cells, strict=True))
        if isinstance(cell, str) and is_long(column)
    ]
    most = min(max(lines, default=1), _MOST_LINES)
    return None if most == 1 else LINE * most


def _width(section: Section, place: int, column: Column) -> int:
    if column.name in _WIDTHS:
        return _WIDTHS[column.name]
    if column.form != "text":
        return _NUMBER
    longest = max((len(str(row[place] or "")) for row in section.rows), default=0)
    return max(len(column.title) + 3, min(longest + 3, _LONG if is_long(column) else _TEXT))
