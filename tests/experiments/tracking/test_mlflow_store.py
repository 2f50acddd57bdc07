"""MLflow for real: a SQLite workspace, a server on a loopback port, and servers that fail."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from data.files import write_json
from data.workspace import Workspace
from experiments.backtest.champions import write_champion
from experiments.tracking import tracker as tracker_module
from experiments.tracking.calls import ask_worker
from experiments.tracking.spool import make_item, note, pending
from experiments.tracking.tracker import Tracked, Tracker
from tests.calls import run, tracked_inside
from tests.experiments.backtest.test_champions import MANIFEST, TextModel
from tests.experiments.synthetic import make_forecasts, write_synthetic_backtest

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return Workspace(tmp_path / "ws")


@pytest.fixture
def inside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let MLflow be told in this process: for tests of what it is told, not of who tells it."""
    monkeypatch.setattr(tracker_module, "ask_worker", tracked_inside)


@pytest.fixture(scope="module")
def made(mlflow_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that holds one issue's run, for tests that need one quickly."""
    root = tmp_path_factory.mktemp("made")
    shutil.copy(mlflow_database, root / "mlflow.db")
    tracker = Tracker(Workspace(root), f"sqlite:///{root / 'mlflow.db'}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tracker_module, "ask_worker", tracked_inside)
        assert tracker.log_issue(_issue(root)).run_id
    return root / "mlflow.db"


@pytest.fixture
def ready(workspace: Workspace, made: Path) -> Workspace:
    workspace.root.mkdir()
    workspace.database.write_bytes(made.read_bytes())
    return workspace


def _issue(root: Path, name: str = "2020-12-admin1") -> Path:
    folder = root / "forecasts" / name
    write_json(folder / "manifest.json", {"scale": "admin1", "data_digest": "ab" * 32, "id": name})
    (folder / "risk.csv").write_text("region,level\nA,high\n")
    return folder


def _client(uri: str) -> Any:
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=uri, registry_uri=uri)


def _runs(uri: str, name: str) -> list[Any]:
    client = _client(uri)
    experiment = client.get_experiment_by_name(name)
    return list(client.search_runs([experiment.experiment_id])) if experiment else []


def test_a_backtest_is_logged_with_children_data_steps_and_files(
    workspace: Workspace, mlflow_database: Path
) -> None:
    workspace.root.mkdir()
    shutil.copy(mlflow_database, workspace.database)
    folder = write_synthetic_backtest(workspace.backtests / "b1", make_forecasts())
    tracker = Tracker(workspace)
    tracked = tracker.log_backtest(folder)
    assert tracked.warning is None
    client = _client(tracker.uri)
    parent = client.get_run(tracked.run_id)
    assert parent.info.status == "FINISHED"
    assert parent.data.params["target"] == "events"
    dataset = parent.inputs.dataset_inputs[0].dataset
    assert json.loads(dataset.source) == {"sha256": "ab" * 32}
    assert dataset.digest == ("ab" * 32)[:36]
    assert {f.path for f in client.list_artifacts(tracked.run_id)} >= {
        "forecasts.parquet", "scores.csv", "leaderboard.md", "manifest.json",
    }  # fmt: skip
    assert (workspace.root / "mlartifacts").is_dir()
    children = [
        run
        for run in _runs(tracker.uri, "escalation/backtests")
        if run.data.tags.get("mlflow.parentRunId") == tracked.run_id
    ]
    assert len(children) == 5
    assert all(run.info.status == "FINISHED" for run in children)
    history = client.get_metric_history(children[0].info.run_id, "crps_by_origin")
    assert sorted(m.step for m in history) == list(range(12))
    note = json.loads((folder / "tracking.json").read_text())
    assert note["run_id"] == tracked.run_id
    assert pending(workspace) == []


@pytest.mark.usefixtures("inside")
def test_the_same_folder_is_logged_once_and_a_changed_one_anew(ready: Workspace) -> None:
    tracker = Tracker(ready)
    (before,) = _runs(tracker.uri, "escalation/forecasts")
    folder = _issue(ready.root)
    assert tracker.log_issue(folder).run_id == before.info.run_id
    write_json(folder / "manifest.json", {"scale": "admin1", "seed": 2})
    assert tracker.log_issue(folder).run_id != before.info.run_id
    assert len(_runs(tracker.uri, "escalation/forecasts")) == 2


@pytest.mark.usefixtures("inside")
def test_a_champion_becomes_a_version_with_aliases_and_the_old_one_the_challenger(
    ready: Workspace,
) -> None:
    tracker, folder = Tracker(ready), ready.champion("admin1", "events")
    write_champion(folder, TextModel(), MANIFEST)
    first = tracker.register(folder)
    assert first.warning is None
    write_champion(folder, TextModel(**{"model.json": "{}"}), MANIFEST)
    second = tracker.register(folder)
    client = _client(tracker.uri)
    champion = client.get_model_version_by_alias("escalation-admin1-events", "champion")
    challenger = client.get_model_version_by_alias("escalation-admin1-events", "challenger")
    assert (champion.run_id, challenger.run_id) == (second.run_id, first.run_id)
    copied = Path(client.download_artifacts(second.run_id, ""))
    assert (copied / "manifest.json").read_bytes() == (folder / "manifest.json").read_bytes()
    assert {p.suffix for p in copied.rglob("*") if p.is_file()} <= {".json", ".txt", ".toml"}


def test_processes_that_meet_an_absent_database_all_succeed(workspace: Workspace) -> None:
    folders = [_issue(workspace.root, f"i{n}") for n in range(2)]
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda folder: Tracker(workspace).log_issue(folder), folders))
    assert [tracked.warning for tracked in found] == [None] * 2
    assert len(_runs(f"sqlite:///{workspace.database}", "escalation/forecasts")) == 2
    assert not list(workspace.root.glob(".mlflow.db.*.tmp"))


def test_the_address_comes_from_argument_then_environment_then_settings(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.root.mkdir()
    assert Tracker(workspace).uri == f"sqlite:///{workspace.database}"
    (workspace.root / "escalation.toml").write_text('[tracking]\nuri = "sqlite:///runs.db"\n')
    assert Tracker(workspace).uri == f"sqlite:///{workspace.root}/runs.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://mlflow.example")
    assert Tracker(workspace).uri == "http://mlflow.example"
    assert Tracker(workspace, "http://other.example").uri == "http://other.example"


@pytest.mark.usefixtures("inside")
def test_a_database_of_another_name_keeps_its_files_in_the_workspace_too(
    ready: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ready.database.rename(ready.root / "runs.db")
    (ready.root / "escalation.toml").write_text('[tracking]\nuri = "sqlite:///runs.db"\n')
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    folder = ready.champion("admin1", "events")
    write_champion(folder, TextModel(), MANIFEST)
    assert Tracker(ready).register(folder).warning is None
    assert list((ready.root / "mlartifacts").rglob("model.json"))
    assert list((tmp_path / "elsewhere").iterdir()) == []


# ---- what goes wrong: always a warning and a note in the spool, never an error ----


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _expect_kept(tracker: Tracker, folder: Path, said: str) -> None:
    tracked = tracker.log_issue(folder)
    assert tracked.run_id is None
    assert tracked.warning is not None
    assert said in tracked.warning
    assert "\n" not in tracked.warning
    waiting = pending(tracker.workspace)
    assert [item.folder for item, _ in waiting] == [folder]
    assert not (folder / "tracking.json").exists()


def test_a_dead_port_is_a_warning_without_the_password(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = _issue(workspace.root)
    tracker = Tracker(workspace, f"http://ann:canary@127.0.0.1:{_free_port()}")
    _expect_kept(tracker, folder, "Connection refused")
    monkeypatch.setattr(tracker_module, "ask_worker", tracked_inside)
    assert "Connection refused" in (tracker.check() or "")
    seen = "".join(p.read_text() for p in workspace.root.rglob("*") if p.is_file())
    assert "canary" not in seen


def test_a_socket_that_never_answers_is_given_up(workspace: Workspace) -> None:
    folder = _issue(workspace.root)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(8)
        tracker = Tracker(workspace, f"http://127.0.0.1:{listener.getsockname()[1]}")
        _expect_kept(tracker, folder, "did not answer in time")


@pytest.fixture
def broken_server() -> Iterator[str]:
    class Broken(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            place = self.path.split("/")[1]
            if place != "half":
                self.send_error(int(place))
            elif "experiments/search" in self.path:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"{}")
            else:
                self.send_error(500)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Broken)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.usefixtures("inside")
@pytest.mark.parametrize("place", ["500", "401"])
def test_a_server_that_answers_with_an_error_at_once_is_a_warning(
    workspace: Workspace, broken_server: str, place: str
) -> None:
    folder = _issue(workspace.root)
    _expect_kept(Tracker(workspace, f"{broken_server}/{place}"), folder, place)


def test_a_server_that_answers_with_an_error_half_way_is_a_warning(
    workspace: Workspace, broken_server: str
) -> None:
    folder = _issue(workspace.root)
    _expect_kept(Tracker(workspace, f"{broken_server}/half"), folder, "500")


@pytest.mark.parametrize("content", [b"this is no database" * 100, b"\0" * 4096])
def test_a_corrupt_database_is_a_warning_that_says_what_to_do(
    workspace: Workspace, content: bytes
) -> None:
    folder = _issue(workspace.root)
    workspace.database.write_bytes(content)
    _expect_kept(Tracker(workspace), folder, "is damaged")
    assert workspace.database.read_bytes() == content


@pytest.mark.usefixtures("inside")
def test_an_emptied_database_is_a_warning_and_not_replaced(workspace: Workspace) -> None:
    workspace.root.mkdir(exist_ok=True)
    workspace.database.touch()
    done = run("-w", workspace.root, "doctor", mlflow=tracked_inside)
    assert done.returncode == 3
    assert "mlflow.db is empty, and the runs that it held are gone: put a copy back" in done.stdout
    assert workspace.database.read_bytes() == b""


@pytest.mark.parametrize("answer", [b"{}", b'{"experiments": []}', b'{"a": 1}'])
def test_a_server_that_answers_with_any_json_is_not_mlflow(
    workspace: Workspace, answer: bytes
) -> None:
    class Other(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            return

    workspace.root.mkdir(exist_ok=True)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Other)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    env = {"MLFLOW_TRACKING_URI": f"http://127.0.0.1:{server.server_port}"}
    done = run("-w", workspace.root, "doctor", env=env, mlflow=tracked_inside)
    server.shutdown()
    server.server_close()
    assert done.returncode == 3
    assert "BAD  tracking" in done.stdout


def test_a_database_held_by_another_process_is_a_warning(ready: Workspace) -> None:
    folder = _issue(ready.root)
    holder = sqlite3.connect(ready.database, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    _expect_kept(Tracker(ready), folder, "in use by another process")
    holder.execute("ROLLBACK")
    holder.close()


@pytest.mark.usefixtures("inside")
@pytest.mark.parametrize("revision", ["451aebb31d03", "fffffffffff1"])
def test_a_database_of_another_version_is_a_warning_that_names_the_upgrade(
    ready: Workspace, revision: str
) -> None:
    folder = _issue(ready.root)
    with sqlite3.connect(ready.database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    connection.close()
    _expect_kept(Tracker(ready), folder, f"mlflow db upgrade sqlite:///{ready.database}")


def test_a_database_in_a_folder_that_is_not_there_makes_no_folder(workspace: Workspace) -> None:
    folder, place = _issue(workspace.root), workspace.root / "typo"
    _expect_kept(Tracker(workspace, f"sqlite:///{place}/mlflow.db"), folder, "no such folder")
    assert not place.exists()


def test_a_folder_that_is_not_complete_is_a_warning(workspace: Workspace) -> None:
    tracked = Tracker(workspace).log_backtest(workspace.backtests / "none")
    assert tracked.run_id is None
    assert "is not complete" in (tracked.warning or "")


@pytest.mark.usefixtures("inside")
def test_what_was_missed_is_sent_exactly_once(ready: Workspace) -> None:
    folder = _issue(ready.root, "one")
    dead = Tracker(ready, f"http://127.0.0.1:{_free_port()}")
    assert dead.log_issue(folder).warning
    assert [tracked.warning is None for tracked in dead.send_missed()] == [False]
    tracker = Tracker(ready)
    (sent,) = tracker.send_missed()
    assert sent.warning is None
    assert json.loads((folder / "tracking.json").read_text())["run_id"] == sent.run_id
    assert tracker.send_missed() == []
    note(ready, make_item("issue", folder), "sent, but the answer was lost")
    assert [tracked.run_id for tracked in tracker.send_missed()] == [sent.run_id]
    names = [run.info.run_name for run in _runs(tracker.uri, "escalation/forecasts")]
    assert sorted(names) == ["2020-12-admin1", "one"]


def test_what_is_logged_for_later_goes_out_through_one_process(
    ready: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = _count_workers(monkeypatch, ask_worker)
    tracker = Tracker(ready, later=True)
    folders = [_issue(ready.root, name) for name in ("one", "two")]
    assert [tracker.log_issue(folder) for folder in folders] == [
        Tracked(item.key) for item, _ in pending(ready)
    ]
    assert asked == []
    sent = tracker.send_later_ones()
    assert asked == [2]
    assert all(tracked.run_id and not tracked.warning for tracked in sent)
    assert pending(ready) == []
    assert tracker.send_later_ones() == []
    known = {run.info.run_id for run in _runs(tracker.uri, "escalation/forecasts")}
    assert known >= {json.loads((f / "tracking.json").read_text())["run_id"] for f in folders}


def test_one_that_fails_among_several_keeps_back_itself_only(
    ready: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = _count_workers(monkeypatch, tracked_inside)
    tracker = Tracker(ready, later=True)
    folders = [_issue(ready.root, name) for name in ("one", "two", "three")]
    for folder in folders:
        tracker.log_issue(folder)
    (folders[1] / "manifest.json").write_text("{")
    found = tracker.send_later_ones()
    assert asked == [3, 1]
    assert [tracked.warning is None for tracked in found] == [True, False, True]
    assert "manifest.json" in (found[1].warning or "")
    assert [item.folder for item, _ in pending(ready)] == [folders[1]]


def _count_workers(
    monkeypatch: pytest.MonkeyPatch, answers: Callable[..., list[Tracked]]
) -> list[int]:
    """Return a list that gains the number of tasks of every worker that is started."""
    asked: list[int] = []

    def counted(tasks: Any, *, uri: str) -> list[Tracked]:
        asked.append(len(tasks))
        return answers(tasks, uri=uri)

    monkeypatch.setattr(tracker_module, "ask_worker", counted)
    return asked


@pytest.mark.usefixtures("inside")
def test_runs_whose_process_is_gone_are_marked_and_others_left(ready: Workspace) -> None:
    tracker = Tracker(ready)
    client = _client(tracker.uri)
    experiment = client.get_experiment_by_name("escalation/forecasts").experiment_id
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()

    def begin(host: str, process: int) -> str:
        tags = {"escalation.host": host, "escalation.pid": str(process)}
        return str(client.create_run(experiment, tags=tags).info.run_id)

    here = socket.gethostname()
    stale, alive, elsewhere = begin(here, gone.pid), begin(here, os.getpid()), begin("x", gone.pid)
    assert tracker.log_issue(_issue(ready.root, "one")).warning is None
    status = {run: client.get_run(run).info.status for run in (stale, alive, elsewhere)}
    assert status == {stale: "KILLED", alive: "RUNNING", elsewhere: "RUNNING"}
