"""An issue as a workbook: a sheet a table, numbers as numbers, no formula and no link from data.

Settings are constant and the date of the properties is the issue's own, so that the same issue
gives the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from data.files import write_bytes
from forecast.level_colours import LEVEL_COLOURS
from forecast.record import Record
from forecast.sections import Cell, Column, Section
from forecast.sheet_plan import Sheet, planned_sheets
from forecast.situation_changes import notices
from forecast.wording import printable

__all__ = ["write_xlsx"]

_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}
_LONGEST = 32_000
# What a cell shows is what the page shows: never a flat 0 or 100 %.
_NUMBERS = {
    "whole": "#,##0",
    "count": "#,##0.0",
    "percent": '[<=0.005]"<1 %";[>=0.995]">99 %";0 %',
    "points": "+0 %;\u22120 %;\u00b10 %",
}
_DEGREES = "0.00"
_WIDTHS = {"region": 24, "country": 17, "likelihood": 18, "phase": 14, "level": 11, "rank": 6}
_WIDE, _TEXT, _NUMBER = 60, 22, 11
_LONG_WORDS = ("reason", "note", "meaning", "citation", "caveat", "words", "value", "licence")


class _Book:
    """A workbook in the making with its formats, each made once."""

    def __init__(self, stream: io.BytesIO) -> None:
        import xlsxwriter

        self.book = xlsxwriter.Workbook(stream, _OPTIONS)
        self._formats: dict[str, Any] = {}

    def look(self, **wishes: Any) -> Any:
        """Return the format of some wishes."""
        key = repr(sorted(wishes.items()))
        if key not in self._formats:
            base = {"font_name": "Calibri", "font_size": 10, "valign": "top"}
            self._formats[key] = self.book.add_format({**base, **wishes})
        return self._formats[key]


def write_xlsx(record: Record, folder: Path, stem: str) -> list[Path]:
    """Write the issue as a workbook.

    Args:
        record: The issue.
        folder: Where to.
        stem: How the name begins.
    """
    stream = io.BytesIO()
    book = _Book(stream)
    made = datetime.fromisoformat(record.manifest["finished_at"]).replace(tzinfo=None)
    book.book.set_properties({"title": _text(record.title), "created": made, "comments": ""})
    for sheet in planned_sheets(record):
        _fill(book, sheet, _head(record) if sheet.filtered and sheet.name == "Table" else [])
    book.book.close()
    path = folder / f"{stem}.xlsx"
    write_bytes(path, stream.getvalue())
    return [path]


def _head(record: Record) -> list[str]:
    """Return the lines above the risk table."""
    return [*notices(record.manifest["models"]), record.citation]


def _fill(book: _Book, sheet: Sheet, lines: Sequence[str]) -> None:
    page = book.book.add_worksheet(sheet.name)
    page.hide_gridlines(2)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    row = 0
    for block in sheet.blocks:
        row = _block(book, page, block, row, lines=lines, filtered=sheet.filtered)
    _set_widths(page, sheet.blocks)


def _block(
    book: _Book, page: Any, section: Section, row: int, *, lines: Sequence[str], filtered: bool
) -> int:
    """Write a section from a row on and return the row after it."""
    page.write_string(row, 0, _text(section.title), book.look(bold=True, font_size=13))
    row += 1
    for line in (section.note, *lines):
        if line:
            page.write_string(row, 0, _text(line), book.look(font_color="#56616c"))
            row += 1
    if not section.columns:
        return row + 1
    heading = book.look(bold=True, text_wrap=True, bottom=1, bg_color="#f0f2f4", valign="bottom")
    for place, column in enumerate(section.columns):
        page.write_string(row, place, column.title, heading)
    page.set_row(row, 30)
    if filtered:
        page.freeze_panes(row + 1, min(3, len(section.columns) - 1))
        page.autofilter(row, 0, row + max(len(section.rows), 1), len(section.columns) - 1)
        page.repeat_rows(row)
    for cells in section.rows:
        row += 1
        for place, (column, cell) in enumerate(zip(section.columns, cells, strict=True)):
            _cell(book, page, row, place, column, cell)
    return row + 2


def _cell(book: _Book, page: Any, row: int, place: int, column: Column, cell: Cell) -> None:
    if cell is None:
        return
    if isinstance(cell, str):
        page.write_string(row, place, _text(cell), book.look(**_text_look(column, cell)))
    else:
        page.write_number(row, place, cell, book.look(num_format=_number_form(column, cell)))


def _text_look(column: Column, cell: str) -> Mapping[str, Any]:
    if column.name == "level" and cell in LEVEL_COLOURS:
        ground, ink = LEVEL_COLOURS[cell]
        return {"bg_color": ground, "font_color": ink, "bold": True}
    return {"text_wrap": True} if _is_long(column) else {}


def _number_form(column: Column, cell: float) -> str:
    if column.name in ("latitude", "longitude"):
        return _DEGREES
    if column.form == "whole" and cell != int(cell):
        return _NUMBERS["count"]
    return _NUMBERS.get(column.form, "General")


def _set_widths(page: Any, blocks: Sequence[Section]) -> None:
    """Give each column the width that its widest block needs."""
    widths: dict[int, int] = {}
    for section in blocks:
        for place, column in enumerate(section.columns):
            widths[place] = max(widths.get(place, 0), _width(section, place, column))
    for place, width in widths.items():
        page.set_column(place, place, width)


def _width(section: Section, place: int, column: Column) -> int:
    if column.form != "text":
        return _WIDTHS.get(column.name, _NUMBER)
    if column.name in _WIDTHS:
        return _WIDTHS[column.name]
    longest = max((len(str(row[place] or "")) for row in section.rows), default=0)
    return max(len(column.title) + 2, min(longest + 2, _WIDE if _is_long(column) else _TEXT))


def _is_long(column: Column) -> bool:
    return any(word in column.name for word in _LONG_WORDS)


def _text(text: object) -> str:
    return printable(str(text))[:_LONGEST]
