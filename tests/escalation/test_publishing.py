"""Files, the brief, the page and notes of an issue from Python."""

import shutil

import pytest

import escalation
from tests.calls import run_inside


def test_files_are_those_of_the_command_line(hostile, tmp_path, capsys):
    issue = hostile.issue("2004-12-admin1")
    mine = hostile.export(issue, formats=["csv", "md"], out=tmp_path / "mine", horizon=1)
    words = ("export", issue.name, "--format", "csv,md", "--horizon", "1", "--out")
    run_inside(capsys, "-w", hostile.path, *words, tmp_path / "theirs")
    assert {path.name for path in mine} == {path.name for path in (tmp_path / "theirs").iterdir()}
    for path in mine:
        assert path.read_bytes() == (tmp_path / "theirs" / path.name).read_bytes()
    brief = hostile.brief(issue, out=tmp_path / "brief.md")
    assert (tmp_path / "brief.md").read_text(encoding="utf-8") == brief
    told = run_inside(capsys, "-w", hostile.path, "brief", issue.name)
    assert told.stdout == brief
    page = hostile.report(issue)
    assert page == hostile.path / "reports" / "2004-12-admin1.html"


def test_a_note_is_kept_beside_the_issue(hostile, tmp_path):
    workspace = escalation.Workspace(shutil.copytree(hostile.path, tmp_path / "w"))
    notes = workspace.note("2004-11-admin1", "Elections.", region="Tillabéri", author="A. Diallo")
    assert notes[["author", "region", "text"]].to_numpy().tolist() == [
        ["A. Diallo", "Tillabéri", "Elections."]
    ]
    assert workspace.note("2004-11-admin1").equals(notes)
    with pytest.raises(escalation.ConfigError, match="expected a note with at least one word"):
        workspace.note("2004-11-admin1", " ")
