"""The brief: sentences that stay whole and true whatever is missing."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.errors import ConfigError
from experiments.bands import level_of, likelihood_of
from forecast.report.brief import brief_text
from forecast.report.issue_view import IssueView, read_view
from forecast.report.situation import observed, outlook, scope, situation_of
from forecast.report.situation_changes import changes, confidence
from forecast.text.sections import Column, Section
from forecast.watch.same_day import SAME_DAY
from tests.calls import run_inside
from tests.forecast.exports import ISSUE, hostile_workspace
from tests.forecast.issues import issue_of, small_panel, workspace_of

SINCE = "Since the issue before (2004-11-admin1)"
NAMES = ("Borno", "Gao", "Soum", "Mopti")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> IssueView:
    panel = small_panel(NAMES)
    workspace = workspace_of(tmp_path_factory.mktemp("brief"), panel)
    return read_view(workspace, issue_of(workspace, panel).folder)


def _view(base: IssueView, rows: list[dict[str, Any]], **wishes: Any) -> IssueView:
    """Return a view whose table has these rows, by rank, levels and words from p_attack."""
    table = base.table.head(len(rows)).copy()
    for place, row in enumerate(rows):
        for name, value in {"rank": place + 1, **row}.items():
            table.loc[table.index[place], name] = value
    table["level"] = level_of(table["p_attack"])
    table["likelihood"] = likelihood_of(table["p_attack"])
    manifest = {**base.manifest, "warnings": [], **wishes.pop("manifest", {})}
    return replace(base, table=table, manifest=manifest, **wishes)


def _row(name: str, p: float, **more: Any) -> dict[str, Any]:
    usual = {
        "region": name,
        "country": "Mali",
        "p_attack": p,
        "p_escalation": 0.0,
        "expected_events": 2.0,
        "events_p05": 0.0,
        "events_p95": 6.0,
        "last_events": 0,
        "last_deaths": 0,
        "mean12_events": 1.0,
    }
    return {**usual, **more}


def test_what_happened_counts_in_the_singular_and_the_plural(base: IssueView) -> None:
    rows = [_row("Gao", 0.9, last_events=1, last_deaths=1), _row("Soum", 0.1)]
    (first, mean, where) = observed(situation_of(_view(base, rows)))
    assert first == "In December 2004, 1 attack and 1 death were recorded in 1 of the 2 regions."
    assert mean == "Attacks were below the mean of the last twelve months, 2.0 a month."
    assert where == "It happened in Gao (Mali)."
    bloodless = [rows[0] | {"last_deaths": 0}, rows[1]]
    first = observed(situation_of(_view(base, bloodless)))[0]
    assert first.startswith("In December 2004, 1 attack and no deaths were recorded")
    rows[1] |= {"last_events": 3}
    (first, mean, where) = observed(situation_of(_view(base, rows)))
    assert first == "In December 2004, 4 attacks and 1 death were recorded in both regions."
    assert "above the mean" in mean
    assert where == "They happened in Soum (Mali, 3) and Gao (Mali, 1)."


def test_a_quiet_month_and_an_unknown_one(base: IssueView) -> None:
    rows = [_row("Gao", 0.1), _row("Soum", 0.1)]
    assert observed(situation_of(_view(base, rows))) == [
        "In December 2004 no attack was recorded in any of the 2 regions."
    ]
    alone = [_row("Gao", 0.1)]
    assert observed(situation_of(_view(base, alone))) == [
        "In December 2004 no attack was recorded in the region."
    ]
    view = _view(base, rows)
    nothing = view.table.assign(last_events=pd.NA)
    (only,) = observed(situation_of(replace(view, table=nothing)))
    assert only == "Nothing is known of December 2004 in these regions."


def test_deaths_that_are_not_known_are_not_spoken_of(base: IssueView) -> None:
    view = _view(base, [_row("Gao", 0.9, last_events=1), _row("Soum", 0.1)])
    table = view.table.assign(last_deaths=pd.NA, expected_deaths=np.nan)
    now = situation_of(replace(view, table=table))
    assert observed(now)[0] == "In December 2004, 1 attack was recorded in 1 of the 2 regions."
    assert "death" not in " ".join([*observed(now), *outlook(now), *scope(now)])


def test_records_of_the_month_are_told_for_all_regions_only(base: IssueView) -> None:
    rows = [_row("Gao", 0.9, last_events=2), _row("Soum", 0.1, country="Chad")]
    view = replace(_view(base, rows), evidence=_past(base, events=9, deaths=9))
    both = "For attacks and deaths alike it was the worst month since May 2001."
    assert observed(situation_of(view))[-1] == both
    assert both not in observed(situation_of(view, country="Mali"))
    one = replace(view, evidence=_past(base, events=0, deaths=9))
    assert observed(situation_of(one))[-1] == "For deaths it was the worst month since May 2001."


def _past(base: IssueView, **last: int) -> SimpleNamespace:
    """Return a past that is empty but for May 2001 and the last month."""
    panel = base.evidence.panel
    measures = {name: np.zeros_like(values) for name, values in panel.measures.items()}
    for name, count in last.items():
        measures[name][0, panel.position("2001-05")] = 9
        measures[name][0, -1] = count
    return SimpleNamespace(panel=replace(panel, measures=measures))


def test_likelihood_words_are_those_of_icd_203(base: IssueView) -> None:
    chances = {"A": 0.97, "B": 0.85, "C": 0.6, "D": 0.5, "E": 0.3, "F": 0.01}
    view = _view(base, [_row(name, p) for name, p in chances.items()])
    assert outlook(situation_of(view)) == [
        "An attack is almost certain in A (Mali, 97 %).",
        "An attack is very likely in B (Mali, 85 %).",
        "An attack is likely in C (Mali, 60 %).",
        "There is a roughly even chance of an attack in D (Mali, 50 %).",
    ]
    levels = scope(situation_of(view))[0]
    assert (
        levels
        == "Of the 6 regions, 2 are at level very high, 1 at high, 2 at elevated and 1 at low."
    )


@pytest.mark.parametrize(
    ("p", "says"),
    [
        (0.4, "an attack is unlikely"),
        (0.1, "an attack is very unlikely"),
        (0.01, "there is almost no chance of an attack"),
    ],
)
def test_where_nothing_is_likely_the_first_is_named(base: IssueView, p: float, says: str) -> None:
    view = _view(base, [_row("Gao", p), _row("Soum", 0.001)])
    (only,) = outlook(situation_of(view))
    assert only.startswith("Nowhere is an attack as likely as not; even in Gao (Mali, ")
    assert only.endswith(f"ranked first, {says}.")
    (alone,) = outlook(situation_of(_view(base, [_row("Gao", p)])))
    assert alone.casefold().startswith(f"{says} in gao (mali, ")


def test_long_lists_end_in_a_number(base: IssueView) -> None:
    view = _view(base, [_row(f"R{n}", 0.99) for n in range(9)])
    assert outlook(situation_of(view))[0].endswith("R5 (Mali, 99 %) and 3 more.")
    assert scope(situation_of(view))[0] == "All 9 regions are at level very high."


def test_regions_without_a_forecast_are_no_claim_of_quiet(base: IssueView) -> None:
    view = _view(base, [_row("Gao", 0.9), _row("Soum", 0.2), _row("Kidal", 0.1)])
    table = view.table.copy()
    lacking = ["rank", "level", "likelihood", "p_attack", "p_escalation", "expected_events"]
    table.loc[table.index[2], lacking] = None
    said = scope(situation_of(replace(view, table=table)))[-1]
    assert said.startswith("1 region has no forecast")
    table.loc[table.index[:2], lacking] = None
    now = situation_of(replace(view, table=table))
    assert outlook(now) == [
        "No region has a forecast: the last month is not observed for any of them."
    ]
    assert brief_text(replace(view, table=table))


def test_what_changed_names_risers_fallers_and_parts(base: IssueView) -> None:
    rows = [
        _row("Gao", 0.6, p_attack_previous=0.3, change_p_attack=0.3),
        _row("Soum", 0.5, p_attack_previous=0.7, change_p_attack=-0.2),
        _row("Mopti", 0.1, p_attack_previous=0.1, change_p_attack=0.0),
    ]
    view = _view(base, rows, manifest={"previous": {"1": "2004-11-admin1"}})
    assert changes(situation_of(view)) == [
        (
            f"{SINCE} the chance of attack rose most in Gao (Mali, 30 % to 60 %), and fell most in"
            " Soum (Mali, 70 % to 50 %)."
        ),
        "Gao (Mali) reached level high.",
        "Soum (Mali) left level high.",
    ]
    first = view.table.iloc[0]
    names = ("region_id", "target_month", "new_month", "revised_data", "other_model")
    cells = (first["region_id"], first["target_month"], 0.25, 0.0, 0.05)
    columns = tuple(
        Column(name, name, "x", "text" if n < 2 else "points") for n, name in enumerate(names)
    )
    parted = replace(view, sections=(Section("changes", "Changes", "", columns, (cells,)),))
    assert changes(situation_of(parted))[1] == (
        "Of the change in Gao (Mali), in points: +25 from the new month, ±0 from revised data and"
        " +5 from another model."
    )
    calm = [row | {"change_p_attack": 0.01} for row in rows]
    same = _view(base, calm, manifest={"previous": {"1": "2004-11-admin1"}})
    (still,) = changes(situation_of(same))
    assert still == f"{SINCE} no region's chance of attack moved by five points or more."
    (none,) = changes(situation_of(base))
    assert none == "There is no earlier issue at this scale to compare with."


def test_confidence_is_kept_apart_from_likelihood(base: IssueView) -> None:
    rows = [
        _row("Gao", 0.6, confidence="high", confidence_reason="because"),
        _row("Soum", 0.5, confidence="low"),
    ]
    models = [
        {**base.manifest["models"][0], "gate": "passed", "model": "blend", "target": target}
        for target in ("events", "deaths")
    ]
    said = confidence(situation_of(_view(base, rows, manifest={"models": models})))
    assert said == [
        (
            "Attacks and deaths are forecast by blend (a weighted pool of unlike models, weighted"
            " by their past scores); it beat no-change in past months and so passed the gate."
        ),
        "Confidence in the figures is high for 1 and low for 1 of the 2 regions.",
        "For Gao (Mali) it is high: because.",
    ]
    assert not re.search(r"likely|certain|chance", " ".join(said[1:]))


def test_a_country_can_be_asked_for_by_name_or_code(base: IssueView) -> None:
    rows = [_row("Gao", 0.9), _row("Soum", 0.5, country="Burkina Faso")]
    view = _view(base, rows)
    for asked in ("mali", "MLI", "Mali "):
        text = brief_text(view, country=asked)
        assert text.startswith("# Attack risk in Mali, January 2005\n\n1 region of Mali;")
        assert "Soum" not in text.split("## How to read")[0]
        assert "(Mali" not in text
    with pytest.raises(
        ConfigError, match=r'expected a country of the issue \(Burkina Faso, Mali\), got "Peru"'
    ):
        brief_text(view, country="Peru")


def test_sections_to_watch_and_the_score_stand_in_it(base: IssueView) -> None:
    columns = (Column("place", "Place", "Name"), Column("times", "Times", "How often", "whole"))
    rows = (("Eknewane", 3), ("Dioura", 2), ("Koumbri", None), ("Boulikessi", 2))
    sections = (
        Section("watch_repeat", "Hit again", "note", columns, rows),
        Section("watch_first", "First attacks", "nothing", columns),
        Section("scorecard_levels", "Score", "High came true 6 of 10."),
    )
    text = brief_text(replace(base, sections=sections))
    assert "- **Hit again**: Eknewane, times 3; 3 more\n" in text
    assert "First attacks" not in text
    assert "High came true 6 of 10." in text


def test_what_to_watch_is_said_in_the_sentences_of_the_watch(base: IssueView) -> None:
    cells = {"attacker": "JNIM", "day": "1 Jun 2025", "places": "Koumbri, Boulikessi", "km": 143}
    row = tuple(cells.get(column.name) for column in SAME_DAY.columns)
    score = Section(
        "scorecard_levels", "Score", "Issue A: high came true 6 of 10. 24 came. Read on."
    )
    models = Section(
        "scorecard_models", "Models", "Issue A: Brier 0.03, 8 % lower. conflictology is no-change."
    )
    same_day = Section("watch_same_day", "Same day", "note", SAME_DAY.columns, (row,))
    text = brief_text(replace(base, sections=(same_day, score, models)))
    assert "- **Same day**: JNIM, 1 Jun 2025: Koumbri, Boulikessi; 143 km apart.\n" in text
    assert "Issue A: high came true 6 of 10. 24 came. Brier 0.03, 8 % lower." in text
    assert "no-change." not in text


def test_the_command_prints_or_writes_one_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace, _ = hostile_workspace(tmp_path)
    words = ("-w", workspace.root, "brief", ISSUE)
    shown = run_inside(capsys, *words)
    assert shown.returncode == 0, shown.stderr
    assert len(shown.stdout.split()) < 900
    headings = re.findall(r"^## (.+)$", shown.stdout, re.MULTILINE)
    assert headings == [
        "What happened",
        "What is likely in January 2005",
        "Why",
        "What changed",
        "What to watch",
        "Confidence",
        "How to read it",
    ]
    done = run_inside(capsys, *words, "--out", tmp_path / "brief.md")
    assert done.stdout == f"{tmp_path / 'brief.md'}\n"
    assert (tmp_path / "brief.md").read_text("utf-8") == shown.stdout
    far = run_inside(capsys, *words, "--horizon", 2)
    assert far.stdout.startswith("# Attack risk, February 2005\n")
    missing = run_inside(capsys, *words, "--country", "Peru")
    assert (missing.returncode, missing.stdout) == (2, "")


def test_no_sentence_is_broken(tmp_path: Path) -> None:
    workspace, issue = hostile_workspace(tmp_path)
    view = read_view(workspace, issue.folder)
    one = replace(view, table=view.table[view.table["rank"] == 1])
    events = replace(view, table=view.table.assign(expected_deaths=np.nan, last_deaths=pd.NA))
    for part in (view, one, events, replace(view, sections=())):
        for country in (None, "Mali" if part is not one else None):
            text = brief_text(part, country=country)
            prose = text.split("## How to read it")[0]
            assert not re.search(r"\b1 (attacks|deaths|regions|months) ", prose)
            assert not re.search(r"\bnan\b|None|<NA>|  |\(\)|,\.| ,|\.\.(?!/)|–", prose), prose
