"""Drawn counts against scipy, the hurdle's law, and the bound of the tail."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import nbinom

from experiments.models.counts import CAP, largest_count, nb_draws, nb_zero, truncated_nb_draws

UNIFORMS = (np.arange(4000)[None, :] + 0.5) / 4000
MEAN = np.array([0.3, 4.0, 60.0])
SIZE = np.array([0.5, 1.5, 3.0])


def test_draws_are_the_quantiles_of_scipy():
    uniforms = np.repeat(UNIFORMS, 3, axis=0)
    drawn = nb_draws(uniforms, MEAN, SIZE, cap=1e6)
    expected = nbinom.ppf(uniforms, SIZE[:, None], (SIZE / (SIZE + MEAN))[:, None])
    np.testing.assert_array_equal(drawn, expected)
    np.testing.assert_allclose(drawn.mean(axis=1), MEAN, rtol=0.01)


@pytest.mark.parametrize("draws", [1, 40, 1000])
def test_draws_in_any_order_are_those_of_scipy_also_where_counts_outnumber_them(draws):
    rng = np.random.default_rng(draws)
    mean = np.exp(rng.uniform(-6, 9, 60))
    size = np.exp(rng.uniform(-6, 9.2, 60))
    uniforms = rng.uniform(1e-12, 1.0, (60, draws))
    drawn = nb_draws(uniforms, mean, size, cap=1e9)
    expected = nbinom.ppf(uniforms, size[:, None], (size / (size + mean))[:, None])
    np.testing.assert_array_equal(drawn, np.minimum(expected, 1e9))


def test_a_hurdle_keeps_its_probability_and_the_shape_given_an_attack():
    uniforms = np.repeat(UNIFORMS, 3, axis=0)
    p = np.array([0.1, 0.5, 0.9])
    drawn = truncated_nb_draws(uniforms, p, MEAN, SIZE, cap=1e6)
    np.testing.assert_allclose((drawn > 0).mean(axis=1), p, atol=1 / 4000)
    for row in range(3):
        given = drawn[row][drawn[row] > 0]
        expected = MEAN[row] / (1.0 - nb_zero(MEAN, SIZE)[row])
        assert abs(given.mean() / expected - 1.0) < 0.03


def test_no_draw_passes_the_bound():
    history = np.array([[0.0, 7.0, np.nan]])
    cap = largest_count(history)
    assert cap == 7 * CAP
    drawn = nb_draws(np.array([[1 - 1e-12]]), np.array([500.0]), np.array([0.1]), cap=cap)
    assert drawn.max() == cap
    assert largest_count(np.full((2, 2), np.nan)) == CAP
