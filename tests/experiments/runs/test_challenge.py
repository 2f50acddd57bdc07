"""The challenge's windows: their parts alone, then by the command line on the challenge's files."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from data.errors import ConfigError
from data.schema import REGION_COLUMNS
from data.sources.views.files import read_draws
from data.sources.views.history import ChallengeHistory
from data.workspace import Workspace
from experiments.distribution import Distribution
from experiments.runs.challenge import (
    WindowDraws,
    challenge_panel,
    challenge_text,
    window_of,
    window_scores,
)
from features.panel import read_panel, write_panel
from forecast.cli.main import escalation
from tests.calls import run_inside
from tests.shared import ROOT, shared_file

SPEC = str(ROOT / "experiments" / "specs" / "views_challenge.toml")
COUNTRY_MONTHS = "ucdp_ged241_country_months_1989_2020-10.csv.gz"
DEAD = "http://127.0.0.1:9"
WORDS = ("--origins", "2017-10", "--models", "conflictology,last,nb", "--horizons")
FORECAST_ONLY = ["region_id", "target_month", "model", "mean", "p_attack", "q05", "q95"]


@pytest.fixture
def history():
    regions = pd.DataFrame("", index=range(3), columns=list(REGION_COLUMNS)).astype("str")
    numbers = dict.fromkeys(("latitude", "longitude", "area_km2"), 1.0)
    regions = regions.assign(region_id=["1", "10", "2"], **numbers)
    known = np.array([[0.0, 3.0], [np.nan, 1.0], [2.0, 0.0]])
    return ChallengeHistory(
        regions=regions,
        months=("2017-09", "2017-10"),
        measures={"deaths_state_based": known},
        status=np.where(np.isnan(known), 3, 0).astype(np.int8),
        windows=(2018,),
        pooled=("10",),
        folder=Path(),
    )


def test_a_window_is_a_year_from_october_before():
    held = {(f"2017-{m:02d}", h) for m in range(1, 13) for h in range(1, 37)}
    inside = {pair for pair in held if window_of(*pair) is not None}
    assert inside == {("2017-10", horizon) for horizon in range(3, 15)}
    assert {window_of(*pair) for pair in inside} == {2018}


def test_scores_are_averaged_in_each_window_alone():
    rows = [
        ("2017-10", 3, 1.0, 0.5, 2.0),
        ("2017-10", 14, 0.0, 0.5, 4.0),
        ("2018-10", 3, 1.0, 1.0, 7.0),
        ("2017-10", 2, 1.0, 1.0, 100.0),
        ("2017-11", 3, 1.0, 1.0, 100.0),
    ]
    frame = pd.DataFrame(rows, columns=["origin", "horizon", "observed", "p_attack", "crps"])
    found = window_scores(frame.assign(model="m", ign=0.1, mis=1.0))
    assert found["window"].tolist() == [2018, 2019]
    assert found["rows"].tolist() == [2, 1]
    assert found["crps"].tolist() == [3.0, 7.0]
    assert found["brier"].tolist() == [0.25, 0.0]


def test_the_panel_is_written_and_read_like_any_other(history, tmp_path):
    panel = challenge_panel(history, "views_country")
    write_panel(panel, tmp_path, manifest={})
    again = read_panel(tmp_path)
    assert again.digest() == panel.digest()
    assert again.last_complete_month() == "2017-10"
    assert not again.observed()[1, 0]


def test_kept_draws_come_back_under_their_country_and_month(history, tmp_path):
    kept = WindowDraws(history)
    draws = np.arange(6, dtype=np.int32).reshape(3, 2)
    kept("blend", "2017-10", 14, Distribution(draws + 100))
    kept("blend", "2017-10", 3, Distribution(draws))
    kept("blend", "2017-10", 2, Distribution(draws + 900))
    (path,) = kept.write(tmp_path / "new" / "folder")
    assert path.name == "blend_2018.parquet"
    found = read_draws(path)
    assert found.months.tolist() == [457] * 3 + [468] * 3
    assert found.units.tolist() == [1, 2, 10] * 2
    assert found.draws.tolist() == [[0, 1], [4, 5], [2, 3], [100, 101], [104, 105], [102, 103]]


def test_no_window_means_no_file(history, tmp_path):
    kept = WindowDraws(history)
    kept("blend", "2017-11", 3, Distribution(np.zeros((3, 2), dtype=np.int32)))
    with pytest.raises(ConfigError, match="origins must be Octobers and horizons from 3 to 14"):
        kept.write(tmp_path)


def backtest(folder: Path, *words: str, files: Path) -> str:
    folder.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", DEAD)
        patch.setenv("ESCALATION_CHALLENGE", str(files))
        done = CliRunner().invoke(escalation, ["-w", str(folder), "backtest", SPEC, *words])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> tuple[Path, str]:
    """Three months of the first window by cheap models, and what was printed."""
    files = shared_file("views_challenge").parent
    root = tmp_path_factory.mktemp("challenge")
    words = (*WORDS, "3,5,14", "--challenge-out", str(root / "draws"))
    return root, backtest(root, *words, files=files)


@pytest.fixture(scope="module")
def poisoned(tmp_path_factory) -> Path:
    """One horizon of the same from files in which everything after the origin is garbage."""
    root = tmp_path_factory.mktemp("poisoned")
    spoil(root / "files", shared_file("views_challenge").parent)
    backtest(root, *WORDS, "5", files=root / "files")
    return root


def read(root: Path) -> tuple[dict, pd.DataFrame]:
    (folder,) = (root / "backtests").iterdir()
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return manifest, pd.read_parquet(folder / "forecasts.parquet")


@pytest.mark.slow
def test_the_windows_stand_beside_the_published_rows(made):
    printed = made[1].partition("# Windows of the VIEWS 2023/24 Prediction Challenge")[2]
    crps = printed.partition("CRPS\n")[2].partition("\n\n")[0]
    rows = {tuple(line.split()[:3]): line.split()[-2:] for line in crps.splitlines()[1:]}
    assert rows["bm_conflictology", "published", "file"] == ["14.483", "14.483"]
    assert ("nb", "this", "run") in rows
    assert "this run scored 573 rows and the published files hold 2,292" in printed
    assert rows["bm_last_historical_poisson", "published", "file"] == ["20.173", "20.173"]
    assert ("negative-binomial", "entry", "cited") in rows
    assert "windows that are not scored here: 2019, 2020" in printed
    assert "pooled (no history but" in printed
    assert "North Korea" in printed


def test_the_manifest_names_history_windows_and_pooled_countries(made):
    manifest, forecasts = read(made[0])
    assert manifest["spec"]["history"] == "views_challenge"
    assert manifest["challenge"]["windows"] == [2018]
    assert len(manifest["challenge"]["pooled_regions"]) == 23
    assert manifest["challenge"]["pooled_regions"]["143"] == "North Korea"
    assert (forecasts.groupby("model").size() == 573).all()
    assert manifest["rows_without_target"] == 0


def test_what_evaluate_says_of_our_own_draws_is_what_the_backtest_said(made, capsys):
    actuals = shared_file("views_challenge/actuals_2018.parquet")
    scores = {
        row["model"]: row
        for row in read(made[0])[0]["challenge"]["scores"]
        if row["source"] == "this run"
    }
    assert set(scores) == {"conflictology", "last", "nb"}
    for model in ("conflictology", "nb"):
        row, file = scores[model], made[0] / "draws" / f"{model}_2018.parquet"
        done = run_inside(capsys, "evaluate", file, actuals, "--common", "--json")
        record = json.loads(done.stdout)
        assert record["rows"] == row["rows"] == 573
        for kind in ("published", "honest"):
            for score in ("crps", "ign", "mis"):
                assert record["mean"][kind][score] == pytest.approx(row[score], rel=1e-12)
        for score in ("brier", "ap"):
            assert record["attack"][score] == pytest.approx(row[score], rel=1e-12)


def test_compare_and_a_second_backtest_read_the_same_panel(made, capsys):
    compared = run_inside(capsys, "-w", made[0], "compare")
    assert compared.returncode == 0, compared.stderr
    assert "14 months ahead: " in compared.stdout
    assert Workspace(made[0]).panel("views_country").joinpath("panel.parquet").exists()


@pytest.mark.slow
def test_promote_trains_on_the_panel_of_the_challenge(poisoned, capsys, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", DEAD)
    words = ("--scale", "views_country", "--target", "deaths_state_based")
    forced = ("--force", "--why", "to see that it can be trained")
    refused = run_inside(capsys, "-w", poisoned, "promote", "last", *words)
    assert "was scored on 1 target months: at least 12 are needed" in refused.stderr
    done = run_inside(capsys, "-w", poisoned, "promote", "last", *words, *forced)
    assert done.returncode == 0, done.stderr
    home = poisoned / "champions" / "views_country-deaths_state_based"
    assert json.loads((home / "manifest.json").read_text())["trained_through"] == "2020-12"


def spoil(folder: Path, real: Path) -> None:
    """Copy the data folder; everything after October 2017 is garbage or gone."""
    own = folder / "views_challenge"
    own.mkdir(parents=True)
    for name in ("country_list.csv", "bm_conflictology_2018.parquet"):
        (own / name).symlink_to(real / "views_challenge" / name)
    for year in (2018, 2019, 2020):
        actuals = pd.read_parquet(real / "views_challenge" / f"actuals_{year}.parquet")
        spoiled = actuals["outcome"].to_numpy()[::-1] * 7 + 5000
        actuals.assign(outcome=spoiled).to_parquet(own / f"actuals_{year}.parquet")
    months = pd.read_csv(real / COUNTRY_MONTHS, keep_default_na=False)
    late = months["dd"] > "2017-10"
    months.loc[late, ["sb_fatalities", "ns_fatalities", "osv_fatalities"]] = 9999
    with gzip.open(folder / COUNTRY_MONTHS, "wt", encoding="utf-8") as stream:
        months.to_csv(stream, index=False)


@pytest.mark.slow
def test_what_happened_later_changes_no_forecast(made, poisoned):
    true, garbage = read(made[0])[1], read(poisoned)[1]
    true = true[true["horizon"] == 5].reset_index(drop=True)
    assert len(true) == 3 * 191
    assert true[FORECAST_ONLY].equals(garbage[FORECAST_ONLY])
    assert true["observed"].max() < 5000 <= garbage["observed"].min()


def test_without_the_files_it_is_told_what_to_set(tmp_path, capsys, monkeypatch):
    done = run_inside(capsys, "-w", tmp_path, "backtest", SPEC)
    assert done.returncode == 2
    assert "no folder is named for the files of the VIEWS challenge: set ESCALATION" in done.stderr
    monkeypatch.setenv("ESCALATION_CHALLENGE", str(tmp_path / "nowhere"))
    done = run_inside(capsys, "-w", tmp_path, "backtest", SPEC)
    assert done.returncode == 2
    assert f"{tmp_path}/nowhere/views_challenge does not exist: set ESCALATION_CH" in done.stderr
    assert "folder in [challenge] of escalation.toml" in done.stderr


def test_the_settings_name_the_folder_and_the_environment_goes_before(
    tmp_path, capsys, monkeypatch
):
    (tmp_path / "escalation.toml").write_text('[challenge]\nfolder = "mine"\n')
    done = run_inside(capsys, "-w", tmp_path, "backtest", SPEC)
    assert f"{tmp_path}/mine/views_challenge does not exist" in done.stderr
    monkeypatch.setenv("ESCALATION_CHALLENGE", str(tmp_path / "yours"))
    done = run_inside(capsys, "-w", tmp_path, "backtest", SPEC)
    assert f"{tmp_path}/yours/views_challenge does not exist" in done.stderr


def test_draws_of_the_challenge_need_its_history(tmp_path, capsys):
    spec = ROOT / "experiments" / "specs" / "sahel_admin1.toml"
    done = run_inside(capsys, "-w", tmp_path, "backtest", spec, "--challenge-out", tmp_path)
    assert done.returncode == 2
    assert 'needs a specification with history = "views_challenge"' in done.stderr


def test_an_unknown_history_is_told(tmp_path, capsys):
    spec = tmp_path / "mine.toml"
    spec.write_text('history = "views"\n')
    done = run_inside(capsys, "-w", tmp_path, "backtest", spec)
    assert done.returncode == 2
    assert "history: expected one of views_challenge, got 'views'" in done.stderr


def test_other_backtests_say_nothing_of_the_challenge():
    assert challenge_text({"draws": 1000}) == ""


def test_origins_outside_the_windows_are_told():
    record = {"windows": [], "windows_not_asked": [2018], "pooled_regions": {}, "scores": []}
    text = challenge_text({"draws": 200, "challenge": record})
    assert "no window is scored: origins must be Octobers, horizons 3 to 14" in text
    assert "IGN of 200 draws cannot be compared with that of 1,000" in text
