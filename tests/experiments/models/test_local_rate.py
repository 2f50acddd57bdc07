"""The discounted level against a slow loop, its likelihood's slopes, and a known truth."""

from __future__ import annotations

import numpy as np
from scipy.optimize import approx_fprime

from experiments.models import local_rate
from experiments.models.local_rate import (
    HALF_LIVES,
    discounted_means,
    fit_dispersion,
    fit_local_rate,
)


def test_discounted_means_equal_a_slow_loop():
    rng = np.random.default_rng(2)
    history = rng.poisson(1.0, (3, 20)).astype(float)
    history[1, :7] = np.nan
    history[2, 4] = np.nan
    means = discounted_means(history)
    for region, month, place in [(0, 19, 0), (1, 9, 2), (2, 12, 5), (1, 3, 1)]:
        weighted = count = 0.0
        for past in range(month + 1):
            if np.isfinite(history[region, past]):
                weight = 2.0 ** (-(month - past) / HALF_LIVES[place])
                weighted += weight * history[region, past]
                count += weight
        assert np.isclose(means[month, region, place], weighted / (count + 1.0))


def test_slopes_of_the_likelihood_are_right():
    rng = np.random.default_rng(4)
    columns = np.column_stack([rng.gamma(1.0, 1.0, (50, len(HALF_LIVES))), np.ones(50)])
    y = rng.poisson(columns[:, 0]).astype(float)
    theta = np.append(rng.normal(-1.5, 0.3, len(HALF_LIVES) + 1), [0.2, 0.4])
    _, slopes = local_rate._negative_likelihood(theta, columns, y)
    numeric = approx_fprime(
        theta, lambda at: local_rate._negative_likelihood(at, columns, y)[0], 1e-6
    )
    np.testing.assert_allclose(slopes, numeric, atol=1e-4)


def test_a_known_dispersion_is_found_again():
    rng = np.random.default_rng(6)
    rate = rng.gamma(1.0, 3.0, 20_000) + 0.05
    size = 0.8 * rate**0.5
    y = rng.negative_binomial(size, size / (size + rate)).astype(float)
    scale, power = fit_dispersion(rate, y)
    assert abs(scale - 0.8) < 0.08
    assert abs(power - 0.5) < 0.06


def test_rate_of_a_region_without_attacks_is_the_base_that_all_share():
    rng = np.random.default_rng(8)
    means = rng.gamma(0.5, 1.0, (3000, len(HALF_LIVES)))
    local = fit_local_rate(means, rng.poisson(0.2 + 0.5 * means[:, 2]).astype(float))
    assert min(local.weights) >= 0
    assert np.isclose(local.rate(np.zeros((1, len(HALF_LIVES))))[0], local.base)
    assert abs(local.base - 0.2) < 0.06
    assert abs(local.weights[2] - 0.5) < 0.08
