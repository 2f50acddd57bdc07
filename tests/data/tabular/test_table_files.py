"""The same table comes out of CSV and Parquet; a damaged or unfit one is refused."""

from pathlib import Path

import pandas as pd
import pytest

from data.errors import SchemaError, SourceError
from data.tabular.table_files import read_table_file

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
