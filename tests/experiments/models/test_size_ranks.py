"""Ranks of sizes: there and back, against the distribution itself, and at another level."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.special import ndtr
from scipy.stats import kstest, nbinom

from experiments.models.size_ranks import size_scores, sizes_at

levels = st.floats(1e-3, 500.0)
sizes = st.floats(0.05, 50.0)
shares = st.floats(0.001, 0.999)


def ones(value: float) -> np.ndarray:
    return np.array([value])


@given(st.integers(1, 300), levels, sizes, st.floats(0.01, 0.99))
def test_a_count_carried_to_its_own_level_is_itself(y, level, size, share):
    score = size_scores(ones(y), ones(level), ones(size), ones(share))
    # farther out, the chances are too small or too near to 1 to be told apart
    assume(-6 < score[0] < 30)
    assert sizes_at(score, ones(level), ones(size))[0] == y


@given(st.integers(1, 200), levels, sizes, shares)
def test_a_larger_count_has_a_larger_score(y, level, size, share):
    two = size_scores(np.array([y, y + 1.0]), *(np.full(2, v) for v in (level, size, share)))
    assert two[0] <= two[1]


@given(st.floats(-4, 6), levels, st.floats(1.0, 5.0), sizes)
def test_a_score_stands_for_more_where_the_level_is_higher(score, level, factor, size):
    low, high = sizes_at(np.full(2, score), np.array([level, level * factor]), np.full(2, size))
    assert 1 <= low <= high


@pytest.mark.parametrize(("level", "size"), [(0.05, 0.3), (4.0, 0.8), (60.0, 3.0)])
def test_scores_of_the_local_count_itself_are_standard_normal(level, size):
    rng = np.random.default_rng(3)
    y = nbinom.rvs(size, size / (size + level), size=200_000, random_state=rng)
    hit = y[y > 0][:3000].astype(float)
    full = [np.full(len(hit), value) for value in (level, size)]
    assert kstest(size_scores(hit, *full, rng.random(len(hit))), "norm").pvalue > 0.001


def test_the_median_of_a_place_is_the_median_of_another():
    far = sizes_at(np.zeros(2), np.array([2.0, 200.0]), np.array([1.0, 1.0]))
    for count, level in zip(far, (2.0, 200.0), strict=True):
        law = nbinom(1.0, 1.0 / (1.0 + level))
        assert (law.cdf(count) - law.pmf(0)) / law.sf(0) == pytest.approx(0.5, abs=0.2)


def test_a_count_beyond_all_measure_stays_finite():
    score = size_scores(ones(100_000.0), ones(0.01), ones(0.5), ones(0.5))
    assert np.isfinite(score).all()
    assert np.isfinite(sizes_at(score, ones(300.0), ones(2.0))).all()


def test_looking_up_a_region_at_once_finds_what_looking_up_each_score_does():
    rng = np.random.default_rng(8)
    levels = np.concatenate([rng.gamma(0.3, 1.0, 60), rng.gamma(1.0, 400.0, 20)]) + 1e-3
    spreads = rng.gamma(2.0, 0.5, 80) + 0.05
    region = np.repeat(np.arange(80), rng.integers(0, 60, 80))
    scores = rng.normal(size=len(region)) * 2
    found = sizes_at(scores, levels[region], spreads[region])
    alone = [
        sizes_at(ones(score), ones(levels[row]), ones(spreads[row]))[0]
        for score, row in zip(scores, region, strict=True)
    ]
    law = nbinom(spreads, spreads / (spreads + levels))
    share = law.sf(found[None, :].T)[np.arange(len(region)), region] / law.sf(0)[region]
    assert found.tolist() == alone
    assert (share <= ndtr(-scores)).all()
