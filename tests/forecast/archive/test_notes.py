"""Analyst's notes: dated, kept beside the issue, shown as notes, and no figure moves."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import docx
import openpyxl
import pytest

from data.errors import ConfigError, RuntimeEnvironmentError
from data.workspace import Workspace
from forecast.archive.issue_files import Issue, read_issue
from forecast.archive.notes import LONGEST_NOTE, add_note, read_notes
from forecast.report.exporting import export_issue
from tests.calls import run_inside
from tests.forecast.exports import ISSUE, csv_rows
from tests.forecast.issues import issue_of, small_panel, workspace_of

DAY = date(2026, 11, 5)


@pytest.fixture
def made(tmp_path: Path) -> tuple[Workspace, Issue]:
    panel = small_panel(("Gao", "Twin", "Twin"))
    workspace = workspace_of(tmp_path, panel)
    return workspace, issue_of(workspace, panel)


def test_a_note_changes_no_file_of_the_issue(
    made: tuple[Workspace, Issue], capsys: pytest.CaptureFixture[str]
) -> None:
    workspace, issue = made
    before = {path.name: path.read_bytes() for path in issue.folder.iterdir()}
    words = ("-w", workspace.root, "note", ISSUE)
    assert run_inside(capsys, *words).stdout == "no note was written on this issue\n"
    done = run_inside(capsys, *words, "Elections on\nthe 27th.", "--author", "A. Diallo")
    assert done.returncode == 0, done.stderr
    today = datetime.now(UTC).date()
    assert done.stdout == f"{today}  A. Diallo: Elections on the 27th.\n"
    done = run_inside(capsys, *words, "The road is closed.", "--region", "gao")
    assert done.stdout.splitlines()[1] == f"{today}  on Gao: The road is closed."
    after = {path.name: path.read_bytes() for path in issue.folder.iterdir()}
    assert after.pop("notes.json")
    assert after == before
    assert read_issue(issue.folder).table.equals(issue.table)


def test_every_writer_and_the_brief_show_it_as_a_note(
    made: tuple[Workspace, Issue], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace, issue = made
    add_note(issue, "The bridge is down.", region="Gao", author="A. Diallo", today=DAY)
    formats = ["csv", "md", "xlsx", "docx", "geojson"]
    paths = export_issue(workspace, issue.folder, formats, out=tmp_path / "out")
    files = {path.name.removeprefix(ISSUE): path for path in paths}
    row = {
        "day": "2026-11-05",
        "author": "A. Diallo",
        "region": "Gao",
        "note": "The bridge is down.",
    }
    assert csv_rows(files["-notes.csv"]) == [row]
    assert json.loads(files[".geojson"].read_text("utf-8"))["notes"] == [row]
    assert "## Analyst's notes" in files[".md"].read_text("utf-8")
    assert "| 2026-11-05 | A. Diallo | Gao | The bridge is down. |" in files[".md"].read_text(
        "utf-8"
    )
    cells = [
        cell.value for line in openpyxl.load_workbook(files[".xlsx"])["Notes"] for cell in line
    ]
    assert {"Analyst's notes", *row.values()} <= set(cells)
    text = [paragraph.text for paragraph in docx.Document(files[".docx"]).paragraphs]
    assert "Analyst's note on Gao (2026-11-05, A. Diallo): The bridge is down." in text
    brief = run_inside(capsys, "-w", workspace.root, "brief", ISSUE).stdout
    assert "> **Analyst's note on Gao by A. Diallo, 2026-11-05:** The bridge is down." in brief


def test_a_note_on_an_issue_that_was_made_again_says_so(
    made: tuple[Workspace, Issue], capsys: pytest.CaptureFixture[str]
) -> None:
    workspace, issue = made
    add_note(issue, "Seen.", today=DAY)
    issue_of(workspace, small_panel(("Gao", "Twin", "Twin")), draws=60)
    brief = run_inside(capsys, "-w", workspace.root, "brief", ISSUE).stdout
    assert "**Analyst's note, 2026-11-05, on an earlier version:** Seen." in brief


def test_what_is_no_note_is_refused(made: tuple[Workspace, Issue]) -> None:
    issue = made[1]
    for text, author in ((" \n", ""), ("x" * (LONGEST_NOTE + 1), ""), ("x", "y" * 81)):
        with pytest.raises(ConfigError, match="expected a note "):
            add_note(issue, text, author=author, today=DAY)
    with pytest.raises(ConfigError, match='has no region "Atlantis"'):
        add_note(issue, "x", region="Atlantis", today=DAY)
    with pytest.raises(ConfigError, match='2 regions are called "Twin": give one of the ids'):
        add_note(issue, "x", region="Twin", today=DAY)
    assert read_notes(issue.folder) == ()


def test_a_damaged_file_of_notes_is_one_line(
    made: tuple[Workspace, Issue], capsys: pytest.CaptureFixture[str]
) -> None:
    workspace, issue = made
    for content in ('[{"day": 1}]', "{", '{"a": 1}'):
        (issue.folder / "notes.json").write_text(content)
        done = run_inside(capsys, "-w", workspace.root, "brief", ISSUE)
        assert done.returncode == 3, content
        assert "notes.json" in done.stderr


def test_a_list_without_a_note_is_no_list_of_notes(made: tuple[Workspace, Issue]) -> None:
    _, issue = made
    (issue.folder / "notes.json").write_text("[]", encoding="utf-8")
    with pytest.raises(RuntimeEnvironmentError, match="expected notes, got an empty list"):
        read_notes(issue.folder)
