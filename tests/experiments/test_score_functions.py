"""Scores against scoringrules and scikit-learn, against numbers by hand, and against their laws."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scoringrules
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn import metrics

from experiments import score_functions as sf
from experiments.score_functions import crps, ign, mis, pit

HAPPENED = np.array([True, False, True, False, False])
P = np.array([0.9, 0.4, 0.4, 0.1, 0.0])
COUNTS = arrays(np.int32, (7, 40), elements=st.integers(0, 2000))
OBSERVED = arrays(np.int32, (7,), elements=st.integers(0, 2000))


@given(OBSERVED, COUNTS)
def test_crps_equals_scoringrules(observed, draws):
    expected = scoringrules.crps_ensemble(observed.astype(float), draws.astype(float))
    np.testing.assert_allclose(crps(observed, draws), expected, rtol=1e-12, atol=1e-9)


@given(OBSERVED, COUNTS)
def test_mis_equals_scoringrules(observed, draws):
    lower, upper = np.quantile(draws, [0.05, 0.95], axis=1)
    expected = scoringrules.interval_score(observed.astype(float), lower, upper, 0.1)
    np.testing.assert_allclose(mis(observed, draws), expected, rtol=1e-12, atol=1e-9)


def test_ign_by_hand():
    draws = np.array([[0, 0, 1, 2, 3, 400]])
    # classes: 0 holds two draws, 1-2 two, 3-5 one, 251-500 one; 6 draws, 11 classes
    for observed, inside in ((0, 2), (2, 2), (4, 1), (300, 1), (7, 0), (5000, 0)):
        expected = -np.log2((inside + 1) / 17)
        assert ign([observed], draws)[0] == pytest.approx(expected)


def test_crps_is_least_when_the_forecast_is_the_truth():
    rng = np.random.default_rng(3)
    observed = rng.poisson(4.0, 4000)
    scores = [
        crps(observed, np.tile(rng.poisson(mean, 500), (4000, 1))).mean()
        for mean in (2.0, 4.0, 7.0)
    ]
    assert scores[1] == min(scores)


def test_pit_of_right_forecasts_is_uniform():
    rng = np.random.default_rng(5)
    mean = rng.gamma(1.0, 2.0, 6000)
    draws = rng.poisson(mean[:, None], (6000, 200))
    places = pit(rng.poisson(mean), draws, uniforms=rng.random(6000))
    counts = np.histogram(places, bins=10, range=(0, 1))[0] / 6000
    assert np.abs(counts - 0.1).max() < 0.02


def test_pit_lies_between_the_steps_of_the_distribution():
    draws = np.array([[0, 1, 1, 4]])
    assert pit([1], draws, uniforms=[0.0])[0] == 0.25
    assert pit([1], draws, uniforms=[1.0])[0] == 0.75


@pytest.mark.parametrize(
    ("observed", "draws", "match"),
    [
        (
            [1.0, 2.0],
            [[1.0]],
            r"expected observed \(rows,\) and draws \(rows, draws\), got \(2,\) and \(1, 1\)",
        ),
        ([np.nan], [[1.0]], "leave out rows without an observation"),
        ([1.0], [[np.inf]], "finite"),
    ],
)
def test_bad_input_is_refused(observed, draws, match):
    with pytest.raises(ValueError, match=match):
        crps(observed, draws)


def test_brier_and_log_loss_equal_scikit_learn():
    assert sf.brier(HAPPENED, P) == pytest.approx(metrics.brier_score_loss(HAPPENED, P))
    held = np.clip(P, 1e-6, 1 - 1e-6)
    assert sf.log_loss(HAPPENED, P) == pytest.approx(metrics.log_loss(HAPPENED, held))


def test_ranking_scores_are_missing_when_one_class_occurs():
    assert math.isnan(sf.auroc([True, True], [0.1, 0.2]))
    assert math.isnan(sf.average_precision([False, False], [0.1, 0.2]))


def test_top_k_by_hand():
    assert sf.top_k(HAPPENED, P, k=1) == (0.5, 1.0)
    # 0.4 stands twice: the earlier row is taken first and did not happen
    assert sf.top_k(HAPPENED, P, k=2) == (0.5, 0.5)
    assert sf.top_k(HAPPENED, P, k=10) == (1.0, 0.4)


def test_ece_of_perfect_probabilities_is_small_and_of_bad_ones_is_their_error():
    rng = np.random.default_rng(1)
    p = rng.random(40_000)
    happened = rng.random(40_000) < p
    assert sf.ece(happened, p) < 0.015
    assert sf.ece(happened, np.clip(p + 0.2, 0, 1)) > 0.12
    assert sf.ece(np.zeros(100, dtype=bool), np.full(100, 0.3)) == pytest.approx(0.3)


def test_ece_floor_leaves_out_quiet_rows():
    happened = np.array([False] * 50 + [True] * 10)
    p = np.array([0.0] * 50 + [0.6] * 10)
    assert sf.ece(happened, p, floor=0.05) == pytest.approx(0.4)
    assert math.isnan(sf.ece(happened, p, floor=0.9))


def test_reliability_keeps_ties_together_and_counts_every_row():
    p = np.repeat([0.1, 0.5], 50)
    bins = sf.reliability(np.arange(100) % 2 == 0, p)
    np.testing.assert_allclose(bins, [[0.1, 0.5, 50], [0.5, 0.5, 50]])


def test_coverage90_counts_rows_with_a_real_chance_only():
    pit = np.array([0.5, 0.01, 0.99, 0.2])
    assert sf.coverage90(pit, [0.5, 0.5, 0.5, 0.0]) == pytest.approx(1 / 3)


def test_a_probability_outside_zero_and_one_is_refused():
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        sf.brier([True], [1.2])


@pytest.mark.parametrize("digits", [1, 3, 12])
def test_ranking_scores_are_those_of_scikit_learn(digits: int) -> None:
    rng = np.random.default_rng(digits)
    p = np.round(rng.random(700), digits)
    happened = rng.random(700) < p / 3
    expected = metrics.roc_auc_score(happened, p)
    assert sf.auroc(happened, p) == pytest.approx(expected, abs=1e-12)
    expected = metrics.average_precision_score(happened, p)
    assert sf.average_precision(happened, p) == pytest.approx(expected, abs=1e-12)
