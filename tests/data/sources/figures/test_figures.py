"""Region-month figures: what is missing stays missing, and each broken rule is told."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.errors import SchemaError, SourceError
from data.months import month_range
from data.reading import Coverage, ReadResult
from data.schema import REGION_COLUMNS
from data.sources.figures.figures import read_figures
from features.panel import Panel, write_panel

HEADER = "region_id,month,events,deaths\n"
REGIONS = "region_id,region,country\na,Mopti,Mali\nb,Gao,Mali\n"


def read(
    tmp_path: Path, content: str, *, regions: str | None = None, limit: float = 0.0
) -> ReadResult:
    path, table = tmp_path / "figures.csv", tmp_path / "regions.csv"
    path.write_text(content)
    if regions is not None:
        table.write_text(regions)
    return read_figures(path, regions=None if regions is None else table, limit=limit)


def test_counts_are_whole_and_missing_stays_missing(tmp_path: Path) -> None:
    reading = read(tmp_path, HEADER + "a,2020-01,2,\nb,2020-02,1,5.0\n")
    assert reading.content == "figures"
    assert reading.frame["events"].tolist() == [2, 1]
    assert reading.frame["deaths"].tolist() == [pd.NA, 5]
    assert str(reading.frame["deaths"].dtype) == "Int64"
    assert reading.coverage == Coverage(False, "2020-01", "2020-02", ())
    assert (reading.source, reading.release) == ("figures", "unversioned")


def test_a_region_table_is_made_from_the_columns_at_hand(tmp_path: Path) -> None:
    content = (
        "region_id,month,events,region,country,latitude,longitude\n"
        "b,2020-01,1,Gao,Mali,16.3,-0.1\na,2020-01,1,Mopti,Mali,14.5,-4.2\n"
        "b,2020-02,1,Gao,Mali,16.3,-0.1\n"
    )
    reading = read(tmp_path, content)
    assert reading.regions is not None
    assert tuple(reading.regions) == REGION_COLUMNS
    assert reading.regions["region"].tolist() == ["Mopti", "Gao"]
    assert reading.regions["latitude"].tolist() == [14.5, 16.3]
    assert reading.coverage.countries == ("Mali",)
    assert tuple(reading.frame) == ("region_id", "month", "events")


def test_a_region_described_in_two_ways_is_refused(tmp_path: Path) -> None:
    content = "region_id,month,events,region\na,2020-01,1,Mopti\na,2020-02,1,Gao\n"
    with pytest.raises(SourceError, match=r'line 3 .*duplicate key "a": line 2 has it too.*region'):
        read(tmp_path, content)


def test_a_region_table_of_ones_own_is_taken(tmp_path: Path) -> None:
    reading = read(tmp_path, HEADER + "a,2020-01,2,1\n", regions=REGIONS)
    assert reading.regions is not None
    assert reading.regions["region_id"].tolist() == ["a", "b"]


@pytest.mark.parametrize(
    ("row", "column", "rule"),
    [
        ("a,2020-13,1,1", "month", "YYYY-MM"),
        ("a,2020,1,1", "month", "YYYY-MM"),
        ("a,2020-02,-1,1", "events", "whole number"),
        ("a,2020-02,1,2.5", "deaths", "whole number"),
        ("a,2020-02,1,nan", "deaths", "whole number"),
        (",2020-02,1,1", "region_id", "must not be empty"),
        ("c,2020-02,1,1", "region_id", "not in the region table"),
        ("a,2020-02,1", "deaths", "expected 4 fields"),
    ],
)
def test_a_bad_row_is_kept_apart(tmp_path: Path, row: str, column: str, rule: str) -> None:
    content = f"{HEADER}a,2020-01,1,1\n{row}\nb,2020-01,1,1\n"
    reading = read(tmp_path, content, regions=REGIONS, limit=0.4)
    assert (reading.rows, len(reading.frame), reading.quarantined) == (3, 2, 1)
    told = reading.quarantine[reading.quarantine["column"] == column]
    assert told["line"].tolist() == [3]
    assert told["rule"].str.contains(rule, regex=False).all()
    with pytest.raises(SourceError, match="1 of 3 rows"):
        read(tmp_path, content, regions=REGIONS)


def test_a_number_that_may_be_cut_off_is_kept_apart(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="does not end with a line break"):
        read(tmp_path, HEADER + "a,2020-01,1,1")


def test_a_status_is_one_of_the_known(tmp_path: Path) -> None:
    header = "region_id,month,status,events\n"
    frame = read(tmp_path, header + "a,2020-01,observed,1\na,2020-02,partial,\n").frame
    assert frame["status"].tolist() == ["observed", "partial"]
    with pytest.raises(SourceError, match="column 'status': must be one of observed, partial"):
        read(tmp_path, header + "a,2020-01,maybe,1\n")


def test_the_same_region_month_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match='"a" has 2020-01 here and on line 2') as caught:
        read(tmp_path, HEADER + "a,2020-01,1,1\nb,2020-01,1,1\na,2020-01,1,1\n")
    assert caught.value.line == 4


def test_a_file_without_a_measure_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="expected a column events, deaths"):
        read(tmp_path, "region_id,month\na,2020-01\n")


def test_other_columns_are_told(tmp_path: Path) -> None:
    reading = read(tmp_path, "region_id,month,events,mood\na,2020-01,1,grim\n")
    assert reading.warnings == ("columns that hold no figures are ignored: mood",)


def test_numbers_in_parquet_obey_the_same_rules(tmp_path: Path) -> None:
    path = tmp_path / "figures.parquet"
    good = pd.DataFrame(
        {"region_id": list("aaaaa"), "month": month_range("2020-01", "2020-05")}
        | {"events": [1.0, np.nan, 3.0, 0.0, 1e6]}
    )
    good.to_parquet(path)
    assert read_figures(path, regions=None).frame["events"].isna().tolist() == [0, 1, 0, 0, 0]
    for bad in (-1.0, 2.5, np.inf, 1e6 + 1):
        good.assign(events=[1.0, 2.0, bad, 0.0, 1.0]).to_parquet(path)
        with pytest.raises(SourceError, match="line 3 column 'events': must be a whole number"):
            read_figures(path, regions=None)


def test_a_written_panel_comes_back(tmp_path: Path) -> None:
    regions = pd.DataFrame(
        [("a", "Mopti", "Mali", 14.5, -4.2, 79.0, "b"), ("b", "Gao", "Mali", 16.3, -0.1, 1.0, "a")],
        columns=list(REGION_COLUMNS),
    )
    events = np.array([[0, 2, np.nan], [1, 0, np.nan]], dtype=np.float32)
    status = np.array([[0, 0, 2], [0, 0, 2]], dtype=np.int8)
    panel = Panel("admin1", regions, ("2020-01", "2020-02", "2020-03"), {"events": events}, status)
    write_panel(panel, tmp_path, manifest={})
    reading = read_figures(tmp_path / "panel.parquet", regions=tmp_path / "regions.parquet")
    assert reading.frame["events"].tolist() == [0, 2, pd.NA, 1, 0, pd.NA]
    assert reading.frame["status"].tolist() == ["observed", "observed", "not_released"] * 2
    assert reading.regions is not None
    pd.testing.assert_frame_equal(reading.regions, regions.astype(reading.regions.dtypes.to_dict()))
