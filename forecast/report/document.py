"""The brief as a Word document of two pages: headline, map, first ten, what changed, how sure.

The words are those of the Markdown brief. Text from data is printed as it stands, control
characters marked; nothing becomes a field or a link. Times inside the file are fixed, so that the
same issue gives the same bytes.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from data.files import write_bytes
from forecast.report.brief import BRIEF_LIMITATIONS, HEADINGS, levels_line, likelihoods_line
from forecast.report.canvas import picture_bytes, steady
from forecast.report.colours import INK, LEVEL_COLOURS, SOFT
from forecast.report.issue_view import IssueView
from forecast.report.map_drawing import draw_map
from forecast.report.rows import Row, place, reasons_of, with_range
from forecast.report.situation import (
    Situation,
    lede,
    observed,
    outlook,
    scope,
    situation_of,
    title,
)
from forecast.report.situation_changes import changes, confidence, scorecard, watched
from forecast.text.wording import MISSING, percent, points, printable

__all__ = ["write_docx"]

TOP = 10
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
_NOTES, _WATCHED, _LONGEST = 3, 6, 560
# Centimetres to leave below each part, so that each page holds its last one.
_ROOM = {
    "notices": 20.0,
    "notes": 16.0,
    "past": 13.0,
    "outlook": 10.0,
    "scope": 7.5,
    "changes": 8.2,
    "confidence": 4.6,
    "watch": 4.6,
}
_WIDTH_CM, _HEIGHT_CM = 17.4, 26.4
_TALLEST_CM, _LOWEST_CM = 14.5, 5.0
# A line's height and a letter's width, centimetres a point: those of a wide font.
_LINE_CM, _LETTER_CM, _GAP_CM, _RULE_CM = 0.042, 0.0192, 0.15, 0.03
_LONGEST_BOX, _LONGEST_ENTRY = 340, 200
_NORMAL, _SMALL = 10.0, 8.0
_COLUMNS = (("", 0.75), ("Region", 3.1), ("Level", 2.0), ("Chance", 1.9), ("Attacks", 2.0))
_LAST = (("Deaths", 2.4), ("Why", 5.25))


def write_docx(view: IssueView, folder: Path, stem: str) -> list[Path]:
    """Write the brief of the nearest month.

    Args:
        view: The issue.
        folder: Where to.
        stem: How the name begins.
    """
    now = situation_of(view)
    made = datetime.fromisoformat(view.manifest["finished_at"]).replace(tzinfo=None)
    page = _WordPage(title(now), made)
    _first_page(page, now)
    _second_page(page, now)
    stream = io.BytesIO()
    page.document.save(stream)
    path = folder / f"{stem}.docx"
    write_bytes(path, _timeless(stream.getvalue()))
    return [path]


def _first_page(page: _WordPage, now: Situation) -> None:
    page.heading(title(now), size=20)
    page.text(lede(now), soft=True)
    for notice in now.view.notices:
        page.boxed(str(notice), keep=_ROOM["notices"])
    for note in now.view.notes[-_NOTES:]:
        about = f" on {note.region}" if note.region else ""
        by = f", {note.author}" if note.author else ""
        page.boxed(f"Analyst's note{about} ({note.day}{by}): {note.text}", keep=_ROOM["notes"])
    _part(page, "past", now, observed(now))
    _part(page, "outlook", now, outlook(now))
    _part(page, "scope", now, scope(now))
    with steady():
        page.picture(picture_bytes(draw_map(now.view, bare=True), "png"), below=1.2)
    page.text(
        f"Regions by level of risk in {now.view.month}; numbers are ranks in the table overleaf.",
        small=True,
    )


def _second_page(page: _WordPage, now: Situation) -> None:
    page.new_page()
    count = min(TOP, len(now.rows))
    if count:
        page.heading(f"The first {count} regions" if count > 1 else "The region")
        page.ranking(now.rows[:TOP])
    _part(page, "changes", now, changes(now))
    _part(page, "confidence", now, [*confidence(now), scorecard(now.view)])
    sections = watched(now.view)[:_WATCHED]
    if sections and page.has_room(_ROOM["watch"]):
        page.heading(HEADINGS["watch"])
        for heading, text in sections:
            page.entry(heading, text, keep=_ROOM["watch"])
    page.heading(HEADINGS["reading"])
    for line in _reading(now.view):
        page.text(line[:_LONGEST], small=True)


def _part(page: _WordPage, name: str, now: Situation, sentences: Sequence[str]) -> None:
    if sentences and page.has_room(_ROOM[name]):
        if name in HEADINGS:
            page.heading(HEADINGS[name].format(month=now.view.month))
        page.text(" ".join(sentences), keep=_ROOM[name])


def _reading(view: IssueView) -> list[str]:
    return [
        f"{levels_line(view)} {likelihoods_line()}",
        view.citation,
        " ".join(BRIEF_LIMITATIONS),
    ]


def _timeless(content: bytes) -> bytes:
    """Return a zip with the same files and no clock in it."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, _FIRST_DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            new.writestr(entry, old.read(name))
    return stream.getvalue()


class _WordPage:
    """A4 pages in the making, with the room that is left on the current one.

    Args:
        name: Its title.
        made: Date of its properties.
    """

    def __init__(self, name: str, made: datetime) -> None:
        import docx
        from docx.shared import Cm, Pt

        self.document = docx.Document()
        self._cm, self._pt = Cm, Pt
        self._left = _HEIGHT_CM
        properties = self.document.core_properties
        properties.title, properties.author, properties.comments = _text(name), "escalation", ""
        properties.created = properties.modified = made
        properties.last_modified_by, properties.revision = "escalation", 1
        sheet = self.document.sections[0]
        sheet.page_width, sheet.page_height = Cm(21), Cm(29.7)
        sheet.left_margin = sheet.right_margin = Cm(1.8)
        sheet.top_margin, sheet.bottom_margin = Cm(1.5), Cm(1.3)
        style = self.document.styles["Normal"]
        style.font.name, style.font.size = "Calibri", Pt(10)
        style.paragraph_format.space_after = Pt(4)
        style.paragraph_format.line_spacing = 1.0

    def heading(self, text: str, *, size: float = 12) -> None:
        """Add a heading; the largest one is the title."""
        level = 0 if size > 14 else 1
        paragraph = self.document.add_heading(level=level)
        paragraph.paragraph_format.space_before = self._pt(0 if level == 0 else 6)
        paragraph.paragraph_format.space_after = self._pt(2)
        run = self._run(paragraph, text, size=size, bold=True)
        run.font.name = "Calibri"
        self._left -= _tall(text, size) + 0.3

    def text(self, text: str, *, soft: bool = False, small: bool = False, keep: float = 0) -> None:
        """Add a paragraph, cut where the page has no room for it.

        Args:
            text: What it says.
            soft: Whether it is grey.
            small: Whether it is small print, grey too.
            keep: Room to leave below it, centimetres.
        """
        size = _SMALL if small else _NORMAL
        fitting = self._fitting(text, size, keep)
        if fitting:
            paragraph = self._paragraph(2 if small else 4)
            self._run(paragraph, fitting, size=size, colour=SOFT if soft or small else INK)

    def entry(self, heading: str, text: str, *, keep: float) -> None:
        """Add a line that begins with a bold name."""
        fitting = self._fitting(_cut(f"{heading}: {text}", _LONGEST_ENTRY), 9, keep)
        if len(fitting) > len(heading) + 2:
            paragraph = self._paragraph(1)
            self._run(paragraph, f"{heading}:", size=9, bold=True).add_text(" ")
            self._run(paragraph, fitting[len(heading) + 2 :], size=9)

    def boxed(self, text: str, *, keep: float) -> None:
        """Add a paragraph on a ground that sets it off."""
        fitting = self._fitting(_cut(text, _LONGEST_BOX), 9, keep)
        if fitting:
            paragraph = self._paragraph(4)
            _shade(paragraph._p.get_or_add_pPr(), "fff7e3")
            self._run(paragraph, fitting, size=9)

    def picture(self, content: bytes, *, below: float) -> None:
        """Add a picture as large as the page still lets it be.

        Args:
            content: Its bytes.
            below: Room to leave below it, centimetres.
        """
        picture = self.document.add_picture(io.BytesIO(content), width=self._cm(_WIDTH_CM))
        tallest = self._cm(min(max(self._left - below, _LOWEST_CM), _TALLEST_CM))
        if picture.height > tallest:
            picture.width = int(picture.width * tallest / picture.height)
            picture.height = tallest
        self.document.paragraphs[-1].paragraph_format.space_after = self._pt(0)

    def has_room(self, keep: float) -> bool:
        """Say whether a heading and two lines fit above the room to leave."""
        return self._left - keep > 4 * _LINE_CM * _NORMAL

    def new_page(self) -> None:
        """Let what follows begin on a page of its own."""
        from docx.enum.text import WD_BREAK

        last = self.document.paragraphs[-1]
        last.add_run().add_break(WD_BREAK.PAGE)
        self._left = _HEIGHT_CM

    def ranking(self, rows: Sequence[Row]) -> None:
        """Add the table of the first regions with their reasons."""
        from docx.enum.table import WD_TABLE_ALIGNMENT

        deaths = any(row["expected_deaths"] is not None for row in rows)
        columns = (*_COLUMNS, *(_LAST if deaths else (("Why", _LAST[0][1] + _LAST[1][1]),)))
        table = self.document.add_table(rows=1, cols=len(columns))
        table.autofit = False
        table.style, table.alignment = "Table Grid", WD_TABLE_ALIGNMENT.CENTER
        for cell, (name, _) in zip(table.rows[0].cells, columns, strict=True):
            self._fill(cell, name, bold=True)
            _shade(cell._tc.get_or_add_tcPr(), "f0f2f4")
        _repeat(table.rows[0])
        for row in rows:
            self._region(table.add_row(), row, deaths=deaths)
        for column, (_, width) in zip(table.columns, columns, strict=True):
            column.width = self._cm(width)
        for line in table.rows:
            for cell, (_, width) in zip(line.cells, columns, strict=True):
                cell.width = self._cm(width)
            self._left -= max(
                _tall(cell.text, 8, width=width - 0.4) - _GAP_CM + _RULE_CM
                for cell, (_, width) in zip(line.cells, columns, strict=True)
            )

    def _region(self, line: Any, row: Row, *, deaths: bool) -> None:
        cells = line.cells
        self._fill(cells[0], str(row["rank"]))
        self._fill(cells[1], _cut(place(row), 45), bold=True)
        ground, ink = LEVEL_COLOURS[str(row["level"])]
        _shade(cells[2]._tc.get_or_add_tcPr(), ground[1:])
        self._fill(cells[2], str(row["level"]), bold=True, colour=ink)
        change = points(row["change_p_attack"])
        moved = f" ({change})" if change != MISSING else ""
        self._fill(cells[3], f"{percent(row['p_attack'])}{moved}")
        self._fill(cells[4], with_range(row, "events"))
        if deaths:
            self._fill(cells[5], with_range(row, "deaths"))
        self._fill(cells[-1], _cut("; ".join(reasons_of(row)[:2]), 110))

    def _paragraph(self, below: float) -> Any:
        paragraph = self.document.add_paragraph()
        paragraph.paragraph_format.space_after = self._pt(below)
        return paragraph

    def _fitting(self, text: str, size: float, keep: float) -> str:
        """Return as much of a text as the page has room for, and take that room."""
        text = _text(text)
        lines = int((self._left - keep - _GAP_CM) / (_LINE_CM * size))
        fitting = _cut(text, lines * _letters(size, _WIDTH_CM)) if lines > 0 else ""
        if fitting:
            self._left -= _tall(fitting, size)
        return fitting

    def _fill(self, cell: Any, text: str, *, bold: bool = False, colour: str = INK) -> None:
        paragraph = cell.paragraphs[0]
        paragraph.paragraph_format.space_after = self._pt(0)
        self._run(paragraph, text, size=8, bold=bold, colour=colour)

    def _run(
        self, paragraph: Any, text: str, *, size: float, bold: bool = False, colour: str = INK
    ) -> Any:
        from docx.shared import RGBColor

        run = paragraph.add_run(_text(text))
        run.font.size, run.font.bold = self._pt(size), bold
        run.font.color.rgb = RGBColor.from_string(colour[1:].upper())
        return run


def _letters(size: float, width: float) -> int:
    """Return how many letters a line holds at least."""
    return max(int(width / (_LETTER_CM * size)), 1)


def _tall(text: str, size: float, *, width: float = _WIDTH_CM) -> float:
    """Return the height that a paragraph takes at most, centimetres."""
    return (len(text) // _letters(size, width) + 1) * _LINE_CM * size + _GAP_CM


def _shade(properties: Any, colour: str) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", colour)):
        shade.set(qn(f"w:{name}"), value)
    properties.append(shade)


def _repeat(row: Any) -> None:
    """Let a row stand at the head of each page that its table reaches."""
    from docx.oxml import OxmlElement

    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _text(text: str) -> str:
    return printable(" ".join(text.split()))
