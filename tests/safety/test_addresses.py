"""Folders whose names mean something in an address: runs lie inside the workspace, none waits."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from data.workspace import Workspace
from experiments.tracking.spool import make_item, note, pending
from tests.calls import run, tracked_inside
from tests.experiments.tracking.test_mlflow_store import _issue


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["a%20b", "a?b", "a#b", "a%zz", "a b&c=d;e", "é+%2Fx?y=1"])
def test_runs_of_a_workspace_lie_in_it_whatever_it_is_called(
    tmp_path: Path, mlflow_database: Path, name: str
) -> None:
    home = tmp_path / name
    home.mkdir()
    shutil.copy(mlflow_database, home / "mlflow.db")
    workspace = Workspace(home)
    note(workspace, make_item("issue", _issue(home, "one")), "for the test")
    done = run("-w", home, "doctor", "--send", mlflow=tracked_inside)
    # What is sent is a folder of a single file here, which is no issue, as doctor says.
    assert (done.returncode, done.stdout.count("BAD ")) == (1, 1), done
    assert "sent as run" in done.stdout
    assert pending(workspace) == []
    with sqlite3.connect(home / "mlflow.db") as database:
        ((count,),) = database.execute("SELECT count(*) FROM runs").fetchall()
    database.close()
    assert count == 1
    assert list((home / "mlartifacts").rglob("manifest.json"))
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_database_without_its_driver_says_what_to_install(tmp_path: Path) -> None:
    """What the driver is called, not that a module is missing."""
    uri = "postgresql://ann:canary@127.0.0.1:9/runs"
    done = run("-w", tmp_path, "doctor", env={"MLFLOW_TRACKING_URI": uri}, mlflow=_lacking)
    assert done.returncode == 3
    assert "needs a driver that is not installed: pip install 'psycopg[binary]'" in done.stdout
    assert "canary" not in done.stdout + done.stderr


def _lacking(tasks, *, uri):  # type: ignore[no-untyped-def]
    import subprocess

    from experiments.tracking.calls import Tracked, _reason

    said = "Traceback\nModuleNotFoundError: No module named 'psycopg'\n"
    return [Tracked("check", warning=_reason(subprocess.CompletedProcess((), 1, "", said), uri))]
