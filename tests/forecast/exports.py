"""An issue with hostile names and invented sections, and what its exports say when read again."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data.csv_safety import unguarded
from data.workspace import Workspace
from features.panel import Panel
from forecast.archive.issue_files import Issue, write_issue
from forecast.text.sections import Column, Section
from tests.forecast.issues import HOSTILE, issue_of, small_panel, workspace_of

__all__ = [
    "ISSUE",
    "NAMES",
    "SECTIONS",
    "converted",
    "csv_rows",
    "figure",
    "hostile_workspace",
    "markdown_rows",
    "with_sections",
]

ISSUE = "2004-12-admin1"
# Names that are paths, control characters, links and markup, beside those of ``HOSTILE``.
NAMES = (
    *HOSTILE,
    "../../etc/x",
    "nul\x00 bell\x07 \x1b[31mred",
    "[a](https://e.vil) **b** `c` www.e.vil a@e.vil <https://e.vil>",
    "'=1 | $x^2$ _i_ \\n # &lt;b&gt;",
)
SECTIONS = (
    Section(
        "movers_up",
        "Up",
        "Regions whose chance rose by five points or more.",
        (
            Column("region", "Region", "Name of the region"),
            Column("now", "Now", "Chance of attack in this issue", "percent"),
            Column("change", "Change", "Change of the chance", "points"),
        ),
        ((NAMES[0], 0.634, 0.21), (NAMES[12], None, None)),
    ),
    Section(
        "watch_repeat",
        "Hit again",
        "Places hit three times or more in a year.",
        (
            Column("place", "Place", "Name of the place"),
            Column("times", "Times", "Number of attacks in a year", "whole"),
            Column("days", "Days between", "Mean number of days between attacks", "count"),
        ),
        tuple((f"{name}", 3 + number, 4.25) for number, name in enumerate(NAMES[:5])),
    ),
    Section("watch_first", "First attacks", "Figures hold no single attacks."),
    Section(
        "../up [x]: a title that is far too long for the tab of a sheet",
        "=A title: [x] / that is far too long for the tab of a sheet",
        "<b>A note</b> with | marks and https://e.vil",
        (Column("note", "=Note", "What it says"),),
        (("\u202eturned",), (None,)),
    ),
)


def partly_covered(panel: Panel) -> Panel:
    """Return the panel with one region that is not covered in the last month."""
    status = panel.status.copy()
    status[-1, -1] = 3
    measures = {name: values.copy() for name, values in panel.measures.items()}
    for values in measures.values():
        values[-1, -1] = np.nan
    return replace(panel, status=status, measures=measures)


def with_sections(issue: Issue, panel: Panel, sections: tuple[Section, ...]) -> Issue:
    """Write an issue again with sections beside its table."""
    manifest = {name: value for name, value in issue.manifest.items() if name != "files"}
    past = panel.up_to(issue.manifest["origin"])
    return write_issue(issue.folder, issue.table, manifest, panel=past, sections=sections)


def hostile_workspace(folder: Path) -> tuple[Workspace, Issue]:
    """Return a workspace with two issues whose names and sections are hostile; the later one."""
    panel = partly_covered(small_panel(NAMES))
    workspace = workspace_of(folder, panel)
    issue_of(workspace, panel, origin="2004-11", horizons=(1, 2))
    issue = issue_of(workspace, panel, horizons=(1, 2))
    return workspace, with_sections(issue, panel, SECTIONS)


def csv_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file with the guard taken off its cells."""
    text = path.read_bytes().decode("utf-8")
    rows = csv.DictReader(io.StringIO(text, newline=""))
    return [{name: unguarded(value) for name, value in row.items()} for row in rows]


def markdown_rows(text: str, heading: str) -> list[dict[str, str]]:
    """Return the rows of the table below a heading, headings as keys."""
    block = text.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in block.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("|"))] for line in lines]
    titles, _, *rows = cells
    return [dict(zip(titles, row, strict=True)) for row in rows]


def figure(text: str) -> tuple[float, float] | None:
    """Return the least and the greatest value that a printed figure may stand for."""
    if text == "–":
        return None
    plain = text.replace(",", "").replace("−", "-").replace("±", "").replace("+", "")
    share = plain.endswith(" %")
    if plain in ("<1 %", ">99 %"):
        return (0.0, 0.01) if plain[0] == "<" else (0.99, 1.0)
    number = float(plain.removesuffix(" %"))
    if share and "." not in plain:
        return number / 100, (number + 1) / 100  # chances are cut
    half = 0.05 if "." in plain else 0.5
    low, high = number - half, number + half
    return (low / 100, high / 100) if share else (low, high)


def converted(path: Path, kind: str, folder: Path) -> Path:
    """Return a document as LibreOffice converts it; skip where there is none."""
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("needs LibreOffice")
    command = [office, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless"]
    command += ["--convert-to", kind, "--outdir", str(folder), str(path)]
    subprocess.run(command, capture_output=True, timeout=120, check=True)
    return folder / f"{path.stem}.{kind}"
