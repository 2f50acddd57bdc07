"""The second count agrees with the panel on every kind of source, and sees what is wrong."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from data.counting.audit import plain_rows
from data.files import SAMPLES
from data.store.store import Store
from tests.calls import run
from tests.data.lists import Lists, ucdp_row
from tests.shared import shared_file

POLYGONS = ("--id", "_id", "--name", "name", "--country", "admin")
ROWS = [
    "K1,2023-01-30,10.5,0.5,Mali,9,2023-02-03",
    "K2,2024-11-09,10.5,1.5,Mali,,",
    "K3,2024-12-10,10.5,2.05,Mali,3,",
    "K4,2024-12-11,10.5,3.5,Mali,3,",
]
SPANNING = {
    "header": "event_id,date,latitude,longitude,country,deaths,until",
    "changed": {
        "[date]": '[deaths]\nmay_be_unknown = true\n[date]\nend_column = "until"',
        'countries = ["Mali"]': 'countries = ["Mali", "Niger"]',
    },
}


@pytest.fixture
def lists(tmp_path):
    return Lists(tmp_path)


def audited(lists, *words):
    """Return how many counts were compared."""
    return lists.panel("--audit", *words)["audit"]["compared"]


def test_spanning_unknown_border_and_moved_events_are_counted_alike(lists):
    assert lists.csv(ROWS, **SPANNING).returncode == 0
    assert audited(lists) > 100
    assert (
        "audit: "
        in lists.good(
            *("panel", "--scale", "admin1", "--boundaries", lists.folder / "squares.geojson"),
            *("--id", "code", "--name", "nom", "--country", "pays", "--audit"),
        ).stdout
    )


@pytest.mark.parametrize("scale", ["country", "priogrid"])
def test_other_scales_are_counted_alike(lists, scale):
    lists.csv(ROWS, **SPANNING)
    built = json.loads(lists.good("panel", "--scale", scale, "--audit", "--json").stdout)
    assert built["audit"]["compared"] > 40


def test_figures_are_counted_alike(lists):
    months = [f"{year}-{month:02d}" for year in (2023, 2024, 2025) for month in range(1, 13)]
    rows = [f"{region},{month},1,2,Mali" for region in ("01", "02") for month in months]
    lists.figures(rows, "--release", "1")
    lists.figures(rows[3:], "--release", "2")
    assert audited(lists) > 100


def test_a_changed_number_is_named_and_nothing_is_written(lists, monkeypatch):
    import data.counting.counting as counting

    lists.csv(ROWS, **SPANNING)
    real = counting._counted

    def wrong(*args):
        counts = real(*args)
        counts[0, 0] += 1
        return counts

    monkeypatch.setattr(counting, "_counted", wrong)
    monkeypatch.setattr("data.counting.region_months.Reconciliation.check", lambda _: None)
    words = ("panel", "--scale", "admin1", "--boundaries", lists.folder / "squares.geojson")
    done = lists.call(*words, "--id", "code", "--name", "nom", "--country", "pays", "--audit")
    assert done.returncode == 1
    assert "01 2023-01, events: 2 in the panel, counted again 1" in done.stderr
    assert "this panel is not written" in done.stderr
    assert not (lists.work / "panels").exists()


def test_rows_that_stay_though_a_newer_version_lacks_them_are_seen(lists, monkeypatch):
    lists.csv([f"K{n},2023-0{n}-05,10.5,0.5,Mali,1" for n in range(1, 6)])
    lists.csv([f"K{n},2023-0{n}-05,10.5,0.5,Mali,1" for n in range(1, 5)], release="2")
    assert audited(lists) > 0
    monkeypatch.setattr("data.store.merge_releases.Snapshot.scope", None)
    words = ("panel", "--scale", "admin1", "--boundaries", lists.folder / "squares.geojson")
    done = lists.call(*words, "--id", "code", "--name", "nom", "--country", "pays", "--audit")
    assert "01 2023-05, events: 1 in the panel, counted again 0" in done.stderr


def test_the_plain_path_applies_versions_as_the_store_does(lists):
    """Parts that came together, countries from later on, strays, candidates and their year."""
    since = {"[coverage]": '[coverage]\nsince = { Niger = "2024-01" }'}
    both = ("Mali", "Niger")
    niger = [f"N{n},202{n}-11-01,10.5,3.5,Niger,2" for n in (3, 4)]
    mali = [f"K{n},2024-0{n}-05,10.5,0.5,Mali,1" for n in range(1, 7)]
    stray = "E1,2024-06-06,10.5,0.5,Elsewhere,1"
    lists.csv([*mali, *niger, stray], countries=both)
    lists.csv(mali[:5], "--replace", release="2", countries=both, changed=since)
    lists.csv([mali[5]], "--add", release="3", countries=both)
    lists.ucdp("23.0.10", [ucdp_row(n, f"2023-10-0{n}", n) for n in (1, 2, 3)])
    lists.ucdp("24.1", [ucdp_row(9, "2023-10-01", 6, end="2023-10-03")], "--replace")
    lists.ucdp("23.0.11", [ucdp_row(n, f"2023-11-0{n}", n) for n in (1, 2, 3)], "--replace")
    store = Store(lists.work / "store")
    for source in ("own", "ucdp"):
        plain = plain_rows(store, source, "events").sort_values("event_id", ignore_index=True)
        expected = store.events(source=source)
        pd.testing.assert_frame_equal(plain[expected.columns], expected)


@pytest.mark.parametrize(
    ("name", "scale"),
    [
        ("hdx_ucdp_ged201_nigeria.csv", "admin1"),
        ("hdx_ucdp_ged201_nigeria.csv", "priogrid"),
        ("hdx_ucdp_ged191_bangladesh.csv", "country"),
    ],
)
def test_real_files_of_ucdp_are_counted_alike(tmp_path, name, scale):
    file, polygons = shared_file(name), shared_file("natural_earth_admin1_sahel.geojson")
    tmp_path.joinpath("w").mkdir()
    done = run("-w", tmp_path / "w", "ingest", "ucdp", file)
    assert done.returncode == 0, done.stderr
    words = ("--boundaries", polygons, *POLYGONS) if scale == "admin1" else ()
    done = run("-w", tmp_path / "w", "panel", "--scale", scale, *words, "--audit", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["audit"]["compared"] > 700


def test_the_real_series_of_many_years_is_counted_alike(precise_workspace):
    polygons = shared_file("natural_earth_admin1_sahel.geojson")
    words = ("panel", "--scale", "admin1", "--boundaries", polygons, *POLYGONS)
    done = run("-w", precise_workspace, *words, "--audit", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["audit"]["compared"] > 200_000


def test_the_figures_of_the_samples_are_counted_alike(tmp_path):
    tmp_path.joinpath("w").mkdir()
    files = (SAMPLES / "sahel_figures.parquet", "--regions", SAMPLES / "sahel_regions.parquet")
    assert run("-w", tmp_path / "w", "ingest", "figures", *files).returncode == 0
    done = run("-w", tmp_path / "w", "panel", "--scale", "admin1", "--audit", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["audit"]["compared"] > 200_000
