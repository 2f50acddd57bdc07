from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from experiments.scores.bootstrap import Bootstrap, Interval, Resampler, resampled_precision
from experiments.scores.paired_rows import PairedRows


@given(st.integers(1, 40), st.integers(1, 6), st.integers(0, 99))
def test_every_resample_has_the_length_of_the_series(months: int, block: int, seed: int) -> None:
    counts = Bootstrap(block=block, resamples=20, seed=seed).counts(months)
    assert counts.shape == (20, months)
    assert (counts.sum(axis=1) == months).all()


def test_months_are_drawn_in_neighbouring_blocks_and_each_equally_often() -> None:
    counts = Bootstrap(block=3, resamples=4000).counts(9)
    assert counts.mean(axis=0) == pytest.approx(np.ones(9), abs=0.06)
    drawn_once = Bootstrap(block=9, resamples=50).counts(9)
    assert (drawn_once == 1).all()


def test_the_same_seed_draws_the_same_months() -> None:
    assert (Bootstrap(seed=4).counts(7) == Bootstrap(seed=4).counts(7)).all()
    assert (Bootstrap(seed=4).counts(7) != Bootstrap(seed=5).counts(7)).any()


def resampler_of(values: npt.ArrayLike, month: npt.ArrayLike, bootstrap: Bootstrap) -> Resampler:
    """Return the resampler of one model's scores, rows in the order of months."""
    crps, months = np.atleast_2d(values), np.asarray(month)
    rows = PairedRows(
        target="",
        horizon=1,
        models=("m",),
        region_id=np.array([f"R{row}" for row in range(len(months))], dtype=object),
        month=months,
        months=int(months.max()) + 1,
        observed=np.zeros(len(months)),
        values={"crps": crps},
        traits={},
    )
    return Resampler(rows, bootstrap)


def test_means_by_hand() -> None:
    means = resampler_of([1.0, 3.0, 8.0], [0, 0, 1], Bootstrap(block=1, resamples=50)).score("crps")
    assert means.whole.tolist() == [4.0]
    # each of the two months once, the first twice, or the second twice
    assert set(means.drawn[0]) == {4.0, 2.0, 8.0}


def test_resampled_means_equal_a_plain_loop_over_drawn_rows() -> None:
    rng = np.random.default_rng(1)
    values, month = rng.normal(size=60), np.sort(rng.integers(0, 6, 60))
    bootstrap = Bootstrap(resamples=30)
    means = resampler_of(values, month, bootstrap).score("crps").drawn[0]
    for mean, drawn in zip(means, bootstrap.counts(6), strict=True):
        rows = np.concatenate([np.repeat(values[month == m], int(n)) for m, n in enumerate(drawn)])
        assert mean == pytest.approx(rows.mean())


def test_resampled_precision_equals_scikit_learn_on_drawn_rows() -> None:
    rng = np.random.default_rng(2)
    p = rng.integers(0, 11, 200) / 10
    happened, month = rng.random(200) < p, rng.integers(0, 8, 200)
    counts = Bootstrap(resamples=25).counts(8)
    whole, resamples = resampled_precision(happened, p, month, counts)
    assert whole == pytest.approx(average_precision_score(happened, p))
    for value, drawn in zip(resamples, counts, strict=True):
        times = drawn[month].astype(int)
        expected = average_precision_score(np.repeat(happened, times), np.repeat(p, times))
        assert value == pytest.approx(expected)


def test_precision_without_any_attack_does_not_exist() -> None:
    whole, resamples = resampled_precision(
        [False, False], [0.1, 0.2], np.array([0, 1]), np.ones((3, 2))
    )
    assert np.isnan(whole)
    assert np.isnan(resamples).all()


def test_interval_leaves_out_resamples_without_the_figure() -> None:
    interval = Interval.of(0.5, np.array([0.0, 1.0, np.nan]))
    assert (interval.low, interval.high) == pytest.approx((0.05, 0.95))
    assert np.isnan(Interval.of(0.5, np.array([np.nan])).low)


def test_a_ninety_percent_interval_holds_the_truth_about_nine_times_in_ten() -> None:
    hits = 0
    for seed in range(300):
        values = np.random.default_rng(seed).normal(size=60)
        bootstrap = Bootstrap(block=1, resamples=300, seed=seed)
        interval = resampler_of(values, np.arange(60), bootstrap).score("crps").interval(0)
        hits += interval.low <= 0.0 <= interval.high
    assert 0.84 <= hits / 300 <= 0.95
