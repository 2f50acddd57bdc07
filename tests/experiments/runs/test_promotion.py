from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data.errors import RuntimeEnvironmentError
from data.workspace import Workspace
from experiments.backtest.backtest import run_backtest, write_backtest
from experiments.backtest.catalogue import Backtest, read_backtest
from experiments.backtest.champions import read_champion
from experiments.backtest.specification import BacktestSpec
from experiments.backtest.training import load_model
from experiments.runs.options import PromotionOptions
from experiments.runs.promotion import Promotion, promote_workspace
from experiments.training_view import view_at
from features.panel import write_panel
from features.table import build_features
from tests.calls import run_inside
from tests.experiments.figures import call
from tests.experiments.synthetic import make_panel, write_synthetic_backtest

SPEC = BacktestSpec(
    origins="2018-12:2020-11", models=("last", "conflictology", "local_nb"), draws=200
)


@pytest.fixture(scope="module")
def backtested(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Backtest]:
    """A workspace with a panel and a backtest in which local_nb passes and last does not."""
    workspace = Workspace(tmp_path_factory.mktemp("ws"))
    panel = make_panel()
    write_panel(panel, workspace.panel("admin1"), manifest={})
    backtest = run_backtest(panel, SPEC, progress=lambda *_: None, jobs=1)
    return workspace, read_backtest(write_backtest(backtest, workspace.backtests))


@pytest.fixture
def ready(
    backtested: tuple[Workspace, Backtest], monkeypatch: pytest.MonkeyPatch
) -> tuple[Workspace, Backtest]:
    """The same with runs kept in a folder that is not there, so that registration waits."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:////nowhere/mlflow.db")
    return backtested


def promote(workspace: Workspace, model: str, why: str | None = None) -> Promotion:
    options = PromotionOptions(force=why is not None, why=why)
    return promote_workspace(workspace, model, options, issued_versions=lambda *_: ())


def test_a_model_that_passes_is_trained_on_all_months_and_can_be_loaded(
    ready: tuple[Workspace, Backtest],
) -> None:
    workspace, run = ready
    promotion = promote(workspace, "local_nb")
    assert promotion.gate.passed
    champion = read_champion(workspace.champion("admin1", "events"))
    assert promotion.champion == champion
    assert promotion.tracked is not None
    assert "no such folder" in (promotion.tracked.warning or "")
    assert any(path.name.startswith("champion.") for path in workspace.spool.iterdir())
    manifest = champion.manifest
    assert (manifest.trained_through, manifest.horizons) == ("2020-12", (1,))
    assert (manifest.backtest, manifest.why) == (run.id, None)
    assert manifest.gate_reasons == promotion.gate.reasons
    panel = make_panel()
    table = build_features(panel, known_through="2020-12")
    champion.check_features(table.names)
    model = load_model(
        champion.model_folder, replace(SPEC, models=("local_nb",)), panel=panel, table=table
    )
    known = view_at(panel, table, model.task(1), origin="2020-12")
    forecast, _ = model.horizons[1].predict(known)
    busy = np.argsort(panel.measure("events").sum(axis=1))
    assert forecast.mean()[busy[-1]] > forecast.mean()[busy[0]]


def test_a_model_that_does_not_pass_changes_nothing(ready: tuple[Workspace, Backtest]) -> None:
    workspace, _ = ready
    before = {path: path.stat().st_mtime_ns for path in workspace.root.rglob("*")}
    promotion = promote(workspace, "last")
    assert (promotion.champion, promotion.tracked) == (None, None)
    assert not promotion.gate.passed
    assert {path: path.stat().st_mtime_ns for path in workspace.root.rglob("*")} == before


def test_a_model_is_promoted_for_the_horizons_that_it_passes(
    backtested: tuple[Workspace, Backtest],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:////nowhere/mlflow.db")
    workspace = Workspace(Path(shutil.copytree(backtested[0].root, tmp_path / "w")))
    spec = SPEC.changed(horizons=(1, 2), draws=50)
    backtest = run_backtest(make_panel(), spec, progress=lambda *_: None, jobs=1)
    rows = backtest.forecasts
    rows.loc[(rows["model"] == "local_nb") & (rows["horizon"] == 2), "crps"] += 1.0
    write_backtest(backtest, workspace.backtests)
    done = run_inside(capsys, "-w", workspace.root, "promote", "local_nb")
    assert done.returncode == 0, done.stderr
    assert "not promoted for horizon 2: forecasts of it are conflictology's" in done.stdout
    champion = read_champion(workspace.champion("admin1", "events"))
    assert (champion.manifest.horizons, champion.gate) == ((1,), "passed")
    words = ("--target", "events", "--horizons", "1,2", "--no-outlook")
    made = run_inside(capsys, "-w", workspace.root, "forecast", *words)
    assert made.returncode == 0, made.stderr
    (path,) = workspace.issues.glob("*/manifest.json")
    models = json.loads(path.read_text())["models"]
    assert [model["model"] for model in models] == ["local_nb", "conflictology"]
    assert [model["gate"] for model in models] == ["passed", "none"]


def test_a_forced_promotion_keeps_its_reason(ready: tuple[Workspace, Backtest]) -> None:
    workspace, _ = ready
    champion = promote(workspace, "last", why="the only one we trust").champion
    assert champion is not None
    assert not champion.manifest.gate_passed
    assert champion.gate == "forced: the only one we trust"


def test_a_workspace_in_use_is_left_alone(ready: tuple[Workspace, Backtest]) -> None:
    workspace, _ = ready
    with workspace.lock(), pytest.raises(RuntimeEnvironmentError, match="is locked by process"):
        promote(workspace, "local_nb")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--target", "deaths"), "holds no finished backtest of admin1 deaths"),
        (
            ("--backtest", "e1", "--scale", "country"),
            "admin1 events, not of country events",
        ),
        (("--backtest", "e2"), 'holds no finished backtest "e2" (known: e1)'),
    ],
)
def test_the_backtest_has_to_be_of_the_same_scale_and_target(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], message: str
) -> None:
    write_synthetic_backtest(Workspace(tmp_path).backtests / "e1")
    done = run_inside(capsys, "-w", tmp_path, "promote", "wise", *words)
    assert done.returncode == 1
    assert message in done.stderr


def test_a_replaced_champion_stays_where_an_issue_of_its_own_scale_was_made_with_it(
    ready: tuple[Workspace, Backtest], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = Path(shutil.copytree(ready[0].root, tmp_path / "made"))
    shutil.rmtree(made / "champions", ignore_errors=True)
    call(capsys, made, "promote", "local_nb")
    call(capsys, made, "forecast", "--target", "events", "--no-outlook")
    before = read_champion(made / "champions" / "admin1-events")
    for scale, name, copied in (
        ("admin1", "a name that says nothing", True),
        ("sahel-admin1", "2020-12-sahel-admin1", False),
        ("admin1-old", "2020-12-admin1", False),
    ):
        root = Path(shutil.copytree(made, tmp_path / scale))
        issue = (root / "forecasts" / "2020-12-admin1").rename(root / "forecasts" / name)
        manifest = json.loads((issue / "manifest.json").read_text())
        (issue / "manifest.json").write_text(json.dumps({**manifest, "scale": scale}))
        call(capsys, root, "promote", "last", "--force", "--why", "a test")
        replaced = root / "champions" / "replaced" / f"admin1-events-{before.digest}"
        assert replaced.exists() == copied, scale
        if copied:
            assert read_champion(replaced).manifest == before.manifest
