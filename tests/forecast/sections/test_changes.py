"""What changed: through the command line on the bundled sample, one cause after the other."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.workspace import Workspace
from experiments.models.catalogue import use_plugin
from features.panel import Panel
from forecast.archive.issue_files import Issue
from forecast.report.issue_view import read_view
from forecast.report.situation import situation_of
from forecast.report.situation_changes import changes
from tests.forecast.issues import issue_of, small_panel, workspace_of
from tests.forecast.sahel_months import Follower, sample_figures

PARTS = ("new_month", "revised_data", "other_model", "revised_or_model")
SECTIONS = ("movers_up", "movers_down", "new_on_list", "left_list", "changes")


def _frame(issue: Issue, name: str) -> pd.DataFrame:
    (section,) = (s for s in issue.sections if s.name == name)
    return pd.DataFrame(list(section.rows), columns=[c.name for c in section.columns])


def _note(issue: Issue) -> str:
    return next(s.note for s in issue.sections if s.name == "changes")


def _sums_up(rows: pd.DataFrame) -> None:
    """See that the parts sum to the change in every row."""
    parts = rows[[name for name in PARTS if name in rows]].astype(float)
    change = rows["change_p_attack"].astype(float)
    assert parts.notna().all().all()
    assert (parts.sum(axis=1) - change).abs().max() < 1e-9
    said = rows["p_attack"].astype(float) - rows["p_attack_previous"].astype(float)
    assert (said - change).abs().max() < 1e-9


@pytest.fixture(scope="module")
def months(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Issue]:
    """Four issues: the first, a month later, a month later on revised data, another champion."""
    follower = Follower(tmp_path_factory.mktemp("months") / "ws")
    follower.learn(sample_figures("2020-10"), "october")
    follower.backtest("local_nb", "climatology", "conflictology", "last")
    follower.promote("local_nb")
    issues = {"first": follower.issue("2020-10")}
    follower.learn(sample_figures("2020-11"), "november")
    issues["month"] = follower.issue("2020-11")
    follower.learn(_revised(sample_figures("2020-12")), "december")
    issues["revised"] = follower.issue("2020-12")
    follower.promote("climatology")
    issues["model"] = follower.issue("2020-12")
    kept = follower.workspace.champion("replaced", "x").parent / "replaced"
    for path in sorted(kept.rglob("model.json")):
        path.write_text(path.read_text(encoding="utf-8") + " ", encoding="utf-8")
    issues["tampered"] = follower.issue("2020-12")
    shutil.rmtree(kept)
    issues["lost"] = follower.issue("2020-12")
    return issues


def _revised(figures: pd.DataFrame) -> pd.DataFrame:
    """Return figures of which a later release doubled the attacks of an autumn in Mali."""
    late = figures["month"].between("2020-08", "2020-11") & figures["region_id"].str.startswith(
        "ML"
    )
    counts = figures["events"].where(~late, figures["events"] * 2 + 1)
    return figures.assign(events=counts)


def test_the_first_issue_says_that_there_is_none_before(months):
    for name in SECTIONS:
        (section,) = (s for s in months["first"].sections if s.name == name)
        assert section.rows == ()
        assert section.note == "There is no earlier issue of this scale to compare with."


@pytest.mark.parametrize("which", ["month", "revised", "model", "tampered", "lost"])
def test_the_parts_sum_to_the_change_in_every_row(months, which):
    rows = _frame(months[which], "changes")
    assert len(rows) == len(months[which].table)
    _sums_up(rows)
    for name in SECTIONS[:-1]:
        if len(part := _frame(months[which], name)):
            _sums_up(part)


def test_a_new_month_alone_leaves_the_other_parts_at_0(months):
    rows = _frame(months["month"], "changes")
    assert (rows["revised_data"] == 0).all()
    assert (rows["other_model"] == 0).all()
    assert (rows["new_month"] == rows["change_p_attack"]).all()
    assert rows["new_month"].ne(0).any()
    assert "No month through October 2020 was revised. The model is the same." in _note(
        months["month"]
    )


def test_revised_data_move_the_regions_that_were_revised(months):
    rows = _frame(months["revised"], "changes")
    assert (rows["other_model"] == 0).all()
    mali = rows["country"] == "Mali"
    assert (rows.loc[mali, "revised_data"] > 0).all()
    assert rows["revised_data"][~mali].abs().max() < 1e-9
    assert "2020-11-admin1" in _note(months["revised"])


def test_another_model_moves_its_own_part_only(months):
    before, rows = (
        _frame(months[name], "changes").set_index("region_id").sort_index()
        for name in ("revised", "model")
    )
    for name in ("new_month", "revised_data", "p_attack_previous"):
        assert rows[name].tolist() == before[name].tolist()
    assert rows["other_model"].abs().max() > 0.01
    moved = rows["p_attack"].astype(float) - before["p_attack"].astype(float)
    assert np.allclose(rows["other_model"].astype(float), moved, atol=1e-9)


@pytest.mark.parametrize(
    ("which", "why"), [("lost", "was not saved"), ("tampered", "was changed after it was written")]
)
def test_a_champion_that_cannot_be_asked_is_not_guessed_at(months, which, why):
    rows = _frame(months[which], "changes")
    assert "revised_data" not in rows
    assert "other_model" not in rows
    assert why in _note(months[which])


def test_levels_ranks_and_movers_are_those_of_the_two_tables(months):
    issue, before = months["model"], months["month"]
    rows = _frame(issue, "changes").set_index("region_id")
    now, then = (i.table.set_index("region_id").loc[rows.index] for i in (issue, before))
    for name in ("rank", "level", "p_attack"):
        assert rows[name].tolist() == now[name].tolist()
        assert rows[f"{name}_previous"].tolist() == then[name].tolist()
    change = rows["change_p_attack"]
    up, down = (_frame(issue, name) for name in ("movers_up", "movers_down"))
    assert set(up["region_id"]) == set(change[change >= 0.05].index)
    assert set(down["region_id"]) == set(change[change <= -0.05].index)
    assert up["change_p_attack"].is_monotonic_decreasing
    listed = [
        rows[name].isin(["very high", "high", "elevated"]) for name in ("level", "level_previous")
    ]
    assert set(_frame(issue, "new_on_list")["region_id"]) == set(rows.index[listed[0] & ~listed[1]])
    assert set(_frame(issue, "left_list")["region_id"]) == set(rows.index[listed[1] & ~listed[0]])


def _every_year_alike(panel: Panel) -> Panel:
    """Return the panel with each region's months repeated from year to year."""
    events = panel.measure("events").copy()
    events[:] = np.tile(events[:, :12], events.shape[1] // 12)
    return replace(panel, measures={**panel.measures, "events": events})


def test_the_brief_names_the_parts_of_the_largest_change(months):
    issue = months["month"]
    rows = _frame(issue, "changes").astype({"change_p_attack": float})
    assert "target_month" not in rows
    workspace = Workspace(issue.folder.parent.parent)
    said = changes(situation_of(read_view(workspace, issue.folder)))
    moved = rows[rows["change_p_attack"].abs() >= 0.05]
    assert len(moved)
    assert any(line.startswith("Of the change in ") for line in said)


def test_a_revision_alone_leaves_the_other_parts_at_0(tmp_path: Path) -> None:
    panel = _every_year_alike(small_panel())
    workspace = workspace_of(tmp_path, panel)
    issue_of(workspace, panel, origin="2004-11")
    quiet = int(np.flatnonzero(panel.measure("events")[4, -12:-2] == 0)[0])
    events = panel.measure("events").copy()
    events[4, len(panel.months) - 12 + quiet] = 3
    revised = replace(panel, measures={**panel.measures, "events": events})
    rows = _frame(issue_of(workspace, revised), "changes").set_index("region_id")
    assert (rows["new_month"] == 0).all()
    assert (rows["other_model"] == 0).all()
    assert rows["revised_data"].ne(0).tolist() == [name == "r04" for name in rows.index]


def test_another_model_alone_leaves_the_other_parts_at_0(tmp_path: Path) -> None:
    panel = small_panel()
    workspace = workspace_of(tmp_path, panel)
    issue_of(workspace, panel, origin="2004-11", model="zero")
    rows = _frame(issue_of(workspace, panel, model="climatology"), "changes")
    assert (rows["p_attack"] > 0).any()
    assert (rows["new_month"] == 0).all()
    assert (rows["revised_data"] == 0).all()
    assert (rows["other_model"] == rows["p_attack"]).all()


PLUGIN = """
import numpy as np
from experiments.distribution import Distribution
from experiments.models.model import Model


class Always(Model):
    name = "always"

    def fit(self, known):
        return self

    def predict(self, known):
        return Distribution(np.ones((len(known.region_ids), known.task.draws), dtype=np.int32))
"""


def test_a_model_of_a_plugin_is_not_asked_again(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(PLUGIN, encoding="utf-8")
    panel = small_panel()
    workspace = workspace_of(tmp_path / "ws", panel)
    own = use_plugin(tmp_path / "own.py")
    issue_of(workspace, panel, origin="2004-11", model="always", plugin=own)
    issue = issue_of(workspace, panel, model="last")
    rows = _frame(issue, "changes")
    _sums_up(rows)
    assert (rows["revised_data"] == 0).all()
    assert "always was fitted for that issue alone and was not saved" in _note(issue)


def test_a_panel_that_no_longer_holds_the_origin_before_parts_nothing(tmp_path: Path) -> None:
    panel = small_panel()
    workspace = workspace_of(tmp_path, panel)
    issue_of(workspace, panel, origin="2002-06")
    later = replace(
        panel,
        months=panel.months[30:],
        measures={name: values[:, 30:] for name, values in panel.measures.items()},
        status=panel.status[:, 30:],
    )
    issue = issue_of(workspace, later)
    assert set(PARTS).isdisjoint(_frame(issue, "changes").columns)
    assert _frame(issue, "changes")["change_p_attack"].notna().all()
    assert "The change cannot be decomposed" in _note(issue)


def test_each_horizon_has_its_own_issue_before(tmp_path: Path) -> None:
    panel = small_panel()
    workspace = workspace_of(tmp_path, panel)
    issue_of(workspace, panel, origin="2004-09", horizons=(1, 3))
    issue_of(workspace, panel, origin="2004-11", horizons=(1,))
    issue = issue_of(workspace, panel, horizons=(1, 3))
    rows = _frame(issue, "changes")
    _sums_up(rows)
    assert rows.groupby("target_month").size().tolist() == [14, 14]
    assert "3 months ahead: Compared with the issue 2004-09-admin1" in _note(issue)


def test_a_region_that_is_no_longer_observed_left_the_list(tmp_path: Path) -> None:
    panel = small_panel()
    workspace = workspace_of(tmp_path, panel)
    first = issue_of(workspace, panel, origin="2004-11")
    gone = panel.region_ids.index(first.table["region_id"].iloc[0])
    status, events = panel.status.copy(), panel.measure("events").copy()
    status[gone, -1], events[gone, -1] = 3, np.nan
    measures = {name: np.where(status > 0, np.nan, v) for name, v in panel.measures.items()}
    issue = issue_of(workspace, replace(panel, status=status, measures=measures))
    left = _frame(issue, "left_list").set_index("region_id")
    assert np.isnan(left.loc[panel.region_ids[gone], "p_attack"])
    assert left.loc[panel.region_ids[gone], "level_previous"] == first.table["level"].iloc[0]
