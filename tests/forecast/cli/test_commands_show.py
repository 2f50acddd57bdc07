"""One region in the terminal: found by id or name, figures from the table, nothing hostile."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from forecast.archive.issue_files import Issue
from forecast.report.region_text import bars
from forecast.text.wording import percent
from tests.calls import run_inside
from tests.forecast.issues import HOSTILE, issue_of, small_panel, workspace_of


def test_bars_grow_with_their_counts():
    assert bars([0, 1, 100, None, 50, 13], 100) == "·▁█?▄▂"


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Issue]:
    panel = small_panel(HOSTILE)
    folder = tmp_path_factory.mktemp("show")
    workspace = workspace_of(folder, panel)
    issue_of(workspace, panel, origin="2004-11")
    return folder, issue_of(workspace, panel, outlook=True)


def test_it_shows_what_the_table_says(shown, capsys):
    folder, issue = shown
    row = issue.table.iloc[2]
    done = run_inside(capsys, "-w", folder, "show", row["region_id"])
    assert done.returncode == 0, done.stderr
    for text in (
        "issue 2004-12-admin1, from data through December 2004",
        f"{row['level']} (",
        "rank 3 of 14",
        f"attack      {percent(row['p_attack'])}, {row['likelihood']}",
        "for at least one attack",
        f"confidence  {row['confidence']}",
        "points since 2004-11-admin1",
        "of it new month",
        str(row["reason_1"]),
        "No model is recommended for attacks and deaths: these figures are made with",
    ):
        assert text in done.stdout, text
    assert "  2002 " in done.stdout
    assert "  2004 " in done.stdout


def test_analysts_notes_on_the_region_stand_with_it_and_others_do_not(shown, capsys):
    folder, issue = shown
    here, there = (issue.table["region_id"].iloc[place] for place in (2, 3))
    for region, text in ((here, "The road is closed."), (there, "Talks began.")):
        asked = ("note", issue.folder.name, text, "--region", region, "--author", "A. Diallo")
        assert run_inside(capsys, "-w", folder, *asked).returncode == 0
    shown_now = run_inside(capsys, "-w", folder, "show", here).stdout
    assert " ".join(["by", "A.", "Diallo:", "The", "road", "is", "closed."]) in " ".join(
        shown_now.split()
    )
    assert "Analyst's note of " in shown_now
    assert "Talks began" not in shown_now


def test_json_holds_the_row_the_past_and_the_sections(shown, capsys):
    folder, issue = shown
    row = issue.table.iloc[0]
    done = run_inside(
        capsys, "-w", folder, "show", row["region_id"], "--issue", "2004-12-admin1", "--json"
    )
    record = json.loads(done.stdout)
    assert record["rows"][0]["p_attack"] == row["p_attack"]
    assert len(record["months"]) == len(record["history"]["events"]) == 36
    assert record["history"]["events"][-1] == row["last_events"]
    (change,) = record["sections"]["changes"]
    assert change["p_attack_previous"] == row["p_attack_previous"]
    assert record["sections"]["next_3_months"][0]["p_attack_3_months"] >= row["p_attack"]


def test_hostile_names_come_out_on_one_line_each(shown, capsys):
    folder, issue = shown
    for region_id in sorted(issue.table["region_id"])[: len(HOSTILE)]:
        done = run_inside(capsys, "-w", folder, "show", region_id)
        assert done.returncode == 0, done.stderr
        assert all(line.isprintable() for line in done.stdout.splitlines())
        assert done.stdout.splitlines()[0].endswith(f"({region_id})")


@pytest.mark.parametrize("asked", ["no\x1b[2Jone", "\u202e"])
def test_a_hostile_question_is_answered_on_one_line(shown, capsys, asked):
    done = run_inside(capsys, "-w", shown[0], "show", asked)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.strip().isprintable()


def test_without_the_panel_the_rest_is_shown(shown, capsys):
    folder, issue = shown
    (folder / "panels").rename(folder / "away")
    done = run_inside(capsys, "-w", folder, "show", issue.table["region_id"].iloc[0])
    (folder / "away").rename(folder / "panels")
    assert done.returncode == 0, done.stderr
    assert "Past months cannot be shown" in done.stdout
    assert "Why" in done.stdout


def test_without_an_issue_it_says_how_to_make_one(tmp_path, capsys):
    done = run_inside(capsys, "-w", tmp_path, "show", "Soum")
    assert done.returncode == 1
    assert "`escalation forecast` makes one" in done.stderr
