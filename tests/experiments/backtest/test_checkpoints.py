"""A backtest that is killed goes on where it stopped, and gives the bytes of one that was not."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from experiments.backtest.checkpoints import Checkpoints
from experiments.backtest.walk import Fold
from tests.calls import ALL_CORES, NOWHERE
from tests.experiments.figures import call, figures_of, make_workspace, without_tracking
from tests.experiments.small_panel import make_panel
from tests.shared import ROOT

SPEC = """
origins = "2014-10:2015-10"
draws = 100
refit_months = 3
models = ["conflictology", "local_nb", "logit", "lgbm_hurdle"]
[pool]
inner = 12
[model.logit]
max_iter = 10
[model.lgbm_hurdle.whether]
trees = 20
[model.lgbm_hurdle.size]
trees = 10
"""

# Twelve months of inner origins and thirteen scored ones, three months a fold.
FOLDS = 4 + 5


@pytest.fixture
def place(tmp_path, monkeypatch, capsys) -> Path:
    without_tracking(monkeypatch)
    folder = make_workspace(capsys, tmp_path / "ws", figures_of(make_panel()))
    (folder / "spec.toml").write_text(SPEC)
    return folder


def start(folder: Path, cores: set[int]) -> subprocess.Popen[bytes]:
    """Start the command line on some cores; tracking waits for nobody."""
    with (folder / "stderr").open("w") as errors:
        return subprocess.Popen(
            [sys.executable, "-m", "forecast", "-w", folder, "backtest", folder / "spec.toml"],
            cwd=ROOT,
            env={**os.environ, "MLFLOW_TRACKING_URI": NOWHERE},
            stdout=subprocess.DEVNULL,
            stderr=errors,
            preexec_fn=lambda: os.sched_setaffinity(0, cores),
        )


def children(process: int) -> set[int]:
    """Numbers of a process's children, those of its threads included."""
    files = Path(f"/proc/{process}/task").glob("*/children")
    return {int(number) for file in files for number in file.read_text().split()}


def alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def count_fresh(monkeypatch: pytest.MonkeyPatch) -> list[Fold]:
    """Return a list that gains every fold that is written from now on."""
    fresh: list[Fold] = []
    write = Checkpoints.write

    def counted(self, horizon, fold, result):
        fresh.append(fold)
        write(self, horizon, fold, result)

    monkeypatch.setattr(Checkpoints, "write", counted)
    return fresh


def the_bytes(folder: Path) -> bytes:
    (made,) = (path for path in (folder / "backtests").iterdir() if path.name != ".partial")
    return (made / "forecasts.parquet").read_bytes()


@pytest.mark.slow
def test_a_killed_backtest_goes_on_and_leaves_no_worker(place, tmp_path, capsys, monkeypatch):
    twin = Path(shutil.copytree(place, tmp_path / "twin"))
    running = start(place, ALL_CORES)
    partial = place / "backtests" / ".partial"
    while len(list(partial.glob("*/*.json"))) < 5:
        assert running.poll() is None, (place / "stderr").read_text()
        time.sleep(0.02)
    workers = children(running.pid)
    assert workers or len(ALL_CORES) == 1
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert not list(place.glob("backtests/*/forecasts.parquet"))
    limit = time.monotonic() + 30
    while any(map(alive, workers)) and time.monotonic() < limit:
        time.sleep(0.2)
    assert not any(map(alive, workers))

    sealed = len(list(partial.glob("*/*.json")))
    torn = min(partial.glob("*/*.npz"), key=lambda path: -path.stat().st_mtime)
    torn.write_bytes(torn.read_bytes()[:-9])
    fresh = count_fresh(monkeypatch)
    done = call(capsys, place, "backtest", place / "spec.toml")
    assert FOLDS - sealed <= len(fresh) <= FOLDS - sealed + 1
    assert "backtest: going on after" in done.stderr
    assert not partial.exists()

    whole = start(twin, {min(ALL_CORES)})  # one core: one process
    assert whole.wait() == 0, (twin / "stderr").read_text()
    assert the_bytes(place) == the_bytes(twin)


@pytest.mark.slow
def test_rows_in_another_order_and_a_repetition_give_the_same_bytes(place, tmp_path, capsys):
    call(capsys, place, "backtest", place / "spec.toml")
    before = the_bytes(place)
    (name,) = (path.name for path in (place / "backtests").iterdir())
    shuffled = figures_of(make_panel()).sample(frac=1, random_state=3)
    other = make_workspace(capsys, tmp_path / "shuffled", shuffled)
    call(capsys, other, "backtest", place / "spec.toml")
    assert the_bytes(other) == before

    done = call(capsys, place, "backtest", "--from-run", name)
    assert f"the same bytes of forecasts.parquet as {name}" in done.stdout
    assert the_bytes(place) == before
