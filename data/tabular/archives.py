"""Opening a file as plain bytes, whether it is compressed or not, within stated limits.

Owns what a path and the first bytes show: no such file, a folder, an empty file, another kind of
file, a damaged archive. What the bytes mean belongs to ``delimited``.
"""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import lzma
import stat
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Protocol

from data.errors import SourceError
from data.tabular.workbooks import MAX_RATIO, WORKBOOK, workbook_csv

__all__ = [
    "MAX_BYTES",
    "MAX_RATIO",
    "first_bytes",
    "kind_of",
    "open_plain",
    "read_whole",
    "unpack_members",
]

MAX_BYTES = 4 << 30
_EMPTY = "the file is empty: expected content, got 0 bytes"
_SMALL = 1 << 20
_HEAD = 4096
_BLOCK = 1 << 18
_DAMAGE = (EOFError, OSError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)

_KINDS = {
    b"PK\x03\x04": "zip archive",
    b"PK\x05\x06": "zip archive",
    b"\x1f\x8b": "gzip archive",
    b"BZh": "bzip2 archive",
    b"\xfd7zXZ\x00": "xz archive",
    b"PAR1": "Parquet file",
    b"\xd0\xcf\x11\xe0": "Excel workbook (.xls)",
    b"%PDF": "PDF",
    b"SQLite format 3": "SQLite database",
    b"\x89PNG": "picture",
    b"<": "HTML or XML page",
    b"{": "JSON file",
    b"[": "JSON file",
}


def kind_of(head: bytes) -> str | None:
    """Return the kind of file that its first bytes show, or None for plain text.

    Example:
        >>> kind_of(b'{"type": 1}')
        'JSON file'
    """
    head = head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \r\n\t")
    for mark, kind in _KINDS.items():
        if head.startswith(mark):
            return kind
    return None


@contextlib.contextmanager
def open_plain(
    path: Path, *, max_bytes: int = MAX_BYTES, max_ratio: int = MAX_RATIO
) -> Iterator[io.BufferedReader[Any]]:
    """Open a file for reading, unpacking ``.gz``, ``.zip`` (one member), ``.bz2`` and ``.xz``.

    Args:
        path: An existing regular file; its first bytes show its kind, not its name.
        max_bytes: How many bytes may be read.
        max_ratio: How many times its own size an archive may unpack to.

    Raises:
        SourceError: The path is not a readable file, the file is empty, the archive is damaged,
            holds several members or unpacks beyond the limits.
    """
    size = _size_of(path)
    with contextlib.ExitStack() as stack:
        try:
            raw = stack.enter_context(path.open("rb"))
            plain = _unpacked(raw, path, stack)
        except _DAMAGE as error:
            raise _unreadable(path, error) from None
        limit = max_bytes if plain is raw else min(max_bytes, max(_SMALL, max_ratio * size))
        bounded = _Bounded(plain, path, limit)
        reader = stack.enter_context(_Blocks(bounded, buffer_size=_BLOCK))
        if not reader.peek(_HEAD):
            raise SourceError(_EMPTY, file=path)
        yield reader


def first_bytes(path: Path, count: int) -> bytes:
    """Return the first bytes of a file as they are, packed or not.

    Raises:
        SourceError: The path is not a readable file, or the file is empty.
    """
    if not _size_of(path):
        raise SourceError(_EMPTY, file=path)
    try:
        with path.open("rb") as stream:
            return stream.read(count)
    except OSError as error:
        raise _unreadable(path, error) from None


def read_whole(path: Path, *, most: int, instead: str) -> bytes:
    """Return all bytes of a file that has to be held in memory as one.

    Args:
        path: The file, not packed.
        most: How many bytes it may have.
        instead: What to do with a larger one.

    Raises:
        SourceError: The path is not a readable file, or the file is too large.
    """
    size = _size_of(path)
    if size > most:
        raise SourceError(f"expected at most {most:,} bytes, got {size:,}: {instead}", file=path)
    return first_bytes(path, most)


def unpack_members(path: Path, names: Sequence[str], folder: Path) -> None:
    """Write some members of a zip into a folder, each under the last part of its name.

    Args:
        path: The zip.
        names: Members that are files; two that end alike are refused.
        folder: A folder that holds nothing yet.

    Raises:
        SourceError: The zip is damaged or locked by a password, or unpacks beyond the limits.
    """
    limit = min(MAX_BYTES, max(_SMALL, MAX_RATIO * _size_of(path)))
    try:
        with zipfile.ZipFile(path) as archive:
            for name in names:
                with (
                    archive.open(name) as packed,
                    (folder / PurePosixPath(name).name).open("xb") as stream,
                ):
                    bounded = _Bounded(packed, path, limit)
                    while block := bounded.read(_BLOCK):
                        stream.write(block)
                        limit -= len(block)
    except (*_DAMAGE, RuntimeError, NotImplementedError) as error:
        raise _unreadable(path, error) from None


class _Blocks(io.BufferedReader):
    """A buffered stream whose ``read1`` returns whole blocks, even where less is requested."""

    def read1(self, size: int = -1, /) -> bytes:
        return super().read1(max(size, _BLOCK))


class _Source(Protocol):
    def read(self, size: int, /) -> bytes: ...


class _Bounded(io.RawIOBase):
    """A stream of bytes that raises a clear error when it is damaged or too long."""

    def __init__(self, stream: _Source, path: Path, limit: int) -> None:
        self._stream, self._path, self._limit, self._taken = stream, path, limit, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        try:
            block = self._stream.read(len(buffer))
        except _DAMAGE as error:
            raise _unreadable(self._path, error) from None
        self._taken += len(block)
        if self._taken > self._limit:
            raise SourceError(
                f"expected at most {self._limit:,} bytes, got more: refused as too large",
                file=self._path,
            )
        buffer[: len(block)] = block
        return len(block)


def _size_of(path: Path) -> int:
    try:
        about = path.stat()
    except FileNotFoundError:
        raise SourceError("no such file: check the path", file=path) from None
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None
    if stat.S_ISDIR(about.st_mode):
        raise SourceError("expected a file, got a folder: name a file in it", file=path)
    if not stat.S_ISREG(about.st_mode):
        raise SourceError("expected a regular file, got a pipe or a device", file=path)
    return about.st_size


def _unpacked(raw: BinaryIO, path: Path, stack: contextlib.ExitStack) -> _Source:
    kind = kind_of(raw.read(16))
    raw.seek(0)
    if kind == "gzip archive":
        return stack.enter_context(gzip.GzipFile(fileobj=raw))
    if kind == "bzip2 archive":
        return stack.enter_context(bz2.BZ2File(raw))
    if kind == "xz archive":
        return stack.enter_context(lzma.LZMAFile(raw))
    return _only_member(raw, path, stack) if kind == "zip archive" else raw


def _only_member(raw: BinaryIO, path: Path, stack: contextlib.ExitStack) -> _Source:
    archive = stack.enter_context(zipfile.ZipFile(raw))
    names = archive.namelist()
    if WORKBOOK in names:
        return io.BytesIO(workbook_csv(path))
    if "[Content_Types].xml" in names:
        raise SourceError(
            "expected delimited text (CSV), got an Office document such as an Excel workbook: save"
            " it as CSV (UTF-8)",
            file=path,
        )
    members = [name for name in names if not name.endswith("/")]
    if len(members) != 1:
        shown = ", ".join(ascii(name) for name in members[:5])
        raise SourceError(
            f"expected an archive of one file, got {len(members)} ({shown})", file=path
        )
    try:
        return stack.enter_context(archive.open(members[0]))
    except (RuntimeError, NotImplementedError) as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: BaseException) -> SourceError:
    if isinstance(error, PermissionError):
        return SourceError("no permission to read the file: change its permissions", file=path)
    if isinstance(error, OSError) and error.strerror:
        return SourceError(f"the file could not be read ({error.strerror})", file=path)
    return SourceError(
        f"the archive is truncated or damaged ({error}): fetch the file again", file=path
    )
