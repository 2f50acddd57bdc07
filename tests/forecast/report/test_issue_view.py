"""The view of an issue: what it holds of an issue, and a dictionary that leaves no column out."""

from __future__ import annotations

import html
import json
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from data.errors import ConfigError
from data.schema import RISK_COLUMNS
from data.workspace import Workspace
from experiments.bands import LEVELS, LIKELIHOODS
from forecast.report.colours import LEVEL_COLOURS
from forecast.report.issue_view import REVISED, IssueView, read_view
from forecast.report.reference import levels_section
from forecast.report.situation_changes import scorecard
from forecast.report.table_files import METADATA
from forecast.text.limitations import LIMITATIONS
from forecast.text.sections import FORMS, Section
from forecast.text.table_columns import TABLE_COLUMNS, UNITS
from tests.calls import run_inside
from tests.forecast.exports import ISSUE, SECTIONS, with_sections
from tests.forecast.issues import issue_of, small_panel, workspace_of
from tests.shared import ROOT


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> IssueView:
    """Return the view of an issue with sections and a run."""
    panel = small_panel()
    workspace = workspace_of(tmp_path_factory.mktemp("view"), panel)
    issue = with_sections(issue_of(workspace, panel, horizons=(1, 3)), panel, SECTIONS)
    (issue.folder / "tracking.json").write_text(json.dumps({"run_id": "0123abcd"}))
    return read_view(workspace, issue.folder)


def test_the_dictionary_holds_every_column(view: IssueView) -> None:
    held = {(row[0], row[1]) for row in view.dictionary.rows}
    assert {("risk", name) for name in RISK_COLUMNS} <= held
    for section in (*view.sections, *view.reference.values()):
        assert {(section.name, column.name) for column in section.columns} <= held, section.name
    assert [column.name for column in TABLE_COLUMNS] == list(RISK_COLUMNS)


def test_every_column_has_a_title_of_its_own_a_meaning_and_a_unit() -> None:
    titles = [column.title for column in TABLE_COLUMNS]
    assert len(set(titles)) == len(titles)
    assert all(len(column.meaning) > 10 for column in TABLE_COLUMNS)
    for column in TABLE_COLUMNS:
        if re.match(r"(expected|events_|deaths_|last_|mean12|change_ev)", column.name):
            assert re.search(r"attacks|deaths", column.meaning, re.IGNORECASE), column.name
    assert set(FORMS) <= set(UNITS) | {"score"}


def test_the_view_names_sources_models_and_run(view: IssueView) -> None:
    about = dict(view.reference["about"].rows)
    assert about["MLflow run"] == "0123abcd"
    assert about["Issue"] == ISSUE
    assert about["Issue id"] == view.manifest["id"]
    assert about["Last complete month"] == "2004-12"
    assert [row[:2] for row in view.reference["models"].rows] == [
        ("attacks", 1),
        ("attacks", 3),
        ("deaths", 1),
        ("deaths", 3),
    ]
    assert view.reference["notes"].rows == ()
    assert len(view.reference["limitations"].rows) == 7
    assert view.title == "Attack risk, January 2005 and March 2005"


def test_sources_are_cited_with_release_licence_and_day(view: IssueView) -> None:
    source = {
        "source": "ucdp",
        "release": "25.1",
        "file": "g.csv",
        "sha256": "0",
        "counted": True,
        "retrieved_at": "2026-11-05T10:00:00+00:00",
        "complete_through": "2024-12",
    }
    other = {**source, "source": "own list", "counted": False}
    cited = replace(view, manifest={**view.manifest, "sources": [source, source, other]})
    rows = cited.reference["sources"].rows
    assert rows[0][1:4] == ("25.1", "2024-12", "2026-11-05")
    assert rows[0][5] == "CC BY 4.0"
    assert "Sundberg" in str(rows[0][4])
    assert rows[2][2] == "not counted in this panel"
    assert cited.citation.count("25.1") == 1
    for part in (
        "CC BY 4.0",
        "accessed 2026-11-05",
        "complete through 2004-12",
        "gate none",
        "run 0123abcd",
    ):
        assert part in cited.citation, part


def test_levels_stand_with_bands_and_likelihood_words(view: IssueView) -> None:
    rows = view.reference["levels"].rows
    assert [row[0] for row in rows] == list(LEVELS)
    assert rows[2][1:3] == ("20–55 %", "roughly even chance, unlikely")
    words = ", ".join(str(row[2]) for row in rows).split(", ")
    assert words == list(LIKELIHOODS)
    assert sum(int(row[3]) for row in rows) == 14
    other = levels_section((0.9, 0.5, 0.3, 0.1), view.table).rows
    assert other[1][1:3] == ("50–90 %", "very likely, likely, roughly even chance")


def test_one_month_ahead_can_be_taken_out(view: IssueView) -> None:
    assert view.at(3).horizons == (3,)
    assert len(view.at(3).table) == 14
    with pytest.raises(
        ConfigError, match=r"expected months ahead that 2004-12-admin1 has \(1, 3\), got 2"
    ):
        view.at(2)


def test_revised_data_and_a_missing_panel_are_told_apart(tmp_path: Path) -> None:
    panel = small_panel()
    workspace = workspace_of(tmp_path, panel)
    folder = issue_of(workspace, panel).folder
    usual = ("No attack is recorded anywhere in 2004-12: is the month complete?",)
    assert read_view(workspace, folder).warnings == usual
    values = {name: measure.copy() for name, measure in panel.measures.items()}
    values["events"][0, 3] += 1
    workspace_of(tmp_path, replace(panel, measures=values))
    revised = read_view(workspace, folder)
    assert revised.warnings == (*usual, REVISED)
    assert (REVISED,) in revised.reference["limitations"].rows
    bare = read_view(Workspace(tmp_path / "elsewhere"), folder)
    assert (bare.past, bare.revised, bare.evidence.shapes) == ((), False, None)


def test_colours_of_files_are_those_of_the_page() -> None:
    style = (ROOT / "forecast/report/page/templates/page.css").read_text("utf-8")
    by_day = style[: style.index("prefers-color-scheme")]
    for level, colours in LEVEL_COLOURS.items():
        name = level.replace(" ", "-")
        assert f"--{name}: {colours.ground};" in by_day, level
        assert f"--{name}-ink: {colours.ink};" in by_day, level


def test_every_output_says_the_same_of_the_gate_and_of_revised_data(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    panel = small_panel()
    workspace = workspace_of(tmp_path, panel)
    issue = issue_of(workspace, panel)
    values = {name: measure.copy() for name, measure in panel.measures.items()}
    values["events"][0, 3] += 1
    workspace_of(tmp_path, replace(panel, measures=values))
    region = issue.table["region_id"].iloc[0]
    words = ("-w", tmp_path)
    out = tmp_path / "out"
    formats = "csv,xlsx,docx,geojson,parquet,md"
    assert run_inside(capsys, *words, "export", ISSUE, "--format", formats, "--out", out).stdout
    texts = {
        "page": html.unescape(
            Path(run_inside(capsys, *words, "report", ISSUE).stdout.strip()).read_text("utf-8")
        ),
        "brief": run_inside(capsys, *words, "brief", ISSUE).stdout,
        "show": run_inside(capsys, *words, "show", region).stdout,
        "md": (out / f"{ISSUE}.md").read_text("utf-8"),
        "xlsx": _zipped(out / f"{ISSUE}.xlsx", "xl/sharedStrings.xml"),
        "docx": _zipped(out / f"{ISSUE}.docx", "word/document.xml"),
    }
    notice = str(read_view(workspace, issue.folder).gate_notices[0])
    assert notice.startswith("No model is recommended for attacks and deaths: these figures are")
    for name, text in texts.items():
        plain = re.sub(r"</?strong>", "", text).replace("\u00a0", " ")
        assert notice in plain, name
        assert REVISED in plain, name
    texts |= {
        "csv": (out / f"{ISSUE}-limitations.csv").read_text("utf-8"),
        "geojson": (out / f"{ISSUE}.geojson").read_text("utf-8"),
        "parquet": pq.read_schema(out / f"{ISSUE}.parquet").metadata[METADATA].decode("utf-8"),
    }
    for name, text in texts.items():
        assert REVISED in text.replace("\u00a0", " "), name
        if name not in ("show", "brief", "docx"):
            assert LIMITATIONS[-1] in text.replace("\u00a0", " "), name


def _zipped(path: Path, name: str) -> str:
    with zipfile.ZipFile(path) as whole:
        return html.unescape(whole.read(name).decode("utf-8"))


def test_a_gate_that_only_some_months_passed_is_told_by_month(view: IssueView) -> None:
    models = [
        {**model, "gate": "passed"}
        if (model["target"], model["horizon"]) == ("events", 1)
        else model
        for model in view.manifest["models"]
    ]
    mixed = replace(view, manifest={**view.manifest, "models": models})
    (notice,) = mixed.gate_notices
    assert notice.lead == "No model is recommended for attacks 3 months ahead and deaths:"
    (nearest,) = mixed.at(1).gate_notices
    assert nearest.lead == "No model is recommended for deaths:"
    (farther,) = mixed.at(3).gate_notices
    assert farther.lead == "No model is recommended for attacks and deaths:"
    forced = [{**models[0], "gate": "forced: a trial"}]
    (decided,) = replace(view, manifest={**view.manifest, "models": forced}).gate_notices
    assert str(decided).startswith("The model for attacks, ")
    assert str(decided).endswith(
        "did not pass the gate and is in use by decision. Gate: forced: a trial."
    )


def test_what_an_output_does_not_need_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    panel = small_panel()
    workspace = workspace_of(tmp_path, panel)
    region = issue_of(workspace, panel).table["region_id"].iloc[0]

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("this need not be read")

    monkeypatch.setattr("forecast.report.issue_view.known_backtests", refuse)
    monkeypatch.setattr("forecast.report.issue_view.read_shapes", refuse)
    for words in (("brief", ISSUE), ("show", region), ("export", ISSUE, "--format", "csv,md,xlsx")):
        done = run_inside(capsys, "-w", tmp_path, *words)
        assert done.returncode == 0, done.stderr


def test_a_region_without_anything_to_score_is_not_told_twice(view: IssueView) -> None:
    why = "There is nothing to score yet: no earlier issue has a target month."
    sections = (
        Section("scorecard_levels", "Levels", f"{why} In 12 origins high came true."),
        Section("scorecard_models", "Models", why),
    )
    text = scorecard(replace(view, sections=sections))
    assert text == f"{why} In 12 origins high came true."
