"""The no-change forecasts, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from data.months import month_range
from experiments.models.catalogue import make_member
from experiments.training_view import Forecasting, TrainingView
from features.panel import Panel
from tests.experiments.small_panel import make_panel


def view_of(history: np.ndarray, draws: int = 24) -> TrainingView:
    count, months = history.shape
    panel: Panel = make_panel()
    return TrainingView(
        origin="2015-12",
        task=Forecasting("events", draws=draws),
        months=tuple(month_range("2000-01", "2020-12"))[-months:],
        regions=panel.regions.head(count),
        history=history.astype(np.float32),
        feature_names=(),
        feature_families=(),
        features=np.empty((0, count, months), dtype=np.float32),
    )


def forecast(name: str, history: np.ndarray, draws: int = 24):
    view = view_of(history, draws)
    return make_member(name).fit(view).predict(view)


def test_conflictology_draws_each_of_the_last_twelve_months_equally_often():
    history = np.array([[9.0, *range(12)]])
    drawn = forecast("conflictology", history).draws[0]
    np.testing.assert_array_equal(np.sort(drawn), np.sort([*range(12), *range(12)]))


def test_the_newest_months_come_once_more_where_the_draws_leave_a_rest():
    history = np.array([[5.0] + [0.0] * 11, [0.0] * 11 + [5.0]])
    early, late = forecast("conflictology", history, draws=1000).p_at_least(1)
    assert (early, late) == (0.083, 0.084)


def test_a_region_observed_for_five_months_repeats_those():
    history = np.array([[np.nan] * 8 + [1.0, 2.0, 3.0, 4.0, 5.0]])
    drawn = forecast("conflictology", history, draws=1200).draws[0]
    assert set(drawn) == {1, 2, 3, 4, 5}


def test_last_is_a_poisson_count_at_the_last_observed_month():
    history = np.array([[0.0, 7.0, 4.0], [0.0, 0.0, 0.0], [2.0, 3.0, np.nan]])
    found = forecast("last", history, draws=4000)
    np.testing.assert_allclose(found.mean(), [4.0, 0.0, 3.0], atol=0.02)
    assert found.p_at_least(1)[0] == pytest.approx(1 - np.exp(-4), abs=0.001)


def test_zero_is_zero_and_climatology_goes_back_further():
    history = np.concatenate([np.ones((1, 60)), np.zeros((1, 60))], axis=1)
    assert forecast("zero", history).mean()[0] == 0
    assert forecast("conflictology", history).mean()[0] == 0
    assert forecast("conflictology_36", history).mean()[0] == 0
    assert forecast("climatology", history, draws=1200).mean()[0] == pytest.approx(0.5)


def test_neighbours_count_a_quarter():
    history = np.zeros((3, 12))
    history[0] = 4.0
    found = forecast("conflictology_neighbours", history, draws=480)
    # region 1 lies between an active and a quiet one: its neighbours had 2 on average
    np.testing.assert_allclose(found.p_at_least(1), [0.75, 0.25, 0.0])
    np.testing.assert_allclose(found.mean(), [3.0, 0.5, 0.0])
