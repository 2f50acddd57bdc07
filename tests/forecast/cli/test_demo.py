"""The main job on the bundled sample, through the real command line, from ingest to page."""

from __future__ import annotations

import html
import json
import re
import shlex
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from data.schema import RISK_COLUMNS
from data.workspace import Workspace
from experiments.backtest.champions import read_champion
from experiments.models.catalogue import STANDARD
from features.panel import read_panel
from tests.calls import ALL_CORES, run, run_process
from tests.fake_ucdp import FakeUcdp, some_events
from tests.shared import ROOT, shared_file

pytestmark = pytest.mark.slow(seconds=90)


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    folder = tmp_path_factory.mktemp("demo")
    return folder, run_process("demo", "--out", str(folder), cores=ALL_CORES)


def test_it_ends_well_and_prints_the_top_ten_the_leaderboards_and_the_places(demo):
    done = demo[1]
    assert done.returncode == 0, done.stderr
    assert "January 2021, from data through 2020-12" in done.stdout
    assert done.stdout.count("# Leaderboard:") == 2
    for place in ("risk.csv", "leaderboard.md", "2020-12-admin1.html"):
        assert place in done.stdout
    assert "5/5 tell MLflow" in done.stderr
    assert "warning" not in done.stderr


def test_the_readme_shows_what_the_demo_prints(demo):
    printed = demo[1].stdout.partition("\n\n# Leaderboard")[0].splitlines()
    readme = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(printed[3:13]) == 10
    assert [line for line in printed[:13] if line not in readme] == []


def test_the_panel_is_the_whole_rectangle_with_the_known_totals(demo):
    panel = read_panel(Workspace(demo[0]).panel("admin1"))
    assert panel.measures["events"].shape == (308, 384)
    assert panel.observed().all()
    assert panel.measures["events"].sum(dtype=float) == 10_654
    assert panel.measures["deaths"].sum(dtype=float) == 98_004


def test_the_risk_table_has_every_region_in_order(demo):
    table = pd.read_csv(demo[0] / "forecasts" / "2020-12-admin1" / "risk.csv")
    assert tuple(table.columns) == RISK_COLUMNS
    assert len(table) == 308
    assert list(table["rank"]) == list(range(1, 309))
    assert table["p_attack"].is_monotonic_decreasing
    assert set(table["target_month"]) == {"2021-01"}
    assert table["region"].iloc[0] == "Borno"
    assert table[["p_attack", "expected_events", "expected_deaths"]].notna().all().all()
    assert (table["events_p05"] <= table["events_p50"]).all()
    assert table["reason_1"].notna().all()


@pytest.mark.parametrize("target", ["events", "deaths"])
def test_every_model_is_scored_and_the_champion_beats_no_change(demo, target):
    (folder,) = (demo[0] / "backtests").glob(f"admin1-{target}-*")
    scores = pd.read_csv(folder / "scores.csv").set_index("model")
    assert set(scores.index) == set(STANDARD)
    assert scores.loc["blend", "crps"] < scores.loc["conflictology", "crps"]
    assert scores.loc["blend", "brier"] < scores.loc["conflictology", "brier"]
    champion = read_champion(demo[0] / "champions" / f"admin1-{target}")
    assert champion.manifest.gate_passed
    assert champion.manifest.trained_through == "2020-12"


def test_the_page_stands_alone(demo):
    page = (demo[0] / "reports" / "2020-12-admin1.html").read_text(encoding="utf-8")
    assert "default-src 'none'" in html.unescape(page)
    assert re.findall("<script[^>]*>", page) == ["<script>"]
    assert 'src="http' not in page
    assert page.count("Borno") >= 2


def test_mlflow_holds_the_backtests_the_champions_and_the_issue(demo):
    with sqlite3.connect(demo[0] / "mlflow.db") as database:
        runs = dict(
            database.execute(
                "select e.name, count(*) from runs r join experiments e"
                " on e.experiment_id = r.experiment_id group by e.name"
            ).fetchall()
        )
        states = {state for (state,) in database.execute("select distinct status from runs")}
        names = {name for (name,) in database.execute("select name from registered_models")}
    assert runs["escalation/backtests"] == 2 * (1 + len(STANDARD))
    assert runs["escalation/forecasts"] == 1
    assert states == {"FINISHED"}
    assert names == {"escalation-admin1-events", "escalation-admin1-deaths"}
    assert not list((demo[0] / "spool").glob("*.json"))


def test_the_commands_work_on_what_the_demo_left(demo):
    status = json.loads(run("-w", str(demo[0]), "status", "--json").stdout)
    assert status["last_complete_month"] == "2020-12"
    compared = run("-w", str(demo[0]), "compare")
    assert compared.returncode == 0, compared.stderr
    assert "conflictology" in compared.stdout


def test_a_workspace_with_other_data_is_left_alone(tmp_path):
    events = tmp_path / "own.csv"
    events.write_text("id,day,lat,lon,dead\n1,2020-01-03,14.5,-4.0,3\n", encoding="utf-8")
    rules = tmp_path / "own.map.toml"
    rules.write_text(
        'source = "own"\n[columns]\nevent_id = "id"\nlatitude = "lat"\nlongitude = "lon"\n'
        'deaths_best = "dead"\n[date]\ncolumn = "day"\n[constants]\ncountry = "Mali"\n'
        'kind = "state-based"\nlocation_precision = "exact"\n[coverage]\ncomplete = false\n',
        encoding="utf-8",
    )
    done = run("-w", str(tmp_path), "ingest", "csv", str(events), "--map", str(rules))
    assert done.returncode == 0, done.stderr
    refused = run("-w", str(tmp_path), "demo")
    assert refused.returncode == 2
    assert "holds data of own: run the demo in a folder of its own with --out DIR" in refused.stderr


def readme_calls(heading: str) -> list[list[str]]:
    """Return the words of the commands that a recipe of the README shows."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    recipe = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line.strip() for line in recipe.splitlines() if line.startswith("    escalation ")]
    assert 0 < len(lines) <= 8
    return [shlex.split(line, comments=True)[1:] for line in lines]


def test_the_readme_recipes_run(demo, tmp_path, httpserver, monkeypatch):
    """The first ones in a new folder beside a server that speaks as UCDP, the others here."""
    fake = FakeUcdp(httpserver, {"25.1": some_events("2024-05", 30)})
    for name, value in fake.env.items():
        monkeypatch.setenv(name, value)
    shutil.copy(shared_file("natural_earth_admin1_sahel.geojson"), tmp_path / "regions.geojson")
    for words in [*readme_calls("An analyst's month"), *readme_calls("A table for a report")]:
        if words[0] in ("backtest", "promote"):
            continue  # the demo did both
        home = tmp_path if words[0] in ("init", "ingest", "panel") else demo[0]
        words = words[:1] if words[0] == "month" else words  # the demo's sample is not fetched
        words = [str(home / word) if word == "regions.geojson" else word for word in words]
        done = run("-w", str(home), *words)
        assert done.returncode == 0, (words, done.stderr)
    assert (tmp_path / "panels" / "admin1" / "panel.parquet").exists()
    assert (demo[0] / "reports" / "2020-12-admin1" / "2020-12-admin1.xlsx").exists()
