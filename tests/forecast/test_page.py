"""The page: figures equal to the table's, hostile names harmless, no network, no overflow."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from data.months import add_months
from data.workspace import Workspace
from features.panel import Panel
from forecast.issue_files import Issue
from forecast.page import POLICY, write_report
from forecast.wording import LONGEST_NAME, shortened
from tests.calls import run
from tests.experiments.synthetic import make_forecasts, write_synthetic_backtest
from tests.forecast.chromium import open_page
from tests.forecast.issues import HOSTILE, issue_of, small_panel, workspace_of

# A backtest whose target months are over when the issue is made.
KNOWN_ORIGINS = tuple(add_months("2003-12", month) for month in range(12))


class _Elements(HTMLParser):
    """Collects start tags, attributes, and the figures of each table row."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[dict[str, list[float]]] = []
        self.cell = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        if tag == "tr":
            self.rows.append({})
        elif tag == "td":
            self.cell = (found.get("class") or "").removeprefix("n ")
        elif tag == "data" and self.rows:
            self.rows[-1].setdefault(self.cell, []).append(float(found["value"] or "nan"))


def _written(workspace: Workspace, issue: Issue) -> str:
    return write_report(workspace, issue.folder).read_text(encoding="utf-8")


def _partly_covered(panel: Panel) -> Panel:
    """Return the panel with one region that is not covered in the last month."""
    status = panel.status.copy()
    status[-1, -1] = 3
    measures = {name: values.copy() for name, values in panel.measures.items()}
    for values in measures.values():
        values[-1, -1] = np.nan
    return replace(panel, status=status, measures=measures)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> tuple[Issue, Path]:
    """Return an issue whose names are hostile, with an issue before, and its page."""
    panel = _partly_covered(small_panel(HOSTILE))
    workspace = workspace_of(tmp_path_factory.mktemp("hostile"), panel)
    write_synthetic_backtest(workspace.backtests / "one", make_forecasts(origins=KNOWN_ORIGINS))
    issue_of(workspace, panel, origin="2004-11")
    issue = issue_of(workspace, panel, horizons=(1, 2))
    return issue, write_report(workspace, issue.folder)


def test_figures_of_the_page_are_those_of_the_table(hostile: tuple[Issue, Path]) -> None:
    issue, page = hostile
    rows = [row for row in _Elements(page.read_text("utf-8")).rows if "p-attack" in row]
    table = issue.table[issue.table["rank"].notna()]
    assert len(rows) == len(table) == 26
    for shown, (_, row) in zip(rows, table.iterrows(), strict=True):
        assert shown["p-attack"] == [row["p_attack"]]
        assert shown["p-escalation"] == [row["p_escalation"]]
        for target in ("events", "deaths"):
            expected = [row[f"expected_{target}"], row[f"{target}_p05"], row[f"{target}_p95"]]
            assert shown[f"expected-{target}"] == expected
            assert shown[f"last-{target}"] == [row[f"last_{target}"], row[f"mean12_{target}"]]
        assert shown["p-deaths-25"] == [row["p_deaths_25"]]


def test_nothing_from_data_becomes_markup(hostile: tuple[Issue, Path]) -> None:
    page = hostile[1].read_text("utf-8")
    elements = _Elements(page).tags
    names = {tag for tag, _ in elements}
    assert not names & {"script", "img", "iframe", "object", "embed", "form", "base"}
    assert not [a for _, attrs in elements for a in attrs if a.startswith("on")]
    links = [attrs[a] for _, attrs in elements for a in ("href", "src") if a in attrs]
    assert all(link.startswith("#") or link == "data:," for link in links if link)
    assert POLICY in [attrs.get("content") for _, attrs in elements]
    assert "http:" not in page
    assert "https:" not in page
    assert "url(" not in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert not [c for c in page if ord(c) < 32 and c != "\n"]


def test_a_region_without_forecast_says_so(hostile: tuple[Issue, Path]) -> None:
    page = hostile[1].read_text("utf-8")
    assert "The last month is not covered for this region" in page
    assert 'class="region unknown"' in page


def test_levels_stand_with_their_bands(hostile: tuple[Issue, Path]) -> None:
    page = hostile[1].read_text("utf-8").replace("\u00a0", " ")
    for band in ("≥ 80 %", "55–80 %", "20–55 %", "5–20 %", "&lt; 5 %", "45–55 %"):
        assert band in page, band


def test_the_page_says_that_nothing_passed_the_gate(hostile: tuple[Issue, Path]) -> None:
    assert "No recommended model for attacks" in hostile[1].read_text("utf-8")


def test_the_past_of_the_models_is_shown(hostile: tuple[Issue, Path]) -> None:
    page = hostile[1].read_text("utf-8")
    assert "Did the levels come true?" in page
    assert "What changed since the issue before" in page


def test_without_a_backtest_the_page_says_so(tmp_path: Path) -> None:
    panel = small_panel()
    workspace = workspace_of(tmp_path, panel)
    page = _written(workspace, issue_of(workspace, panel, targets=("events",)))
    assert "No backtest of attacks at this scale is at hand" in page
    assert "Deaths expected" not in page
    assert "What changed since the issue before" not in page


def test_the_same_issue_gives_the_same_page(tmp_path: Path) -> None:
    panel = small_panel()
    workspace = workspace_of(tmp_path, panel)
    issue = issue_of(workspace, panel)
    assert _written(workspace, issue) == _written(workspace, issue)


def test_revised_data_are_named(tmp_path: Path) -> None:
    panel = small_panel()
    workspace = workspace_of(tmp_path, panel)
    issue = issue_of(workspace, panel)
    assert "have been revised" not in _written(workspace, issue)
    values = {name: measure.copy() for name, measure in panel.measures.items()}
    values["events"][0, 3] += 1
    workspace_of(tmp_path, replace(panel, measures=values))
    assert "have been revised" in _written(workspace, issue)


def test_long_names_are_cut() -> None:
    assert len(shortened(HOSTILE[-1])) == LONGEST_NAME


def test_polygons_are_drawn_where_there_are_boundaries(tmp_path: Path) -> None:
    panel = small_panel()
    workspace = workspace_of(tmp_path, panel)
    features = [
        {
            "type": "Feature",
            "properties": {"_id": r["region_id"], "name": r["region"], "admin": r["country"]},
            "geometry": {
                "type": "Polygon",
                "coordinates": [_square(r["longitude"], r["latitude"])],
            },
        }
        for r in panel.regions.to_dict("records")
    ]
    collection = {"type": "FeatureCollection", "features": features}
    (tmp_path / "b.geojson").write_text(json.dumps(collection), encoding="utf-8")
    (tmp_path / "escalation.toml").write_text('[panel]\nboundaries = "b.geojson"\n')
    page = _written(workspace, issue_of(workspace, panel))
    assert len(re.findall(r'<path class="region ', page)) == 14
    assert len(re.findall(r'<path class="border"', page)) == 3
    assert '<circle class="region' not in page


def _square(x: float, y: float) -> list[tuple[float, float]]:
    return [(x, y), (x + 0.2, y), (x + 0.2, y + 0.2), (x, y + 0.2), (x, y)]


def test_the_command_writes_the_page(tmp_path: Path) -> None:
    panel = small_panel()
    issue_of(workspace_of(tmp_path, panel), panel)
    done = run("--workspace", str(tmp_path), "report", "2004-12-admin1")
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()) == tmp_path / "reports" / "2004-12-admin1.html"
    missing = run("--workspace", str(tmp_path), "report", "2004-13-admin1")
    assert missing.returncode == 1
    assert 'there is no issue "2004-13-admin1"' in missing.stderr


_STATE = (
    "[page.scripts.length, page.images.length,"
    " page.documentElement.scrollWidth - page.documentElement.clientWidth,"
    " page.querySelectorAll('table.risk tbody tr').length, page.title].join('|')"
)


@pytest.mark.parametrize("width", [390, 1280])
def test_in_a_browser_nothing_runs_loads_or_overflows(
    hostile: tuple[Issue, Path], tmp_path: Path, width: int
) -> None:
    answer, complaints = open_page(hostile[1], tmp_path, width=width, question=_STATE)
    assert answer.split("|")[:4] == ["0", "0", "0", "28"]
    assert complaints == []
