"""Weights, calibration and pooling: their laws, and an oracle for the quadratic form."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from experiments.distribution import Distribution
from experiments.models import weighting
from experiments.models.calibration import IsotonicMap, LevelMap, fit_isotonic, fit_levels
from experiments.models.counts import hurdle_draws, size_quantiles
from experiments.models.past_forecasts import SIZE_QUANTILES, condense
from experiments.models.pool import PoolRule, PoolSettings, learn_rule
from experiments.models.weighting import size_weights, whether_weights
from experiments.score_functions import crps


def make_past(rows: int = 600, seed: int = 0):
    rng = np.random.default_rng(seed)
    mean = rng.gamma(0.4, 3.0, rows)
    observed = rng.poisson(mean).astype(float)
    right = Distribution(rng.poisson(mean[:, None], (rows, 400)).astype(np.int32))
    wrong = Distribution(rng.poisson(4.0 * mean[:, None] + 2.0, (rows, 400)).astype(np.int32))
    return condense(30, observed, {"right": right, "wrong": wrong})


def test_the_quadratic_form_is_the_crps_of_the_pooled_sizes():
    past = make_past(rows=80)
    observed = past.observed[past.observed > 0]
    right, wrong = past.sizes["right"], past.sizes["wrong"]
    distance, spread = weighting._crps_parts(observed, [right, wrong])
    weights = np.array([0.25, 0.75])
    expected = crps(observed, np.hstack([right, wrong, wrong, wrong])).mean()
    assert distance @ weights - 0.5 * weights @ spread @ weights == pytest.approx(expected)


@pytest.mark.parametrize("weigh", [whether_weights, size_weights])
def test_the_right_member_takes_the_weight(weigh):
    weights = weigh(make_past(), ("right", "wrong"), shrink=0.1)
    assert weights[0] > 0.8
    assert weights.sum() == pytest.approx(1.0)


@pytest.mark.parametrize("weigh", [whether_weights, size_weights])
def test_without_past_forecasts_members_weigh_the_same(weigh):
    empty = make_past().known_at(10, horizon=1, window=12)
    np.testing.assert_allclose(weigh(empty, ("right", "wrong"), shrink=0.1), 0.5)


def test_past_forecasts_end_where_their_outcomes_are_known():
    past = make_past(rows=5).joined(make_past(rows=7))
    assert len(past.known_at(30, horizon=1, window=12).observed) == 0
    assert len(past.known_at(31, horizon=1, window=12).observed) == 12
    assert len(past.known_at(31, horizon=3, window=12).observed) == 0
    assert len(past.known_at(43, horizon=1, window=12).observed) == 0


@given(
    arrays(np.int32, (4, 50), elements=st.integers(0, 300)),
    arrays(np.float64, (4,), elements=st.floats(0, 1)),
)
def test_another_probability_keeps_the_sizes(draws, p):
    sizes = size_quantiles(Distribution(draws), 50)
    changed = hurdle_draws(p, sizes, 50)
    np.testing.assert_allclose(changed.p_at_least(1), np.round(p * 50) / 50)
    for row in range(4):
        before = set(draws[row][draws[row] > 0]) or {1}
        assert set(changed.draws[row][changed.draws[row] > 0]) <= before


@given(arrays(np.int32, (4, 40), elements=st.integers(0, 9)))
def test_taking_a_forecast_apart_and_together_again_changes_nothing(draws):
    forecast = Distribution(draws)
    count = (draws > 0).sum(axis=1)
    for row in range(4):
        one = Distribution(draws[row : row + 1])
        sizes = size_quantiles(one, max(int(count[row]), 1))
        again = hurdle_draws(one.p_at_least(1), sizes, 40)
        np.testing.assert_array_equal(again.draws[0], np.sort(forecast.draws[row]))


def test_sizes_that_were_too_small_are_read_at_higher_levels():
    rng = np.random.default_rng(3)
    observed = rng.geometric(0.05, 3000).astype(float)
    forecast_sizes = np.sort(rng.geometric(0.1, (3000, 100)), axis=1).astype(np.int32)
    repair = fit_levels(observed, [forecast_sizes], np.ones(1), strength=1.0)
    assert crps(observed, repair(forecast_sizes)).mean() < crps(observed, forecast_sizes).mean()
    assert (np.diff(repair(forecast_sizes), axis=1) >= 0).all()
    assert abs(float((observed < np.median(repair(forecast_sizes), axis=1)).mean()) - 0.5) < 0.05


def test_too_few_sizes_teach_no_calibration():
    forecast_sizes = np.ones((10, 100), dtype=np.int32)
    assert fit_levels(np.ones(10), [forecast_sizes], np.ones(1), strength=1.0) == LevelMap()
    assert LevelMap()(forecast_sizes) is forecast_sizes


def test_calibration_keeps_the_order_and_corrects_the_level():
    rng = np.random.default_rng(1)
    p = rng.random(20_000)
    happened = rng.random(20_000) < p**2
    repair = fit_isotonic(p, happened)
    ladder = np.linspace(0, 1, 101)
    calibrated = repair(ladder)
    assert (np.diff(calibrated) >= 0).all()
    assert np.abs(calibrated - ladder**2).max() < 0.06


def test_too_few_attacks_teach_no_calibration():
    p = np.linspace(0, 1, 500)
    assert fit_isotonic(p, np.zeros(500, dtype=bool)) == IsotonicMap()
    assert IsotonicMap()(p) is p


def test_a_pool_weighs_whether_and_how_large_apart():
    rule = PoolRule(("a", "b"), weights=(0.3, 0.7), size_weights=(0.9, 0.1))
    forecasts = {
        "a": Distribution(np.array([[0] * 100, [2] * 100], dtype=np.int32)),
        "b": Distribution(np.full((2, 100), 12, dtype=np.int32)),
    }
    pooled = rule.combine(forecasts, draws=1000)
    assert pooled.size == 1000
    np.testing.assert_allclose(pooled.p_at_least(1), [0.7, 1.0])
    assert pooled.mean()[1] == pytest.approx(3.0)
    assert rule.described() == "b 0.70 (size 0.10), a 0.30 (size 0.90)"
    assert PoolRule.from_dict(json.loads(json.dumps(rule.as_dict()))) == rule


def test_a_rule_of_one_member_is_a_calibration():
    past = make_past(rows=3000)
    rule = learn_rule(past, ("wrong",), PoolSettings(repair=1.0))
    assert rule.weights == rule.size_weights == (1.0,)
    calibrated = rule.repair(past.p_attack["wrong"])
    assert abs(calibrated.mean() - (past.observed > 0).mean()) < 0.03
    hits = int((past.observed > 0).sum())
    assert past.sizes["wrong"].shape == (hits, SIZE_QUANTILES)
    later = past.joined(past).known_at(31, horizon=1, window=12)
    assert later.sizes["wrong"].shape == (2 * hits, SIZE_QUANTILES)
