"""An issue as a workbook: a sheet a table, numbers as numbers, no formula and no link from data.

Settings are constant and the date of the properties is the issue's own, so that the same issue
gives the same bytes.
"""

from __future__ import annotations

import io
import math
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from data.files import write_bytes
from forecast.report.colours import LEVEL_COLOURS, SOFT
from forecast.report.issue_view import IssueView
from forecast.report.reference import READING
from forecast.text.sections import Column, Section
from forecast.text.wording import printable

__all__ = ["Sheet", "planned_sheets", "write_xlsx"]

_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}
_LONGEST_CELL, _LONGEST_NAME = 32_000, 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\\ufffd]")
_FROZEN = 3
_PRINTED_LINES = 8
# Pixels: no column is wider, sentences are wrapped to this width. Programs without Calibri take a
# wider font.
_WIDEST, _WIDER_FONT = 330, 1.15
# Points a line, and the most lines of a row.
_LINE, _MOST_LINES = 13.5, 30
# Names of models and versions: wrapped, they would make every row high.
_UNWRAPPED = ("model_events", "model_deaths", "model_version")
# Letters that a filter's arrow takes from a heading, and the least width of a column of text.
_ARROW, _LEAST_TEXT = 3, 11
# Never a flat 0 or 100 %; with a decimal, as a spreadsheet would round across a level's edge.
_NUMBERS = {
    "whole": "#,##0",
    "count": "#,##0.0",
    "percent": '[<0.01]"<1 %";[>0.99]">99 %";0.0 %',
    "share": "0 %",
    "score": "0.0000",
    "points": "+0 %;\u22120 %;\u00b10 %",
}
_DEGREES = "0.00"
_TEXT: Mapping[str, Any] = {"align": "left", "indent": 1}
# Sections that share a sheet, whatever of them an issue has.
_GROUPS: dict[str, Callable[[str], bool]] = {
    "Movers": lambda name: name in ("movers_up", "movers_down", "new_on_list", "left_list"),
    "Verification": lambda name: name.startswith("scorecard"),
    "Watch": lambda name: name.startswith("watch"),
}
_ALWAYS = ("Movers", "Verification")


@dataclass(frozen=True)
class Sheet:
    """One sheet.

    Attributes:
        name: What stands on its tab.
        blocks: Sections below each other.
        filtered: Whether it is one table, with a frozen header and filters.
    """

    name: str
    blocks: tuple[Section, ...]
    filtered: bool


class _Book:
    """A workbook in the making with its formats, each made once."""

    def __init__(self, stream: io.BytesIO) -> None:
        import xlsxwriter

        self.book = xlsxwriter.Workbook(stream, _OPTIONS)
        self._formats: dict[str, Any] = {}

    def look(self, **properties: Any) -> Any:
        """Return the format with some properties."""
        key = repr(sorted(properties.items()))
        if key not in self._formats:
            base = {"font_name": "Calibri", "font_size": 10, "valign": "top"}
            self._formats[key] = self.book.add_format({**base, **properties})
        return self._formats[key]


def write_xlsx(view: IssueView, folder: Path, stem: str) -> list[Path]:
    """Write the issue as a workbook.

    Args:
        view: The issue.
        folder: Where to.
        stem: How the name begins.
    """
    stream = io.BytesIO()
    book = _Book(stream)
    made = datetime.fromisoformat(view.manifest["finished_at"]).replace(tzinfo=None)
    book.book.set_properties({"title": _text(view.title), "created": made, "comments": ""})
    table, *others = planned_sheets(view)
    page = _fill(book, table, [*map(str, view.notices), view.citation])
    page.print_area(0, 0, len(view.rows) + _PRINTED_LINES, len(READING) - 1)
    for sheet in others:
        _fill(book, sheet, [])
    book.book.close()
    path = folder / f"{stem}.xlsx"
    write_bytes(path, stream.getvalue())
    return [path]


def planned_sheets(view: IssueView) -> list[Sheet]:
    """Return the sheets of an issue in the order of reading, each with a name of its own."""
    reference = view.reference
    sheets = [Sheet("Table", (_in_reading_order(view.risk),), filtered=True)]
    if reference["notes"].rows:
        sheets.append(Sheet("Notes", (reference["notes"],), filtered=False))
    taken: set[str] = set()
    for group, belongs in _GROUPS.items():
        blocks = tuple(section for section in view.sections if belongs(section.name))
        taken |= {section.name for section in blocks}
        if blocks or group in _ALWAYS:
            sheets.append(Sheet(group, blocks or (_absent(group),), filtered=False))
    others = [section for section in view.sections if section.name not in taken]
    sheets += [Sheet(section.title, (section,), filtered=bool(section.rows)) for section in others]
    origin = tuple(reference[name] for name in ("sources", "models", "about", "limitations"))
    sheets += [
        Sheet("Levels", (reference["levels"], reference["likelihoods"]), filtered=False),
        Sheet("Sources", origin, filtered=False),
        Sheet("Dictionary", (view.dictionary,), filtered=True),
    ]
    return _named(sheets)


def _in_reading_order(risk: Section) -> Section:
    """Return the whole table with what is read before what identifies."""
    names = [column.name for column in risk.columns]
    order = [*READING, *(name for name in names if name not in READING)]
    places = [names.index(name) for name in order]
    rows = tuple(tuple(row[place] for place in places) for row in risk.rows)
    return replace(risk, columns=tuple(risk.columns[place] for place in places), rows=rows)


def _absent(group: str) -> Section:
    return Section(group.casefold(), group, "This issue has no such section.")


def _named(sheets: list[Sheet]) -> list[Sheet]:
    """Give each sheet a name that every program takes and no other sheet has."""
    named: dict[str, Sheet] = {}
    for sheet in sheets:
        name = _FORBIDDEN.sub(" ", printable(sheet.name)).strip(" '")[:_LONGEST_NAME].strip(" '")
        name = name if name and name.casefold() != "history" else "Section"
        number, whole = 2, name
        while whole.casefold() in named:
            tail = f" {number}"
            whole, number = f"{name[: _LONGEST_NAME - len(tail)]}{tail}", number + 1
        named[whole.casefold()] = replace(sheet, name=whole)
    return list(named.values())


def _fill(book: _Book, sheet: Sheet, lines: Sequence[str]) -> Any:
    """Write a sheet: tables first, from which the widths follow, then what runs to the right."""
    page = book.book.add_worksheet(sheet.name)
    page.hide_gridlines(2)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    starts = _starts(sheet.blocks, lines)
    for block, start in zip(sheet.blocks, starts, strict=True):
        if len(block.columns) > 1:
            _rows(book, page, block, start)
    _fit_widths(page, sheet.blocks)
    for block, start in zip(sheet.blocks, starts, strict=True):
        _titles(book, page, block, start, lines)
        if block.columns:
            _heading(book, page, block, start - 1, filtered=sheet.filtered)
        if len(block.columns) == 1:
            _rows(book, page, block, start)
    return page


def _starts(blocks: Sequence[Section], lines: Sequence[str]) -> list[int]:
    """Return the place of each section's first row: title, notes and heading stand above it."""
    starts, row = [], 0
    for block in blocks:
        row += 1 + sum(map(bool, (block.note, *lines))) + bool(block.columns)
        starts.append(row)
        row += len(block.rows) + 1
    return starts


def _fit_widths(page: Any, blocks: Sequence[Section]) -> None:
    """Make columns as wide as their cells and headings need, up to a limit.

    A section of one column has its text run to the right and needs no width.
    """
    least: dict[int, int] = {}
    for section in blocks:
        for place, column in enumerate(section.columns if len(section.columns) > 1 else ()):
            heading = _two_lines(column.title) + _ARROW
            text = _LEAST_TEXT if column.form == "text" else 0
            least[place] = max(least.get(place, 0), heading, text)
    for place, width in least.items():
        page.set_column(place, place, width)
    page.autofit(_WIDEST)


def _two_lines(title: str) -> int:
    """Return how many letters wide a heading must be to stand in two lines."""
    longest = max([1, *map(len, title.split())])
    widths = range(longest, max(longest, len(title)) + 1)
    return next(width for width in widths if len(textwrap.wrap(title, width)) <= 2)


def _titles(book: _Book, page: Any, section: Section, start: int, lines: Sequence[str]) -> None:
    """Write title, note and further lines above a section whose rows start there."""
    notes = [line for line in (section.note, *lines) if line]
    row = start - bool(section.columns) - len(notes) - 1
    page.write_string(row, 0, _text(section.title), book.look(bold=True, font_size=13))
    for place, line in enumerate(notes, start=row + 1):
        page.write_string(place, 0, _text(line), book.look(font_color=SOFT))


def _heading(book: _Book, page: Any, section: Section, row: int, *, filtered: bool) -> None:
    look = {"bold": True, "text_wrap": True, "bottom": 1, "bg_color": "#f0f2f4", "valign": "bottom"}
    for place, column in enumerate(section.columns):
        side = _TEXT if column.form == "text" else {"align": "right"}
        page.write_string(row, place, column.title, book.look(**look, **side))
    page.set_row(row, 2 * _LINE + 3)
    if filtered:
        page.freeze_panes(row + 1, min(_FROZEN, len(section.columns) - 1))
        page.autofilter(row, 0, row + max(len(section.rows), 1), len(section.columns) - 1)
        page.repeat_rows(row)


def _rows(book: _Book, page: Any, section: Section, start: int) -> None:
    """Write the rows of a section, each as high as its wrapped text needs."""
    for row, cells in enumerate(section.rows, start=start):
        highest = 1
        for place, (column, cell) in enumerate(zip(section.columns, cells, strict=True)):
            if isinstance(cell, str):
                wrapping = column.name not in _UNWRAPPED and len(section.columns) > 1
                lines = _lines_of(cell) if wrapping else 1
                highest = max(highest, lines)
                look = book.look(**_text_look(column, cell, wrapped=lines > 1))
                page.write_string(row, place, _text(cell), look)
            elif cell is not None:
                look = book.look(num_format=_form(column, cell), align="right")
                page.write_number(row, place, cell, look)
        page.set_row(row, _LINE * highest if highest > 1 else None)


def _lines_of(text: str) -> int:
    """Return how many lines a text takes in the widest column."""
    from xlsxwriter.utility import cell_autofit_width

    pixels: int = cell_autofit_width(text)
    return min(math.ceil(pixels * _WIDER_FONT / _WIDEST), _MOST_LINES)


def _text_look(column: Column, cell: str, *, wrapped: bool) -> Mapping[str, Any]:
    if column.name == "level" and cell in LEVEL_COLOURS:
        ground, ink = LEVEL_COLOURS[cell]
        return {"bg_color": ground, "font_color": ink, "bold": True, **_TEXT}
    return {**_TEXT, "text_wrap": True} if wrapped else _TEXT


def _form(column: Column, cell: float) -> str:
    if column.name in ("latitude", "longitude"):
        return _DEGREES
    if column.form == "whole" and cell != int(cell):
        return _NUMBERS["count"]
    return _NUMBERS.get(column.form, "General")


def _text(text: object) -> str:
    return printable(str(text))[:_LONGEST_CELL]
