"""Full and read-only disks, too little memory: one line that says what, and nothing is lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor
from pathlib import Path

import pytest

from tests.calls import Answer
from tests.forecast.scored import call
from tests.shared import ROOT

COMMANDS: dict[str, tuple[str, ...]] = {
    "ingest": ("ingest", "figures", "given/figures.parquet", "--regions", "given/regions.parquet",
               "--release", "9", "--replace"),
    "panel": ("panel",),
    "backtest": ("backtest", "--origins", "2020-05:2020-11", "--models", "last,conflictology"),
    "promote": ("promote", "last", "--force", "--why", "a test"),
    "forecast": ("forecast", "--origin", "2020-12", "--model", "local_nb", "--no-outlook"),
    "score": ("score",),
    "report": ("report", "2020-12-admin1"),
    "export": ("export", "2020-12-admin1", "--format", "csv"),
    "note": ("note", "2020-12-admin1", "seen"),
    "watch": ("watch",),
}  # fmt: skip


@pytest.fixture
def disk(scored_workspace: Path, tmp_path: Path) -> Iterator[Path]:
    """A workspace on a disk of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    words = ("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder))
    if os.geteuid() or subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        shutil.copytree(scored_workspace, folder / "w")
        yield folder
    finally:
        subprocess.run(("umount", "-l", str(folder)), check=True)


def answer(root: Path, name: str) -> Answer:
    return call(root, *(root / w if w.startswith("given/") else w for w in COMMANDS[name]))


def files(root: Path) -> dict[str, bytes]:
    found = [path for path in root.rglob("*") if path.is_file() and not path.name.startswith(".")]
    return {str(path): path.read_bytes() for path in found}


@pytest.mark.slow(seconds=15)
@pytest.mark.parametrize("name", COMMANDS)
def test_a_full_disk_is_named_and_takes_nothing_away(disk: Path, name: str) -> None:
    (disk / "w" / ".escalation.lock").unlink()  # A new one needs room as well.
    before = files(disk / "w")
    with (disk / "fill").open("wb", buffering=0) as stream:
        try:
            while stream.write(b"0" * 4096):
                pass
        except OSError:
            pass
    done = answer(disk / "w", name)
    assert done.returncode == 3, done
    (said,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert "No space left on device" in said or "errno 28" in said
    assert str(disk / "w") in said
    assert "Traceback" not in done.stderr
    after = files(disk / "w")
    assert {path: after[path] for path in before} == before


@pytest.mark.slow(seconds=15)
@pytest.mark.parametrize("name", COMMANDS)
def test_a_read_only_workspace_is_named_before_the_work(disk: Path, name: str) -> None:
    subprocess.run(("mount", "-o", "remount,ro", str(disk)), check=True)
    done = answer(disk / "w", name)
    assert done.returncode == 3, done
    (said,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert "read-only" in said.lower()
    assert str(disk / "w") in said
    if name == "backtest":  # which would write nothing before its first fold is done
        assert "nothing can be written there" in said


@pytest.mark.parametrize(
    ("command", "gigabytes"),
    [("backtest", 2), ("demo", 2), ("forecast", 2), ("promote", 2), ("tune", 2), ("panel", 1)],
)
def test_too_little_memory_is_said_before_the_work(command: str, gigabytes: int) -> None:
    limit = 976_000 * gigabytes - 80_000
    words = f"ulimit -v {limit}; exec {sys.executable} -m escalation {command} x"
    done = subprocess.run(
        ("bash", "-c", words), capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 3, done
    assert done.stderr == (
        f"error: this process may use {gigabytes - 0.1:.1f} GB of addresses, and {command} needs"
        f" {gigabytes} GB: raise the limit (ulimit -v)\n"
    )


@pytest.mark.parametrize(
    ("error", "words"),
    [(MemoryError(), "memory ran out"), (BrokenExecutor(), "a worker process was ended")],
)
def test_memory_that_runs_out_is_one_line(
    scored_workspace: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("forecast.scoring.issues.read_panel", fails)
    done = call(scored_workspace, "score")
    assert done.returncode == 3
    assert done.stderr.startswith(f"error: {words}")
    assert done.stderr.count("\n") == 1
