"""UCDP files as they are published: layouts, codes, releases and what each of them covers."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest

from data.errors import ConfigError, SchemaError, SourceError
from data.reading import Coverage
from data.schema import EVENT_TYPES
from data.sources.release_names import release_coverage, release_of
from data.sources.ucdp.release_csv import GED_COLUMNS, header_of, read_ucdp
from tests.shared import shared_file

ROW = {
    "id": "1",
    "type_of_violence": "1",
    "side_a": "A",
    "side_b": "B",
    "where_prec": "1",
    "where_coordinates": "town",
    "adm_1": "Mopti",
    "adm_2": "",
    "latitude": "14.5",
    "longitude": "-3.5",
    "country": "Mali",
    "date_prec": "1",
    "date_start": "2020-01-31 00:00:00.000",
    "date_end": "2020-02-01",
    "deaths_civilians": "1",
    "best": "2",
    "high": "3",
    "low": "1",
}
COLUMNS = list(ROW)


def write(path: Path, *rows: dict[str, str], columns: list[str] = COLUMNS) -> Path:
    frame = pd.DataFrame([ROW | row for row in rows])
    frame.reindex(columns=columns).to_csv(path, index=False)
    return path


def test_the_candidate_file_is_read_whole() -> None:
    path = shared_file("ucdp_candidate_23_0_10.csv")
    reading = read_ucdp(path, release=None)
    assert (reading.rows, len(reading.frame), reading.quarantined) == (2_391, 2_391, 0)
    assert (reading.source, reading.release) == ("ucdp", "23.0.10")
    assert reading.coverage == Coverage(True, "2023-10", "2023-10", ())
    assert dict(reading.frame.dtypes.astype(str)) == EVENT_TYPES
    oracle = pd.read_csv(path, keep_default_na=False)
    for ours, theirs in (("deaths_best", "best"), ("civilians", "deaths_civilians")):
        assert reading.frame[ours].sum() == oracle[theirs].sum()
    assert reading.frame["kind"].value_counts().to_dict() == {
        "state-based": 1_592,
        "non-state": 509,
        "one-sided": 290,
    }
    assert reading.frame["location_precision"].value_counts().to_dict() == {
        "exact": 948,
        "near": 822,
        "area": 249,
        "admin2": 168,
        "admin1": 156,
        "country": 48,
    }
    assert reading.frame["date_precision"].value_counts().to_dict() == {
        "day": 1_797,
        "week": 559 + 12,
        "month": 19,
        "year": 4,
    }
    assert any(note.endswith("days: 64") for note in reading.warnings)
    assert any("low > best" in note and note.endswith(": 15") for note in reading.warnings)


def test_the_copy_for_nigeria_gives_the_known_totals() -> None:
    reading = read_ucdp(shared_file("hdx_ucdp_ged201_nigeria.csv"), release=None)
    frame = reading.frame
    assert (reading.rows, len(frame), reading.release) == (4_603, 4_603, "20.1")
    assert reading.coverage == Coverage(True, "1989-01", "2019-12", ("Nigeria",))
    by_year = frame.groupby(frame["date_start"].dt.year)["deaths_best"].agg(["size", "sum"])
    assert [tuple(by_year.loc[year]) for year in range(2014, 2020)] == [
        (552, 10_334),
        (499, 8_960),
        (417, 3_890),
        (497, 3_565),
        (525, 3_202),
        (509, 2_437),
    ]
    assert frame["event_id"].iloc[0] == "15960"
    assert frame["event_id"].str.isdigit().all()
    assert frame.loc[0, "place"] == "Maiduguri town"
    assert any("low > best" in note and note.endswith(": 70") for note in reading.warnings)
    assert any(note.endswith("days: 110") for note in reading.warnings)


def test_the_older_layout_is_found_by_the_names_of_its_columns() -> None:
    reading = read_ucdp(shared_file("hdx_ucdp_ged191_bangladesh.csv"), release=None)
    assert (reading.rows, reading.release) == (601, "19.1")
    assert reading.coverage == Coverage(True, "1989-01", "2018-12", ("Bangladesh",))
    row = reading.frame.set_index("event_id").loc["73855"]
    assert (row["deaths_low"], row["deaths_best"], row["deaths_high"]) == (6, 6, 6)
    assert (row["kind"], row["admin1"]) == ("one-sided", "Chittagong Division")


def test_the_order_of_columns_does_not_matter(tmp_path: Path) -> None:
    straight = read_ucdp(write(tmp_path / "ged211.csv", {}), release=None)
    turned = read_ucdp(write(tmp_path / "b.csv", {}, columns=COLUMNS[::-1]), release="21.1")
    pd.testing.assert_frame_equal(straight.frame, turned.frame)
    assert straight.frame.loc[0, "date_end"] == pd.Timestamp("2020-02-01")


@pytest.mark.parametrize(
    ("number", "precision"),
    [
        (1, "exact"),
        (2, "near"),
        (3, "admin2"),
        (4, "admin1"),
        (5, "area"),
        (6, "country"),
        (7, "area"),
    ],
)
def test_location_codes(tmp_path: Path, number: int, precision: str) -> None:
    path = write(tmp_path / "ged211.csv", {"where_prec": f"{number}"}, {"id": "2"})
    assert read_ucdp(path, release=None).frame["location_precision"].iloc[0] == precision
    path = write(tmp_path / "ged211.csv", {"where_prec": f"{number}.0"}, {"id": "2"})
    assert read_ucdp(path, release=None).frame["location_precision"].iloc[0] == precision


def test_unknown_codes_are_faults(tmp_path: Path) -> None:
    path = write(tmp_path / "ged211.csv", {"type_of_violence": "4"})
    with pytest.raises(SourceError, match="column 'type_of_violence': must be one of state-based"):
        read_ucdp(path, release=None)


def test_a_cut_of_the_world_is_doubted(tmp_path: Path) -> None:
    reading = read_ucdp(write(tmp_path / "ged211.csv", {}), release=None)
    assert reading.coverage.countries == ()
    assert any("only 1 countries have events" in note for note in reading.warnings)


def test_a_row_of_tags_marks_a_copy_of_its_country(tmp_path: Path) -> None:
    tags = dict.fromkeys(COLUMNS, "") | {"country": "#country+name", "best": "#affected+killed"}
    reading = read_ucdp(write(tmp_path / "ged211.csv", tags, {}), release=None)
    assert (reading.rows, reading.coverage.countries) == (1, ("Mali",))
    assert reading.frame["event_id"].tolist() == ["1"]
    with pytest.raises(SourceError, match="expected rows below the header and the row of tags"):
        read_ucdp(write(tmp_path / "ged211.csv", tags), release=None)


def test_another_layout_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ged211.csv"
    path.write_text("id,year,best\n1,2020,3\n")
    with pytest.raises(SchemaError, match=r"is missing.*expected: id, date_prec"):
        read_ucdp(path, release=None)


@pytest.mark.parametrize(
    ("name", "release"),
    [
        ("hdx_ucdp_ged201_nigeria.csv", "20.1"),
        ("ged241-csv.zip", "24.1"),
        ("GEDEvent_v25_1.csv", "25.1"),
        ("GEDEvent_v26_0_8.csv", "26.0.8"),
        ("GEDEvent_v26_01_26_06.csv", "26.01.26.06"),
        ("ucdp_candidate_23_0_10.csv", "23.0.10"),
        ("ucdp-ged-25.1.csv.gz", "25.1"),
        ("conflict_data_mli.csv", None),
        ("nigeria_2019.csv", None),
    ],
)
def test_the_name_may_tell_the_release(name: str, release: str | None) -> None:
    assert release_of(name) == release


@pytest.mark.parametrize(
    ("release", "first", "last"),
    [
        ("21.1", "1989-01", "2020-12"),
        ("26.1", "1989-01", "2025-12"),
        ("26.0.8", "2026-08", "2026-08"),
        ("26.01.26.06", "2026-01", "2026-06"),
    ],
)
def test_a_release_tells_its_months(release: str, first: str, last: str) -> None:
    assert release_coverage(release) == (first, last)


@pytest.mark.parametrize("release", ["21", "2021", "26.0.13", "26.01.25.06", "26.1.1", "x"])
def test_a_release_of_no_known_form_is_refused(tmp_path: Path, release: str) -> None:
    with pytest.raises(ConfigError, match="expected a release of UCDP GED such as"):
        read_ucdp(write(tmp_path / "events.csv", {}), release=release)


def test_a_file_without_a_release_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="such as --release 24"):
        read_ucdp(write(tmp_path / "events.csv", {}), release=None)


def test_the_order_is_that_of_the_published_file() -> None:
    with shared_file("ucdp_candidate_23_0_10.csv").open(encoding="utf-8", newline="") as stream:
        assert tuple(next(csv.reader(stream))) == GED_COLUMNS
    assert len(set(GED_COLUMNS)) == 49


@pytest.mark.parametrize("compression", [None, "gzip", "zip"])
def test_the_real_file_reads_the_same_without_its_header(
    tmp_path: Path, compression: str | None
) -> None:
    whole = shared_file("ucdp_candidate_23_0_10.csv")
    text = pd.read_csv(whole, dtype=str, keep_default_na=False)
    suffix = {None: "", "gzip": ".gz", "zip": ".zip"}[compression]
    path = tmp_path / f"GEDEvent_v23_0_10.csv{suffix}"
    text.to_csv(path, header=False, index=False, compression=compression)
    assert header_of(path) == GED_COLUMNS
    ours, theirs = read_ucdp(path, release=None), read_ucdp(whole, release=None)
    pd.testing.assert_frame_equal(ours.frame, theirs.frame)
    assert ours.rows == 2_391
    assert "the file has no header row: its columns were read in the official order" in (
        ours.warnings
    )


def test_no_other_shape_is_taken_for_it(tmp_path: Path) -> None:
    row = dict.fromkeys(GED_COLUMNS, "x") | {
        "id": "1",
        "year": "2024",
        "type_of_violence": "1",
        "where_prec": "2",
        "latitude": "1.5",
        "longitude": "-2",
        "date_start": "2024-01-01 00:00:00.000",
        "date_end": "2024-01-01",
        "best": "3",
    }
    path = tmp_path / "v24_0_1.csv"

    def written(cells: dict[str, str]) -> Path:
        path.write_text(",".join(cells.values()) + "\n")
        return path

    assert header_of(written(row)) == GED_COLUMNS
    for name in ("id", "year", "type_of_violence", "latitude", "date_start", "best"):
        assert header_of(written(row | {name: "x"})) is None
    assert header_of(written({name: row[name] for name in GED_COLUMNS[:-1]})) is None
    with pytest.raises(SchemaError, match="line 1"):
        read_ucdp(path, release=None)
