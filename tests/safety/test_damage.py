"""Damage every kind of file of a workspace: each command says so, or prints what it did before.

``ESCALATION_DAMAGES`` says how many pairs of a damage and a command are tried; default: a sample.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest

from data.records import write_record
from data.workspace import Workspace
from experiments.backtest.backtest import add_to_backtest
from experiments.backtest.catalogue import STRESS, newest_backtest
from experiments.backtest.specification import spec_of
from experiments.runs.backtesting import write_seeds
from features.panel import read_panel
from tests.calls import Answer
from tests.forecast.scored import call, fill_store, taken

TRIED = int(os.environ.get("ESCALATION_DAMAGES", "120"))
ISSUE = "2020-12-admin1"
DEEP = b"[" * 100_000

COMMANDS: dict[str, tuple[object, ...]] = {
    "doctor": ("doctor",),
    "status": ("status",),
    "show": ("show", "Mopti"),
    "brief": ("brief", ISSUE),
    "alerts": ("alerts", "--budget", 3),
    "watch": ("watch",),
    "revisions": ("revisions",),
    "compare": ("compare", "--models", "last"),
    "score": ("score",),
    "export": ("export", ISSUE, "--format", "csv,md"),
    "report": ("report", ISSUE),
    "note": ("note", ISSUE, "seen"),
    "promote": ("promote", "conflictology", "--force", "--why", "a test"),
    "forecast": ("forecast", "--origin", "2020-12"),
    "panel": ("panel",),
}


def flip(content: bytes) -> bytes:
    """Change one character in the middle of what is written, a letter or digit of a value."""
    places = [i for i in range(len(content) // 2, len(content)) if chr(content[i]).isalnum()]
    place = places[len(places) // 3] if places else len(content) // 2
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


DAMAGES: dict[str, Callable[[bytes], bytes | None]] = {
    "flipped": flip,
    "halved": lambda content: content[: len(content) // 2],
    "emptied": lambda _: b"",
    "removed": lambda _: None,
}
OF_JSON: dict[str, Callable[[bytes], bytes | None]] = {
    "deep": lambda _: DEEP,
    "object": lambda _: b"{}",
    "list": lambda _: b"[]",
    "digits": lambda _: b'{"id": ' + b"7" * 5000 + b"}",
}
OF_SETTINGS: dict[str, Callable[[bytes], bytes | None]] = {
    "deep": lambda _: b"a = " + DEEP,
    "digits": lambda _: b"[forecast]\ndraws = " + b"7" * 4000,
    "many digits": lambda _: b"[forecast]\ndraws = " + b"7" * 5000,
    "nul": lambda _: b'[panel]\nscale = "\\u0000"\n',
    "device": lambda _: b'[panel]\ncountries = "/dev/zero"\n',
}
# Kinds of files by pattern; of each, one is damaged.
FILES = (
    "escalation.toml",
    "store/0*/manifest.json",
    "store/0*/figures.parquet",
    "store/0*/regions.parquet",
    "store/0*/quarantine.csv",
    "panels/admin1/manifest.json",
    "panels/admin1/panel.parquet",
    "panels/admin1/regions.parquet",
    "backtests/*/manifest.json",
    "backtests/*/forecasts.parquet",
    "backtests/*/scores.csv",
    "backtests/*/seeds.csv",
    "backtests/*/stress.csv",
    "backtests/*/tracking.json",
    "champions/admin1-events/manifest.json",
    "champions/admin1-events/tracking.json",
    "champions/admin1-events/model-*/trained.json",
    "champions/admin1-events/model-*/h1/*/model.json",
    f"forecasts/{ISSUE}/manifest.json",
    f"forecasts/{ISSUE}/risk.csv",
    f"forecasts/{ISSUE}/risk.parquet",
    f"forecasts/{ISSUE}/sections.json",
    f"forecasts/{ISSUE}/notes.json",
    f"forecasts/{ISSUE}/tracking.json",
    "forecasts/2020-10-admin1/draws.parquet",
    "forecasts/2020-10-admin1/scores.json",
    "forecasts/2020-10-admin1/score.parquet",
    "spool/*.json",
)


# Nothing vouches for these: without them there are defaults, or nothing was noted, sent or scored.
MAY_BE_ABSENT = ("escalation.toml", "notes.json", "tracking.json", "scores.json", "spool/*.json")


class Case(NamedTuple):
    """One damage of one file, looked at by one command."""

    file: str
    damage: str
    command: str

    def __str__(self) -> str:
        return f"{self.file} {self.damage}: {self.command}"


def damages_of(file: str) -> dict[str, Callable[[bytes], bytes | None]]:
    if file.endswith(".toml"):
        return DAMAGES | OF_SETTINGS
    return DAMAGES | OF_JSON if file.endswith(".json") else DAMAGES


def cases(file: str) -> Iterator[Case]:
    every = [
        Case(file, damage, command)
        for damage in damages_of(file)
        for command in COMMANDS
        if not (damage == "removed" and file.endswith(MAY_BE_ABSENT))
    ]
    few = max(1, round(TRIED / len(FILES)))
    step = max(1, round(len(every) / few))
    yield from every[FILES.index(file) % step :: step]


@pytest.fixture(scope="module")
def root(scored_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace that holds every kind of file."""
    place = Path(shutil.copytree(scored_workspace, tmp_path_factory.mktemp("damage") / "w"))
    workspace = Workspace(place)
    fill_store(place, "release 2", twice=("Gao",))
    taken(place, *COMMANDS["promote"], uri="sqlite:///there/mlflow.db")
    taken(place, "forecast", "--origin", "2020-12", uri="sqlite:///there/mlflow.db")
    taken(place, "note", ISSUE, "first")
    taken(place, "score")
    entry = newest_backtest(workspace)
    write_seeds(
        read_panel(workspace.panel("admin1")),
        spec_of(entry.manifest).changed(models=("last",)),
        entry.folder,
        seeds=2,
        progress=lambda *_: None,
        jobs=1,
    )
    gained = {"horizon": [1], "stress": ["ends"], "model": ["conflictology"], "gain": [0.0]}
    add_to_backtest(entry.folder, STRESS, pd.DataFrame(gained).to_csv(index=False))
    for folder in (entry.folder, workspace.champion("admin1", "events")):
        write_record(folder / "tracking.json", {"run_id": "0" * 32})
    absent = [file for file in FILES if not any(place.glob(file))]
    assert not absent
    return place


@pytest.fixture(scope="module")
def clean(root: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Answer]:
    """What each command answers where nothing is damaged."""
    answers = {}
    for name, words in COMMANDS.items():
        place = Path(shutil.copytree(root, tmp_path_factory.mktemp(name) / "w"))
        answers[name] = answer(place, words)
    return answers


def test_where_nothing_is_damaged_every_command_ends_well(clean: dict[str, Answer]) -> None:
    # Tracking has no place here, which doctor says.
    assert {name for name, done in clean.items() if done.returncode} == {"doctor"}
    assert clean["doctor"].stdout.count("BAD ") == 1


def test_the_gate_is_not_passed_with_scores_that_were_changed(root: Path, tmp_path: Path) -> None:
    place = Path(shutil.copytree(root, tmp_path / "w"))
    file = newest_backtest(Workspace(place)).folder / "forecasts.parquet"
    rows = pd.read_parquet(file)
    rows.loc[rows["model"] == "local_nb", ["crps", "ign", "brier"]] = 0.0
    rows.to_parquet(file, index=False)
    for words in (("promote", "local_nb"), ("compare",)):
        done = call(place, *words)
        assert done.returncode == 3
        assert "forecasts.parquet was changed or damaged after it was written" in done.stderr
    made = call(place, *COMMANDS["forecast"])
    assert f"warning: the backtest {file.parent.name} is left out" in made.stderr


def test_two_regions_that_change_names_are_noticed(root: Path, tmp_path: Path) -> None:
    place = Path(shutil.copytree(root, tmp_path / "w"))
    file = place / "panels" / "admin1" / "regions.parquet"
    regions = pd.read_parquet(file)
    swapped = {"Mopti": "Borno", "Borno": "Mopti"}
    regions.assign(region=regions["region"].replace(swapped)).to_parquet(file, index=False)
    for command in ("forecast", "doctor", "score"):
        done = call(place, *COMMANDS[command])
        assert "regions.parquet was changed or damaged" in done.stdout + done.stderr
        assert done.returncode


@pytest.mark.parametrize("key", ["origin", "levels", "gate", "sources", "models", "files"])
def test_an_edited_issue_is_not_printed_as_it_was(root: Path, tmp_path: Path, key: str) -> None:
    place = Path(shutil.copytree(root, tmp_path / "w"))
    path = place / "forecasts" / ISSUE / "manifest.json"
    edited = {"origin": "2020-11", "gate": "passed", "files": {}}
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest[key] = edited[key] if key in edited else manifest[key][:-1]
    path.write_text(json.dumps(manifest), encoding="utf-8")
    for command in ("export", "report", "brief"):
        done = call(place, *COMMANDS[command])
        assert done.returncode in (1, 3), command
        assert "manifest.json was changed or damaged" in done.stderr
    shown = call(place, *COMMANDS["show"])
    assert f"the issue {ISSUE} is left out" in shown.stderr
    taken(place, "forecast", "--origin", "2020-12")
    assert (place / "forecasts" / f"{ISSUE}.damaged" / "risk.csv").exists()


def answer(place: Path, words: tuple[object, ...]) -> Answer:
    done = call(place, *words)
    hide = str(place.parent)
    return Answer(done.returncode, done.stdout.replace(hide, ""), done.stderr.replace(hide, ""))


def lines_beside(done: Answer, usual: Answer) -> list[str]:
    return [line for line in done.stderr.splitlines() if line not in usual.stderr.splitlines()]


@pytest.mark.slow(seconds=5)
@pytest.mark.parametrize("file", FILES)
def test_a_damage_is_said_or_has_no_effect(
    root: Path, clean: dict[str, Answer], tmp_path: Path, file: str
) -> None:
    failed = []
    for number, case in enumerate(cases(file)):
        place = Path(shutil.copytree(root, tmp_path / str(number) / "w"))
        path = next(place.glob(case.file))
        content = damages_of(case.file)[case.damage](path.read_bytes())
        path.unlink()
        if content is not None:
            path.write_bytes(content)
        done = answer(place, COMMANDS[case.command])
        if problem := wrong(done, clean[case.command], case):
            failed.append(f"{case}: {problem}")
        shutil.rmtree(place)
    assert not failed, "\n".join(failed)


def wrong(done: Answer, usual: Answer, case: Case) -> str:
    """Say what is wrong with the answer to a damage; empty where it is in order."""
    said = lines_beside(done, usual)
    if "Traceback" in done.stderr:
        return f"traceback {done.stderr[-300:]!r}"
    if any(len(line) > 700 for line in said):
        return f"too long: {said!r}"[:300]
    if said or done.stdout.count("BAD ") > usual.stdout.count("BAD "):
        return ""
    named = Path(case.file).name
    if "*" not in named and done.stdout.count(named) > usual.stdout.count(named):
        return ""  # the answer itself names the file, as where `show` leaves out the past
    if done.stdout == usual.stdout and done.returncode == usual.returncode:
        return ""
    return f"other output without a word ({done.returncode}): {done.stdout[:200]!r}"
