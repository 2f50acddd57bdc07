"""Which backtests a workspace holds, and which of them is meant."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from data.errors import EvidenceError, RuntimeEnvironmentError, SourceError
from data.workspace import Workspace
from experiments.backtest.catalogue import (
    find_backtest,
    known_backtests,
    list_backtests,
    newest_backtest,
)
from features.panel import write_panel
from tests.calls import run_inside
from tests.experiments.figures import call, without_tracking
from tests.experiments.synthetic import make_forecasts, make_panel, write_synthetic_backtest
from tests.records import vouch

OLDER, NEWER = "2021-01-01T00:00:00+00:00", "2021-01-02T00:00:00+00:00"


def make(root: Path, name: str, finished_at: str = OLDER, **manifest: object) -> Path:
    return write_synthetic_backtest(
        Workspace(root).backtests / name, finished_at=finished_at, **manifest
    )


def spoil(root: Path) -> Path:
    """Put every kind of folder beside the backtests that is none; return the last one's path."""
    backtests = Workspace(root).backtests
    (backtests / "unfinished").mkdir(parents=True)
    for name, content in {"torn": "{", "list": "[]", "foreign": '{"id": "foreign"}'}.items():
        (backtests / name).mkdir()
        (backtests / name / "manifest.json").write_text(content)
    return backtests


def test_the_newest_backtest_is_the_one_that_finished_last(tmp_path: Path) -> None:
    make(tmp_path, "z")
    new = make(tmp_path, "a", NEWER)
    spoil(tmp_path)
    workspace = Workspace(tmp_path)
    assert [entry.id for entry in list_backtests(workspace)] == ["a", "z"]
    assert newest_backtest(workspace).folder == new
    with pytest.raises(EvidenceError, match="no finished backtest of admin1 deaths"):
        newest_backtest(workspace, scale="admin1", target="deaths")


def test_a_backtest_is_found_by_its_id_and_by_that_of_its_mlflow_run(tmp_path: Path) -> None:
    folder = make(tmp_path, "one")
    (folder / "tracking.json").write_text(json.dumps({"run_id": "0123abcd"}))
    workspace = Workspace(tmp_path)
    assert find_backtest(workspace, "one").folder == folder
    assert find_backtest(workspace, "0123abcd").read().id == "one"
    with pytest.raises(EvidenceError, match=r'no finished backtest "two" \(known: one\)'):
        find_backtest(workspace, "two")
    with pytest.raises(EvidenceError, match="no finished backtest"):
        find_backtest(workspace, "../backtests/one")


def test_what_is_wrong_with_a_named_folder_is_said(tmp_path: Path) -> None:
    spoil(tmp_path)
    workspace = Workspace(tmp_path)
    with pytest.raises(RuntimeEnvironmentError, match=r"torn/manifest\.json could not be read"):
        find_backtest(workspace, "torn")
    with pytest.raises(RuntimeEnvironmentError, match="expected a JSON object, got a list"):
        find_backtest(workspace, "list")
    with pytest.raises(SourceError, match="not the manifest of a backtest"):
        find_backtest(workspace, "foreign")
    with pytest.raises(EvidenceError, match="known: none yet: run `escalation backtest`"):
        find_backtest(workspace, "unfinished")
    folder = make(tmp_path, "half")
    make_forecasts().drop(columns="p_attack").to_parquet(folder / "forecasts.parquet")
    vouch(folder / "forecasts.parquet")
    with pytest.raises(SourceError, match="no column p_attack"):
        find_backtest(workspace, "half").read()


def test_what_was_known_at_an_origin_leaves_later_months_and_damaged_backtests_out(
    tmp_path: Path,
) -> None:
    make(tmp_path, "good")
    (make(tmp_path, "bad", NEWER) / "forecasts.parquet").write_bytes(b"PAR1 half")
    workspace = Workspace(tmp_path)
    (known,) = known_backtests(workspace, scale="admin1", target="events", through="2020-03")
    assert known.id == "good"
    assert known.forecasts["target_month"].max() == "2020-03"
    assert known.manifest["origins"] == ["2019-12", "2020-01", "2020-02"]
    early = known_backtests(workspace, scale="admin1", target="events", through="2019-01")
    assert list(early) == []


@pytest.mark.parametrize(
    ("scale", "target", "judge"),
    [
        ("admin1", "events", "of-admin1"),
        ("sahel-admin1", "events", "of-sahel"),
        ("sahel", "events", "admin1-events-sahel"),
        ("admin1-events", "deaths", "deaths"),
    ],
)
def test_scales_that_resemble_each_other_are_told_apart(tmp_path, capsys, scale, target, judge):
    make(tmp_path, "of-admin1", scale="admin1")
    make(tmp_path, "of-sahel", NEWER, scale="sahel-admin1")
    make(tmp_path, "admin1-events-sahel", NEWER, scale="sahel")
    make(tmp_path, "deaths", NEWER, scale="admin1-events", target="deaths")
    spoil(tmp_path)
    done = run_inside(
        capsys, "-w", tmp_path, "promote", "blind", "--scale", scale, "--target", target
    )
    assert done.returncode == 1
    assert f"judging blind by backtest {judge}, then" in done.stderr
    assert f"blind did not pass the gate of backtest {judge}" in done.stderr


@pytest.mark.parametrize(("scale", "judge"), [("admin1", "of-admin1"), ("sahel-admin1", "sahel")])
def test_an_issue_is_judged_by_a_backtest_of_its_own_scale(
    tmp_path, capsys, monkeypatch, scale, judge
):
    without_tracking(monkeypatch)
    make(tmp_path, "of-admin1", OLDER if scale == "admin1" else NEWER, scale="admin1")
    make(tmp_path, "sahel", NEWER if scale == "admin1" else OLDER, scale="sahel-admin1")
    spoil(tmp_path)
    workspace = Workspace(tmp_path)
    write_panel(replace(make_panel(), scale=scale), workspace.panel(scale), manifest={})
    call(capsys, tmp_path, "forecast", "--scale", scale, "--model", "last", "--no-outlook")
    (issue,) = workspace.issues.glob("*/manifest.json")
    assert json.loads(issue.read_text())["backtest"] == judge


def test_a_damaged_backtest_is_named_and_does_not_keep_others_from_being_compared(tmp_path, capsys):
    make(tmp_path, "whole")
    spoil(tmp_path)
    done = run_inside(capsys, "-w", tmp_path, "compare")
    assert done.stdout.startswith("backtest whole\n")
    for name, code in {"torn": 3, "foreign": 1, "unfinished": 1}.items():
        done = run_inside(capsys, "-w", tmp_path, "compare", name)
        assert done.returncode == code
        assert name in done.stderr
