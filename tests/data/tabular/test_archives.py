"""Bytes come out the same however they are packed; what is no table is refused by its name."""

import bz2
import gzip
import io
import lzma
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from data.errors import SourceError
from data.tabular.archives import open_plain

PLAIN = b"id,best\n" + b"1,2\n" * 40_000


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def content_of(path: Path) -> bytes:
    with open_plain(path) as stream:
        return stream.read()


@pytest.mark.parametrize(
    "pack", [bytes, gzip.compress, bz2.compress, lzma.compress, lambda b: zipped(**{"a.csv": b})]
)
def test_the_same_bytes_come_out_of_every_packing(
    tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "events.csv"  # the kind is told by the bytes, not by the name
    path.write_bytes(pack(PLAIN))
    assert content_of(path) == PLAIN


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_truncated_archive_is_refused(
    tmp_path: Path, pack: Callable[[bytes], bytes], share: float
) -> None:
    packed = pack(os.urandom(200_000))
    path = tmp_path / "events.csv.gz"
    path.write_bytes(packed[: int(len(packed) * share)])
    with pytest.raises(SourceError, match=r"events\.csv\.gz: the archive is truncated or damaged"):
        content_of(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (gzip.compress(b"", mtime=0), "the file is empty"),
        (
            zipped(**{"a.csv": b"1", "../../b.csv": b"2"}),
            r"expected an archive of one file, got 2 \('a.csv', '../../b.csv'",
        ),
        (zipped(), "expected an archive of one file, got 0"),
        (zipped(**{"[Content_Types].xml": b"<x/>", "xl/book.xml": b"<x/>"}), "Excel workbook"),
        (b"PK\x03\x04 no archive", "truncated or damaged"),
    ],
)
def test_what_holds_no_single_file_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "events.csv"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=message):
        content_of(path)
    assert not (tmp_path.parent / "b.csv").exists()


def test_a_small_archive_that_unpacks_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress(b"0" * 50_000_000))
    with pytest.raises(SourceError, match="refused as too large"):
        content_of(path)


def test_a_plain_file_above_the_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_bytes(PLAIN)
    with (
        pytest.raises(SourceError, match="at most 1,000 bytes, got more"),
        open_plain(path, max_bytes=1_000) as stream,
    ):
        stream.read()


def test_paths_that_are_no_file_are_refused(tmp_path: Path) -> None:
    loop, pipe = tmp_path / "loop", tmp_path / "pipe"
    loop.symlink_to(loop)
    os.mkfifo(pipe)
    for path, message in (
        (tmp_path / "absent.csv", r"absent\.csv: no such file"),
        (tmp_path, "got a folder"),
        (pipe, "a pipe or a device"),
        (loop, "could not be read"),
    ):
        with pytest.raises(SourceError, match=message):
            content_of(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_bytes(PLAIN)
    path.chmod(0)
    with pytest.raises(SourceError, match="no permission to read"):
        content_of(path)
