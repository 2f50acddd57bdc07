from __future__ import annotations

import numpy as np
import pytest
import scoringrules
from scipy.signal import resample

from experiments.score_functions import ign
from experiments.scores.evaluation import Evaluation, evaluate_draws, repeated, stretched

RNG = np.random.default_rng(5)
DRAWS = RNG.negative_binomial(0.4, 0.02, size=(40, 12)).astype(float)
OBSERVED = RNG.negative_binomial(0.4, 0.02, size=40).astype(float)


def test_published_scores_are_of_the_draws_as_they_are():
    rows = evaluate_draws(OBSERVED, DRAWS).rows
    assert rows["crps"].to_numpy() == pytest.approx(scoringrules.crps_ensemble(OBSERVED, DRAWS))
    lower, upper = np.quantile(DRAWS, [0.05, 0.95], axis=1)
    outside = np.maximum(lower - OBSERVED, 0) + np.maximum(OBSERVED - upper, 0)
    assert rows["mis"].to_numpy() == pytest.approx(upper - lower + 20 * outside)


def test_published_ign_is_of_stretched_draws_and_honest_ign_of_repeated_ones():
    rows = evaluate_draws(OBSERVED, DRAWS).rows
    by_hand = np.clip(resample(DRAWS, 1000, axis=1), 0, None)
    assert rows["ign"].to_numpy() == pytest.approx(ign(OBSERVED, by_hand))
    assert rows["ign_honest"].to_numpy() == pytest.approx(ign(OBSERVED, repeated(DRAWS)))
    assert not np.allclose(rows["ign"], rows["ign_honest"])


def test_a_thousand_draws_are_scored_alike_both_ways():
    draws = np.repeat(DRAWS, 84, axis=1)[:, :1000]
    means = evaluate_draws(OBSERVED, draws).means()
    assert means["published"] == means["honest"]


@pytest.mark.parametrize("size", [1, 3, 12, 400, 1000, 1500, 4000])
def test_repeated_draws_keep_the_distribution(size):
    draws = RNG.permuted(np.arange(size, dtype=float)[None], axis=1)
    values, counts = np.unique(repeated(draws), return_counts=True)
    assert counts.sum() == 1000
    assert counts.max() - counts.min() <= 1
    assert len(values) == min(size, 1000)
    assert np.median(repeated(draws)) == pytest.approx(np.median(draws), abs=max(1, size / 1000))


def test_stretched_draws_are_cut_at_zero():
    assert resample([[0.0, 0.0, 9.0]], 1000, axis=1).min() < 0
    assert stretched(np.array([[0.0, 0.0, 9.0]])).min() == 0


def test_rows_are_scored_one_by_one(monkeypatch):
    whole = evaluate_draws(OBSERVED, DRAWS).rows
    monkeypatch.setattr("experiments.scores.evaluation._BLOCK", 7)
    order = RNG.permutation(40)
    again = evaluate_draws(OBSERVED[order], DRAWS[order]).rows
    assert again.to_numpy() == pytest.approx(whole.to_numpy()[order], rel=1e-12)


def test_means_shares_and_attacks_by_hand():
    found = evaluate_draws([0.0, 4.0, 0.0], [[0.0, 0.0], [0.0, 2.0], [0.0, 4.0]])
    assert found.rows["crps"].tolist() == [0.0, 2.5, 1.0]
    assert found.rows["p_attack"].tolist() == [0.0, 0.5, 0.5]
    summary = found.summary()
    assert summary["mean"]["published"]["crps"] == pytest.approx(3.5 / 3)
    assert summary["median"]["published"]["crps"] == 1.0
    assert summary["mean_positive"]["published"]["crps"] == 2.5
    assert summary["attack"]["brier"] == pytest.approx(0.5 / 3)
    assert summary["crps_share_of_ten_worst"] == 1.0
    assert (summary["rows"], summary["rows_positive"], summary["draws"]) == (3, 1, 2)


def test_the_ten_worst_rows_are_shared_out():
    observed = np.array([10.0] * 10 + [1.0] * 100)
    assert evaluate_draws(observed, np.zeros((110, 2))).worst_share() == pytest.approx(0.5)


def test_a_window_without_any_attack_has_no_scores_of_attacks():
    found: Evaluation = evaluate_draws(np.zeros(3), np.zeros((3, 5)))
    assert np.isnan(found.means(positive=True)["published"]["crps"])
    assert np.isnan(found.attack()["ap"])
    assert np.isnan(found.worst_share())
