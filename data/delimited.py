"""Delimited text to a frame of text: every cell as it stands, every row with its line.

Owns headers, separators, encodings, quotation marks and the count of fields. Nothing is typed or
guessed here: numbers, dates and codes belong to ``validation``. One parser does it all, so that
line numbers and cells can never disagree.
"""

from __future__ import annotations

import codecs
import csv
import io
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from data.archives import kind_of, open_plain
from data.errors import ConfigError, SourceError
from data.headers import check_separator, choose_columns

__all__ = ["Delimited", "read_delimited"]

_BATCH = 5_000


@dataclass(frozen=True)
class Delimited:
    """The chosen columns of a delimited file as text.

    Attributes:
        file: Where it was read from.
        header: All column names of the file, in its order.
        text: Chosen columns, one row a record; absent cells of a short row are empty.
        lines: (rows,) int64, the physical line on which each record begins, from 1.
        short: (rows,) bool, whether the record has fewer fields than the header.
        ended: Whether the file's last line is closed by a line end.
    """

    file: Path
    header: tuple[str, ...]
    text: pd.DataFrame
    lines: npt.NDArray[np.int64]
    short: npt.NDArray[np.bool_]
    ended: bool


def read_delimited(
    path: Path,
    *,
    required: Sequence[str],
    optional: Sequence[str],
    delimiter: str = ",",
    encoding: str = "utf-8",
    header: Sequence[str] | None = None,
) -> Delimited:
    """Read chosen columns of a delimited file, found by name.

    Args:
        path: The file, plain or compressed; a UTF-8 byte order mark is skipped.
        required: Columns that must be there.
        optional: Columns that are taken where they are there.
        delimiter: One character.
        encoding: How the bytes are to be read as text.
        header: The names, where the file has none of its own.

    Raises:
        SourceError: The file cannot be taken as a whole; the message names the line.
        SchemaError: A required column is absent or a name stands twice in the header.
        ConfigError: There is no such encoding.
    """
    codec = _codec(encoding)
    with open_plain(path) as stream:
        _check_head(stream.peek(4096), path, codec)
        text = io.TextIOWrapper(stream, encoding=codec, newline="")
        try:
            scan = _Scan(text, path, delimiter, header)
            chosen = choose_columns(scan.header, required, optional, path)
            frame = scan.frame(chosen)
        except UnicodeError:
            _refuse_encoding(path, codec)
    return Delimited(
        file=path,
        header=tuple(scan.header),
        text=frame,
        lines=np.array(scan.lines, dtype=np.int64),
        short=np.array(scan.short, dtype=bool),
        ended=scan.ended,
    )


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
        self.begun = 1
        self._path = path
        self._reader = csv.reader(self._watched(text), delimiter=delimiter, strict=True)
        self._rows = self._guarded()
        self.header = list(header) if header else self._read_header(delimiter)

    def frame(self, chosen: Sequence[str]) -> pd.DataFrame:
        """Return the chosen columns of all records that follow."""
        places = [self.header.index(name) for name in chosen]
        records = self._records()
        batches = []
        while rows := list(itertools.islice(records, _BATCH)):
            columns = list(zip(*rows, strict=True))
            arrays = [pa.array(columns[place], pa.large_string()) for place in places]
            batches.append(pa.record_batch(arrays, names=list(chosen)))
        if not batches:
            raise SourceError(
                "no events: the file holds a header and nothing below it", file=self._path, line=1
            )
        frame: pd.DataFrame = pa.Table.from_batches(batches).to_pandas()
        return frame

    def _watched(self, text: io.TextIOWrapper) -> Iterator[str]:
        for line in text:
            self.ended = line.endswith(("\n", "\r"))
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
        if len(header) == 1:
            check_separator(header[0], delimiter, self._path)
        return header

    def _records(self) -> Iterator[list[str]]:
        width, reader = len(self.header), self._reader
        for row in self._rows:
            if row:
                missing = width - len(row)
                if missing < 0:
                    self._refuse_width(len(row))
                self.lines.append(self.begun)
                self.short.append(missing > 0)
                yield row + [""] * missing if missing else row
            self.begun = reader.line_num + 1

    def _refuse_width(self, found: int) -> NoReturn:
        raise SourceError(
            f"expected {len(self.header)} fields as in the header, got {found}:"
            " remove the extra field or put the text that holds the separator in quotation marks",
            file=self._path,
            line=self.begun,
        )


def _codec(encoding: str) -> str:
    try:
        info = codecs.lookup(encoding)
    except (LookupError, ValueError):
        raise ConfigError(
            f'there is no text encoding "{encoding}": try utf-8, latin-1 or utf-16'
        ) from None
    if not getattr(info, "_is_text_encoding", True):
        raise ConfigError(f'"{encoding}" is no text encoding: try utf-8, latin-1 or utf-16')
    return "utf-8-sig" if info.name == "utf-8" else info.name


def _check_head(head: bytes, path: Path, codec: str) -> None:
    kind = kind_of(head)
    if kind is not None:
        raise SourceError(f"this is a {kind}: expected delimited text (CSV)", file=path, line=1)
    sixteen = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in head[:4]
    if sixteen and not codec.startswith(("utf-16", "utf-32")):
        raise SourceError(
            "the text is UTF-16, seen at byte offset 0:"
            " save it as UTF-8 or read it with --encoding utf-16",
            file=path,
            line=1,
        )


def _refuse_encoding(path: Path, codec: str) -> NoReturn:
    with open_plain(path) as stream:
        content = stream.read()
    try:
        content.decode(codec)
    except UnicodeDecodeError as error:
        offset, found = error.start, content[error.start : error.start + 1].hex()
        raise SourceError(
            f"the text is not {codec.removesuffix('-sig').upper()}: byte 0x{found} at byte offset"
            f" {offset}; save it as UTF-8 or name its encoding, such as --encoding latin-1",
            file=path,
            line=content.count(b"\n", 0, offset) + 1,
        ) from None
    raise SourceError(f"the text does not fit the encoding {codec}", file=path)


def _broken_quotes(error: csv.Error, line: int, path: Path) -> SourceError:
    what: dict[str, Any] = {
        "unexpected end of data": "the file ends inside a quoted field that begins here",
        "field larger than": "a field is longer than 131,072 characters",
        "expected after": "text follows a closing quotation mark",
    }
    said = next((meant for words, meant in what.items() if words in str(error)), str(error))
    return SourceError(
        f"{said}: look for a quotation mark that is missing or not doubled", file=path, line=line
    )
