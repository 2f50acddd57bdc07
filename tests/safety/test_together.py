"""Several commands at a time, in processes of their own: all done, nothing twice, nothing torn."""

from __future__ import annotations

import json
import shutil
import sqlite3
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from data.store.store import Store
from data.workspace import Workspace
from experiments.backtest.champions import read_champion
from experiments.tracking.spool import make_item, note
from experiments.tracking.tracker import Tracked, Tracker
from forecast.archive.catalogue import read_catalogue
from forecast.archive.issue_files import read_issue
from tests.calls import NOWHERE
from tests.forecast.cli.test_commands_data import HEADER, MAP
from tests.safety.served import start

PROGRAM = (sys.executable, "-m", "forecast")
BACKTEST = ("backtest", "--models", "last", "--draws", "20", "--origins")


def together(
    home: Path, commands: Sequence[Sequence[object]], *, uri: str | None = NOWHERE
) -> list[tuple[int, str]]:
    """Run commands at the same time; return how each ended and what it printed."""
    env = {} if uri is None else {"MLFLOW_TRACKING_URI": uri}
    logs = [home.parent / f"log-{number}" for number in range(len(commands))]
    running = [
        start([*PROGRAM, "-w", home, *words], cwd=home.parent, log=log, env=env)
        for words, log in zip(commands, logs, strict=True)
    ]
    codes = [process.wait() for process in running]
    return [(code, log.read_text()) for code, log in zip(codes, logs, strict=True)]


@pytest.fixture
def home(scored_workspace: Path, mlflow_database: Path, tmp_path: Path) -> Path:
    """Return a workspace with issues, none of which waits to be tracked."""
    folder = tmp_path / "w"
    shutil.copytree(scored_workspace, folder)
    shutil.rmtree(folder / "spool", ignore_errors=True)
    shutil.copy(mlflow_database, folder / "mlflow.db")
    return folder


def runs(home: Path) -> list[str]:
    with sqlite3.connect(home / "mlflow.db") as database:
        found = database.execute("SELECT name FROM runs ORDER BY name").fetchall()
    database.close()
    return [name for (name,) in found]


def test_three_that_send_at_a_time_make_one_run(home: Path) -> None:
    issue = home / "forecasts" / "2020-12-admin1"
    note(Workspace(home), make_item("issue", issue), "for the test")
    done = together(home, [("doctor", "--send")] * 3, uri=None)
    assert [code for code, _ in done] == [0, 0, 0], done
    assert runs(home) == ["2020-12-admin1"]
    assert sum("sent as run" in said for _, said in done) >= 1
    assert list((home / "spool").iterdir()) == []
    # As a kill leaves it between the server's answer and the note's end.
    note(Workspace(home), make_item("issue", issue), "for the test")
    ((code, said),) = together(home, [("doctor", "--send")], uri=None)
    assert (code, "sent as run" in said) == (0, True), said
    assert runs(home) == ["2020-12-admin1"]


def test_four_ingests_are_done_or_name_the_one_that_works(tmp_path: Path) -> None:
    home = tmp_path / "w"
    home.mkdir()
    commands = []
    for number in range(4):
        (tmp_path / f"{number}.csv").write_text(f"{HEADER}{number},2020-03-01,14.5,-4.2,Mali,3\n")
        own = MAP.replace('"mine"', f'"list{number}"')
        (tmp_path / f"{number}.toml").write_text(own)
        words = ("ingest", "csv", tmp_path / f"{number}.csv", "--map", tmp_path / f"{number}.toml")
        commands.append(words)
    done = together(home, commands)
    assert {code for code, _ in done} <= {0, 3}, done
    stored = {manifest["source"] for manifest in Store(home / "store").manifests()}
    assert stored == {f"list{n}" for n, (code, _) in enumerate(done) if code == 0}
    assert stored
    assert all("is locked by process" in said for code, said in done if code == 3)
    assert [p for p in home.rglob("*") if ".tmp" in p.name] == []


def test_two_forecasts_of_one_origin_and_an_ingest_leave_whole_issues(home: Path) -> None:
    (home.parent / "more.csv").write_text(f"{HEADER}1,2020-03-01,14.5,-4.2,Mali,3\n")
    (home.parent / "more.toml").write_text(MAP)
    ingest = ("ingest", "csv", home.parent / "more.csv", "--map", home.parent / "more.toml")
    forecast = ("forecast", "--model", "last")
    done = together(home, [forecast, forecast, ingest])
    assert {code for code, _ in done} <= {0, 3}, done
    assert any(code == 0 for code, _ in done[:2]), done
    assert all("is locked by process" in said for code, said in done if code == 3)
    catalogue = read_catalogue(Workspace(home))
    assert not catalogue.unreadable
    assert "2020-12-admin1" in {entry.name for entry in catalogue.entries}
    assert [p for p in home.rglob("*") if ".tmp" in p.name] == []


def test_a_promotion_and_a_forecast_leave_an_issue_of_a_whole_champion(home: Path) -> None:
    first = ("promote", "last", "--force", "--why", "a test")
    second = ("promote", "conflictology", "--force", "--why", "another")
    together(home, [first])
    done = together(home, [second, ("forecast", "--target", "events", "--no-outlook")])
    assert {code for code, _ in done} <= {0, 3}, done
    assert any(code == 0 for code, _ in done), done
    assert all("is locked by process" in said for code, said in done if code == 3)
    champion = read_champion(home / "champions" / "admin1-events")
    assert champion.manifest.model == ("conflictology" if done[0][0] == 0 else "last")
    if done[1][0] == 0:
        (model,) = read_issue(home / "forecasts" / "2020-12-admin1").manifest["models"]
        assert model["model"] in ("last", "conflictology")
        assert model["version"].startswith(model["model"])
        assert model["gate"] == {"last": "forced: a test"}.get(model["model"], "forced: another")
    assert [p for p in home.rglob("*") if ".tmp" in p.name] == []


@pytest.mark.slow
def test_three_backtests_log_to_one_database(home: Path) -> None:
    for old in (home / "backtests").iterdir():
        shutil.rmtree(old)
    commands = [(*BACKTEST, f"2020-{month}:2020-11") for month in ("08", "09", "10")]
    done = together(home, commands, uri=None)
    assert [code for code, _ in done] == [0, 0, 0], done
    made = [json.loads(p.read_text())["id"] for p in (home / "backtests").glob("*/manifest.json")]
    assert len(made) == 3
    assert len(runs(home)) == 6
    assert list((home / "spool").iterdir()) == []


def test_whoever_sends_second_finds_it_sent(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However the processes fall: all three see the note before the first one has sent it."""
    asked: list[str] = []

    def slow(tasks: Sequence[Mapping[str, Any]], *, uri: str) -> list[Tracked]:
        asked.extend(task["key"] for task in tasks)
        time.sleep(0.5)
        return [Tracked(task["kind"], run_id="0" * 32) for task in tasks]

    monkeypatch.setattr("experiments.tracking.tracker.ask_worker", slow)
    item = make_item("issue", home / "forecasts" / "2020-12-admin1")
    note(Workspace(home), item, "for the test")
    trackers = [Tracker(Workspace(home)) for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        sent = list(pool.map(lambda tracker: tracker.send_missed(), trackers))
    assert asked == [item.key]
    assert all(tracked.run_id == "0" * 32 for found in sent for tracked in found)
