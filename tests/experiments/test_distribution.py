"""Everything printed about a target comes from the same draws."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.distribution import Distribution


def test_probabilities_means_and_quantiles_agree():
    forecast = Distribution(np.array([[0, 0, 2, 6], [1, 1, 1, 1]], dtype=np.int32))
    np.testing.assert_allclose(forecast.p_at_least(1), [0.5, 1.0])
    np.testing.assert_allclose(forecast.p_at_least(3), [0.25, 0.0])
    np.testing.assert_allclose(forecast.mean(), [2.0, 1.0])
    np.testing.assert_allclose(forecast.quantiles([0.5]), [[1.0, 1.0]])


@pytest.mark.parametrize(
    ("draws", "error"),
    [(np.array([[1.0]]), TypeError), (np.array([[-1]], dtype=np.int32), ValueError)],
)
def test_only_whole_numbers_of_at_least_zero_are_taken(draws, error):
    with pytest.raises(error, match="draws must be"):
        Distribution(draws)
