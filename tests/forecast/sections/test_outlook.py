"""Beside the table: the next three months, the ranking by deaths, countries from their own past."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.panel import Panel
from forecast.archive.issue_files import Issue
from forecast.model.gate import NOT_JUDGED
from forecast.sections.countries import country_panel
from tests.features.panels import panel_of
from tests.forecast.issues import issue_of, small_panel, workspace_of

NAN = float("nan")


def _section(issue: Issue, name: str):
    return next(s for s in issue.sections if s.name == name)


def _frame(issue: Issue, name: str) -> pd.DataFrame:
    section = _section(issue, name)
    return pd.DataFrame(list(section.rows), columns=[c.name for c in section.columns])


def _partly_observed(panel: Panel) -> Panel:
    """Return the panel with its first region unobserved in the last month."""
    status = panel.status.copy()
    status[0, -1] = 3
    measures = {name: np.where(status > 0, np.nan, v) for name, v in panel.measures.items()}
    return replace(panel, status=status, measures=measures)


@pytest.fixture(scope="module")
def issue(tmp_path_factory: pytest.TempPathFactory) -> Issue:
    panel = _partly_observed(small_panel())
    workspace = workspace_of(tmp_path_factory.mktemp("outlook"), panel)
    return issue_of(workspace, panel, outlook=True, horizons=(1, 2))


def test_three_months_are_never_safer_than_one_of_them(issue):
    rows = _frame(issue, "next_3_months").set_index("region_id")
    assert len(rows) == 13
    assert "r00" not in rows.index
    for _, single in issue.table.groupby("horizon"):
        table = single.set_index("region_id").loc[rows.index]
        assert (rows["p_attack_3_months"] >= table["p_attack"]).all()
    assert rows["p_attack_3_months"].is_monotonic_decreasing
    assert rows["rank"].tolist() == list(range(1, 14))
    first = issue.table[issue.table["horizon"] == 1].set_index("region_id").loc[rows.index]
    assert rows["p_attack"].tolist() == first["p_attack"].tolist()
    assert NOT_JUDGED in _section(issue, "next_3_months").note


def test_the_ranking_by_deaths_is_that_of_the_table(issue):
    rows = _frame(issue, "by_deaths")
    for month, part in rows.groupby("target_month"):
        table = issue.table[issue.table["target_month"] == month].set_index("region_id")
        assert part["rank_deaths"].tolist() == list(range(1, 14))
        assert part["expected_deaths"].is_monotonic_decreasing
        for name in ("expected_deaths", "deaths_p05", "deaths_p95", "p_deaths_25", "rank"):
            assert part[name].tolist() == table.loc[part["region_id"], name].tolist()


def test_a_country_is_unobserved_where_one_of_its_regions_is(issue):
    rows = _frame(issue, "countries")
    assert sorted(rows["country"]) == sorted(["Chad", "Mali", "Niger"] * 2)
    mali = rows["country"] == "Mali"  # the first region's
    assert rows.loc[mali, ["p_attack", "expected_events", "last_events"]].isna().all().all()
    assert rows.loc[~mali, ["p_attack", "expected_events", "last_events"]].notna().all().all()
    assert NOT_JUDGED in _section(issue, "countries").note


def test_countries_are_sums_of_what_was_observed():
    panel = panel_of(
        country=("Mali", "Niger", "Mali"),
        neighbours=("b", "a;c", "b"),
        events=[[1.0, NAN], [3, 4], [5, 6]],
        largest_event=[[7.0, NAN], [2, 2], [9, 9]],
    )
    whole = country_panel(panel)
    assert whole.region_ids == ("Mali", "Niger")
    np.testing.assert_array_equal(whole.measure("events"), [[6, NAN], [3, 4]])
    np.testing.assert_array_equal(whole.measure("largest_event"), [[9, NAN], [2, 2]])
    assert whole.observed().tolist() == [[True, False], [True, True]]
    assert whole.regions["neighbours"].tolist() == ["Niger", "Mali"]


def test_the_country_scales_own_issue_is_taken(tmp_path: Path) -> None:
    panel = small_panel()
    workspace = workspace_of(tmp_path, panel)
    own = issue_of(workspace, country_panel(panel))
    rows = _frame(issue_of(workspace, panel, outlook=True), "countries").set_index("country")
    told = own.table.set_index("region_id").loc[rows.index]
    for name in ("p_attack", "expected_events", "deaths_p95"):
        assert rows[name].tolist() == told[name].tolist()
    note = _section(issue_of(workspace, panel, outlook=True), "countries").note
    assert "the issue 2004-12-country of the country scale, gate none" in note


def test_what_takes_time_can_be_left_out(tmp_path: Path) -> None:
    panel = small_panel()
    issue = issue_of(workspace_of(tmp_path, panel), panel, outlook=False)
    for name in ("next_3_months", "countries"):
        assert _section(issue, name).rows == ()
        assert "--no-outlook" in _section(issue, name).note
    assert len(_section(issue, "by_deaths").rows) == 14


def test_without_a_forecast_of_deaths_there_is_no_ranking(tmp_path: Path) -> None:
    panel = small_panel()
    issue = issue_of(workspace_of(tmp_path, panel), panel, targets=("events",))
    assert _section(issue, "by_deaths").note == "This issue holds no forecast of deaths."


def test_garbage_after_the_origin_changes_no_section(tmp_path: Path) -> None:
    panel = small_panel()
    late = {name: values.copy() for name, values in panel.measures.items()}
    for values in late.values():
        values[:, 48:] = np.random.default_rng(9).integers(0, 1_000, values[:, 48:].shape)
    files = []
    for name, given in (("clean", panel), ("poisoned", replace(panel, measures=late))):
        workspace = workspace_of(tmp_path / name, given)
        for origin in ("2003-11", "2003-12"):
            found = issue_of(workspace, given, origin=origin, outlook=True)
        files.append((found.folder / "sections.json").read_bytes())
    assert files[0] == files[1]


def test_a_calm_past_still_makes_an_issue(tmp_path: Path) -> None:
    panel = small_panel()
    calm = {name: np.zeros_like(values) for name, values in panel.measures.items()}
    quiet = replace(panel, measures=calm)
    issue = issue_of(workspace_of(tmp_path, quiet), quiet, outlook=True)
    assert (_frame(issue, "next_3_months")["p_attack_3_months"] < 0.05).all()
    assert (_frame(issue, "countries")["expected_events"] == 0).all()
