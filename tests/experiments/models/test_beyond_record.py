"""Sizes beyond the record: the share that is carried on, what takes the rest, and no more."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.models.beyond_record import ENOUGH_MONTHS, NEAR, carried_share, sizes_within_record
from experiments.models.catalogue import make_member
from experiments.training_view import Forecasting, TrainingView, view_at
from features.panel import Panel
from features.table import build_features
from tests.experiments.small_panel import make_panel

PEAK = 5000.0


def _at_war(*, months: int) -> Panel:
    """A panel whose region 4 ends with some months that no region ever came near."""
    panel = make_panel()
    panel.measures["events"][4, -months:] = PEAK
    return panel


def _view(panel: Panel) -> TrainingView:
    task = Forecasting("events", draws=500)
    return view_at(panel, build_features(panel), task, origin=panel.months[-1])


def test_what_was_reached_often_is_carried_in_full_and_what_never_was_not():
    levels = np.vstack([np.full((ENOUGH_MONTHS // 2, 2), 5.0), [[5.0 * NEAR, 5.1 * NEAR]]])
    assert carried_share(levels, horizon=1).tolist() == [1.0, 0.0]
    fewer = carried_share(levels, horizon=1 + ENOUGH_MONTHS // 4)
    assert fewer.tolist() == [0.5, 0.0], "outcomes of the last months are not known yet"


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.lists(st.floats(0, 1e6), min_size=3, max_size=3), min_size=2, max_size=80),
    st.integers(1, 6),
)
def test_a_share_is_from_0_to_1_and_no_lower_for_a_lower_level(rows, horizon):
    levels = np.array(rows)
    share = carried_share(levels, horizon=horizon)
    assert ((share >= 0) & (share <= 1)).all()
    order = np.argsort(levels[-1], kind="stable")
    assert (np.diff(share[order]) <= 0).all()
    assert (carried_share(np.vstack([levels, levels[-1:]]), horizon=1) >= 0).all()


def test_sizes_change_in_the_share_that_is_not_carried_and_attacks_in_none():
    view = _view(_at_war(months=2))
    rng = np.random.default_rng(3)
    draws = rng.poisson(2.0, (len(view.region_ids), view.task.draws)).astype(np.int32)
    share = np.ones(len(draws))
    assert sizes_within_record(draws, share, view, "x") is draws
    share[4] = 0.25
    kept = sizes_within_record(draws, share, view, "x")
    np.testing.assert_array_equal(kept > 0, draws > 0)
    rest = np.arange(len(draws)) != 4
    np.testing.assert_array_equal(kept[rest], draws[rest])
    own = set(np.maximum(view.history[4, -12:], 1).astype(int))
    changed = kept[4] != draws[4]
    assert set(kept[4][changed]) <= own
    assert 0.4 < changed.sum() / (draws[4] > 0).sum() < 0.8
    np.testing.assert_array_equal(kept, sizes_within_record(draws, share, view, "x"))


@pytest.mark.parametrize("name", ["local_nb", "logit", "hist_gbm", "lgbm_hurdle", "lgbm_forest"])
def test_a_level_that_nobody_had_reached_may_end_and_may_go_on(name):
    calm, war = _view(make_panel()), _view(_at_war(months=2))
    before = make_member(name).fit(calm).predict(calm).draws
    draws = make_member(name).fit(war).predict(war).draws[4]
    sizes = draws[draws > 0]
    assert np.median(sizes) <= np.sort(war.history[4, -12:])[-3], "most of its months were calm"
    assert (sizes >= PEAK / 2).mean() > 0.05, "and the war may go on"
    assert before.max() < PEAK / 2


@pytest.mark.parametrize("name", ["local_nb", "logit", "lgbm_forest"])
def test_within_the_record_no_draw_changes(name, monkeypatch):
    view = _view(make_panel())
    draws = make_member(name).fit(view).predict(view).draws
    monkeypatch.setattr("experiments.models.local_rate.sizes_within_record", lambda d, *_: d)
    plain = make_member(name).fit(view).predict(view).draws
    highest = np.nanargmax(np.nanmean(view.history[:, -12:], axis=1))
    rest = np.arange(len(draws)) != highest
    assert (draws[rest] == plain[rest]).mean() > 0.98
