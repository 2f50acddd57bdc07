"""The same table comes out of CSV and Parquet; a damaged or unfit one is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.errors import SchemaError, SourceError
from data.tabular.table_files import read_number_columns, read_table_file

FRAME = pd.DataFrame({"region_id": ["a", "b"], "month": ["2020-01", None], "events": [1.0, None]})


def test_parquet_keeps_numbers_and_makes_the_rest_text(tmp_path: Path) -> None:
    FRAME.to_parquet(tmp_path / "f.parquet")
    table = read_table_file(
        tmp_path / "f.parquet", required=("region_id", "month"), optional=("events",)
    )
    assert table.text["month"].tolist() == ["2020-01", ""]
    assert table.text["events"].isna().tolist() == [False, True]
    assert table.lines.tolist() == [1, 2]
    assert table.ended


def test_csv_gives_text_and_lines(tmp_path: Path) -> None:
    FRAME.to_csv(tmp_path / "f.csv", index=False)
    table = read_table_file(tmp_path / "f.csv", required=("region_id",), optional=("events",))
    assert table.text["events"].tolist() == ["1.0", ""]
    assert table.lines.tolist() == [2, 3]


def test_whole_ids_become_text_and_decimal_ids_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "f.parquet"
    pd.DataFrame({"region_id": [9007199254740993]}).to_parquet(path)
    table = read_table_file(path, required=("region_id",), optional=())
    assert table.text["region_id"].tolist() == ["9007199254740993"]
    pd.DataFrame({"region_id": [1.0]}).to_parquet(path)
    with pytest.raises(SchemaError, match="ids must be text"):
        read_table_file(path, required=("region_id",), optional=())


def test_unfit_parquet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "f.parquet"
    FRAME.to_parquet(path)
    with pytest.raises(SchemaError, match='"status" is missing'):
        read_table_file(path, required=("region_id", "status"), optional=())
    FRAME.iloc[:0].to_parquet(path)
    with pytest.raises(SourceError, match="holds no rows"):
        read_table_file(path, required=("region_id",), optional=())
    path.write_bytes(b"PAR1" + b"\0" * 100)
    with pytest.raises(SourceError, match="the Parquet file is damaged"):
        read_table_file(path, required=("region_id",), optional=())


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "t.parquet"])
def test_columns_are_found_by_name_and_keep_their_lines(tmp_path, name):
    path, frame = tmp_path / name, pd.DataFrame({"x": [1, 2], "word": ["a", "b"], "y": [0.5, 1e3]})
    if name.endswith("parquet"):
        frame.to_parquet(path)
    else:
        frame.to_csv(path)
    table = read_number_columns(path, required=("y",), optional=("x", "z"))
    assert {k: v.tolist() for k, v in table.values.items()} == {"y": [0.5, 1000.0], "x": [1, 2]}
    assert table.lines.tolist() == ([1, 2] if name.endswith("parquet") else [2, 3])


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (["1", "many"], r't\.csv line 3 column \'x\': expected a number, got "many" \(1 such'),
        (["1", ""], r't\.csv line 3 column \'x\': expected a number, got ""'),
        (["nan", "nan"], r't\.csv line 2 column \'x\': expected a number, got "nan" \(2 such'),
        (["1", "inf"], "expected a number, got"),
        (["1", "1e999"], r"line 3 column 'x': expected a finite number, got inf"),
    ],
)
def test_a_cell_of_csv_that_is_no_number_is_named(tmp_path, cells, message):
    path = tmp_path / "t.csv"
    path.write_text("x,other\n" + "".join(f"{cell},0\n" for cell in cells))
    with pytest.raises(SourceError, match=message):
        read_number_columns(path, required=("x",))


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ([1.0, np.nan], SourceError, r"line 2 column 'x': expected a finite number, got no number"),
        ([-np.inf, 1.0], SourceError, r"line 1 column 'x': expected a finite number, got -inf"),
        (["1", "2"], SchemaError, r"column 'x': expected numbers, got .*string"),
        ([True, False], SchemaError, r"column 'x': expected numbers, got bool"),
        ([], SourceError, "holds no rows"),
    ],
)
def test_a_parquet_column_that_holds_no_numbers_is_named(tmp_path, values, error, message):
    path = tmp_path / "t.parquet"
    pd.DataFrame({"x": values}).to_parquet(path)
    with pytest.raises(error, match=message):
        read_number_columns(path, required=("x",))


def test_a_damaged_file_and_an_absent_column_are_said(tmp_path):
    path = tmp_path / "t.parquet"
    path.write_bytes(b"PAR1 and nothing more")
    with pytest.raises(SourceError, match="the Parquet file is damaged"):
        read_number_columns(path, required=("x",))
    pd.DataFrame({"outcme": [1]}).to_parquet(path)
    with pytest.raises(SchemaError, match='"outcome" is missing: did you mean "outcme"'):
        read_number_columns(path, required=("outcome",), optional=("outcme",))


def test_refused_rows_name_the_first_and_count_the_rest(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("x\n3\n-1\n-2\n")
    table = read_number_columns(path, required=("x",))
    with pytest.raises(SourceError, match=r"line 3 column 'x': no debts, got -1 \(2 such rows"):
        table.refuse_where(table.values["x"] < 0, "no debts", "x")
    table.refuse_where(table.values["x"] > 3, "never", "x")
