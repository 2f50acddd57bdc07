"""Own lists: the real files row by row in total, and each rule on a list by hand."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from data.errors import SourceError
from data.reading import ReadResult
from data.schema import EVENT_TYPES
from data.sources.own.mapping import build_map, read_map
from data.sources.own.own_csv import read_own_csv
from tests.data.sources.own.test_mapping import SAMPLES, table
from tests.shared import shared_file

HEADER = "id,day,end,lat,lon,land,type,low,dead,high\n"
GOOD = "{},2020-01-31,2020-01-31,14.5,-3.5,Mali,battles,1,2,3\n"
CODES = {
    "columns": {
        "event_id": "id",
        "latitude": "lat",
        "longitude": "lon",
        "country": "land",
        "kind": "type",
        "deaths_low": "low",
        "deaths_best": "dead",
        "deaths_high": "high",
    },
    "date": {"column": "day", "end_column": "end"},
}


def read(tmp_path: Path, content: str, *, limit: float = 0.01, **changes: Any) -> ReadResult:
    path = tmp_path / "attacks.csv"
    path.write_bytes(content.encode())
    return read_own_csv(path, build_map(table(**CODES | changes), where="m"), limit=limit)


def rows(count: int) -> str:
    return HEADER + "".join(GOOD.format(f"e{number}") for number in range(count))


def test_the_world_file_is_read_whole() -> None:
    path = shared_file("ucdp_ged211_precise_world_1989_2018.csv.gz")
    reading = read_own_csv(path, read_map(SAMPLES / "ucdp_precise.map.toml"))
    assert (reading.rows, len(reading.frame), reading.quarantined) == (159_194, 159_194, 0)
    assert dict(reading.frame.dtypes.astype(str)) == EVENT_TYPES
    oracle = pd.read_csv(path, keep_default_na=False)
    assert reading.frame["deaths_best"].sum() == oracle["best_death"].sum()
    assert reading.frame["event_id"].tolist() == oracle["id"].astype(str).tolist()
    dates = pd.to_datetime(oracle[["year", "month", "day"]])
    assert (reading.frame["date_start"].to_numpy() == dates.to_numpy()).all()
    assert (reading.frame["date_end"] == reading.frame["date_start"]).all()
    kinds = {"State-based violence": 116_778, "One-sided violence": 24_617}
    assert oracle["type_of_violence"].value_counts().to_dict() == kinds | {
        "Non-state violence": 17_799
    }
    assert reading.frame["kind"].value_counts().to_dict() == {
        "state-based": 116_778,
        "one-sided": 24_617,
        "non-state": 17_799,
    }


def test_two_files_give_the_known_totals_by_country_and_year() -> None:
    names = {
        "ucdp_precise": "ucdp_ged211_precise_world_1989_2018.csv.gz",
        "ucdp_precise_sahel": "ucdp_ged211_precise_sahel_2019_2020.csv.gz",
    }
    read_all = [
        read_own_csv(shared_file(name), read_map(SAMPLES / f"{map_name}.map.toml"))
        for map_name, name in names.items()
    ]
    assert read_all[1].rows == 2_301
    events = pd.concat([reading.frame for reading in read_all])
    year = events["date_start"].dt.year
    known = {
        ("Mali", 2012): (34, 296),
        ("Mali", 2013): (72, 748),
        ("Mali", 2017): (100, 531),
        ("Mali", 2018): (183, 1_048),
        ("Mali", 2019): (149, 1_072),
        ("Mali", 2020): (156, 1_167),
        ("Burkina Faso", 2016): (2, 26),
        ("Burkina Faso", 2018): (58, 176),
        ("Burkina Faso", 2020): (129, 971),
        ("Niger", 2015): (36, 450),
        ("Niger", 2020): (45, 548),
    }
    totals = events.groupby([events["country"], year])["deaths_best"].agg(["size", "sum"])
    assert {key: tuple(totals.loc[key]) for key in known} == known


def test_the_committed_list_keeps_unknown_tolls_unknown() -> None:
    path = SAMPLES / "aes_attacks_2024_2025.csv"
    reading = read_own_csv(path, read_map(SAMPLES / "aes.map.toml"))
    frame = reading.frame.set_index("event_id")
    assert (reading.rows, len(frame), reading.quarantined) == (20, 20, 0)
    assert frame["deaths_best"].isna().sum() == 13
    assert (frame["deaths_best"] == 0).sum() == 1
    assert frame.loc["AES-007", "deaths_best"] == 0
    assert frame.loc["AES-014", "deaths_claimed"] == 60
    assert frame.loc["AES-017", "captured"] == 22
    assert frame.loc["AES-017", "tactics"] == "assault;drone reconnaissance"
    assert frame.loc["AES-015", "site_overrun"] == "yes"
    assert frame["location_precision"].value_counts().to_dict() == {
        "near": 15,
        "exact": 4,
        "area": 1,
    }
    assert not reading.coverage.complete


def test_all_columns_are_there_and_typed_whatever_the_file_lacks(tmp_path: Path) -> None:
    frame = read(tmp_path, rows(1)).frame
    assert dict(frame.dtypes.astype(str)) == EVENT_TYPES
    assert frame.loc[0, "civilians"] is pd.NA
    assert frame.loc[0, "place"] == ""
    assert frame.loc[0, "date_precision"] == "day"
    assert frame.loc[0, "location_precision"] == "near"


@pytest.mark.parametrize(
    ("old", "new", "column", "rule"),
    [
        ("2020-01-31,2", "2020-02-30,2", "day", "date that exists"),
        ("2020-01-31,2020-01-31", "2020-01-31,2020-01-30", "end", "not be before the first"),
        ("2020-01-31,2020-01-31", "1066-01-31,1066-01-31", "day", "between 1900 and today"),
        ("2020-01-31,2020-01-31", "9998-01-31,2020-01-31", "day", "between 1900 and today"),
        ("2020-01-31,2020-01-31", "2020-01-31,9999-01-31", "end", "must not be after"),
        (",2,3", ",-3,3", "dead", "whole number >= 0"),
        (",2,3", ",2.5,3", "dead", "whole number >= 0"),
        (",2,3", ",many,3", "dead", "whole number >= 0"),
        (",2,3", ",inf,3", "dead", "whole number >= 0"),
        (",2,3", ",1000001,3", "dead", "above 1,000,000"),
        (",2,3", ",,3", "dead", "must not be empty"),
        ("14.5", "95", "lat", "between -90"),
        ("-3.5", "-181", "lon", "between -180"),
        ("14.5,-3.5", "0,0.0", "lat", "0, 0 is not a place"),
        ("14.5,-3.5", ",-3.5", "lat", "must both be given"),
        ("1,2,3", "3,2,3", "low", "not be above the best"),
        ("1,2,3", "1,2,1", "high", "not be below the best"),
        ("e7", "", "id", "id must not be empty"),
        ("battles", "brawl", "type", "must be one of state-based"),
        ("Mali", "Ma\0li", "land", "NUL"),
        (",2,3", "", "high", "expected 10 fields"),
    ],
)
def test_one_bad_row_in_a_hundred_is_kept_apart(
    tmp_path: Path, old: str, new: str, column: str, rule: str
) -> None:
    lines = rows(100).splitlines(keepends=True)
    assert old in lines[8]
    lines[8] = lines[8].replace(old, new, 1)
    reading = read(tmp_path, "".join(lines))
    assert (reading.rows, len(reading.frame), reading.quarantined) == (100, 99, 1)
    assert "e7" not in set(reading.frame["event_id"])
    assert set(reading.quarantine["line"]) == {9}
    told = reading.quarantine[reading.quarantine["column"] == column]
    assert told["rule"].str.contains(rule, regex=False).tolist() == [True]


def test_one_bad_row_in_ninety_nine_refuses_the_file(tmp_path: Path) -> None:
    content = rows(99).replace("e7,2020-01-31", "e7,2020-01-32")
    with pytest.raises(SourceError, match=r"--limit 0\.02") as caught:
        read(tmp_path, content)
    assert (caught.value.line, caught.value.column) == (9, "day")
    assert read(tmp_path, content, limit=0.02).quarantined == 1


def test_a_provider_may_publish_tolls_out_of_order(tmp_path: Path) -> None:
    content = rows(2).replace("1,2,3", "3,2,3", 1)
    reading = read(tmp_path, content, provider="ucdp")
    assert (len(reading.frame), reading.quarantined) == (2, 0)
    assert any("low > best" in note and note.endswith(": 1") for note in reading.warnings)


def test_an_event_over_a_month_border_is_told(tmp_path: Path) -> None:
    reading = read(tmp_path, rows(2).replace("01-31,14", "02-01,14", 1))
    assert [note.endswith("days: 1") for note in reading.warnings] == [True]


def test_the_same_row_twice_counts_once(tmp_path: Path) -> None:
    reading = read(tmp_path, rows(3) + GOOD.format("e1"))
    assert (reading.rows, len(reading.frame), reading.duplicates) == (4, 3, 1)


def test_the_same_id_with_other_content_refuses_the_file(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r'duplicate key "e1": line 3 has it too.*dead') as caught:
        read(tmp_path, rows(3) + GOOD.format("e1").replace("1,2,3", "1,3,3"))
    assert caught.value.line == 5


def test_ids_and_country_names_stay_as_they_are(tmp_path: Path) -> None:
    content = HEADER + "".join(GOOD.format(i) for i in ("007", "9007199254740993", "15.0"))
    frame = read(tmp_path, content.replace("Mali", "NA", 1).replace("Mali", "Namibia", 1)).frame
    assert frame["event_id"].tolist() == ["007", "9007199254740993", "15.0"]
    assert frame["country"].tolist() == ["NA", "Namibia", "Mali"]


def test_strange_text_is_kept_in_one_form(tmp_path: Path) -> None:
    strange = "\u202eA\u200b\U0001f600\x07" + "x" * 10_000
    content = rows(2).replace("Mali", " Se\u0301gou ", 1).replace("Mali", strange)
    assert read(tmp_path, content).frame["country"].tolist() == ["S\u00e9gou", strange]


def test_an_event_known_only_by_country_needs_no_point(tmp_path: Path) -> None:
    content = rows(1).replace("14.5,-3.5", ",")
    frame = read(tmp_path, content, constants={"location_precision": "country"}).frame
    assert frame["latitude"].isna().all()


def test_dates_of_another_form_are_read_when_the_map_gives_it(tmp_path: Path) -> None:
    content = rows(1).replace("2020-01-31", "03/04/2020")
    date = {"column": "day", "end_column": "end", "format": "%d/%m/%Y"}
    assert read(tmp_path, content, date=date).frame["date_start"].tolist() == [
        pd.Timestamp("2020-04-03")
    ]
    with pytest.raises(SourceError, match="column 'day': must be a date as YYYY-MM-DD"):
        read(tmp_path, content)


def test_without_a_day_the_whole_month_counts(tmp_path: Path) -> None:
    content = "y,m," + HEADER.replace("day,end,", "") + "2020,2,e0,14.5,-3.5,Mali,battles,1,2,3\n"
    for date, last in (({"month": "m"}, "2020-02-29"), ({}, "2020-12-31")):
        frame = read(tmp_path, content, date={"year": "y", **date}).frame
        assert frame["date_end"].tolist() == [pd.Timestamp(last)]
        assert frame["date_precision"].tolist() == ["month" if date else "year"]


def test_an_empty_last_day_is_the_first_day(tmp_path: Path) -> None:
    frame = read(tmp_path, rows(1).replace("01-31,2020-01-31", "01-31,")).frame
    assert frame["date_end"].tolist() == [pd.Timestamp("2020-01-31")]


def test_words_and_constants_of_the_map_are_used(tmp_path: Path) -> None:
    content = rows(2).replace("battles", "Gefecht", 1).replace(",2,3", ",?,3", 1)
    reading = read(
        tmp_path,
        content,
        translate={"kind": {"Gefecht": "battles"}, "deaths_best": {"?": ""}},
        deaths={"may_be_unknown": True},
    )
    assert reading.frame["kind"].tolist() == ["battles", "battles"]
    assert reading.frame["deaths_best"].isna().tolist() == [True, False]


def test_columns_that_the_map_does_not_name_are_told_once(tmp_path: Path) -> None:
    assert read(tmp_path, rows(2)).warnings == ()
    content = rows(2).replace("high\n", "high,mood\n").replace(",3\n", ",3,grim\n")
    assert read(tmp_path, content).warnings == (
        "columns that the map does not name are ignored: mood",
    )


def test_a_cut_file_never_gives_a_smaller_toll(tmp_path: Path) -> None:
    content = rows(6).replace("1,2,3\n", "1,2,345\n")
    order = HEADER.replace("dead,high", "high,dead")
    whole = {f"e{number}": 345 for number in range(6)}
    for cut in range(len(content) - len(content.splitlines()[-1]) * 3, len(content)):
        try:
            reading = read(
                tmp_path, content.replace(HEADER, order)[:cut], limit=1.0, provider="ucdp"
            )
        except SourceError:
            continue
        tolls = dict(zip(reading.frame["event_id"], reading.frame["deaths_best"], strict=True))
        assert tolls.items() <= whole.items()


def test_the_reading_remembers_where_it_comes_from(tmp_path: Path) -> None:
    reading = read(tmp_path, rows(1), release="3")
    assert (reading.content, reading.source, reading.release) == ("events", "own", "3")
    assert reading.file == tmp_path / "attacks.csv"
    assert len(reading.sha256) == 64
    assert reading.coverage == replace(reading.coverage, complete=False)
