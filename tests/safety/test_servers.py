"""A real MLflow server and its database, stopped and brought back: nothing lost, nothing twice."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.calls import Answer, run
from tests.safety.served import free_port, start
from tests.shared import ROOT

PASSWORD = "canary-4711"
FORECAST = ("forecast", "--model", "last", "--no-outlook", "--origin")
POSTGRES = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)


class Server:
    """``mlflow server`` on a port of its own, on any database.

    Attributes:
        address: Where it answers.
    """

    def __init__(self, folder: Path, database: str) -> None:
        self.folder, self.port = folder, free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._words = [sys.executable, "-P", "-m", "mlflow", "server", "--host", "127.0.0.1"]
        self._words += ["--port", str(self.port), "--workers", "1"]
        self._words += ["--backend-store-uri", database]
        self._words += ["--artifacts-destination", str(folder / "artifacts")]
        self.process: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        """Start it and wait until it answers."""
        log = self.folder / f"server-{time.time_ns()}.log"
        self.process = start(self._words, cwd=self.folder, log=log)
        while not self._answers():
            assert self.process.poll() is None, log.read_text()[-3000:]
            time.sleep(0.2)

    def kill(self) -> None:
        """End it and its workers as a power cut does."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def runs(self) -> list[str]:
        """Return the names of all runs."""
        wanted = {"experiment_ids": self._experiments(), "max_results": 1000}
        found = self._ask("runs/search", wanted).get("runs", [])
        return sorted(run["info"]["run_name"] for run in found)

    def _experiments(self) -> list[str]:
        found = self._ask("experiments/search", {"max_results": 100})["experiments"]
        return [one["experiment_id"] for one in found]

    def _ask(self, path: str, content: dict[str, object]) -> dict[str, list[dict[str, object]]]:
        request = urllib.request.Request(
            f"{self.address}/api/2.0/mlflow/{path}",
            data=json.dumps(content).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return dict(json.load(answer))

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/health", timeout=2):
                return True
        except OSError:
            return False


class Database:
    """A Postgres of its own, on a port of 127.0.0.1, run by the user that Debian made for it."""

    def __init__(self, folder: Path) -> None:
        assert POSTGRES is not None
        self.folder, self.port = folder, free_port()
        self.address = f"postgresql://ann:{PASSWORD}@127.0.0.1:{self.port}/postgres"
        secret = folder / "secret"
        secret.write_text(PASSWORD)
        for path in (folder, secret):
            shutil.chown(path, "postgres") if os.geteuid() == 0 else None
        words = ["--username", "ann", "--pwfile", str(secret), "--auth", "scram-sha-256"]
        self._call("initdb", "--pgdata", str(folder / "data"), *words)

    def begin(self) -> None:
        """Start it and wait until it answers."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -k {self.folder}"
        log = str(self.folder / "log")
        self._call(
            "pg_ctl", "-D", str(self.folder / "data"), "-w", "-o", options, "-l", log, "start"
        )

    def stop(self) -> None:
        """Stop it at once, as a crash does."""
        data = str(self.folder / "data")
        self._call("pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")

    def _call(self, program: str, *words: str) -> None:
        assert POSTGRES is not None
        before = ("runuser", "-u", "postgres", "--") if os.geteuid() == 0 else ()
        command = (*before, str(POSTGRES / program), *words)
        with (self.folder.parent / "postgres.log").open("a") as log:
            subprocess.run(command, check=True, stdout=log, stderr=log, cwd="/")


@pytest.fixture
def home(scored_workspace: Path, tmp_path: Path) -> Path:
    """A workspace with issues, none of which waits to be tracked."""
    folder = Path(shutil.copytree(scored_workspace, tmp_path / "w"))
    shutil.rmtree(folder / "spool", ignore_errors=True)
    return folder


@pytest.fixture
def database() -> Iterator[Database]:
    if POSTGRES is None or importlib.util.find_spec("psycopg") is None:
        pytest.skip("needs Debian's postgresql and the driver psycopg")
    folder = Path(f"/tmp/escalation-postgres-{os.getpid()}")  # its user may not enter pytest's
    (folder / "db").mkdir(parents=True)
    folder.chmod(0o755)
    with contextlib.ExitStack() as undone:
        undone.callback(shutil.rmtree, folder)
        made = Database(folder / "db")
        made.begin()
        undone.push(contextlib.suppress(subprocess.CalledProcessError))
        undone.callback(made.stop)
        yield made


def told(home: Path, address: str, *words: str) -> Answer:
    return run("-w", home, *words, env={"MLFLOW_TRACKING_URI": address}, mlflow=None)


def goes_on_without(
    home: Path, server: Server, away: Callable[[], None], back: Callable[[], None]
) -> None:
    """Forecast with the server there, away and back; each issue is tracked once."""
    first = told(home, server.address, *FORECAST, "2020-10")
    assert first.returncode == 0, first
    assert "warning" not in first.stderr, first.stderr
    before = server.runs()
    assert before.count("2020-10-admin1") == 1

    away()
    missed = told(home, server.address, *FORECAST, "2020-11")
    assert missed.returncode == 0, missed
    assert "warning: not tracked: " in missed.stderr
    assert (home / "forecasts" / "2020-11-admin1" / "risk.csv").exists()
    waiting = [path.name for path in (home / "spool").iterdir()]
    assert [name for name in waiting if name.startswith("issue.2020-11-admin1")]

    back()
    sent = told(home, server.address, "doctor", "--send")
    assert sent.returncode == 0, sent
    assert "sent as run" in sent.stdout
    assert list((home / "spool").iterdir()) == []
    after = server.runs()
    assert after.count("2020-11-admin1") == 1
    again = told(home, server.address, "doctor", "--send")
    assert again.returncode == 0
    assert "sent as run" not in again.stdout
    assert server.runs() == after
    for done in (first, missed, sent, again):
        assert PASSWORD not in done.stdout + done.stderr


@pytest.mark.slow(seconds=60)
def test_a_server_that_is_killed_and_comes_back_gets_each_issue_once(
    home: Path, mlflow_database: Path, tmp_path: Path
) -> None:
    shutil.copy(mlflow_database, tmp_path / "runs.db")
    server = Server(tmp_path, f"sqlite:///{tmp_path}/runs.db")
    server.begin()
    try:
        goes_on_without(home, server, server.kill, server.begin)
    finally:
        server.kill()


@pytest.mark.slow(seconds=60)
def test_a_server_whose_postgres_fails_and_comes_back_gets_each_issue_once(
    home: Path, database: Database, tmp_path: Path
) -> None:
    server = Server(tmp_path, database.address)
    server.begin()
    try:
        goes_on_without(home, server, database.stop, database.begin)
    finally:
        server.kill()
    # A database may be named without a server too; its files lie in the workspace.
    done = told(home, f"{database.address.removesuffix('postgres')}template1", *FORECAST, "2020-09")
    assert done.returncode == 0, done
    assert PASSWORD not in done.stdout + done.stderr
    assert not (ROOT / "mlruns").exists()
    if "warning" not in done.stderr:  # A new database takes longer than a forecast waits.
        assert list((home / "mlartifacts").rglob("risk.csv"))
    kept = [path for path in home.rglob("*") if path.is_file()]
    assert not [path for path in kept if PASSWORD.encode() in path.read_bytes()]
