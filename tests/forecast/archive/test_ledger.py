"""The ledger: what was issued, when, and whether it is what lies there now."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from data.files import sha256_of
from tests.forecast.scored import FORECAST, call, taken
from tests.records import change_record, read_plain

ISSUES = ("2020-10-admin1", "2020-11-admin1", "2020-12-admin1")
AGAIN = ("forecast", "--origin", "2020-12", "--no-outlook")


@pytest.fixture
def root(scored_workspace: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(scored_workspace, tmp_path / "w"))


def ledger_of(root: Path) -> Path:
    return root / "forecasts" / "ledger.jsonl"


def lines(root: Path) -> list[str]:
    return ledger_of(root).read_text(encoding="utf-8").splitlines()


def test_every_issue_is_entered_once_and_lies_as_it_was(root: Path) -> None:
    found = json.loads(taken(root, "verify", "--json"))
    assert found["held"] == list(ISSUES)
    assert (found["entries"], found["problems"]) == (3, [])
    entries = [json.loads(line) for line in lines(root)]
    assert [entry["issue"] for entry in entries] == list(ISSUES)
    assert entries[0]["before"] == "0" * 64
    before = lines(root)
    taken(root, "forecast", "--origin", "2020-12", *FORECAST)
    assert lines(root)[:3] == before
    taken(root, *AGAIN, "--model", "last")
    assert lines(root)[:3] == before
    both = json.loads(taken(root, "verify", "--json"))
    kept = [name for name in both["held"] if name not in ISSUES]
    assert len(kept) == 1
    assert kept[0].startswith("2020-12-admin1-")
    assert f"head {both['head']}" in taken(root, "verify")


def test_a_changed_issue_is_found_however_well_it_is_sealed(root: Path) -> None:
    folder = root / "forecasts" / ISSUES[1]
    table = pd.read_parquet(folder / "risk.parquet")
    table["p_attack"] = table["p_attack"] / 2
    table.to_parquet(folder / "risk.parquet", index=False)
    broken = call(root, "verify")
    assert broken.returncode == 1
    assert f"{ISSUES[1]} is not as it was issued: " in broken.stdout
    manifest = folder / "manifest.json"
    files = {**read_plain(manifest)["files"], "risk.parquet": sha256_of(folder / "risk.parquet")}
    change_record(manifest, files=files)
    sealed = call(root, "verify")
    assert sealed.returncode == 1
    assert f"{ISSUES[1]} was never entered with this content" in sealed.stdout


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda entries: [entries[0], entries[2]], "line 2 does not follow line 1"),
        (lambda entries: [entries[1], entries[0], entries[2]], "line 1 does not follow line 0"),
        (lambda entries: [entries[0].replace("2020", "2019", 1), *entries[1:]], "line 2 does not"),
        (lambda entries: [*entries[:2], entries[2][:40]], "line 3 is no entry"),
    ],
    ids=["left out", "turned round", "changed", "torn"],
)
def test_a_changed_ledger_breaks_the_chain(root: Path, change, says: str) -> None:
    ledger_of(root).write_text("".join(f"{line}\n" for line in change(lines(root))))
    done = call(root, "verify")
    assert done.returncode == 1
    assert says in done.stdout
    taken(root, *AGAIN, "--model", "last")
    assert says in call(root, "verify").stdout


def test_what_was_taken_away_is_named_and_what_came_from_elsewhere_too(root: Path) -> None:
    shutil.rmtree(root / "forecasts" / ISSUES[0])
    done = call(root, "verify")
    assert done.returncode == 1
    assert f"{ISSUES[0]} of 20" in done.stdout
    assert "is gone" in done.stdout
    ledger_of(root).unlink()
    assert f"{ISSUES[1]} was never entered" in call(root, "verify").stdout
    taken(root, "forecast", "--origin", "2020-11", *FORECAST)
    held = json.loads(call(root, "verify", "--json").stdout)
    assert held["entries"] == 1
