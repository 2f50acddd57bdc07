"""Views end at their origin. Case 59: a model learns from months up to the origin of its fit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from data.errors import EvidenceError
from experiments.backtest import walk
from experiments.backtest.backtest import run_backtest
from experiments.models.catalogue import make_member
from experiments.training_view import Forecasting, TrainingView, view_at
from features.table import build_features
from tests.experiments.backtest.test_backtest import small_spec
from tests.experiments.small_panel import make_panel

PANEL = make_panel()


@pytest.fixture
def seen(monkeypatch) -> list[tuple[str, TrainingView]]:
    """Return what every fit of every member is handed from now on."""
    handed: list[tuple[str, TrainingView]] = []

    def spied(name, settings):
        model = make_member(name, settings)
        fit = model.fit

        def watched(view):
            handed.append((name, view))
            return fit(view)

        model.fit = watched
        return model

    monkeypatch.setattr(walk, "make_member", spied)
    return handed


def test_every_model_is_fitted_on_months_up_to_its_origin(seen):
    spec = small_spec(origins="2014-10:2015-03", refit_months=6)
    backtest = run_backtest(PANEL, spec, progress=lambda *_: None, jobs=1)
    scored = [(name, view) for name, view in seen if view.origin == "2014-10"]
    assert {name for name, _ in scored} >= {"nb", "logit", "hist_gbm", "lgbm_hurdle", "local_nb"}
    assert {view.origin for _, view in seen} <= set(PANEL.months[: PANEL.position("2014-11")])
    for name, view in seen:
        stop = PANEL.position(view.origin) + 1
        assert view.months[-1] == view.origin, name
        assert view.history.shape[1] == stop, name
        np.testing.assert_array_equal(view.history, PANEL.measure("events")[:, :stop])
        rows = view.rows(window=240)
        assert rows.month.max() + view.task.horizon < stop, name
    assert len(backtest.forecasts)


def test_models_that_share_a_view_share_its_rows_and_cannot_change_them():
    table = build_features(PANEL)
    view, other = (view_at(PANEL, table, Forecasting("events"), origin="2015-03") for _ in range(2))
    rows = view.rows(window=24)
    assert view.rows(window=24) is rows
    assert view.rows(window=25) is not rows
    assert other.rows(window=24) is not rows
    for values in vars(rows).values():
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 1


def test_training_rows_end_where_the_target_is_known():
    for horizon in (1, 6):
        task = Forecasting("events", horizon=horizon)
        view = view_at(PANEL, build_features(PANEL), task, origin="2015-06")
        rows = view.rows(window=500)
        assert rows.month.max() == PANEL.position("2015-06") - horizon
        expected = PANEL.measures["events"][rows.region, rows.month + horizon]
        np.testing.assert_array_equal(rows.y, expected)
        place = view.feature_names.index("events_lag_0")
        here = PANEL.measures["events"][rows.region, rows.month]
        np.testing.assert_array_equal(rows.x[:, place], here)
        assert np.isfinite(rows.y).all()


def test_a_view_without_an_observed_target_says_what_is_missing():
    unobserved = {**PANEL.measures, "deaths": np.full_like(PANEL.measures["deaths"], np.nan)}
    panel = replace(PANEL, measures=unobserved)
    view = view_at(panel, build_features(panel), Forecasting("deaths"), origin="2015-06")
    with pytest.raises(EvidenceError, match='up to 2015-06 has an observed "deaths" to'):
        view.rows(window=240)


def test_a_history_shorter_than_the_horizon_is_said():
    task = Forecasting("events", horizon=36)
    view = view_at(PANEL, build_features(PANEL), task, origin="2010-06")
    with pytest.raises(EvidenceError, match="too short for horizon 36: 30 months up to 2010-06"):
        view.rows(window=240)
