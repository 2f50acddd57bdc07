"""Region tables: read from a file or made from figures, complete in their columns either way."""

from pathlib import Path

import pandas as pd
import pytest

from data.errors import SourceError
from data.regions.region_table import read_region_table
from data.schema import REGION_COLUMNS

HEADER = "region_id,region,country,latitude,longitude,area_km2,neighbours\n"
ROWS = "b,Gao,Mali,16.3,-0.1,100.5,a\na,Mopti,Mali,14.5,-4.2,79,b\n"


def read(tmp_path: Path, content: str) -> pd.DataFrame:
    path = tmp_path / "regions.csv"
    path.write_text(content)
    return read_region_table(path)


def test_the_table_is_complete_typed_and_sorted(tmp_path: Path) -> None:
    frame = read(tmp_path, HEADER + ROWS)
    assert tuple(frame) == REGION_COLUMNS
    assert frame["region_id"].tolist() == ["a", "b"]
    assert frame["area_km2"].tolist() == [79, 100.5]
    assert frame["neighbours"].tolist() == ["b", "a"]


def test_what_is_not_given_is_empty_or_missing(tmp_path: Path) -> None:
    frame = read(tmp_path, "region_id\nb\na\n")
    assert frame["region"].tolist() == ["a", "b"]
    assert frame["country"].tolist() == ["", ""]
    assert frame[["latitude", "longitude", "area_km2"]].isna().all(axis=None)


def test_parquet_gives_the_same_table(tmp_path: Path) -> None:
    frame = read(tmp_path, HEADER + ROWS)
    frame.to_parquet(tmp_path / "regions.parquet", index=False)
    pd.testing.assert_frame_equal(read_region_table(tmp_path / "regions.parquet"), frame)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("14.5", "95", r"line 3 column 'latitude': latitude must be between"),
        ("14.5", "", "must both be given or both be empty"),
        ("79", "-1", r"column 'area_km2': must be finite and not negative"),
        ("a,Mopti", ",Mopti", "id must not be empty"),
        ("a,Mopti", "b,Mopti", r'line 3 .*duplicate key "b": line 2 has it too'),
        ("79,b", "79,b;c", 'region "a" names the neighbour "c"'),
    ],
)
def test_a_wrong_table_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        read(tmp_path, HEADER + ROWS.replace(old, new))
