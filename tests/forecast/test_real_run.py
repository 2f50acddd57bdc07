"""The monthly way on the real files, through the command line, and what it must not read."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.schema import ROW_MEASURES
from features.panel import read_panel
from tests.calls import NOWHERE, run
from tests.shared import ROOT, shared_file

RULES = ROOT / "data" / "samples" / "ucdp_precise_sahel.map.toml"
LATER = "ucdp_ged211_precise_sahel_2019_2020.csv.gz"
# A model of trees whose chance is repaired on inner origins, beside others; small, for time.
SPEC = """
origins = "2019-10:2019-12"
draws = 50
refit_months = 3
models = ["last", "conflictology", "local_nb", "nb", "lgbm_hurdle"]
[pool]
inner = 3
[model.lgbm_hurdle]
window = 120
[model.lgbm_hurdle.whether]
trees = 30
[model.lgbm_hurdle.size]
trees = 15
"""
ISSUED = ("risk.csv", "draws.parquet", "sections.json")
FORECAST_ONLY = ["region_id", "origin", "model", "mean", "p_attack", "q05", "q95", "p_escalation"]


def call(folder: Path, *words: str) -> str:
    done = run("-w", str(folder), *words, env={"MLFLOW_TRACKING_URI": NOWHERE})
    assert done.returncode == 0, done.stderr
    return done.stdout


def build_panel(folder: Path) -> None:
    boundaries = shared_file("natural_earth_admin1_sahel.geojson")
    (folder / "escalation.toml").write_text("[forecast]\ndraws = 100\n")
    call(folder, "panel", "--scale", "admin1", "--boundaries", str(boundaries))


@pytest.fixture(scope="module")
def sahel(precise_workspace, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("sahel")
    shutil.copytree(precise_workspace / "store", folder / "store")
    build_panel(folder)
    return folder


@pytest.fixture(scope="module")
def poisoned(precise_workspace, tmp_path_factory) -> Path:
    """The same history; every event of 2020 has another place, month, toll and sides."""
    folder = tmp_path_factory.mktemp("poisoned")
    (earlier,) = [
        path
        for path in (precise_workspace / "store").iterdir()
        if path.is_dir() and "1989" in json.loads((path / "manifest.json").read_text())["file"]
    ]
    shutil.copytree(earlier, folder / "store" / earlier.name)
    with gzip.open(shared_file(LATER), "rt", encoding="utf-8") as stream:
        events = pd.read_csv(stream, dtype=str, keep_default_na=False)
    late = (events["year"] == "2020").to_numpy()
    rng = np.random.default_rng(7)
    events.loc[late, "month"] = rng.integers(1, 13, late.sum()).astype(str)
    events.loc[late, "day"] = "1"
    for column in ("low_death", "best_death", "high_death"):
        events.loc[late, column] = "9999"
    places = events.loc[late, ["latitude", "longitude", "country"]].sample(frac=1, random_state=3)
    events.loc[late, ["latitude", "longitude", "country"]] = places.to_numpy()
    sides = events.loc[late, ["side_a", "side_b"]].sample(frac=1, random_state=5)
    events.loc[late, ["side_a", "side_b"]] = sides.to_numpy()
    spoiled = folder / LATER
    with gzip.open(spoiled, "wt", encoding="utf-8") as stream:
        events.to_csv(stream, index=False)
    call(folder, "ingest", "csv", str(spoiled), "--map", str(RULES))
    build_panel(folder)
    return folder


@pytest.mark.slow(seconds=50)
def test_what_happened_later_changes_no_earlier_measure(sahel, poisoned):
    one, other = (read_panel(folder / "panels" / "admin1") for folder in (sahel, poisoned))
    stop = one.position("2020-01")
    assert {*ROW_MEASURES, "events", "deaths"} <= set(one.measures) == set(other.measures)
    for name, values in one.measures.items():
        later = other.measures[name]
        np.testing.assert_array_equal(values[:, :stop], later[:, :stop], name)
        assert not np.array_equal(values[:, stop:], later[:, stop:]), name


@pytest.mark.slow
def test_what_happened_later_changes_no_byte_of_a_forecast(sahel, poisoned):
    words = ("forecast", "--origin", "2019-12", "--target", "events", "--draws")
    tables = []
    for folder in (sahel, poisoned):
        call(folder, *words, "--model", "hurdle_nb")
        issue = folder / "forecasts" / "2019-12-admin1"
        tables.append([(issue / name).read_bytes() for name in ISSUED])
    assert tables[0] == tables[1]
    panels = [pd.read_parquet(f / "panels/admin1/panel.parquet") for f in (sahel, poisoned)]
    assert panels[0]["deaths"].sum() != panels[1]["deaths"].sum()


@pytest.mark.slow
def test_what_happened_later_changes_no_earlier_row_of_a_backtest(sahel, poisoned):
    frames = []
    for folder in (sahel, poisoned):
        (folder / "spec.toml").write_text(SPEC)
        before = set(folder.glob("backtests/*"))
        call(folder, "backtest", str(folder / "spec.toml"))
        (made,) = set(folder.glob("backtests/*")) - before
        frames.append(pd.read_parquet(made / "forecasts.parquet"))
    assert frames[0]["origin"].nunique() == 3
    pd.testing.assert_frame_equal(
        frames[0][FORECAST_ONLY], frames[1][FORECAST_ONLY], check_exact=True
    )
    assert not frames[0]["observed"].equals(frames[1]["observed"])


@pytest.mark.slow
def test_the_monthly_way_from_backtest_to_scores(sahel):
    models = "last,conflictology,local_nb"
    call(sahel, "backtest", "--origins", "2019-12:2020-11", "--draws", "100", "--models", models)
    compared = json.loads(call(sahel, "compare", "--json"))
    assert "local_nb" in json.dumps(compared)
    _check_comparison(compared, sahel)
    why = ("--force", "--why", "a small run for a test")
    assert "champion local_nb-" in call(sahel, "promote", "local_nb", "--target", "events", *why)
    shown = json.loads(call(sahel, "forecast", "--origin", "2020-12", "--draws", "--json"))
    assert shown["regions"] == 308
    folder = sahel / "forecasts" / "2020-12-admin1"
    table = pd.read_parquet(folder / "risk.parquet").set_index("region_id")
    draws = pd.read_parquet(folder / "draws.parquet")
    events = draws[draws["target"] == "events"].groupby("region_id")["value"]
    assert set(events.size()) == {100}
    hit = events.agg(lambda values: (values > 0).mean())
    np.testing.assert_allclose(table["p_attack"], hit.loc[table.index])
    np.testing.assert_allclose(table["expected_events"], events.mean().loc[table.index])
    assert "forced: a small run for a test" in table["gate"].iloc[0]


def _check_comparison(compared: dict, folder: Path) -> None:
    """Hold the printed figures against the forecasts themselves, row by row."""
    (made,) = compared["backtests"]
    rows = pd.read_parquet(folder / "backtests" / made / "forecasts.parquet")
    crps = rows.groupby("model")["crps"].mean()
    (skill,) = (
        row
        for row in compared["skills"]
        if (row["model"], row["against"], row["score"]) == ("local_nb", "conflictology", "crps")
    )
    assert skill["skill"] == pytest.approx(1 - crps["local_nb"] / crps["conflictology"])
    assert skill["skill_lo"] < skill["skill"] < skill["skill_hi"]
    panel = pd.read_parquet(folder / "panels/admin1/panel.parquet")
    events = panel.pivot(index="region_id", columns="month", values="events")
    onsets = rows[(rows["model"] == "local_nb") & (rows["phase_observed"] == "onset")]
    hard = 0
    for row in onsets.itertuples():
        last = list(events.columns).index(row.origin)
        hard += int(events.loc[row.region_id].iloc[last - 59 : last + 1].sum() == 0)
    parts = {row["part"]: row for row in compared["parts"] if row["model"] == "local_nb"}
    assert parts["onset"]["rows"] == len(onsets) > 0
    assert parts["hard onset"]["rows"] == hard > 0
    assert parts["Mali"]["rows"] == 12 * 9
    text = call(folder, "compare", "--full")
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize(
    ("origin", "why"),
    [
        ("2021-01", "the panel holds 1989-01 to 2020-12; the last complete month is 2020-12"),
        ("1988-12", "the panel holds 1989-01 to 2020-12"),
        ("2020-13", "expected a month as YYYY-MM"),
    ],
)
def test_an_origin_that_is_no_complete_month_is_refused(sahel, origin, why):
    done = run("-w", str(sahel), "forecast", "--origin", origin)
    assert done.returncode in (1, 2)
    assert why in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
