"""Delimited text to a frame of text: every cell unchanged, every row with its line.

Owns headers, separators, quotation marks and the count of fields. Nothing is typed or guessed
here: numbers, dates and codes belong to ``validation``. One parser does it all, so that line
numbers and cells can never disagree.
"""

from __future__ import annotations

import contextlib
import csv
import gc
import io
import itertools
import re
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import NoReturn

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from data.errors import SourceError
from data.tabular.archives import open_plain
from data.tabular.encodings import CP1252, check_head, codec_of, refuse_encoding
from data.tabular.headers import check_separator, choose_columns

__all__ = [
    "TAGS_SKIPPED",
    "Delimited",
    "delimiter_of",
    "first_record",
    "read_delimited",
    "read_head",
    "read_header",
    "read_sample",
]

_MAX_LINE = 10_000_000
# So much of a first line is looked at to tell what the file is.
_MAX_HEADER = 1 << 20
_MAX_EMPTY = 1_000_000
_MAX_COLUMNS = 5_000
_BATCH = 5_000
_OTHERS = ";\t|"
TAGS_SKIPPED = "a row of HXL tags was skipped"
# What Windows-1252 holds where Latin-1 holds control characters.
_CONTROL = re.compile("[\x80-\x9f]")
_END = {"\n": "LF", "\r\n": "CRLF", "\r": "CR"}


@dataclass(frozen=True)
class Delimited:
    """The chosen columns of a delimited file as text.

    Attributes:
        file: Where it was read from.
        header: All column names of the file, in its order.
        text: Chosen columns, one row a record; absent cells of a short row are empty.
        lines: (rows,) int64, the physical line on which each record begins, from 1.
        short: (rows,) bool, whether the record has fewer fields than the header.
        ended: Whether the file's last line ends in a line break.
        fixed: What was repaired without a loss, in sentences with counts.
    """

    file: Path
    header: tuple[str, ...]
    text: pd.DataFrame
    lines: npt.NDArray[np.int64]
    short: npt.NDArray[np.bool_]
    ended: bool
    fixed: tuple[str, ...] = ()


def read_delimited(
    path: Path,
    *,
    required: Sequence[str],
    optional: Sequence[str],
    delimiter: str = ",",
    encoding: str = "utf-8",
    allow_empty: bool = False,
    header: Sequence[str] | None = None,
) -> Delimited:
    """Read chosen columns of a delimited file, found by name.

    Args:
        path: The file, plain or compressed; a UTF-8 byte order mark is skipped.
        required: Columns that must be there.
        optional: Columns that are read where they are there.
        delimiter: One character.
        encoding: Encoding of the file.
        allow_empty: Whether a header without rows is a table of no rows.
        header: The names, where the file has none of its own.

    Raises:
        SourceError: The file is refused as a whole; the message names the line.
        SchemaError: A required column is absent or a name is repeated in the header.
        ConfigError: There is no such encoding.
    """
    with _opened(path, encoding) as (text, marked):
        scan = _Scan(text, path, delimiter, header)
        chosen = choose_columns(scan.header, required, optional, path)
        frame = scan.frame(chosen, allow_empty=allow_empty)
    return Delimited(
        file=path,
        header=tuple(scan.header),
        text=frame,
        lines=np.array(scan.lines, dtype=np.int64),
        short=np.array(scan.short, dtype=bool),
        ended=scan.ended,
        fixed=_fixed(scan.ends, marked=marked, tagged=scan.tagged),
    )


def read_header(path: Path, *, delimiter: str = ",", encoding: str = "utf-8") -> tuple[str, ...]:
    """Return the column names of a delimited file, in its order.

    Raises:
        SourceError: As ``read_delimited``.
        ConfigError: There is no such encoding.
    """
    with _opened(path, encoding) as (text, _):
        return tuple(_Scan(text, path, delimiter).header)


def read_sample(
    path: Path, *, first: int, every: int, delimiter: str = ",", encoding: str = "utf-8"
) -> tuple[tuple[str, ...], list[list[str]]]:
    """Return the column names and some records: the first ones, then every n-th.

    Args:
        path: The file.
        first: How many records from the start.
        every: The n of the records after them.
        delimiter: One character.
        encoding: Encoding of the file.

    Raises:
        SourceError: As ``read_delimited``.
        ConfigError: There is no such encoding.
    """
    with _opened(path, encoding) as (text, _):
        scan = _Scan(text, path, delimiter)
        records = enumerate(scan.records())
        return tuple(scan.header), [row for n, row in records if n < first or n % every == 0]


def read_head(path: Path, *, lines: int, encoding: str = "utf-8") -> str:
    """Return the first physical lines of a text file unchanged.

    Raises:
        SourceError: As ``read_delimited``.
        ConfigError: There is no such encoding.
    """
    with _opened(path, encoding) as (text, _):
        head = "".join(itertools.islice(_physical_lines(text, path), lines))
    return head.removeprefix("\ufeff")


def delimiter_of(path: Path) -> str:
    """Return what separates the names of a header: a comma, unless it holds none.

    Raises:
        SourceError: The file cannot be opened.
    """
    names = first_record(path)
    if len(names) != 1:
        return ","
    return next((mark for mark in _OTHERS if mark in names[0]), ",")


def first_record(path: Path, *, encoding: str = "utf-8-sig") -> list[str]:
    """Return the cells of the first line that holds any; empty where it is no CSV.

    Args:
        path: Delimited by commas, plain or compressed.
        encoding: Encoding of the file; bytes that do not fit are replaced.

    Raises:
        SourceError: The file cannot be opened.
    """
    with open_plain(path) as stream:
        text = io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="")
        lines = iter(partial(text.readline, _MAX_HEADER), "")
        try:
            first = next(filter(None, csv.reader(lines)), [])
        except csv.Error:
            return []
    return [cell.strip().removeprefix("\ufeff") for cell in first]


@contextlib.contextmanager
def _opened(path: Path, encoding: str) -> Iterator[tuple[io.TextIOWrapper, bool]]:
    """Open a file as text and say whether it begins with a byte order mark."""
    codec = codec_of(encoding)
    with open_plain(path) as stream:
        head = stream.peek(4096)
        check_head(head, path, codec)
        try:
            yield io.TextIOWrapper(stream, encoding=codec, newline=""), head.startswith(BOM_UTF8)
        except UnicodeError:
            refuse_encoding(path, codec)


def _physical_lines(text: io.TextIOWrapper, path: Path) -> Iterator[str]:
    """Yield lines with their ends.

    Raises:
        SourceError: A line is so long, or so many are empty, that this is no table.
    """
    empty = 0
    for number, line in enumerate(iter(partial(text.readline, _MAX_LINE + 1), ""), start=1):
        if len(line) > _MAX_LINE:
            raise SourceError(
                f"the line is longer than {_MAX_LINE:,} characters: expected one record a line,"
                " with line breaks between them",
                file=path,
                line=number,
            )
        empty = empty + 1 if line.isspace() else 0
        if empty > _MAX_EMPTY:
            raise SourceError(
                f"more than {_MAX_EMPTY:,} empty lines in a row: expected records",
                file=path,
                line=number,
            )
        if not line.isascii() and (control := _CONTROL.search(line)):
            raise SourceError(
                f"got the control character U+{ord(control[0]):04X}, which no text holds: a file"
                f" in Windows-1252, as Excel writes it, {CP1252}",
                file=path,
                line=number,
            )
        yield line


def _fixed(ends: Counter[str], *, marked: bool, tagged: bool) -> tuple[str, ...]:
    """Say what was skipped or repaired: a byte order mark, HXL tags, line breaks other than LF."""
    repairs = ["a UTF-8 byte order mark was skipped"] if marked else []
    repairs += [TAGS_SKIPPED] if tagged else []
    if set(ends) - {"LF"}:
        counts = ", ".join(f"{ends[end]:,} {end}" for end in sorted(ends))
        repairs.append(f"line breaks: {counts}")
    return tuple(repairs)


class _Scan:
    """One pass over the records of a text stream, noting where each of them begins."""

    def __init__(
        self,
        text: io.TextIOWrapper,
        path: Path,
        delimiter: str,
        header: Sequence[str] | None = None,
    ) -> None:
        self.lines: list[int] = []
        self.short: list[bool] = []
        self.ended = True
        self.tagged = False
        self.ends: Counter[str] = Counter()
        self.begun = 1
        self._path = path
        self._reader = csv.reader(self._watched(text), delimiter=delimiter, strict=True)
        self._rows = self._guarded()
        self.header = list(header) if header else self._read_header(delimiter)

    def frame(self, chosen: Sequence[str], *, allow_empty: bool) -> pd.DataFrame:
        """Return the chosen columns of all records that follow."""
        records = map(_picker([self.header.index(name) for name in chosen]), self.records())
        batches = []
        with _gc_paused():
            while rows := list(itertools.islice(records, _BATCH)):
                arrays = [pa.array(cells, pa.large_string()) for cells in zip(*rows, strict=True)]
                batches.append(pa.record_batch(arrays, names=list(chosen)))
        if not batches and allow_empty:
            return pd.DataFrame({name: pd.Series(dtype="str") for name in chosen})
        if not batches:
            below = "the header and the row of tags" if self.tagged else "the header"
            raise SourceError(
                f"no events: expected rows below {below}, got none", file=self._path, line=1
            )
        frame: pd.DataFrame = pa.Table.from_batches(batches).to_pandas()
        return frame

    def _watched(self, text: io.TextIOWrapper) -> Iterator[str]:
        for line in _physical_lines(text, self._path):
            end = _END.get(line[-2:], _END.get(line[-1:], ""))
            self.ended = end != ""
            if self.ended:
                self.ends[end] += 1
            yield line

    def _guarded(self) -> Iterator[list[str]]:
        try:
            yield from self._reader
        except csv.Error as error:
            raise _broken_quotes(error, self.begun, self._path) from None

    def _read_header(self, delimiter: str) -> list[str]:
        first = next(filter(None, self._rows), [])
        header = [name.strip() for name in first]
        header[:1] = [name.removeprefix("\ufeff") for name in header[:1]]
        self.begun = self._reader.line_num + 1
        if len(header) > _MAX_COLUMNS:
            raise SourceError(
                f"the header names {len(header):,} columns, more than {_MAX_COLUMNS:,}: expected"
                " one record a line, with line breaks between them",
                file=self._path,
                line=1,
            )
        if len(header) == 1:
            check_separator(header[0], delimiter, self._path)
        return header

    def records(self) -> Iterator[list[str]]:
        """Yield the cells of each record, as many as the header has.

        A row of HXL tags (``#country+name``) below the header, as humanitarian files have, is no
        record.
        """
        width, reader = len(self.header), self._reader
        for row in self._rows:
            if row and not self.lines and not self.tagged and _is_tags(row):
                self.tagged = True
            elif row:
                missing = width - len(row)
                if missing < 0:
                    self._refuse_width(len(row))
                self.lines.append(self.begun)
                self.short.append(missing > 0)
                yield row + [""] * missing if missing else row
            self.begun = reader.line_num + 1

    def _refuse_width(self, fields: int) -> NoReturn:
        raise SourceError(
            f"expected {len(self.header)} fields as in the header, got {fields}:"
            " remove the extra field or put the text that holds the separator in quotation marks",
            file=self._path,
            line=self.begun,
        )


def _is_tags(row: Sequence[str]) -> bool:
    """Say whether most of the cells that are filled hold an HXL tag: not all columns have one."""
    filled = [cell.strip() for cell in row if cell.strip()]
    return 2 * sum(cell.startswith("#") for cell in filled) > len(filled)


def _picker(places: Sequence[int]) -> Callable[[Sequence[str]], tuple[str, ...]]:
    """Return a function that takes the cells at these positions from a record."""
    if len(places) == 1:
        return lambda record: (record[places[0]],)
    return itemgetter(*places)


def _broken_quotes(error: csv.Error, line: int, path: Path) -> SourceError:
    meanings = {
        "unexpected end of data": "the file ends inside a quoted field that begins here",
        "field larger than": "a field is longer than 131,072 characters",
        "expected after": "text follows a closing quotation mark",
    }
    problem = next((m for words, m in meanings.items() if words in str(error)), str(error))
    return SourceError(
        f"{problem}: look for a quotation mark that is missing or not doubled",
        file=path,
        line=line,
    )


@contextlib.contextmanager
def _gc_paused() -> Iterator[None]:
    """Pause Python's search for reference cycles, which rows of text cannot form.

    Example:
        >>> with _gc_paused():
        ...     gc.isenabled()
        False
        >>> gc.isenabled()
        True
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
