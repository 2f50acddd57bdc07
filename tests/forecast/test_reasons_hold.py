"""Taking a first reason out of the input makes most forecasts fall, on the bundled sample."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.reasons_hold import SEEN, Asked, cut_of, raised, sample_panel, tried, without
from data.schema import EVENTS
from experiments.backtest.training import HorizonModel
from experiments.models.catalogue import make_member
from experiments.training_view import Forecasting, view_at
from features.panel import Panel
from features.table import build_features
from forecast.model.past import Past

ROWS = 8


@pytest.fixture(scope="module")
def panel() -> Panel:
    """The sample's last twelve years: enough to learn from in a few seconds."""
    whole = sample_panel()
    first = whole.position("2009-01")
    return Panel(
        whole.scale,
        whole.regions,
        whole.months[first:],
        {name: values[:, first:] for name, values in whole.measures.items()},
        whole.status[:, first:],
    )


def test_what_is_named_is_set_to_zero_and_nothing_else(panel):
    past = Past(panel)
    row = panel.region_ids.index("BFA-2805")
    cut = cut_of("recent", past, row)
    assert cut is not None
    changed = without(panel, cut)
    moved = changed.measure(EVENTS) != panel.measure(EVENTS)
    assert moved[row, -3:].sum() == (panel.measure(EVENTS)[row, -3:] > 0).sum() > 0
    assert moved.sum() == moved[row, -3:].sum()
    assert cut_of("capital", past, row) is None


def test_most_forecasts_fall_without_their_first_reason(panel):
    trained = panel.up_to("2019-12")
    task = Forecasting(EVENTS)
    known = view_at(trained, build_features(trained), task, origin="2019-12")
    model = HorizonModel({"logit": make_member("logit").fit(known)}, None)
    asked = Asked(model, panel, known.feature_names, task)
    p = asked.p_attack(panel)
    found = raised(asked, p)
    assert len(found) > 40
    assert all(p[row] >= SEEN for row, _ in found)
    picked = np.random.default_rng(2).permutation(len(found))[:ROWS]
    trials = tried(asked, [found[place] for place in picked], p)
    falls = sum(trial.after < trial.before for trial in trials)
    assert len(trials) >= ROWS - 1
    assert falls >= 0.9 * len(trials), f"{falls} of {len(trials)} fall"  # measured: all
    lost = [
        np.mean([t.before - t.after for t in trials]),
        np.mean([t.before - t.control for t in trials]),
    ]
    assert lost[0] > 5 * abs(lost[1]), lost  # the same taken from other regions hardly matters
