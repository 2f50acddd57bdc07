"""Exports: the same bytes whatever the machine, formats by name, polygons, refusals."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import docx
import numpy as np
import openpyxl
import pyarrow.parquet as pq
import pytest
import shapely

from data.workspace import Workspace
from forecast.archive.notes import Note
from forecast.report.exporting import FORMATS, export_issue
from forecast.report.issue_view import read_view
from forecast.report.rows import REASONS
from forecast.report.table_files import METADATA
from forecast.report.workbook import planned_sheets
from forecast.text.sections import Column, Section
from tests.calls import run_inside
from tests.forecast.exports import (
    ISSUE,
    SECTIONS,
    converted,
    hostile_workspace,
    with_sections,
)
from tests.forecast.issues import issue_of, small_panel, workspace_of
from tests.shared import ROOT

EVERY = ",".join(FORMATS)
TODAY = time.time()


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return hostile_workspace(tmp_path_factory.mktemp("exports"))[0]


def _bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_the_same_issue_gives_the_same_bytes_anywhere(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time", lambda: TODAY + 4e7)
    export_issue(workspace, workspace.issues / ISSUE, list(FORMATS), out=tmp_path / "a", horizon=1)
    monkeypatch.undo()
    words = ("-w", str(workspace.root), "export", ISSUE, "--format", EVERY, "--out", "b")
    words += ("--horizon", "1")
    odd = {"TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "7", "LC_ALL": "C", "DISPLAY": ":99"}
    odd |= {"MPLBACKEND": "svg", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "forecast", *words]
    done = subprocess.run(
        command, cwd=tmp_path, env=os.environ | odd, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    one, other = _bytes(tmp_path / "a"), _bytes(tmp_path / "b")
    assert len(one) == 22
    assert sorted(other) == sorted(one)
    assert [name for name in one if one[name] != other[name]] == []


def test_files_with_a_zip_inside_hold_no_clock(workspace: Workspace, tmp_path: Path) -> None:
    for kind in ("xlsx", "docx"):
        (path,) = export_issue(workspace, workspace.issues / ISSUE, [kind], out=tmp_path)
        with zipfile.ZipFile(path) as whole:
            assert {entry.date_time for entry in whole.infolist()} == {(1980, 1, 1, 0, 0, 0)}
            core = whole.read("docProps/core.xml").decode("utf-8")
        made = read_view(workspace, workspace.issues / ISSUE).manifest["finished_at"][:19]
        assert core.count(f"{made}Z") >= 1, kind


def test_formats_are_known_by_name_and_nothing_is_written_for_an_unknown_one(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("-w", workspace.root, "export", ISSUE, "--out", tmp_path / "x", "--format")
    done = run_inside(capsys, *words, "csv,xslx")
    assert (done.returncode, done.stdout) == (2, "")
    assert 'there is no format "xslx": did you mean "xlsx"?' in done.stderr
    assert not (tmp_path / "x").exists()
    done = run_inside(capsys, *words, "md", "--horizon", 5)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"expected months ahead that {ISSUE} has (1, 2), got 5" in done.stderr
    done = run_inside(capsys, *words, " MD , md", "--horizon", "2")
    assert done.stdout.split() == [str(tmp_path / "x" / f"{ISSUE}-h2.md")]
    assert "February 2005" in Path(done.stdout.strip()).read_text("utf-8")


def test_a_folder_that_cannot_be_written_is_an_error_of_the_machine(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    out = tmp_path / "file" / "x"
    done = run_inside(capsys, "-w", workspace.root, "export", ISSUE, "--format", "md", "--out", out)
    assert done.returncode == 3
    assert "could not be written" in done.stderr


def test_issue_and_hashes_stay_as_they_were(workspace: Workspace, tmp_path: Path) -> None:
    folder = workspace.issues / ISSUE
    before = _bytes(folder)
    export_issue(workspace, folder, ["md", "geojson"], out=tmp_path)
    assert _bytes(folder) == before


def test_parquet_carries_sections_and_reference(workspace: Workspace, tmp_path: Path) -> None:
    (path,) = export_issue(workspace, workspace.issues / ISSUE, ["parquet"], out=tmp_path)
    schema = pq.read_schema(path)
    about = json.loads(schema.metadata[METADATA])
    assert {"sources", "models", "limitations", "levels", "notes", "about"} <= set(about["tables"])
    assert about["tables"]["watch_repeat"]["rows"][0] == list(SECTIONS[1].rows[0])
    assert b"at least one attack" in schema.field("p_attack").metadata[b"meaning"]


def test_polygons_run_counterclockwise_and_circles_are_points(tmp_path: Path) -> None:
    panel = small_panel()
    workspace = workspace_of(tmp_path, panel)
    issue = issue_of(workspace, panel)
    points = _geojson(workspace, tmp_path / "p")
    assert {f["geometry"]["type"] for f in points["features"]} == {"Point"}
    _give_boundaries(workspace, panel)
    shapes = _geojson(workspace, tmp_path / "s")
    kinds = [f["geometry"]["type"] for f in shapes["features"]]
    assert sorted(set(kinds)) == ["Point", "Polygon"]
    assert kinds.count("Point") == 1
    for feature in shapes["features"]:
        if feature["geometry"]["type"] == "Polygon":
            outer, *holes = feature["geometry"]["coordinates"]
            assert outer[0] == outer[-1]
            assert shapely.LinearRing(outer).is_ccw
            assert all(not shapely.LinearRing(hole).is_ccw for hole in holes)
            assert len(holes) == 1
    assert "crs" not in shapes
    ids = [f["properties"]["region_id"] for f in shapes["features"]]
    assert ids == issue.table["region_id"].tolist()
    assert "NaN" not in (tmp_path / "s" / f"{ISSUE}.geojson").read_text("utf-8")


def _give_boundaries(workspace: Workspace, panel: object) -> None:
    """Write clockwise squares with a hole for all regions but the last."""
    features = []
    for row in panel.regions.iloc[:-1].to_dict("records"):  # type: ignore[attr-defined]
        x, y = row["longitude"], row["latitude"]
        outer = [(x, y), (x, y + 0.3), (x + 0.3, y + 0.3), (x + 0.3, y), (x, y)]
        hole = [(x + 0.1, y + 0.1), (x + 0.2, y + 0.1), (x + 0.2, y + 0.2), (x + 0.1, y + 0.1)]
        names = {"_id": row["region_id"], "name": row["region"], "admin": row["country"]}
        shape = {"type": "Polygon", "coordinates": [outer, hole]}
        features.append({"type": "Feature", "properties": names, "geometry": shape})
    collection = {"type": "FeatureCollection", "features": features}
    (workspace.root / "b.geojson").write_text(json.dumps(collection), encoding="utf-8")
    (workspace.root / "escalation.toml").write_text('[panel]\nboundaries = "b.geojson"\n')


def _geojson(workspace: Workspace, out: Path) -> dict[str, list[dict[str, dict[str, object]]]]:
    (path,) = export_issue(workspace, workspace.issues / ISSUE, ["geojson"], out=out)
    return json.loads(path.read_text("utf-8"))


def test_levels_have_colour_and_text_and_numbers_their_form(
    workspace: Workspace, tmp_path: Path
) -> None:
    (path,) = export_issue(workspace, workspace.issues / ISSUE, ["xlsx"], out=tmp_path)
    sheet = openpyxl.load_workbook(path)["Table"]
    head = next(row[0].row for row in sheet.iter_rows() if row[0].value == "Rank")
    heads = {cell.value: cell.column for cell in sheet[head]}
    first = [
        sheet.cell(head + 1, heads[name]) for name in ("Level", "Chance of attack", "Attacks, 5 %")
    ]
    assert first[0].fill.fgColor.rgb == "FFE09A45"
    assert first[0].value == "elevated"
    assert '"<1 %"' in first[1].number_format
    assert first[2].number_format == "#,##0"
    levels = {row[0].value for row in openpyxl.load_workbook(path)["Levels"].iter_rows()}
    assert {"very high", "high", "elevated", "guarded", "low", "almost certain"} <= levels


def test_columns_are_as_wide_as_their_text_up_to_a_limit_where_it_is_wrapped(
    tmp_path: Path,
) -> None:
    panel = small_panel()
    workspace = workspace_of(tmp_path, panel)
    columns = (
        Column("place", "Place", "Name"),
        Column("note", "What was seen there", "Text"),
        Column("times", "Times", "How often", "whole"),
    )
    rows = (("Gao", "a short one", 3), ("Eknewane-sur-Niger", "a long sentence " * 12, 1234))
    line = Section("alone", "Alone", "", columns[1:2], (("one sentence that runs on " * 9,),))
    sections = (Section("odd", "Odd", "A long note. " * 40, columns, rows), line)
    issue = with_sections(issue_of(workspace, panel), panel, sections)
    (path,) = export_issue(workspace, issue.folder, ["xlsx"], out=tmp_path / "out")
    book = openpyxl.load_workbook(path)
    sheet = book["Odd"]
    widths = [sheet.column_dimensions[letter].width for letter in "ABC"]
    assert len("Eknewane-sur-Niger") * 0.8 < widths[0] < 25
    assert widths[1] == pytest.approx(330 / 7, abs=1)
    assert widths[2] < 12
    (long,) = [row for row in sheet.iter_rows() if str(row[1].value).startswith("a long")]
    assert long[1].alignment.wrap_text
    assert sheet.row_dimensions[long[0].row].height >= 4 * 13.5
    assert not long[0].alignment.wrap_text
    assert sheet.row_dimensions[long[0].row - 1].height is None
    assert book["Alone"].column_dimensions["A"].width < 14
    reasons = [
        cell.column_letter
        for row in book["Table"].iter_rows()
        for cell in row
        if cell.value == "Model of attacks"
    ]
    assert book["Table"].column_dimensions[reasons[0]].width <= 330 / 7 + 1


def test_sheets_of_sections_that_are_named_alike_get_names_of_their_own(tmp_path: Path) -> None:
    panel = small_panel()
    workspace = workspace_of(tmp_path, panel)
    twins = tuple(
        replace(SECTIONS[0], name=f"s{number}", title=title)
        for number, title in enumerate(("Table", "a" * 40, "A" * 40, "'", "History", "x:y"))
    )
    issue = with_sections(issue_of(workspace, panel), panel, twins)
    names = [sheet.name for sheet in planned_sheets(read_view(workspace, issue.folder))]
    assert len({name.casefold() for name in names}) == len(names) == 12
    assert all(0 < len(name) <= 31 for name in names)
    assert export_issue(workspace, issue.folder, ["xlsx"], out=tmp_path / "out")


def test_pictures_are_drawn_with_their_citation_and_without_markup(
    workspace: Workspace, tmp_path: Path
) -> None:
    paths = export_issue(workspace, workspace.issues / ISSUE, ["svg"], out=tmp_path)
    assert [path.name.removeprefix(f"{ISSUE}-") for path in paths] == [
        "map-h1.svg",
        "ranking-h1.svg",
        "map-h2.svg",
        "ranking-h2.svg",
        "months.svg",
    ]
    for path in paths:
        text = path.read_text("utf-8")
        assert "issue 2004-12-admin1-" in text
        assert "<script" not in text
        assert "onload=" not in text.replace("&lt;svg onload=", "")
        assert 'xlink:href="http' not in text
        assert "<dc:date>" not in text
        assert not [c for c in text if ord(c) < 32 and c not in "\n\t"]


def test_a_month_without_any_forecast_is_drawn_too(tmp_path: Path) -> None:
    panel = small_panel()
    workspace = workspace_of(tmp_path, panel)
    issue = issue_of(workspace, panel, targets=("events",))
    blank = issue.table.copy()
    names = [n for n in blank if blank[n].dtype.kind == "f" and n not in ("latitude", "longitude")]
    blank[names] = np.nan
    blank[["rank", "level", "likelihood", "phase"]] = None
    view = replace(read_view(workspace, issue.folder), table=blank)
    shutil.rmtree(workspace.panel("admin1"))
    for kind in FORMATS.values():
        assert kind(view, tmp_path / "blank", "x")


def test_the_document_keeps_to_two_pages_whatever_it_has_to_say(
    workspace: Workspace, tmp_path: Path
) -> None:
    view = read_view(workspace, workspace.issues / ISSUE)
    words = dict.fromkeys(REASONS, "a reason that is longer than any other " * 9)
    names = {"region": "A long name of a region " * 4, "country": "A long name of a country " * 4}
    table = view.table.assign(**words, **names, confidence_reason="of this and that " * 30)
    table["longitude"] /= 4  # a tall map
    columns = (Column("place", "Place", "Name"), Column("times", "Times", "How often", "whole"))
    rows = tuple(("a place with a long name " * 4, 3) for _ in range(9))
    watch = [Section(f"watch_{n}", "A long title of it", "", columns, rows) for n in range(8)]
    scored = Section("scorecard_levels", "Score", "A long note of the score. " * 30)
    note = Note("2026-11-05", "words " * 160, "A. Diallo", None, None, "x")
    long = replace(
        view,
        table=table,
        sections=(*watch, scored),
        notes=(note,) * 6,
        manifest={**view.manifest, "warnings": ["A long warning about the data. " * 12] * 4},
    )
    (path,) = FORMATS["docx"](long, tmp_path, "long")
    pdf = converted(path, "pdf", tmp_path).read_bytes()
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 2
    text = "".join(p.text for p in docx.Document(path).paragraphs)
    assert "Analyst's note (2026-11-05" in text
    assert "Levels, by the chance of at least one attack" in text
    assert view.citation in text
