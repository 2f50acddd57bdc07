"""Cells come out as they stand, each row knows its line, and nothing shifts a column."""

import gzip
import json
from pathlib import Path

import pandas as pd
import pytest

from data.errors import ConfigError, SchemaError, SourceError
from data.tabular.delimited import Delimited, read_delimited
from tests.shared import shared_file

ROWS = "id,country,best\n1,Mali,3\n2,NA,007\n"


def read(
    tmp_path: Path, content: str | bytes, *, delimiter: str = ",", encoding: str = "utf-8"
) -> Delimited:
    path = tmp_path / "events.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_delimited(
        path, required=("id", "best"), optional=("country",), delimiter=delimiter, encoding=encoding
    )


def cells(table: Delimited) -> list[list[str]]:
    return [table.text[name].tolist() for name in ("id", "country", "best")]


@pytest.mark.parametrize(
    "content",
    [
        ROWS.encode(),
        b"\xef\xbb\xbf" + ROWS.encode(),
        ROWS.replace("\n", "\r\n").encode(),
        ROWS.replace("\n", "\r").encode(),
        ROWS.replace("\n", "\r\n", 1).encode(),
        ROWS.removesuffix("\n").encode(),
        ROWS.replace("country", '"country"').encode(),
        gzip.compress(ROWS.encode()),
    ],
    ids=["plain", "bom", "crlf", "cr", "mixed", "no end", "quoted", "gzip"],
)
def test_the_same_cells_come_out_of_every_form(tmp_path: Path, content: bytes) -> None:
    table = read(tmp_path, content)
    assert cells(table) == [["1", "2"], ["Mali", "NA"], ["3", "007"]]
    assert table.lines.tolist() == [2, 3]
    assert table.header == ("id", "country", "best")


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "cp1252"])
def test_another_encoding_is_read_when_it_is_named(tmp_path: Path, encoding: str) -> None:
    table = read(
        tmp_path, "id,country,best\n1,Côte d'Ivoire,3\n".encode(encoding), encoding=encoding
    )
    assert table.text["country"].tolist() == ["Côte d'Ivoire"]


def test_lines_are_physical_lines(tmp_path: Path) -> None:
    table = read(tmp_path, 'id,country,best\n\n1,"a\nb ""c""\n",3\n2,x,4\n\n3,"y\r\nz",5\n')
    assert table.lines.tolist() == [3, 6, 8]
    assert table.text["country"].tolist() == ['a\nb "c"\n', "x", "y\r\nz"]


def test_a_short_row_is_marked_and_filled_with_nothing(tmp_path: Path) -> None:
    table = read(tmp_path, "id,country,best\n1,Mali\n2,Niger,4\n")
    assert table.short.tolist() == [True, False]
    assert table.text["best"].tolist() == ["", "4"]


def test_a_file_without_a_last_line_end_says_so(tmp_path: Path) -> None:
    assert read(tmp_path, ROWS).ended
    assert not read(tmp_path, ROWS.removesuffix("\n")).ended


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (b"id,country,best\n", 1, "no events"),
        ("id,country,best\n1,Côte,3\n".encode("latin-1"), 2, "byte 0xf4 at byte offset 19.*--enc"),
        ("id,country,best\n1,x,3\n".encode("utf-16"), 1, "UTF-16 at byte offset 0.*--enc"),
        ("id,country,best\n1,x,3\n".encode("utf-16-le"), 1, "UTF-16"),
        (b"id;country;best\n1;Mali;3\n", 1, 'expected columns separated by a comma, got ";"'),
        (b"id\tcountry\tbest\n1\tMali\t3\n", 1, "expected columns separated by a comma, got a tab"),
        (b"id,country,best,best\n1,Mali,3,4\n", 1, "the header has it 2 times"),
        (b"id,country,best\n1,Mali,3,9\n2,Mali,3,9\n", 2, "expected 3 fields .* got 4"),
        (b'id,country,best\n1,"a\nb",3\n2,Mali,1,000\n', 4, "expected 3 fields .* got 4"),
        (b'id,country,best\n1,x,3\n2,"Mali,4\n3,Mali,5\n', 3, "ends inside a quoted field"),
        (b'"id,country,best\n1,Mali,3\n', 1, "ends inside a quoted field"),
        (b'id,country,best\n1,"Ma"li,3\n', 2, "text follows a closing quotation mark"),
        (b'id,country,best\n1,"' + b"x" * 200_000, 2, "longer than 131,072"),
        (json.dumps({"id": 1}).encode(), 1, "got a JSON file"),
        (b"<!doctype html><p>503", 1, "HTML or XML page"),
        (b"PAR1\x00\x00", 1, "Parquet"),
        (bytes(range(256)) * 20, 1, "got a binary file"),
        (b"\x00\x01\x02\x03" * 100, 1, "got a binary file"),
        (b"\n\n", 1, "is the header line missing"),
        (b"1,Mali,3\n2,Mali,4\n", 1, "is the header line missing"),
        (b"id,country,bst\n1,Mali,3\n", 1, '"best" is missing: did you mean "bst"'),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(
    tmp_path: Path, content: bytes, line: int, message: str
) -> None:
    with pytest.raises(SourceError, match=message) as caught:
        read(tmp_path, content)
    assert caught.value.line == line
    assert str(caught.value).startswith(f"{tmp_path / 'events.csv'} line {line}")


def test_a_missing_column_lists_what_was_wanted(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="expected: id, best") as caught:
        read(tmp_path, "id,country\n1,Mali\n")
    assert caught.value.column == "best"


def test_a_separator_of_ones_own_is_read(tmp_path: Path) -> None:
    table = read(tmp_path, ROWS.replace(",", ";"), delimiter=";")
    assert table.text["best"].tolist() == ["3", "007"]
    with pytest.raises(SourceError, match='expected columns separated by ";", got a comma'):
        read(tmp_path, ROWS, delimiter=";")


@pytest.mark.parametrize("encoding", ["utf-9", "hex", "base64"])
def test_an_encoding_that_is_none_is_a_wrong_argument(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(ConfigError, match=f'"{encoding}"'):
        read(tmp_path, ROWS, encoding=encoding)


def test_text_that_cannot_be_kept_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="got bytes that do not fit it"):
        read(tmp_path, b"id,country,best\n1,\\ud800,3", encoding="unicode_escape")


def test_real_cells_are_the_ones_that_pandas_reads() -> None:
    path = shared_file("ucdp_candidate_23_0_10.csv")
    oracle = pd.read_csv(path, dtype="str", keep_default_na=False, index_col=False)
    table = read_delimited(path, required=tuple(oracle.columns), optional=())
    pd.testing.assert_frame_equal(table.text, oracle)
    physical = path.read_text(encoding="utf-8").split("\n")
    starts = [physical[line - 1].split(",")[0] for line in table.lines]
    assert starts == oracle["id"].tolist()
    assert table.lines[-1] <= 2815
    assert not table.short.any()
