"""Scores against scoringrules, against numbers worked out by hand, and against their laws."""

from __future__ import annotations

import numpy as np
import pytest
import scoringrules
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from experiments.distribution_scores import crps, ign, mis, pit

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
        ([1.0, 2.0], [[1.0]], r"expected \(rows,\) and \(rows, draws\)"),
        ([np.nan], [[1.0]], "leave out rows without an observation"),
        ([1.0], [[np.inf]], "finite"),
    ],
)
def test_bad_input_is_refused(observed, draws, match):
    with pytest.raises(ValueError, match=match):
        crps(observed, draws)
