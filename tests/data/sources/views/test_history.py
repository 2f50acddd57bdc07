from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.errors import ConfigError, SourceError
from data.schema import REGION_COLUMNS, STATUSES
from data.sources.views.history import (
    NEAREST,
    STATE_BASED,
    challenge_folder,
    challenge_regions,
    challenge_windows,
    read_challenge_history,
)
from tests.shared import shared_file

COUNTRY_MONTHS = "ucdp_ged241_country_months_1989_2020-10.csv.gz"
SYRIA, MALI, SAMOA, SOUTH_SUDAN = "220", "50", "5", "246"
COUNTRIES = ("1,Guyana", "2,Suriname", "10,Chile", "7,Argentina", "14,Uruguay", "12,Paraguay")


@pytest.fixture(scope="module")
def folder():
    return shared_file("views_challenge").parent


@pytest.fixture(scope="module")
def history(folder):
    return read_challenge_history(folder)


@pytest.fixture
def copied(tmp_path, folder):
    """A data folder of links, in which files can be left out or replaced."""
    (tmp_path / "views_challenge").mkdir()
    for path in [folder / COUNTRY_MONTHS, *(folder / "views_challenge").iterdir()]:
        (tmp_path / path.relative_to(folder)).symlink_to(path)
    return tmp_path


def row_of(history, region_id, measure=STATE_BASED):
    row = history.measures[measure][list(history.regions["region_id"]).index(region_id)]
    return dict(zip(history.months, row, strict=True))


def replaced(path: Path, frame: pd.DataFrame) -> None:
    path.unlink()
    frame.to_parquet(path)


def test_the_panel_holds_all_countries_and_every_month(history):
    assert (history.months[0], history.months[-1]) == ("1989-01", "2020-12")
    assert history.windows == (2018, 2019, 2020)
    assert list(history.regions) == list(REGION_COLUMNS)
    ids = list(history.regions["region_id"])
    assert len(ids) == 191
    assert ids == sorted(ids)
    assert history.regions[["latitude", "longitude"]].notna().all(axis=None)
    around = dict(zip(ids, history.regions["neighbours"].str.split(";"), strict=True))
    assert all(region in around[other] for region in ids for other in around[region])
    assert min(map(len, around.values())) >= 4


def test_each_month_comes_from_the_file_that_is_named_for_it(history, folder):
    file = pd.read_csv(folder / COUNTRY_MONTHS).query("views_country_id == 220")
    theirs = file.set_index("dd")["sb_fatalities"]
    ours = row_of(history, SYRIA)
    assert ours["2016-10"] == theirs["2016-10"]
    assert (theirs["2016-12"], ours["2016-12"]) == (2335, 17412)
    draws = pd.read_parquet(folder / "views_challenge/bm_conflictology_2018.parquet")["outcome"]
    year = [ours[f"2016-{m}"] for m in (11, 12)] + [ours[f"2017-{m:02d}"] for m in range(1, 11)]
    assert year == draws.loc[457, 220].tolist()
    actuals = pd.read_parquet(folder / "views_challenge/actuals_2020.parquet")["outcome"]
    assert ours["2020-12"] == actuals.loc[492, 220]


def test_a_country_without_history_is_pooled_and_named(history):
    assert len(history.pooled) == 23
    samoa = row_of(history, SAMOA)
    assert SAMOA in history.pooled
    assert np.isnan(samoa["2016-10"])
    assert samoa["2016-11"] == 0
    assert np.isnan(row_of(history, SAMOA, "deaths")["2018-01"])


def test_what_no_file_holds_is_not_known(history):
    assert np.isnan(row_of(history, SOUTH_SUDAN)["2010-12"])
    assert row_of(history, SOUTH_SUDAN)["2011-07"] >= 0
    mali = row_of(history, MALI, "deaths_one_sided")
    assert (mali["2020-10"] >= 0, np.isnan(mali["2020-11"])) == (True, True)
    observed = history.status == STATUSES.index("observed")
    assert np.array_equal(observed, np.isfinite(history.measures[STATE_BASED]))
    kinds = ("deaths_state_based", "deaths_non_state", "deaths_one_sided")
    total = sum(history.measures[kind] for kind in kinds)
    assert np.array_equal(history.measures["deaths"], total, equal_nan=True)


def test_windows_are_those_whose_actuals_are_there(copied, history):
    (copied / "views_challenge/actuals_2019.parquet").unlink()
    (copied / "views_challenge/bm_conflictology_2019.parquet").unlink()
    found = read_challenge_history(copied)
    assert found.windows == (2018, 2020)
    mali, whole = row_of(found, MALI), row_of(history, MALI)
    gap = [month for month, deaths in mali.items() if np.isnan(deaths)]
    assert gap == ["2017-11", "2017-12", "2019-11", "2019-12"]
    assert all(deaths == whole[month] for month, deaths in mali.items() if month not in gap)


def test_another_window_joins_by_its_files_alone(copied):
    actuals = pd.read_parquet(copied / "views_challenge/actuals_2020.parquet").reset_index()
    later = actuals.assign(month_id=actuals["month_id"] + 12, outcome=7)
    later.to_parquet(copied / "views_challenge/actuals_2021.parquet")
    found = read_challenge_history(copied)
    assert (found.windows[-1], found.months[-1]) == (2021, "2021-12")
    assert row_of(found, MALI)["2021-06"] == 7


def test_files_that_contradict_each_other_are_refused(copied):
    path = copied / "views_challenge/actuals_2018.parquet"
    actuals = pd.read_parquet(path)
    replaced(path, actuals + 1)
    with pytest.raises(
        SourceError, match=r"bm_conflictology_2019.*deaths in country .* in 2018-01 as"
    ):
        read_challenge_history(copied)


def test_a_benchmark_that_is_not_twelve_months_is_refused(copied):
    path = copied / "views_challenge/bm_conflictology_2018.parquet"
    replaced(path, pd.read_parquet(path).query("draw < 11"))
    with pytest.raises(SourceError, match="expected 12 draws a row, got 11"):
        read_challenge_history(copied)


def test_a_country_that_is_not_listed_is_refused(copied):
    path = copied / "views_challenge/country_list.csv"
    lines = path.read_text().splitlines(keepends=True)
    path.unlink()
    path.write_text("".join(lines[:-1]))
    with pytest.raises(SourceError, match=r"country 246 is not in country_list\.csv"):
        read_challenge_history(copied)


def test_no_actuals_and_no_folder_are_told(copied, tmp_path):
    for path in (copied / "views_challenge").glob("actuals_*"):
        path.unlink()
    with pytest.raises(SourceError, match=r"expected files actuals_YYYY\.parquet"):
        challenge_windows(copied / "views_challenge")
    with pytest.raises(ConfigError, match=r"no folder is named .*: set ESCALATION_CHALLENGE"):
        challenge_folder(None)
    with pytest.raises(ConfigError, match="does not exist: set ESCALATION_CHALLENGE"):
        challenge_folder(tmp_path / "nowhere")


def test_the_folder_must_hold_both(copied):
    assert challenge_folder(copied) == copied
    (copied / COUNTRY_MONTHS).unlink()
    with pytest.raises(ConfigError, match=rf"{COUNTRY_MONTHS} does not exist: set"):
        challenge_folder(copied)


def listed(tmp_path, *rows):
    path = tmp_path / "country_list.csv"
    path.write_text("country_id,name\n" + "".join(f"{row}\n" for row in rows))
    return path


def test_ids_are_text_and_numbers_in_one_order(tmp_path):
    regions, numbers = challenge_regions(listed(tmp_path, *COUNTRIES))
    assert regions["region_id"].tolist() == ["1", "10", "12", "14", "2", "7"]
    assert numbers.tolist() == [1, 10, 12, 14, 2, 7]
    assert regions["region"].tolist()[:2] == ["Guyana", "Chile"]


def kilometres(one, other):
    """Great-circle distance by the spherical law of cosines, in a plain way."""
    y1, x1, y2, x2 = map(math.radians, (*one, *other))
    cosine = math.sin(y1) * math.sin(y2) + math.cos(y1) * math.cos(y2) * math.cos(x1 - x2)
    return 6371 * math.acos(min(1.0, cosine))


def test_neighbours_are_the_nearest_capitals_both_ways(tmp_path):
    names = ("Fiji", "Samoa", "Tonga", "Mali", "Niger", "Senegal", "Guinea", "Chad", "Japan")
    rows = [f"{number},{name}" for number, name in enumerate(names, 1)]
    regions, _ = challenge_regions(listed(tmp_path, *rows))
    places = dict(
        zip(regions.region_id, zip(regions.latitude, regions.longitude, strict=True), strict=True)
    )
    nearest = {
        region: sorted(set(places) - {region}, key=lambda o: kilometres(places[region], places[o]))
        for region in places
    }
    for region, joined in zip(regions["region_id"], regions["neighbours"], strict=True):
        near = set(nearest[region][:NEAREST])
        seen_from = {other for other in places if region in nearest[other][:NEAREST]}
        assert set(joined.split(";")) == near | seen_from


def test_a_place_that_is_not_in_the_country_table_stays_without_a_point(tmp_path):
    regions, _ = challenge_regions(listed(tmp_path, *COUNTRIES, "300,Atlantis"))
    atlantis = regions.set_index("region_id").loc["300"]
    assert (atlantis["country"], atlantis["neighbours"]) == ("Atlantis", "")
    assert atlantis[["latitude", "longitude"]].isna().all()


@pytest.mark.parametrize(
    ("row", "message"),
    [("1,Again", "duplicate country_id"), ("x,Nowhere", 'expected a whole number, got "x"')],
)
def test_bad_ids_are_refused(tmp_path, row, message):
    with pytest.raises(SourceError, match=message):
        challenge_regions(listed(tmp_path, *COUNTRIES, row))
