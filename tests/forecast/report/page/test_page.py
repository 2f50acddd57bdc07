"""The page: figures equal to the table's, hostile names harmless, no network, no overflow."""

from __future__ import annotations

import base64
import hashlib
import html
import itertools
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import shapely
from markupsafe import escape

from data.workspace import Workspace
from features.panel import Panel
from forecast.archive.issue_files import Issue
from forecast.report.issue_view import read_view
from forecast.report.page.page import page_script, render_page, write_report
from forecast.text.limitations import LIMITATIONS
from forecast.text.sections import Column, Section
from forecast.text.wording import LONGEST_NAME, shortened
from tests.calls import run
from tests.features.panels import rich_panel
from tests.forecast.hostile_issue import RUN, hostile_issue, with_sections
from tests.forecast.issues import HOSTILE, issue_of, small_panel, workspace_of


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


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> tuple[Issue, Path]:
    """Return an issue whose every text is hostile, and its page."""
    workspace, issue = hostile_issue(tmp_path_factory.mktemp("hostile"))
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
        assert shown["rank"] == [row["rank"]]


def test_nothing_from_data_becomes_markup(hostile: tuple[Issue, Path]) -> None:
    page = hostile[1].read_text("utf-8")
    elements = _Elements(page).tags
    names = [tag for tag, _ in elements]
    assert not set(names) & {"img", "iframe", "object", "embed", "form", "base"}
    assert names.count("script") == 1
    assert not [a for _, attrs in elements for a in attrs if a.startswith("on")]
    links = [attrs[a] for _, attrs in elements for a in ("href", "src") if a in attrs]
    assert all(link.startswith("#") or link == "data:," for link in links if link)
    assert "http:" not in page
    assert "https:" not in page
    assert "url(" not in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert not [c for c in page if ord(c) < 32 and c != "\n"]


def test_the_policy_names_the_one_script_by_its_hash(hostile: tuple[Issue, Path]) -> None:
    page = hostile[1].read_text("utf-8")
    script = page.partition("<script>")[2].partition("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policies = [
        attrs["content"]
        for tag, attrs in _Elements(page).tags
        if tag == "meta" and attrs.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policies[0] == (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none';"
        f" form-action 'none'; script-src 'sha256-{digest}'"
    )
    assert len(policies) == 1


def test_the_script_holds_no_data_and_makes_no_markup() -> None:
    script = page_script()
    assert not re.search("innerHTML|outerHTML|insertAdjacent|document.write|eval|fetch", script)
    assert "{{" not in script


def test_headings_come_in_order_and_names_are_unique(hostile: tuple[Issue, Path]) -> None:
    elements = _Elements(hostile[1].read_text("utf-8")).tags
    ranks = [int(tag[1]) for tag, _ in elements if re.fullmatch("h[1-6]", tag)]
    assert ranks[0] == 1
    assert ranks.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(ranks))
    names = [attrs["id"] for _, attrs in elements if "id" in attrs]
    assert len(names) == len(set(names))
    targets = {attrs["href"] for _, attrs in elements if attrs.get("href")} - {"data:,"}
    assert targets <= {f"#{name}" for name in names}
    assert ("html", {"lang": "en"}) in elements


def test_every_section_is_printed_under_its_heading(hostile: tuple[Issue, Path]) -> None:
    issue, path = hostile
    page = path.read_text("utf-8")
    order = [
        *("observed", "notes", "h1", "changes", "watch", "outlook", "h2", "verification", "more"),
        *("regions", "reading", "method", "sources", "limitations"),
    ]
    assert re.findall(r'<section id="([\w-]+)"', page) == order
    assert all(f'<a href="#{name}">' in page for name in order)
    for section in issue.sections:
        assert f'id="s-{section.name}"' in page
        assert f"<bdi>{escape(section.note)}</bdi>" in page
    assert len(re.findall(r"<summary>20 more</summary>", page)) == 1
    assert "<bdi>r00</bdi>" not in page
    assert page.count('<td class="n">1,029</td>') == 1


def test_notes_and_the_run_stand_on_the_page(hostile: tuple[Issue, Path]) -> None:
    page = hostile[1].read_text("utf-8")
    assert '<time datetime="2005-01-03">2005-01-03</time>' in page
    assert f"MLflow run {RUN}." in page


def test_cards_hold_reasons_and_forecasts_of_every_month(hostile: tuple[Issue, Path]) -> None:
    issue, path = hostile
    page = path.read_text("utf-8")
    cards = re.findall(r'<details class="region-card">.*?</details>', page, re.DOTALL)
    assert len(cards) == 14
    first = issue.table[issue.table["horizon"] == 1]
    for card, (_, row) in zip(cards, first.iterrows(), strict=True):
        if row["data_status"] == "observed":
            assert "January 2005: <b>" in card
            assert "February 2005: <b>" in card
            for name in ("reason_1", "reason_2", "reason_3"):
                assert isinstance(row[name], float) or str(row[name]) in html.unescape(card)
            assert str(row["confidence_reason"]) in html.unescape(card).replace("\u00a0", " ")
        else:
            assert "there is no forecast" in card


def test_a_region_without_forecast_says_so(hostile: tuple[Issue, Path]) -> None:
    page = hostile[1].read_text("utf-8")
    assert "The last month is not covered for this region" in page
    assert '<a class="region unknown"' in page


def test_levels_stand_with_their_bands(hostile: tuple[Issue, Path]) -> None:
    page = hostile[1].read_text("utf-8").replace("\u00a0", " ")
    for band in ("≥ 80 %", "55–80 %", "20–55 %", "5–20 %", "&lt; 5 %", "45–55 %"):
        assert band in page, band


def test_the_page_says_that_nothing_passed_the_gate(hostile: tuple[Issue, Path]) -> None:
    assert "No model is recommended for attacks and deaths:" in hostile[1].read_text("utf-8")


def test_the_past_of_the_models_is_shown(hostile: tuple[Issue, Path]) -> None:
    page = hostile[1].read_text("utf-8")
    assert "Reliability of the levels" in page
    assert "Outcome of past forecasts" in page
    assert "of 121 forecasts at high in a backtest saw an attack" in page
    assert "mean forecast 64 %" in page.replace("\u00a0", " ")


def test_without_a_backtest_the_page_says_so(tmp_path: Path) -> None:
    panel = small_panel()
    workspace = workspace_of(tmp_path, panel)
    page = _written(workspace, issue_of(workspace, panel, targets=("events",)))
    assert "There is no backtest of attacks at this scale" in page
    assert ">Deaths expected" not in page
    assert "change, points" not in page
    assert "Not tracked in MLflow." in page


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


def test_plain_names_are_printed_as_they_are(tmp_path: Path) -> None:
    panel = small_panel()
    workspace = workspace_of(tmp_path, panel)
    page = _written(workspace, issue_of(workspace, panel))
    raised = re.search(r"first: <bdi>([^<]+)</bdi>", page)
    assert "\ufffd" not in page
    assert raised is None or raised[1] in set(panel.regions["region"])
    plain = page.replace("\u00a0", " ")
    assert all(str(escape(text)) in plain for text in LIMITATIONS)


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
    page = _written(workspace, issue_of(workspace, panel, horizons=(1, 2)))
    assert len(re.findall(r'<path id="s\d+" d="M', page)) == 14
    assert len(re.findall(r'<use href="#s\d+"/></a>', page)) == 14
    assert len(re.findall(r'<path class="border"', page)) == 2 * 3
    assert '<circle id="s' not in page


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


def test_a_page_of_308_regions_with_outlines_stays_small(tmp_path: Path) -> None:
    panel = rich_panel(np.random.default_rng(1), regions=308, months=60, gaps=False)
    workspace = workspace_of(tmp_path, panel)
    issue = issue_of(workspace, panel, model="conflictology")
    issue = with_sections(issue, panel, (_changes(issue),))
    evidence = SimpleNamespace(panel=panel, shapes=_coasts(panel), performances={})
    page = render_page(replace(read_view(workspace, issue.folder), evidence=evidence))
    assert page.count('<details class="region-card">') == 308
    assert page.count('data-r="308"') >= 3
    assert len(page.encode()) < 1_500_000


def test_a_page_of_very_many_regions_says_what_it_leaves_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, most in (
        ("page.MOST_ROWS", 8),
        ("parts.MOST_ROWS", 8),
        ("parts.FURTHER_ROWS", 5),
        ("risk_map.MOST_SHAPES", 13),
        ("sections.MOST_ROWS", 12),
    ):
        monkeypatch.setattr(f"forecast.report.page.{name}", most)
    workspace, issue = hostile_issue(tmp_path)
    page = _written(workspace, issue)
    assert page.count('<details class="region-card">') == 8
    assert len([row for row in _Elements(page).rows if "p-attack" in row]) == 8 + 5
    assert "6 further regions are in risk.csv of the issue; the page shows the first 8" in page
    assert "9 further regions are in risk.csv of the issue; for further months" in page
    assert "6 further regions have no card" in page
    assert "18 further rows are in sections.json of the issue" in page
    changes = re.search(r'<article [^>]*id="s-changes">.*?</article>', page, re.DOTALL)
    assert changes is not None
    assert changes[0].count("<tr>") == 1 + 12
    first = issue.table[issue.table["horizon"] == 1]
    low = int((first["level"] == "low").sum())
    assert low > 0
    assert f"The map leaves out {low} regions of the lowest level" in page
    targets = set(re.findall(r'href="#([cm]\d+)"', page))
    assert targets <= set(re.findall(r' id="([cm]\d+)"', page))


def _changes(issue: Issue) -> Section:
    """Return what the section of all regions' changes is like in size."""
    columns = tuple(Column(f"c{place}", f"Column {place}", "", "points") for place in range(9))
    rows = tuple(
        (row["region_id"], row["region"], *(row["p_attack"],) * 9)
        for _, row in issue.table.iterrows()
    )
    named = (Column("region_id", "Id", ""), Column("region", "Region", ""))
    return Section("changes", "Every region", "", (*named, *columns), rows)


def _coasts(panel: Panel) -> dict[str, shapely.Polygon]:
    """Return ragged outlines of 120 corners, with many more on the lines between them."""
    rng = np.random.default_rng(2)
    turns = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    found = {}
    for row in panel.regions.to_dict("records"):
        radius = rng.uniform(0.5, 1.0) * rng.uniform(0.8, 1.2, 120)
        xy = np.column_stack([np.cos(turns) * radius, np.sin(turns) * radius])
        outline = shapely.Polygon(xy + np.array([row["longitude"], row["latitude"]]))
        found[row["region_id"]] = shapely.segmentize(outline, 0.01)
    return found
