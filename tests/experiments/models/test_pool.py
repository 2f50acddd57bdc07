"""Weights, repair and pooling: their laws, and an oracle for the quadratic form."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from experiments.distribution import Distribution
from experiments.distribution_scores import crps
from experiments.models import weighting
from experiments.models.calibration import IsotonicMap, LevelMap, fit_isotonic, fit_levels
from experiments.models.hurdle import join, size_quantiles
from experiments.models.past_forecasts import KEPT_SIZES, condensed
from experiments.models.pool import PoolRule, PoolSettings, learn_rule
from experiments.models.weighting import size_weights, whether_weights


def make_record(rows: int = 600, seed: int = 0):
    rng = np.random.default_rng(seed)
    mean = rng.gamma(0.4, 3.0, rows)
    observed = rng.poisson(mean).astype(float)
    right = Distribution(rng.poisson(mean[:, None], (rows, 400)).astype(np.int32))
    wrong = Distribution(rng.poisson(4.0 * mean[:, None] + 2.0, (rows, 400)).astype(np.int32))
    return condensed(30, observed, {"right": right, "wrong": wrong})


def test_the_quadratic_form_is_the_crps_of_the_pooled_sizes():
    record = make_record(rows=80)
    observed = record.observed[record.observed > 0]
    right, wrong = record.sizes["right"], record.sizes["wrong"]
    distance, spread = weighting._crps_parts(observed, [right, wrong])
    weights = np.array([0.25, 0.75])
    expected = crps(observed, np.hstack([right, wrong, wrong, wrong])).mean()
    assert distance @ weights - 0.5 * weights @ spread @ weights == pytest.approx(expected)


@pytest.mark.parametrize("weigh", [whether_weights, size_weights])
def test_the_right_member_takes_the_weight(weigh):
    weights = weigh(make_record(), ("right", "wrong"), shrink=0.1)
    assert weights[0] > 0.8
    assert weights.sum() == pytest.approx(1.0)


@pytest.mark.parametrize("weigh", [whether_weights, size_weights])
def test_without_a_record_members_weigh_the_same(weigh):
    empty = make_record().known_at(10, horizon=1, window=12)
    np.testing.assert_allclose(weigh(empty, ("right", "wrong"), shrink=0.1), 0.5)


def test_a_record_ends_where_its_outcomes_are_known():
    record = make_record(rows=5).joined(make_record(rows=7))
    assert len(record.known_at(30, horizon=1, window=12).observed) == 0
    assert len(record.known_at(31, horizon=1, window=12).observed) == 12
    assert len(record.known_at(31, horizon=3, window=12).observed) == 0
    assert len(record.known_at(43, horizon=1, window=12).observed) == 0


@given(
    arrays(np.int32, (4, 50), elements=st.integers(0, 300)),
    arrays(np.float64, (4,), elements=st.floats(0, 1)),
)
def test_another_probability_keeps_the_sizes(draws, p):
    sizes = size_quantiles(Distribution(draws), 50)
    changed = join(p, sizes, 50)
    np.testing.assert_allclose(changed.p_at_least(1), np.round(p * 50) / 50)
    for row in range(4):
        kept = set(draws[row][draws[row] > 0]) or {1}
        assert set(changed.draws[row][changed.draws[row] > 0]) <= kept


@given(arrays(np.int32, (4, 40), elements=st.integers(0, 9)))
def test_taking_a_forecast_apart_and_together_again_changes_nothing(draws):
    forecast = Distribution(draws)
    count = (draws > 0).sum(axis=1)
    for row in range(4):
        one = Distribution(draws[row : row + 1])
        sizes = size_quantiles(one, max(int(count[row]), 1))
        again = join(one.p_at_least(1), sizes, 40)
        np.testing.assert_array_equal(again.draws[0], np.sort(forecast.draws[row]))


def test_sizes_that_were_too_small_are_read_at_higher_levels():
    rng = np.random.default_rng(3)
    observed = rng.geometric(0.05, 3000).astype(float)
    said = np.sort(rng.geometric(0.1, (3000, 100)), axis=1).astype(np.int32)
    repair = fit_levels(observed, [said], np.ones(1), strength=1.0)
    assert crps(observed, repair(said)).mean() < crps(observed, said).mean()
    assert (np.diff(repair(said), axis=1) >= 0).all()
    assert abs(float((observed < np.median(repair(said), axis=1)).mean()) - 0.5) < 0.05


def test_too_few_sizes_teach_no_repair():
    said = np.ones((10, 100), dtype=np.int32)
    assert fit_levels(np.ones(10), [said], np.ones(1), strength=1.0) == LevelMap()
    assert LevelMap()(said) is said


def test_repair_keeps_the_order_and_mends_the_level():
    rng = np.random.default_rng(1)
    p = rng.random(20_000)
    happened = rng.random(20_000) < p**2
    repair = fit_isotonic(p, happened)
    ladder = np.linspace(0, 1, 101)
    mended = repair(ladder)
    assert (np.diff(mended) >= 0).all()
    assert np.abs(mended - ladder**2).max() < 0.06


def test_too_few_attacks_teach_no_repair():
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


def test_a_rule_of_one_member_is_a_repair():
    record = make_record(rows=3000)
    rule = learn_rule(record, ("wrong",), PoolSettings(repair=1.0))
    assert rule.weights == rule.size_weights == (1.0,)
    mended = rule.repair(record.p_attack["wrong"])
    assert abs(mended.mean() - (record.observed > 0).mean()) < 0.03
    hits = int((record.observed > 0).sum())
    assert record.sizes["wrong"].shape == (hits, KEPT_SIZES)
    later = record.joined(record).known_at(31, horizon=1, window=12)
    assert later.sizes["wrong"].shape == (2 * hits, KEPT_SIZES)
