"""Weights, repair and pooling: their laws, and an oracle for the quadratic form."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from experiments import weighting
from experiments.calibration import IsotonicMap, fit_isotonic, with_p_attack
from experiments.distribution import Distribution
from experiments.pool import PoolRule, PoolSettings, learn_rule
from experiments.scores import crps
from experiments.track_record import KEPT_DRAWS, condensed
from experiments.weighting import pool_weights


def make_record(rows: int = 600, seed: int = 0):
    rng = np.random.default_rng(seed)
    mean = rng.gamma(0.4, 3.0, rows)
    observed = rng.poisson(mean).astype(float)
    right = Distribution(rng.poisson(mean[:, None], (rows, 400)).astype(np.int32))
    wrong = Distribution(rng.poisson(4.0 * mean[:, None] + 2.0, (rows, 400)).astype(np.int32))
    return condensed(30, observed, {"right": right, "wrong": wrong})


def test_the_quadratic_form_is_the_crps_of_the_pool():
    record = make_record(rows=80)
    members = ("right", "wrong")
    distance, spread = weighting._crps_parts(record, members)
    weights = np.array([0.25, 0.75])
    pooled = np.hstack([record.draws["right"]] + [record.draws["wrong"]] * 3)
    expected = crps(record.observed, pooled).mean()
    assert distance @ weights - 0.5 * weights @ spread @ weights == pytest.approx(expected)


def test_the_right_member_takes_the_weight():
    weights = pool_weights(make_record(), ("right", "wrong"), shrink=0.1)
    assert weights[0] > 0.9
    assert weights.sum() == pytest.approx(1.0)


def test_without_a_record_members_weigh_the_same():
    empty = make_record().known_at(10, horizon=1, window=12)
    np.testing.assert_allclose(pool_weights(empty, ("right", "wrong"), shrink=0.1), 0.5)


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
def test_another_probability_changes_zeros_only(draws, p):
    changed = with_p_attack(Distribution(draws), p)
    np.testing.assert_allclose(changed.p_at_least(1), np.round(p * 50) / 50)
    for row in range(4):
        kept = set(draws[row][draws[row] > 0]) or {1}
        assert set(changed.draws[row][changed.draws[row] > 0]) <= kept


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


def test_a_pool_draws_from_its_members_by_weight():
    rule = PoolRule(("a", "b"), (0.3, 0.7), IsotonicMap())
    forecasts = {
        "a": Distribution(np.zeros((1, 100), dtype=np.int32)),
        "b": Distribution(np.full((1, 100), 5, dtype=np.int32)),
    }
    pooled = rule.combine(forecasts, draws=1000)
    assert pooled.size == 1000
    assert pooled.mean()[0] == 3.5
    assert rule.described() == "b 0.70, a 0.30"


def test_a_rule_of_one_member_is_a_repair():
    record = make_record(rows=3000)
    rule = learn_rule(record, ("wrong",), PoolSettings(repair=1.0))
    assert rule.weights == (1.0,)
    mended = rule.repair(record.p_attack["wrong"])
    assert abs(mended.mean() - (record.observed > 0).mean()) < 0.03
    assert record.draws["wrong"].shape[1] == KEPT_DRAWS
