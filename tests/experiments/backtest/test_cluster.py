"""A Dask cluster of a real scheduler and workers: the same bytes, also where a worker dies."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.files import sha256_of
from experiments.backtest import cluster
from experiments.backtest.cluster import on_cluster
from tests.calls import ALL_CORES, NOWHERE, run_process
from tests.forecast.scored import make_scored_workspace
from tests.once import made_once
from tests.safety.served import free_port, start
from tests.shared import ROOT

BACKTEST = ("backtest", "--models", "local_nb,logit,conflictology,last", "--draws", "50")
ORIGINS = ("--origins", "2018-12:2020-11", "--refit", "6")
DASK = (sys.executable, "-P", "-m", "dask")

pytestmark = pytest.mark.slow


class Dask:
    """A scheduler and two workers, in processes of their own."""

    def __init__(self, folder: Path) -> None:
        self.address = f"tcp://127.0.0.1:{free_port()}"
        port = self.address.rpartition(":")[2]
        where = ("--host", "127.0.0.1", "--port", port, "--no-dashboard")
        env = {"PYTHONPATH": str(ROOT)}
        self.scheduler = start([*DASK, "scheduler", *where], cwd=folder, log=folder / "s", env=env)
        alone = ("--nthreads", "1", "--no-nanny", "--no-dashboard")
        self.workers = [
            start([*DASK, "worker", self.address, *alone], cwd=folder, log=folder / f"{n}", env=env)
            for n in range(2)
        ]

    def end(self) -> None:
        for process in (*self.workers, self.scheduler):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dask]:
    made = Dask(tmp_path_factory.mktemp("dask"))
    yield made
    made.end()


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_once(tmp_path_factory, "scored", make_scored_workspace)


@pytest.fixture(scope="module")
def alone(root: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Fingerprints of a backtest on this machine."""
    return backtested(root, tmp_path_factory.mktemp("alone") / "w")


def backtested(root: Path, place: Path, *more: str) -> dict[str, str]:
    """Run the backtest in a copy of a workspace; return its files' fingerprints."""
    shutil.copytree(root, place)
    shutil.rmtree(place / "backtests")
    called(place, *BACKTEST, *ORIGINS, *more)
    return fingerprints(place)


def called(place: Path, *words: str) -> None:
    """Run a command in a process of its own, which must end well."""
    env = {"MLFLOW_TRACKING_URI": NOWHERE}
    done = run_process("-w", str(place), *words, env=env, cores=ALL_CORES)
    assert done.returncode == 0, done


def fingerprints(place: Path) -> dict[str, str]:
    (folder,) = (place / "backtests").iterdir()
    names = ("forecasts.parquet", "scores.csv")
    return {name: sha256_of(folder / name) for name in names}


def test_a_cluster_gives_the_bytes_of_one_machine(
    root: Path, alone: dict[str, str], dask: Dask, tmp_path: Path
) -> None:
    assert backtested(root, tmp_path / "w", "--cluster", dask.address) == alone


def test_a_worker_that_is_killed_changes_no_byte(
    root: Path, alone: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "dask").mkdir()
    cluster_of_two = Dask(tmp_path / "dask")
    place = Path(shutil.copytree(root, tmp_path / "w"))
    shutil.rmtree(place / "backtests")
    words = (*BACKTEST, *ORIGINS, "--cluster", cluster_of_two.address)
    env = {"MLFLOW_TRACKING_URI": NOWHERE}
    program = (sys.executable, "-m", "forecast", "-w", place, *words)
    log = tmp_path / "log"
    running = start(program, cwd=ROOT, log=log, env=env)
    try:
        checkpoints = place / "backtests"
        while running.poll() is None and not any(checkpoints.rglob("*.json")):
            time.sleep(0.05)
        os.killpg(cluster_of_two.workers[0].pid, signal.SIGKILL)
        assert running.wait() == 0, log.read_text()
    finally:
        cluster_of_two.end()
    assert fingerprints(place) == alone


def test_promotion_and_forecast_on_this_machines_cluster_are_the_same(
    root: Path, tmp_path: Path
) -> None:
    made = []
    for name, more in (("here", ()), ("cluster", ("--cluster", "local"))):
        place = Path(shutil.copytree(root, tmp_path / name))
        promote = ("promote", "local_nb", "--force", "--why", "a test", *more)
        called(place, *promote)
        called(place, "forecast", "--origin", "2020-12", "--no-outlook", *more)
        issue = place / "forecasts" / "2020-12-admin1"
        manifest = json.loads((issue / "manifest.json").read_text(encoding="utf-8"))
        made.append((sha256_of(issue / "risk.csv"), manifest["id"]))
    assert made[0] == made[1]


def test_what_is_no_cluster_is_one_line(dask: Dask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_WAIT_SECONDS", 1)
    with pytest.raises(Exception, match="no Dask scheduler with a worker answers at tcp://"):
        stack_of("tcp://127.0.0.1:9")
    with pytest.raises(Exception, match="expected tcp://HOST:PORT or local"):
        stack_of("ftp://x")
    with socket.create_server(("127.0.0.1", 0)) as other:
        threading.Thread(target=answer_as_a_page, args=(other,), daemon=True).start()
        with pytest.raises(Exception, match="no Dask scheduler with a worker answers"):
            stack_of(f"tcp://127.0.0.1:{other.getsockname()[1]}")
    monkeypatch.setattr(cluster, "code_version", lambda: "9.9")
    with pytest.raises(Exception, match=r"has escalation 0.1.0.*, and here it is 9.9"):
        stack_of(dask.address)


def answer_as_a_page(server: socket.socket) -> None:
    """Answer every connection as a web server does that does not understand."""
    with contextlib.suppress(OSError):
        while True:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def stack_of(address: str) -> None:
    with on_cluster(address):
        pass


def until_refused(address: str) -> None:
    """Connect until a worker that joins late is there."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        stack_of(address)
        time.sleep(0.5)


def test_workers_of_several_threads_are_refused(tmp_path: Path) -> None:
    (tmp_path / "dask").mkdir()
    made = Dask(tmp_path / "dask")
    words = (*DASK, "worker", made.address, "--nthreads", "2", "--no-nanny", "--no-dashboard")
    env = {"PYTHONPATH": str(ROOT)}
    third = start(list(words), cwd=tmp_path, log=tmp_path / "third", env=env)
    try:
        with pytest.raises(Exception, match="has 2 threads: start it with --nthreads 1"):
            until_refused(made.address)
    finally:
        os.killpg(third.pid, signal.SIGKILL)
        third.wait()
        made.end()
