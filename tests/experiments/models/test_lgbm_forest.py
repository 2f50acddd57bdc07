"""Analogues of the forest against a plain loop over trees, and draws worked out by hand."""

from __future__ import annotations

import numpy as np

from experiments.models.lgbm_forest import collect_analogues

UNIFORMS = (np.arange(1000) + 0.5) / 1000


def test_weights_equal_a_slow_loop():
    rng = np.random.default_rng(1)
    leaves = rng.integers(0, 5, (60, 4))
    y = rng.poisson(0.7, 60).astype(float)
    now = rng.integers(0, 5, (3, 4))
    scores = rng.normal(size=int((y > 0).sum()))
    past = collect_analogues([leaves[:25], leaves[25:]], y > 0, scores)
    weights = past.weights(now).toarray()
    for region in range(3):
        expected = np.zeros(60)
        for tree in range(4):
            same = leaves[:, tree] == now[region, tree]
            expected[same] += 1.0 / same.sum() / 4
        np.testing.assert_allclose(weights[region], expected[y > 0][np.argsort(scores)])
    np.testing.assert_array_equal(past.scores, np.sort(scores))


def test_draws_have_the_share_and_the_scores_of_the_leaf():
    # one tree, two leaves: of four rows in the first two saw an attack, none in the second
    past = collect_analogues(
        [np.array([[0], [0], [0], [0], [1]])],
        np.array([False, True, False, True, False]),
        np.array([1.5, -0.5]),
    )
    region, draw, score = past.quantiles(np.array([[0], [1]]), np.tile(UNIFORMS, (2, 1)))
    assert set(region) == {0}
    np.testing.assert_array_equal(draw, np.arange(500, 1000))
    np.testing.assert_array_equal(score, np.repeat([-0.5, 1.5], 250))


def test_a_forest_that_saw_no_attack_draws_none():
    past = collect_analogues([np.zeros((3, 1), dtype=np.int64)], np.zeros(3, bool), np.zeros(0))
    for column in past.quantiles(np.zeros((1, 1), dtype=np.int64), UNIFORMS[None]):
        assert len(column) == 0
