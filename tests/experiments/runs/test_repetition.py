"""A backtest repeated, and what has changed since."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from data.workspace import Workspace
from features.panel import write_panel
from tests.calls import run_inside
from tests.experiments.figures import call, without_tracking
from tests.experiments.small_panel import make_panel
from tests.records import change_record

CHEAP = ("--origins", "2015-01:2015-10", "--draws", 50)


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    without_tracking(monkeypatch)
    write_panel(make_panel(), Workspace(tmp_path).panel("admin1"), manifest={})
    return tmp_path


def only(folder: Path) -> Path:
    (made,) = folder.iterdir()
    return made


def change(folder: Path, **values: object) -> None:
    change_record(folder / "manifest.json", **values)


def test_a_repetition_says_what_has_changed(place, capsys):
    call(capsys, place, "backtest", *CHEAP, "--models", "last,local_nb")
    folder = only(place / "backtests")
    (folder / "tracking.json").write_text(json.dumps({"run_id": "0123abcd"}))
    before = (folder / "forecasts.parquet").read_bytes()
    done = call(capsys, place, "backtest", "--from-run", "0123abcd")
    assert f"the same bytes of forecasts.parquet as {folder.name}" in done.stdout

    change(folder, code_version="0.0.9+src.00000000", libraries={"numpy": "1.0"})
    done = call(capsys, place, "backtest", "--from-run", folder.name)
    assert f"warning: backtest {folder.name} was made by code 0.0.9+src.00000000" in done.stderr
    assert "was made by numpy 1.0, now " in done.stderr
    (apart,) = (path for path in (place / "backtests").iterdir() if path != folder)
    assert apart.name.startswith(f"{folder.name}-")
    assert (folder / "forecasts.parquet").read_bytes() == before

    change(folder, data_digest="0" * 64)
    refused = run_inside(capsys, "-w", place, "backtest", "--from-run", folder.name)
    assert refused.returncode == 1
    assert "was made from other data (digest 000000000000, the panel has" in refused.stderr
    call(capsys, place, "backtest", "--from-run", folder.name, "--force")
    unknown = run_inside(capsys, "-w", place, "backtest", "--from-run", "nothing")
    assert unknown.returncode == 1
    assert "no finished backtest nothing, and no run of that id could be read" in unknown.stderr


def test_a_repetition_with_other_bytes_by_the_same_code_is_an_error(place, capsys):
    call(capsys, place, "backtest", *CHEAP, "--models", "last")
    folder = only(place / "backtests")
    rows = pd.read_parquet(folder / "forecasts.parquet")
    rows[1:].to_parquet(folder / "forecasts.parquet", index=False)
    done = run_inside(capsys, "-w", place, "backtest", "--from-run", folder.name)
    assert done.returncode == 1
    assert "could not be repeated: the same code, libraries and data gave other" in done.stderr
