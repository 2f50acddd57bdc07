"""Backtests, tuning and promotion that are run from Python on a small panel."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import escalation
from data.workspace import Workspace as Folder
from features.panel import write_panel
from tests.calls import NOWHERE, run_inside, tracked_as_told
from tests.experiments.synthetic import make_panel

SPEC = """
scale = "admin1"
origins = "2019-12:2020-11"
models = ["local_nb", "conflictology", "last"]
draws = 60
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace with a panel and a backtest of it."""
    folder = tmp_path_factory.mktemp("modelling")
    write_panel(make_panel(regions=12), Folder(folder).panel("admin1"), manifest={"source": "mine"})
    (folder / "spec.toml").write_text(SPEC)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("experiments.tracking.tracker.ask_worker", tracked_as_told)
        escalation.Workspace(folder).backtest(folder / "spec.toml")
    return folder


@pytest.fixture
def workspace(made: Path, tmp_path: Path) -> escalation.Workspace:
    return escalation.Workspace(shutil.copytree(made, tmp_path / "w"))


def test_a_backtest_is_that_of_the_command_line(workspace, tmp_path, capsys):
    backtest = workspace.read_backtest()
    assert (backtest.source, backtest.remark) == ("mine", None)
    assert backtest.scores["model"].tolist() == ["local_nb", "conflictology", "last"]
    assert "source mine" in backtest.plot_pit().texts[-1].get_text()
    shutil.rmtree(workspace.path / "backtests")
    run_inside(capsys, "-w", workspace.path, "backtest", workspace.path / "spec.toml")
    theirs = workspace.read_backtest()
    assert theirs.id == backtest.id
    assert theirs.manifest["forecasts_sha256"] == backtest.manifest["forecasts_sha256"]


def test_nothing_is_printed_and_tracking_that_failed_is_a_warning(workspace, capfd, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", NOWHERE)
    with pytest.warns(escalation.EscalationWarning, match="`escalation doctor --send` tries again"):
        backtest = workspace.backtest(
            workspace.path / "spec.toml", models="last,conflictology", origins="2020-06:2020-11"
        )
    assert capfd.readouterr() == ("", "")
    assert backtest.manifest["models"] == ["last", "conflictology"]
    assert len(backtest.manifest["origins"]) == 6


def test_a_repetition_says_whether_the_bytes_are_the_same(workspace):
    backtest = workspace.backtest(from_run=workspace.read_backtest().id)
    assert backtest.remark.startswith("the same bytes of forecasts.parquet")
    assert "the same bytes" in backtest._repr_html_()


def test_seeds_and_ablation_lie_beside_the_scores(workspace):
    seeds = workspace.backtest(workspace.path / "spec.toml", models=["last"], seeds=2).seeds
    assert seeds["seed"].nunique() == 2
    ablated = workspace.backtest(
        workspace.path / "spec.toml",
        models=["nb"],
        ablate=["nb"],
        origins="2020-09:2020-11",
        without=["severity", "composition", "field", "history", "calendar"],
    )
    assert set(ablated.ablation["family"]) == {"frequency", "location"}
    assert "What each family of features is worth" in ablated._repr_html_()


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"from_run": "x", "vintage": True}, ["--from-run", "x", "--vintage"]),
        ({"from_run": "x", "models": ["last"]}, ["--from-run", "x", "--models", "last"]),
        ({"force": True}, ["--force"]),
        ({"seeds": 0}, ["--seeds", "0"]),
        ({"models": ["lsat"]}, ["--models", "lsat"]),
        ({"horizons": 40}, ["--horizons", "40"]),
        ({"spec": "none.toml"}, ["none.toml"]),
        ({"ablate": True, "vintage": True}, ["--ablate", "", "--vintage"]),
    ],
)
def test_what_cannot_be_asked_is_refused_as_on_the_command_line(workspace, capsys, asked, words):
    with pytest.raises(escalation.EscalationError) as caught:
        workspace.backtest(**asked)
    answer = run_inside(capsys, "-w", workspace.path, "backtest", *words)
    assert answer.stderr.splitlines()[-1] == f"error: {caught.value}"


def test_a_model_that_does_not_pass_says_why_and_changes_nothing(workspace, capsys):
    with pytest.raises(escalation.EvidenceError) as caught:
        workspace.promote("last")
    answer = run_inside(capsys, "-w", workspace.path, "promote", "last")
    lines = answer.stderr.splitlines()
    assert lines[-1] == f"error: {caught.value}"
    assert caught.value.__notes__ == lines[-1 - len(caught.value.__notes__) : -1]
    assert any("last does not clearly beat conflictology" in note for note in lines)
    assert not (workspace.path / "champions").exists()


def test_a_champion_may_be_forced_with_a_reason(workspace):
    with pytest.raises(escalation.ConfigError, match="--force and --why TEXT belong together"):
        workspace.promote("local_nb", force=True)
    backtest = workspace.read_backtest()
    made = workspace.promote("local_nb", backtest=backtest, force=True, why="it is quick")
    assert (made.model, made.gate, made.backtest) == (
        "local_nb",
        "forced: it is quick",
        backtest.id,
    )
    assert made.version.startswith("local_nb-")
    assert made.folder == workspace.path / "champions" / "admin1-events"
    assert "forced: it is quick" in made._repr_html_()
    assert repr(made) == f"Promotion({made.version}, gate forced: it is quick)"


@pytest.mark.slow
def test_tuning_gives_trials_and_a_specification(workspace, tmp_path):
    tuning = workspace.tune(
        workspace.path / "spec.toml",
        trials=2,
        inner=12,
        models="local_nb",
        out=tmp_path / "best.toml",
    )
    assert tuning.best == tmp_path / "best.toml"
    assert tuning.trials["trial"].tolist() == [0, 1]
    assert tuning.trials["gain"].iloc[0] == 0
    assert max(tuning.origins) < "2019-12"
    assert "Tuning(2 trials" in repr(tuning)
    assert "best.toml" in tuning._repr_html_()
    again = workspace.backtest(tuning.best, models=["last"], origins="2020-10:2020-11")
    assert again.manifest["draws"] == 60
    with pytest.raises(escalation.ConfigError, match="--trials: expected a number of 1 or more"):
        workspace.tune(tuning.best, trials=0)
