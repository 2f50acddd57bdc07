"""The experiment commands as a user calls them, on a small panel."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from data.errors import EscalationError
from data.workspace import Workspace
from experiments.backtest.stress import STRESSES
from experiments.tracking.tracker import Tracker
from features.panel import write_panel
from forecast.cli.main import escalation
from tests.calls import NOWHERE, Answer, run, tracked_as_told, tracked_inside
from tests.experiments.synthetic import make_panel, write_synthetic_backtest

DEAD = "http://127.0.0.1:9"
BACKTEST = ("backtest", "--origins", "2018-12:2020-11", "--draws", "200", "--models")
MODELS = "last,conflictology,local_nb"


def call(workspace: Path, *words: str, uri: str | None = NOWHERE) -> Answer:
    """Run the command line; tracking has no place unless asked otherwise."""
    env = {} if uri is None else {"MLFLOW_TRACKING_URI": uri}
    mlflow = {None: tracked_inside, NOWHERE: tracked_as_told}.get(uri)
    return run("--workspace", workspace, *words, env=env, mlflow=mlflow)


@pytest.fixture(scope="module")
def made(mlflow_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with one real backtest, tracked in its own database."""
    root = tmp_path_factory.mktemp("made")
    shutil.copy(mlflow_database, root / "mlflow.db")
    write_panel(make_panel(), Workspace(root).panel("admin1"), manifest={})
    done = call(root, *BACKTEST, MODELS, uri=None)
    assert done.returncode == 0, done.stderr
    assert "warning" not in done.stderr
    return root


@pytest.fixture
def place(made: Path, tmp_path: Path) -> Path:
    return Path(
        shutil.copytree(made, tmp_path / "ws", ignore=shutil.ignore_patterns("mlartifacts"))
    )


def _only_backtest(root: Path) -> Path:
    (folder,) = (root / "backtests").iterdir()
    return folder


def test_backtest_writes_tracks_and_prints_the_leaderboard(made: Path) -> None:
    folder = _only_backtest(made)
    assert {path.name for path in folder.iterdir()} == {
        "forecasts.parquet", "leaderboard.md", "manifest.json", "pit.png", "reliability.png",
        "scores.csv", "skill_by_phase.png", "tracking.json",
    }  # fmt: skip
    assert json.loads((folder / "tracking.json").read_text())["run_id"]
    assert (made / "mlflow.db").exists()
    assert (made / "mlartifacts").is_dir()


def test_backtest_with_a_dead_server_is_whole_and_waits_in_the_spool(place: Path) -> None:
    words = ("--models", "last", "--origins", "2020-11", "--draws", "20")
    done = call(place, "backtest", *words, uri=DEAD)
    assert done.returncode == 0
    assert done.stderr.startswith("warning: not tracked: ")
    assert "doctor --send" in done.stderr
    assert "| last | 40 |" in done.stdout
    assert len(list((place / "spool").iterdir())) == 1
    sent = call(place, "doctor", "--send", "--json", uri=None)
    assert sent.returncode == 0, sent.stdout
    (item,) = json.loads(sent.stdout)["sent"]
    assert item["run_id"]
    assert list((place / "spool").iterdir()) == []


def test_backtest_prints_its_manifest_for_a_machine(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:////nowhere/mlflow.db")
    words = "--models last --origins 2020-10:2020-11 --horizons 1,2 --draws 20 --seed 4 --refit 6"
    done = CliRunner().invoke(
        escalation, ["-w", str(place), "backtest", *words.split(), "--target", "deaths", "--json"]
    )
    manifest = json.loads(done.stdout)
    assert manifest["horizons"] == [1, 2]
    assert (manifest["seed"], manifest["refit_months"], manifest["target"]) == (4, 6, "deaths")
    assert manifest["rows_without_target"] == 40


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("backtest", "--models", "lgbm"), 2, "lgbm"),
        (("backtest", "--horizons", "0"), 2, "whole numbers from 1 to 36, got 0"),
        (("backtest", "--origins", "2020"), 2, "expected a month as YYYY-MM"),
        (("backtest", "--scale", "country"), 1, "holds no panel: run `escalation panel` first"),
        (("backtest", "none.toml"), 2, "no such file"),
        (("compare", "none"), 1, "holds no finished backtest"),
        (("compare", "--models", "nobody"), 1, "no model nobody in the backtest: expected last"),
        (("promote", "last", "--target", "deaths"), 1, "no finished backtest of admin1 deaths"),
        (("promote", "blend"), 1, "has no model blend, only"),
        (("ui",), 2, f"which shows them: {DEAD}"),
        (("promote", "last", "--force"), 2, "--force and --why TEXT belong together"),
        (("promote", "last", "--why", "so"), 2, "--force and --why TEXT belong together"),
        (("promote", "last", "--force", "--why", " "), 2, "belong together"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    made: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], code: int, message: str
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", DEAD)
    done = CliRunner().invoke(escalation, ["-w", str(made), *words])
    error = done.exception
    if isinstance(error, EscalationError):
        assert error.exit_code == code
        assert message in str(error)
    else:
        assert done.exit_code == code
        assert message in done.output


def test_compare_takes_the_newest_or_the_named_and_prints_json(made: Path) -> None:
    text = CliRunner().invoke(escalation, ["-w", str(made), "compare"]).stdout
    assert "1 month ahead: 960 region-months" in text
    phases = CliRunner().invoke(escalation, ["-w", str(made), "compare", "--by", "phase"]).stdout
    assert "by phase, 1 month ahead: local_nb against conflictology" in phases
    few = CliRunner().invoke(escalation, ["-w", str(made), "compare", "--models", "last"]).stdout
    assert "local_nb" not in few
    words = ["-w", str(made), "compare", _only_backtest(made).name, "--json"]
    record = json.loads(CliRunner().invoke(escalation, words).stdout)
    assert {row["model"] for row in record["scores"]} == set(MODELS.split(","))
    assert {row["score"] for row in record["skills"]} == {"crps", "ign", "mis", "brier", "ap"}


def test_a_backtest_under_several_seeds_says_how_far_its_scores_move(place: Path) -> None:
    words = ("--models", "last", "--origins", "2020-09:2020-11", "--draws", "20", "--seeds", "3")
    done = call(place, "backtest", *words)
    assert done.returncode == 0, done.stderr
    (folder,) = (path.parent for path in (place / "backtests").glob("*/seeds.csv"))
    shown = call(place, "compare", folder.name)
    assert (
        f"{folder.name} under 3 seeds: standard deviation (largest less smallest)" in shown.stdout
    )


@pytest.mark.slow
def test_a_backtest_under_stress_is_kept_compared_and_asked_for_by_the_gate(
    scored_workspace: Path, tmp_path: Path
) -> None:
    root = Path(shutil.copytree(scored_workspace, tmp_path / "w"))
    models = ("--models", "local_nb,conflictology,last", "--origins", "2019-12:2020-11")
    words = ("backtest", *models, "--draws", "50", "--stress")
    done = call(root, *words)
    assert done.returncode == 0, done.stderr
    (file,) = (root / "backtests").glob("*/stress.csv")
    table = pd.read_csv(file)
    assert list(table["stress"].unique()) == list(STRESSES)
    shown = call(root, "compare", file.parent.name)
    assert f"{file.parent.name} under stress: percent of conflictology's" in shown.stdout
    assert max(map(len, shown.stdout.splitlines())) <= 100
    record = json.loads(call(root, "compare", file.parent.name, "--json").stdout)
    assert len(record["stress"]) == 3 * len(STRESSES)
    asked = ("promote", "local_nb", "--backtest", file.parent.name)
    judged = call(root, *asked)
    assert "under stress local_nb saves" in judged.stdout + judged.stderr
    again = call(root, *words[:-1])
    assert again.returncode == 0, again.stderr
    assert pd.read_csv(file).equals(table)
    file.write_text(file.read_text().replace("rises", "ends"))
    spoilt = call(root, *asked)
    assert spoilt.returncode == 3
    assert "stress.csv was changed or damaged after it was written" in spoilt.stderr


def test_compare_refuses_backtests_of_other_data(place: Path) -> None:
    name = _only_backtest(place).name
    write_synthetic_backtest(place / "backtests" / "other")
    done = call(place, "compare", "other", name)
    assert done.returncode == 1
    assert "cannot be compared with other: data_digest is" in done.stderr


def test_promote_obeys_the_gate_and_says_why(place: Path) -> None:
    refused = call(place, "promote", "last")
    assert refused.returncode == 1
    assert "last does not clearly beat conflictology on CRPS at horizon 1" in refused.stderr
    assert "did not pass the gate" in refused.stderr
    assert not (place / "champions").exists()
    done = call(place, "promote", "local_nb")
    assert done.returncode == 0, done.stderr
    assert "local_nb beats conflictology on Brier" in done.stdout
    assert "warning: not tracked" in done.stderr
    manifest = json.loads((place / "champions/admin1-events/manifest.json").read_text())
    assert manifest["trained_through"] == "2020-12"


def test_doctor_ends_with_the_code_of_what_is_bad(place: Path) -> None:
    down = call(place, "doctor", uri=DEAD)
    assert down.returncode == 3
    assert "BAD  tracking" in down.stdout
    assert "ok   panels" in down.stdout


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_ui_serves_the_page_and_takes_what_another_workspace_missed(
    place: Path, mlflow_database: Path, tmp_path: Path
) -> None:
    assert call(place, "promote", "last", "--force", "--why", "for the test").returncode == 0
    home = tmp_path / "server"
    home.mkdir()
    shutil.copy(mlflow_database, home / "mlflow.db")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    with (home / "log").open("w") as log:
        served = subprocess.Popen(
            [sys.executable, "-m", "forecast", "-w", str(home), "ui", "--port", str(port)],
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        assert b"<html" in _first_page(address, served).lower()
        (sent,) = Tracker(Workspace(place), address).send_missed()
        assert sent.warning is None
        assert list((place / "spool").iterdir()) == []
        from mlflow import MlflowClient

        client = MlflowClient(tracking_uri=address, registry_uri=address)
        version = client.get_model_version_by_alias("escalation-admin1-events", "champion")
        assert version.run_id == sent.run_id
        assert "manifest.json" in {f.path for f in client.list_artifacts(sent.run_id)}
        assert list((home / "mlartifacts").rglob("model.json"))
    finally:
        os.killpg(served.pid, signal.SIGTERM)
        served.wait(timeout=60)
    assert "Connection refused" in (Tracker(Workspace(place), address).check() or "")


def _first_page(address: str, served: subprocess.Popen[bytes]) -> bytes:
    """Wait until the page answers; the server's end is a failure, the clock is not."""
    while served.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5) as page:
                return bytes(page.read())
        except OSError:
            time.sleep(0.2)
    pytest.fail("the server ended")
