"""Analogues against a plain loop over trees, and their scaling by hand."""

from __future__ import annotations

import numpy as np

from experiments.analogues import collect_analogues

UNIFORMS = (np.arange(1000) + 0.5) / 1000


def test_weights_equal_a_slow_loop():
    rng = np.random.default_rng(1)
    leaves = rng.integers(0, 5, (60, 4))
    y = rng.poisson(0.7, 60).astype(float)
    now = rng.integers(0, 5, (3, 4))
    weights = collect_analogues([leaves[:25], leaves[25:]], y, np.ones(60)).weights(now).toarray()
    for region in range(3):
        expected = np.zeros(60)
        for tree in range(4):
            same = leaves[:, tree] == now[region, tree]
            expected[same] += 1.0 / same.sum() / 4
        np.testing.assert_allclose(weights[region], expected[y > 0])


def test_outcomes_are_scaled_from_their_level_to_todays():
    # one tree, one leaf: four rows, two without an attack, 2 at level 1 and 6 at level 3
    past = collect_analogues(
        [np.zeros((4, 1), dtype=np.int64)],
        np.array([0.0, 0.0, 2.0, 6.0]),
        np.array([0.0, 0.0, 1.0, 3.0]),
    )
    here = np.zeros((2, 1), dtype=np.int64)
    drawn = past.draws(here, np.array([1.0, 10.0]), np.tile(UNIFORMS, (2, 1)), shift=0.0, cap=1e9)
    # both ratios are 2: a region at level 1 gets 2, one at level 10 gets 20
    np.testing.assert_array_equal(np.unique(drawn[0]), [0, 2])
    np.testing.assert_array_equal(np.unique(drawn[1]), [0, 20])
    np.testing.assert_allclose((drawn > 0).mean(axis=1), 0.5)


def test_a_large_shift_leaves_outcomes_as_they_were():
    past = collect_analogues(
        [np.zeros((2, 1), dtype=np.int64)], np.array([5.0, 0.0]), np.array([1.0, 1.0])
    )
    drawn = past.draws(
        np.zeros((1, 1), dtype=np.int64), np.array([50.0]), UNIFORMS[None], shift=1e9, cap=1e9
    )
    assert set(np.unique(drawn)) <= {0, 5, 6}
    assert abs(drawn[drawn > 0].mean() - 5.0) < 0.01


def test_fractions_are_rounded_up_as_often_as_they_say():
    past = collect_analogues([np.zeros((1, 1), dtype=np.int64)], np.array([1.0]), np.array([1.0]))
    drawn = past.draws(
        np.zeros((1, 1), dtype=np.int64), np.array([2.25]), UNIFORMS[None], shift=0.0, cap=1e9
    )
    assert abs(drawn.mean() - 2.25) < 0.01


def test_no_draw_passes_the_cap_and_a_leaf_without_attacks_draws_zeros():
    past = collect_analogues([np.array([[0], [1]])], np.array([9.0, 0.0]), np.array([0.1, 0.1]))
    drawn = past.draws(
        np.array([[0], [1]]), np.array([90.0, 90.0]), np.tile(UNIFORMS, (2, 1)), shift=0.0, cap=50
    )
    assert drawn[0].min() == drawn[0].max() == 50
    assert drawn[1].max() == 0
