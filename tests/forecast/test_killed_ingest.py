"""kill -9 at 50 random moments of an ingest: the store is as before or as after, never between."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from data.store.manifests import Manifest
from data.store.store import Store
from tests.calls import run_inside
from tests.forecast.busy_list import FIRST, busy_rows
from tests.forecast.cli.test_commands_data import HEADER, MAP
from tests.shared import ROOT

KILLS = 50
# Imports once, then forks a child for each ingest and kills it after a part of the time that a
# whole one takes; a line a kill says how far it came.
KILLER = """
import os, pathlib, random, shutil, signal, sys, time
from data.ingest import ingesting
from forecast.cli import commands_data, main as cli
import data.sources.own.mapping, data.sources.own.own_csv, data.store.store
here, kills = pathlib.Path(sys.argv[1]), int(sys.argv[2])
words = ["ingest", "csv", str(here / "b.csv"), "--map", str(here / "b.toml")]

def start(workspace):
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os._exit(cli._run(["-w", str(workspace), *words]))
    return child

def fresh(name):
    shutil.copytree(here / "w", here / name)
    return here / name

begun = time.monotonic()
assert os.waitpid(start(fresh("whole")), 0)[1] == 0
whole = time.monotonic() - begun
chance = random.Random(1)
for number in range(kills):
    place = fresh(f"k{number}")
    child = start(place)
    time.sleep(chance.uniform(0.0, 1.1) * whole)
    os.kill(child, signal.SIGKILL)
    print(number, os.WIFSIGNALED(os.waitpid(child, 0)[1]), flush=True)
"""


def state(workspace: Path) -> tuple[list[Manifest], str]:
    """Return what a reader sees of a store, without the time of the ingest."""
    store = Store(workspace / "store")
    manifests = [{**m, "retrieved_at": ""} for m in store.manifests()]
    return manifests, store.events().to_csv()


def test_a_killed_ingest_leaves_the_store_as_before_or_as_after(tmp_path, capsys):
    rows = busy_rows()
    text = MAP.replace('from = "2020-01"', f'from = "{FIRST}"')
    for name, own in (("a", rows[::2]), ("b", rows)):
        (tmp_path / f"{name}.csv").write_text(HEADER + "\n".join(own) + "\n")
        (tmp_path / f"{name}.toml").write_text(text.replace('"1"', f'"{name == "b":d}"'))
    workspace = tmp_path / "w"
    workspace.mkdir()
    files = (tmp_path / "a.csv", "--map", tmp_path / "a.toml")
    assert run_inside(capsys, "-w", workspace, "ingest", "csv", *files).returncode == 0
    before = state(workspace)
    done = subprocess.run(
        [sys.executable, "-c", KILLER, str(tmp_path), str(KILLS)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    killed = [line.split()[1] == "True" for line in done.stdout.splitlines()]
    assert len(killed) == KILLS
    assert sum(killed) >= KILLS // 2
    after = state(tmp_path / "whole")
    assert after != before
    found = [state(tmp_path / f"k{number}") for number in range(KILLS)]
    assert all(one in (before, after) for one in found)
    assert before in found
    words = ("ingest", "csv", tmp_path / "b.csv", "--map", tmp_path / "b.toml", "--json")
    for number in range(0, KILLS, 5):
        again = run_inside(capsys, "-w", tmp_path / f"k{number}", *words)
        assert again.returncode == 0, again.stderr
        (record,) = json.loads(again.stdout)["ingests"]
        assert record["repeated"] is (found[number] == after)
        assert state(tmp_path / f"k{number}") == after
        names = os.listdir(tmp_path / f"k{number}" / "store")
        assert not [name for name in names if name.endswith(".tmp")]
