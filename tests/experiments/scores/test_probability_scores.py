"""Scores of probabilities by hand and against scikit-learn."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn import metrics

from experiments.scores import probability_scores as ps

HAPPENED = np.array([True, False, True, False, False])
P = np.array([0.9, 0.4, 0.4, 0.1, 0.0])


def test_brier_and_log_loss_equal_scikit_learn():
    assert ps.brier(HAPPENED, P) == pytest.approx(metrics.brier_score_loss(HAPPENED, P))
    held = np.clip(P, 1e-6, 1 - 1e-6)
    assert ps.log_loss(HAPPENED, P) == pytest.approx(metrics.log_loss(HAPPENED, held))


def test_ranking_scores_are_missing_when_one_class_occurs():
    assert math.isnan(ps.auroc([True, True], [0.1, 0.2]))
    assert math.isnan(ps.average_precision([False, False], [0.1, 0.2]))


def test_top_k_by_hand():
    assert ps.top_k(HAPPENED, P, k=1) == (0.5, 1.0)
    # 0.4 stands twice: the earlier row is taken first and did not happen
    assert ps.top_k(HAPPENED, P, k=2) == (0.5, 0.5)
    assert ps.top_k(HAPPENED, P, k=10) == (1.0, 0.4)


def test_ece_of_perfect_probabilities_is_small_and_of_bad_ones_is_their_error():
    rng = np.random.default_rng(1)
    p = rng.random(40_000)
    happened = rng.random(40_000) < p
    assert ps.ece(happened, p) < 0.015
    assert ps.ece(happened, np.clip(p + 0.2, 0, 1)) > 0.12
    assert ps.ece(np.zeros(100, dtype=bool), np.full(100, 0.3)) == pytest.approx(0.3)


def test_ece_floor_leaves_out_quiet_rows():
    happened = np.array([False] * 50 + [True] * 10)
    p = np.array([0.0] * 50 + [0.6] * 10)
    assert ps.ece(happened, p, floor=0.05) == pytest.approx(0.4)
    assert math.isnan(ps.ece(happened, p, floor=0.9))


def test_reliability_keeps_ties_together_and_counts_every_row():
    p = np.repeat([0.1, 0.5], 50)
    bins = ps.reliability(np.arange(100) % 2 == 0, p)
    np.testing.assert_allclose(bins, [[0.1, 0.5, 50], [0.5, 0.5, 50]])


def test_coverage90_counts_rows_with_a_real_chance_only():
    pit = np.array([0.5, 0.01, 0.99, 0.2])
    assert ps.coverage90(pit, [0.5, 0.5, 0.5, 0.0]) == pytest.approx(1 / 3)


def test_a_probability_outside_zero_and_one_is_refused():
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        ps.brier([True], [1.2])


@pytest.mark.parametrize("digits", [1, 3, 12])
def test_ranking_scores_are_those_of_scikit_learn(digits: int) -> None:
    rng = np.random.default_rng(digits)
    p = np.round(rng.random(700), digits)
    happened = rng.random(700) < p / 3
    expected = metrics.roc_auc_score(happened, p)
    assert ps.auroc(happened, p) == pytest.approx(expected, abs=1e-12)
    expected = metrics.average_precision_score(happened, p)
    assert ps.average_precision(happened, p) == pytest.approx(expected, abs=1e-12)
