"""Excel workbooks (.xlsx) as text: each cell as it would stand in a CSV, each row on its own line.

Owns the limits on what a workbook may unpack to. Ids keep their digits and days are written as
YYYY-MM-DD; which sheet holds what is for the readers.
"""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from data.errors import SourceError

__all__ = ["WORKBOOK", "cell_text", "is_workbook", "sheets_of", "workbook_csv"]

# The member by which a zip is known to be a workbook.
WORKBOOK = "xl/workbook.xml"

MAX_RATIO = 200
_MAX_UNPACKED = 2 << 30
_BLOCK = 1 << 20
_DAMAGE = (EOFError, OSError, RuntimeError, zipfile.BadZipFile, zlib.error)

# What no program writes into a workbook: it lets a parser of XML open files or fill the memory.
_DECLARED = (b"<!doctype", b"<!entity")
_ENCODING = re.compile(rb"""^<\?xml[^>]*?encoding\s*=\s*["']([^"']*)""")
_ENCODINGS = (b"utf-8", b"utf-16", b"us-ascii", b"iso-8859-1", b"windows-1252")
# A cell whose formula was never computed: it has no value, and is not an empty text.
_NOT_COMPUTED = re.compile(
    rb"<c\b([^<>]{0,200})>\s?<f\b[^<>]{0,500}(?:/>|>[^<]{0,9000}</f>)\s?"
    rb"(?:<v ?/>|<v></v>)?\s?</c>"
)
_PLACE = re.compile(rb' r="([A-Z]{1,3}[0-9]{1,7})"')
_SHEETS = "xl/worksheets/"
_PARTS = (".xml", ".rels")
# What is looked for may begin in one block and end in the next.
_OVERLAP = 20_000

Row = tuple[int, tuple[Any, ...]]


def is_workbook(path: Path) -> bool:
    """Say whether a file is an Excel workbook (.xlsx), by its content."""
    try:
        with zipfile.ZipFile(path) as archive:
            return WORKBOOK in archive.namelist()
    except (OSError, zipfile.BadZipFile):
        return False


def sheets_of(path: Path) -> dict[str, list[Row]]:
    """Return the rows of every sheet that are not blank with their numbers, by the sheet's title.

    Raises:
        SourceError: The workbook is damaged, or unpacks beyond the limits.
    """
    from openpyxl import load_workbook

    _check_size(path)
    # Opened here, because openpyxl leaves a file open when it fails on it.
    with path.open("rb") as stream, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        try:
            book = load_workbook(stream, read_only=True, data_only=True)
            return {sheet.title: list(_filled(sheet)) for sheet in book.worksheets}
        except (*_DAMAGE, KeyError, ValueError, TypeError, AttributeError, SyntaxError) as error:
            raise _damaged(path, error) from None


def workbook_csv(path: Path) -> bytes:
    """Return the first sheet that is not blank as CSV in UTF-8; its lines are the sheet's rows.

    Raises:
        SourceError: The workbook is damaged, unpacks beyond the limits or holds no rows.
    """
    rows = next(filter(None, sheets_of(path).values()), None)
    if rows is None:
        raise SourceError("the workbook holds no rows: expected a table", file=path)
    width = max(_width(cells) for _, cells in rows)
    text = io.StringIO()
    writer, at = csv.writer(text, lineterminator="\n"), 1
    for number, cells in rows:
        text.write("\n" * (number - at))
        writer.writerow([_one_line(cell_text(cell)) for cell in cells[:width]])
        at = number + 1
    return text.getvalue().encode()


def cell_text(cell: object) -> str:
    """Return a cell as text: whole numbers without decimals, days without a time of day.

    Example:
        >>> cell_text(101.0), cell_text(datetime(2024, 1, 5)), cell_text(None)
        ('101', '2024-01-05', '')
    """
    if cell is None:
        return ""
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _width(cells: tuple[Any, ...]) -> int:
    return max((place for place, cell in enumerate(cells, start=1) if cell is not None), default=0)


def _one_line(text: str) -> str:
    return " ".join(text.splitlines()) if "\n" in text or "\r" in text else text


def _damaged(path: Path, error: Exception | str) -> SourceError:
    return SourceError(f"the workbook is damaged ({error}): fetch the file again", file=path)


def _check_size(path: Path) -> None:
    """Unpack every member once without storing it, within the limits, and look at what it says.

    Raises:
        SourceError: It unpacks to more than the limits allow, a member is damaged or declares
            entities, or a formula has no value.
    """
    limit = min(_MAX_UNPACKED, max(_BLOCK, MAX_RATIO * path.stat().st_size))
    taken = 0
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                with archive.open(member) as stream:
                    look = _Look(member.filename, path)
                    while block := stream.read(_BLOCK):
                        taken += len(block)
                        if taken > limit:
                            raise SourceError(
                                f"expected at most {limit:,} bytes unpacked, got more: the"
                                " workbook is refused as too large",
                                file=path,
                            )
                        look.at(block)
    except _DAMAGE as error:
        raise _damaged(path, error) from None


class _Look:
    """What one part of a workbook says, block by block: no entities, no formula without a value."""

    def __init__(self, name: str, path: Path) -> None:
        self._path = path
        self._name = name
        self._text = name.lower().endswith(_PARTS)
        self._sheet = name.lower().startswith(_SHEETS)
        self._before = b""
        self._begun = False

    def at(self, block: bytes) -> None:
        """Look at the next block.

        Raises:
            SourceError: It holds what is refused.
        """
        if not self._text:
            return
        # Letters of ASCII in UTF-16 are the same without the zeros.
        plain = block.replace(b"\0", b"")
        if not self._begun:
            self._refuse_encoding(plain)
        text = self._before + plain
        lowered = text.lower()
        if any(mark in lowered for mark in _DECLARED):
            raise SourceError(
                "expected an Excel workbook, got XML that declares a type or entities, as no"
                " program writes it: refused",
                file=self._path,
            )
        cells = _NOT_COMPUTED.finditer(text) if self._sheet and b"<f" in text else ()
        for found in (cell for cell in cells if b' t="str"' not in cell[1]):
            place = _PLACE.search(found[1])
            cell = f" in cell {place[1].decode()}" if place else ""
            raise SourceError(
                f"expected values, got a formula that was never computed{cell}: open the workbook"
                " in a spreadsheet program and save it",
                file=self._path,
            )
        self._before, self._begun = text[-_OVERLAP:], True

    def _refuse_encoding(self, head: bytes) -> None:
        """Refuse what is not XML in an encoding in which marks are found as they are written."""
        start = head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
        named = _ENCODING.match(start)
        if start[:1] != b"<":
            raise _damaged(self._path, f"{self._name} is no XML")
        if named and named[1].lower() not in _ENCODINGS:
            raise _damaged(self._path, f"{self._name} is in a strange encoding")


def _filled(sheet: Any) -> Iterator[Row]:
    """Yield each row that is not blank with its number."""
    sheet.reset_dimensions()
    for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
        if any(cell is not None for cell in cells):
            yield number, cells
