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
from forecast.report.issue_view import IssueView
from forecast.report.reading import READING
from forecast.report.sheet_layout import LINE, column_widths, is_long, row_height
from forecast.report.sheet_plan import Sheet, planned_sheets
from forecast.report.situation_changes import notices
from forecast.text.level_colours import LEVEL_COLOURS
from forecast.text.sections import Column, Section
from forecast.text.wording import printable

__all__ = ["write_xlsx"]

_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}
_LONGEST = 32_000
_FROZEN = 3
_MOST_LINES = 8
# What a cell shows is what the page shows: never a flat 0 or 100 %.
_NUMBERS = {
    "whole": "#,##0",
    "count": "#,##0.0",
    "percent": '[<=0.005]"<1 %";[>=0.995]">99 %";0 %',
    "share": "0 %",
    "score": "0.0000",
    "points": "+0 %;\u22120 %;\u00b10 %",
}
_ASIDE: Mapping[str, Any] = {"align": "left", "indent": 1}
_DEGREES = "0.00"


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


def write_xlsx(record: IssueView, folder: Path, stem: str) -> list[Path]:
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
    table, *others = planned_sheets(record)
    page = _fill(book, table, _head(record))
    page.print_area(0, 0, len(record.table) + _MOST_LINES, len(READING) - 1)
    for sheet in others:
        _fill(book, sheet, [])
    book.book.close()
    path = folder / f"{stem}.xlsx"
    write_bytes(path, stream.getvalue())
    return [path]


def _head(record: IssueView) -> list[str]:
    """Return the lines above the risk table."""
    return [*notices(record), record.citation]


def _fill(book: _Book, sheet: Sheet, lines: Sequence[str]) -> Any:
    page = book.book.add_worksheet(sheet.name)
    page.hide_gridlines(2)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    widths = column_widths(sheet.blocks)
    for place, width in widths.items():
        page.set_column(place, place, width)
    row = 0
    for block in sheet.blocks:
        row = _lines(book, page, block, row, lines)
        if block.columns:
            _heading(book, page, block, row, filtered=sheet.filtered)
            row = _rows(book, page, block, row + 1, widths)
        row += 1
    return page


def _lines(book: _Book, page: Any, section: Section, row: int, lines: Sequence[str]) -> int:
    """Write title, note and further lines above a section; return the row after them."""
    page.write_string(row, 0, _text(section.title), book.look(bold=True, font_size=13))
    for line in (section.note, *lines):
        if line:
            row += 1
            page.write_string(row, 0, _text(line), book.look(font_color="#56616c"))
    return row + 1


def _heading(book: _Book, page: Any, section: Section, row: int, *, filtered: bool) -> None:
    look = {"bold": True, "text_wrap": True, "bottom": 1, "bg_color": "#f0f2f4", "valign": "bottom"}
    for place, column in enumerate(section.columns):
        side = _ASIDE if column.form == "text" else {"align": "right"}
        page.write_string(row, place, column.title, book.look(**look, **side))
    page.set_row(row, 2 * LINE + 3)
    if filtered:
        page.freeze_panes(row + 1, min(_FROZEN, len(section.columns) - 1))
        page.autofilter(row, 0, row + max(len(section.rows), 1), len(section.columns) - 1)
        page.repeat_rows(row)


def _rows(book: _Book, page: Any, section: Section, row: int, widths: Mapping[int, int]) -> int:
    """Write the rows of a section; return the row after them."""
    for cells in section.rows:
        page.set_row(row, row_height(section.columns, cells, widths))
        for place, (column, cell) in enumerate(zip(section.columns, cells, strict=True)):
            if isinstance(cell, str):
                look = _text_look(column, cell, wrapped=len(section.columns) > 1)
                page.write_string(row, place, _text(cell), book.look(**look))
            elif cell is not None:
                page.write_number(row, place, cell, book.look(num_format=_form(column, cell)))
        row += 1
    return row


def _text_look(column: Column, cell: str, *, wrapped: bool) -> Mapping[str, Any]:
    if column.name == "level" and cell in LEVEL_COLOURS:
        ground, ink = LEVEL_COLOURS[cell]
        return {"bg_color": ground, "font_color": ink, "bold": True, **_ASIDE}
    return {**_ASIDE, "text_wrap": True} if wrapped and is_long(column) else _ASIDE


def _form(column: Column, cell: float) -> str:
    if column.name in ("latitude", "longitude"):
        return _DEGREES
    if column.form == "whole" and cell != int(cell):
        return _NUMBERS["count"]
    return _NUMBERS.get(column.form, "General")


def _text(text: object) -> str:
    return printable(str(text))[:_LONGEST]
