from __future__ import annotations

import importlib.metadata
import sys
from pathlib import Path

import pytest

from data.workspace import Workspace
from experiments.tracking.spool import make_item, note
from experiments.tracking.tracker import Tracked
from features.panel import write_panel
from forecast.cli.health import Check, check_all, health_record, health_text
from tests.experiments.synthetic import make_panel


def _found(workspace: Workspace) -> dict[str, Check]:
    return {check.name: check for check in check_all(workspace)}


def test_a_new_workspace_is_in_order_and_stays_untouched(tmp_path: Path) -> None:
    found = _found(Workspace(tmp_path))
    assert {name: check.exit_code for name, check in found.items()} == dict.fromkeys(found, 0)
    assert f"mlflow {importlib.metadata.version('mlflow')}" in found["installation"].text
    assert found["settings"].text == "defaults, as there is no escalation.toml"
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_named(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    write_panel(make_panel(regions=4), workspace.panel("admin1"), manifest={})
    (workspace.issues / "one").mkdir(parents=True)
    (workspace.issues / "one" / "manifest.json").write_text("{}")
    note(workspace, make_item("issue", workspace.issues / "one"), "server down")
    found = _found(workspace)
    assert found["panels"].text == "admin1 (4 regions to 2020-12)"
    assert found["spool"].text == "1 waiting: `escalation doctor --send` sends them"


def test_every_fault_is_found_whatever_the_others_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = Workspace(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://ann:canary@127.0.0.1:9")
    (tmp_path / "escalation.toml").write_text("[panels]\n")
    write_panel(make_panel(regions=4), workspace.panel("admin1"), manifest={})
    (workspace.panel("admin1") / "manifest.json").write_text('{"scale": "admin1", "digest": ""}')
    (workspace.champion("admin1", "events")).mkdir(parents=True)
    (workspace.champion("admin1", "events") / "manifest.json").write_text("{}")
    found = _found(workspace)
    codes = {name: check.exit_code for name, check in found.items() if check.exit_code}
    assert codes == {"settings": 2, "panels": 1, "champions": 1, "tracking": 3}
    assert 'did you mean "panel"' in found["settings"].text
    assert "Connection refused" in found["tracking"].text
    assert "canary" not in found["tracking"].text


def test_a_password_in_the_settings_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    (tmp_path / "escalation.toml").write_text('[tracking]\nuri = "http://ann:canary@127.0.0.1:9"\n')
    check = _found(Workspace(tmp_path))["settings"]
    assert (check.exit_code, "canary" in check.text) == (2, False)
    assert "MLFLOW_TRACKING_PASSWORD" in check.text


@pytest.mark.parametrize(
    ("requirement", "message"),
    [
        ("pandas>=99", "is too old: pandas>=99 is needed"),
        ("nothere>=1", "nothere is not installed"),
    ],
)
def test_a_library_that_is_missing_or_too_old_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, requirement: str, message: str
) -> None:
    monkeypatch.setattr(importlib.metadata, "requires", lambda _: [requirement])
    check = _found(Workspace(tmp_path))["installation"]
    assert check.exit_code == 3
    assert message in check.text


def test_a_package_that_stands_in_for_ours_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "features.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "features")
    check = _found(Workspace(tmp_path))["packages"]
    assert check.exit_code == 3
    assert f"Python finds {tmp_path / 'features.py'}:" in check.text


def test_text_and_record_say_the_same() -> None:
    checks = [Check("store", "3 ingests"), Check("tracking", "down\nand out", 3)]
    sent = [Tracked("issue/a", "r1"), Tracked("issue/b", None, "not tracked: down")]
    text = health_text(checks, sent)
    assert "BAD  tracking  down\\nand out" in text
    assert "issue/a: sent as run r1\nissue/b: not tracked: down" in text
    assert health_record(checks, sent)["checks"][1]["exit_code"] == 3
