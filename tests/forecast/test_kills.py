"""Kill a command at its file operations: the old or the new is there, and no litter stays.

The command runs in a fork of this process that ends itself, as by a kill, before one of its file
operations. ``ESCALATION_KILLS`` says how many operations are tried a command; default: a few.
"""

from __future__ import annotations

import builtins
import io
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from data.store.snapshots import read_table
from data.store.store import Store
from data.workspace import Workspace
from experiments.backtest.champions import read_champion
from features.panel import read_panel
from forecast.archive.issue_files import read_issue
from tests.forecast.scored import FORECAST, call, taken

KILLED = 137
TRIED = int(os.environ.get("ESCALATION_KILLS", "8"))
OPERATIONS = ("rename", "replace", "unlink", "remove", "mkdir", "rmdir", "fsync")
ISSUE = "2020-12-admin1"


def run_killed(root: Path, words: tuple[object, ...], *, at: int) -> int:
    """Run a command in a fork that ends before its operation number ``at``.

    Returns:
        The number of operations that it got to, that one included.
    """
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        code = KILLED
        try:
            done = strike(at, tell)
            code = call(root, *words).returncode
            os.write(tell, str(done()).encode())
        finally:
            os._exit(code)
    os.close(tell)
    _, status = os.waitpid(child, 0)
    with os.fdopen(told) as answer:
        reached = int(answer.read())
    assert os.waitstatus_to_exitcode(status) == (KILLED if reached == at else 0)
    return reached


def strike(at: int, tell: int) -> Callable[[], int]:
    """Let this process end before its operation number ``at``; return what counts them."""
    done = [0]

    def counted(operation: Callable[..., Any]) -> Callable[..., Any]:
        def act(*words: Any, **options: Any) -> Any:
            done[0] += 1
            if done[0] == at:
                os.write(tell, str(at).encode())
                os._exit(KILLED)
            return operation(*words, **options)

        return act

    for name in OPERATIONS:
        setattr(os, name, counted(getattr(os, name)))
    plain, opened = io.open, counted(io.open)

    def open_(file: Any, mode: str = "r", *words: Any, **options: Any) -> Any:
        writes = set(mode) & set("wax+")
        return (opened if writes else plain)(file, mode, *words, **options)

    io.open = builtins.open = open_  # type: ignore[assignment]
    return lambda: done[0]


def chosen(count: int) -> list[int]:
    """Return the operations to be tried: the first, the last and others evenly between."""
    if count <= TRIED:
        return list(range(1, count + 1))
    return sorted({1 + round(k * (count - 1) / (TRIED - 1)) for k in range(TRIED)})


def litter(root: Path) -> list[Path]:
    return [path for path in root.rglob(".*") if path.name.endswith(".tmp")]


def content(root: Path, *folders: str) -> dict[str, bytes]:
    """Return the bytes of every file in some folders of a workspace."""
    files = [path for name in folders for path in (root / name).rglob("*") if path.is_file()]
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(files)}


@pytest.fixture(scope="module")
def root(scored_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = Path(shutil.copytree(scored_workspace, tmp_path_factory.mktemp("kills") / "w"))
    taken(place, "forecast", "--origin", "2020-12", *FORECAST)
    return place


def store_is_whole(place: Path) -> None:
    for manifest in Store(place / "store").manifests():
        assert read_table(place / "store", manifest, "figures") is not None
    taken(place, "status")


def issue_is_whole(place: Path) -> None:
    issue = read_issue(place / "forecasts" / ISSUE)
    assert issue.manifest["models"][0]["model"] in ("local_nb", "climatology")
    taken(place, "show", "Borno")


def panel_is_whole(place: Path) -> None:
    read_panel(Workspace(place).panel("admin1"))


def champion_is_whole(place: Path) -> None:
    folder = Workspace(place).champion("admin1", "events")
    if (folder / "manifest.json").exists():
        assert read_champion(folder).manifest.model in ("last", "conflictology")


def scores_are_whole(place: Path) -> None:
    issue_is_whole(place)
    for path in (place / "forecasts").glob("[!.]*/scores.json"):
        json.loads(path.read_text(encoding="utf-8"))


def pages_are_whole(place: Path) -> None:
    for page in (place / "reports").glob("[!.]*.html"):
        assert page.read_text(encoding="utf-8").rstrip().endswith("</html>")


def notes_are_whole(place: Path) -> None:
    issue_is_whole(place)
    assert json.loads(taken(place, "show", "Borno", "--json"))["issue"] == ISSUE
    for path in (place / "forecasts" / ISSUE).glob("notes.json"):
        json.loads(path.read_text(encoding="utf-8"))


Check = Callable[[Path], None]
# Command, what is looked at after a kill, and the folders that the next run leaves as if there had
# been none; other folders hold times.
COMMANDS: dict[str, tuple[tuple[object, ...], Check, tuple[str, ...]]] = {
    "ingest": (
        (*("ingest", "figures", "given/figures.parquet", "--replace"), "--release", "9"),
        store_is_whole,
        (),
    ),
    "panel": (("panel", "--scale", "admin1"), panel_is_whole, ("panels",)),
    "promote": (("promote", "conflictology", "--force", "--why", "a test"), champion_is_whole, ()),
    "forecast": (
        ("forecast", "--origin", "2020-12", "--model", "climatology", *FORECAST[2:]),
        issue_is_whole,
        (),
    ),
    "score": (("score",), scores_are_whole, ()),
    "report": (("report", ISSUE), pages_are_whole, ("reports",)),
    "export": (("export", ISSUE, "--format", "csv,md,geojson"), issue_is_whole, ("reports",)),
    "note": (("note", ISSUE, "seen"), notes_are_whole, ()),
}


@pytest.mark.slow(seconds=30)
@pytest.mark.parametrize("name", COMMANDS)
def test_a_kill_leaves_the_old_or_the_new(name: str, root: Path, tmp_path: Path) -> None:
    words, check, same = COMMANDS[name]
    words = tuple(root / word if str(word).startswith("given/") else word for word in words)
    whole = Path(shutil.copytree(root, tmp_path / "whole", symlinks=True))
    count = run_killed(whole, words, at=-1)
    assert count > 1
    expected = content(whole, *same)
    assert bool(expected) == bool(same)
    for at in chosen(count):
        place = Path(shutil.copytree(root, tmp_path / f"at-{at}", symlinks=True))
        run_killed(place, words, at=at)
        check(place)
        taken(place, *words)
        check(place)
        taken(place, "panel", "--scale", "admin1")
        assert not litter(place), at
        assert content(place, *same) == expected
        shutil.rmtree(place)
