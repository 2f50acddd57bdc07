from __future__ import annotations

from pathlib import Path

import pytest

from data.errors import RuntimeEnvironmentError
from data.workspace import Workspace
from experiments.tracking.spool import forget, make_item, note, pending


def _folder(root: Path, text: str = "{}") -> Path:
    folder = root / "forecasts" / "2020-12-admin1"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manifest.json").write_text(text)
    return folder


def test_what_is_noted_waits_until_it_is_forgotten(tmp_path: Path) -> None:
    workspace, item = Workspace(tmp_path), make_item("issue", _folder(tmp_path))
    assert pending(workspace) == []
    note(workspace, item, "server down")
    note(workspace, item, "server still down")
    assert pending(workspace) == [(item, "server still down")]
    forget(workspace, item)
    forget(workspace, item)
    assert pending(workspace) == []


def test_the_key_follows_the_content(tmp_path: Path) -> None:
    one = make_item("issue", _folder(tmp_path, '{"seed": 1}'))
    same = make_item("issue", _folder(tmp_path, '{"seed": 1}'))
    other = make_item("issue", _folder(tmp_path, '{"seed": 2}'))
    assert one == same
    assert one.key != other.key


def test_an_older_content_of_the_same_folder_waits_no_longer(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    note(workspace, make_item("issue", _folder(tmp_path, '{"seed": 1}')), "down")
    newer = make_item("issue", _folder(tmp_path, '{"seed": 2}'))
    note(workspace, newer, "down")
    assert pending(workspace) == [(newer, "down")]


def test_a_folder_without_a_manifest_is_not_complete(tmp_path: Path) -> None:
    with pytest.raises(RuntimeEnvironmentError, match=r"no manifest\.json: it is not complete"):
        make_item("backtest", tmp_path)


@pytest.mark.parametrize("content", ["not json", "[]", '{"kind": "issue"}'])
def test_a_damaged_spool_file_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "spool").mkdir()
    (tmp_path / "spool" / "broken.json").write_text(content)
    with pytest.raises(RuntimeEnvironmentError, match=r"broken\.json"):
        pending(Workspace(tmp_path))
