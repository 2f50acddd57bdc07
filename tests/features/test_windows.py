from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from features import windows

NAN = float("nan")

COUNTS = st.one_of(
    st.just(0.0), st.integers(0, 9).map(float), st.integers(0, 10**6).map(float), st.just(NAN)
)
SERIES = st.integers(1, 30).flatmap(
    lambda months: arrays(np.float32, (3, months), elements=COUNTS.map(np.float32), fill=None)
)


def each(values: np.ndarray, rule: Callable[[Sequence[float]], float]) -> np.ndarray:
    """Apply a rule to the past of every month, oldest first: the slow loop."""
    return np.array(
        [[rule([float(x) for x in row[: t + 1]]) for t in range(len(row))] for row in values],
        dtype=np.float32,
    )


def window(past: Sequence[float], months: int, lag: int) -> list[float] | None:
    """Return a whole observed window, else None."""
    end = len(past) - lag
    if end < months:
        return None
    found = list(past[end - months : end])
    return None if any(math.isnan(x) for x in found) else found


def over(months: int, lag: int, rule: Callable[[list[float]], float]):
    def ruled(past: Sequence[float]) -> float:
        found = window(past, months, lag)
        return NAN if found is None else rule(found)

    return ruled


def since(past: Sequence[float], at_least: float) -> float:
    if math.isnan(past[-1]):
        return NAN
    for age, value in enumerate(reversed(past)):
        if value >= at_least:
            return age
    first = next(place for place, value in enumerate(past) if not math.isnan(value))
    return len(past) - first


@given(SERIES, st.integers(0, 40))
def test_lagged_is_the_value_so_many_months_ago(values, lag):
    expected = each(values, lambda past: past[-1 - lag] if lag < len(past) else NAN)
    np.testing.assert_array_equal(windows.lagged(values, lag), expected)


@given(SERIES, st.integers(1, 40), st.integers(0, 3))
def test_moving_sum_is_exact_and_strict(values, months, lag):
    values = np.where(values > 9, np.float32(9), values)
    np.testing.assert_array_equal(
        windows.moving_sum(values, months, lag), each(values, over(months, lag, sum))
    )


@given(SERIES, st.integers(1, 40), st.integers(0, 3))
def test_moving_mean_max_and_count_are_those_of_the_window(values, months, lag):
    np.testing.assert_allclose(
        windows.moving_mean(values, months, lag),
        each(values, over(months, lag, lambda found: sum(found) / months)),
        rtol=1e-6,
    )
    np.testing.assert_array_equal(
        windows.moving_max(values, months, lag), each(values, over(months, lag, max))
    )
    np.testing.assert_array_equal(
        windows.moving_count(values, months, 5),
        each(values, over(months, 0, lambda found: sum(x >= 5 for x in found))),
    )


@given(SERIES, st.integers(1, 12))
def test_moving_ratio_divides_sums_and_is_zero_over_nothing(values, months):
    part = np.minimum(values, np.float32(2))
    whole = windows.moving_sum(values, months)
    expected = windows.moving_sum(part, months) / np.where(whole == 0, 1, whole)
    np.testing.assert_allclose(windows.moving_ratio(part, values, months), expected, rtol=1e-6)


@given(SERIES, st.sampled_from([0.5, 1, 3, 24]), st.integers(0, 2))
def test_exponential_mean_weighs_the_observed_months(values, halflife, lag):
    keep = 2 ** (-1 / halflife)

    def mean(past: Sequence[float]) -> float:
        past = past[: len(past) - lag]
        if not past or math.isnan(past[-1]):
            return NAN
        known = [(len(past) - 1 - place, x) for place, x in enumerate(past) if not math.isnan(x)]
        ages, found = zip(*known, strict=True)
        weights = [keep ** ages[0]] + [(1 - keep) * keep**age for age in ages[1:]]
        return sum(w * x for w, x in zip(weights, found, strict=True)) / sum(weights)

    np.testing.assert_allclose(
        windows.exponential_mean(values, halflife, lag),
        each(values, mean),
        rtol=2e-6,
        atol=1e-8 * np.nanmax(values, initial=0),
    )


@given(SERIES, st.sampled_from([1, 6]))
def test_exponential_mean_without_gaps_is_that_of_pandas(values, halflife):
    values = np.nan_to_num(values)
    frame = pd.DataFrame(values.T.astype(np.float64))
    expected = frame.ewm(alpha=1 - 2 ** (-1 / halflife), adjust=False).mean().to_numpy().T
    np.testing.assert_allclose(
        windows.exponential_mean(values, halflife),
        expected,
        rtol=2e-6,
        atol=1e-8 * values.max(),
    )


def test_exponential_mean_remembers_hundreds_of_months():
    values = np.zeros((1, 400), dtype=np.float32)
    values[0, 0] = 1
    mean = windows.exponential_mean(values, 24)
    assert mean[0, 399] == pytest.approx(2 ** (-399 / 24), rel=1e-5)


@given(SERIES)
def test_expanding_mean_is_that_of_the_observed_months_so_far(values):
    def mean(past: Sequence[float]) -> float:
        known = [x for x in past if not math.isnan(x)]
        return NAN if math.isnan(past[-1]) else sum(known) / len(known)

    np.testing.assert_allclose(windows.expanding_mean(values), each(values, mean), rtol=1e-6)


@given(SERIES, st.sampled_from([1, 5, 100]))
def test_months_since_looks_back_to_the_last_known_hit(values, at_least):
    np.testing.assert_array_equal(
        windows.months_since(values, at_least), each(values, lambda past: since(past, at_least))
    )


@given(SERIES, st.sampled_from([1, 5]), st.sampled_from([2, 24]))
def test_recency_halves_and_is_zero_before_the_first_hit(values, at_least, halflife):
    def memory(past: Sequence[float]) -> float:
        if math.isnan(past[-1]) or any(x >= at_least for x in past):
            return 2 ** (-since(past, at_least) / halflife)
        return 0

    np.testing.assert_allclose(
        windows.recency(values, at_least, halflife), each(values, memory), rtol=1e-5
    )


@given(SERIES)
def test_months_into_counts_from_the_first_hit_ever(values):
    def into(past: Sequence[float]) -> float:
        if math.isnan(past[-1]):
            return NAN
        return next((len(past) - place for place, x in enumerate(past) if x >= 1), 0)

    np.testing.assert_array_equal(windows.months_into(values, 1), each(values, into))


def test_a_gap_leaves_a_window_when_it_is_over():
    values = np.array([[1, NAN, 2, 3, 4]], dtype=np.float32)
    np.testing.assert_array_equal(windows.moving_sum(values, 2), [[NAN, NAN, NAN, 5, 7]])
    np.testing.assert_array_equal(windows.moving_max(values, 3), [[NAN, NAN, NAN, NAN, 4]])


def test_whole_numbers_stay_exact_after_years_of_large_counts():
    values = np.full((1, 420), 400_001, dtype=np.float32)
    values[0, -1] = 1
    assert windows.moving_sum(values, 36)[0, -1] == 35 * 400_001 + 1


def test_months_since_starts_at_the_first_observed_month():
    values = np.array([[NAN, NAN, 0, 0, 7, 0, NAN, 0]], dtype=np.float32)
    expected = [[NAN, NAN, 1, 2, 0, 1, NAN, 3]]
    np.testing.assert_array_equal(windows.months_since(values, 5), expected)


def test_kernels_do_not_change_their_input():
    values = np.arange(20, dtype=np.float32).reshape(2, 10)
    values.flags.writeable = False
    windows.moving_mean(values, 3)
    windows.moving_ratio(values, values, 3)
    windows.exponential_mean(values, 3)
    windows.recency(values, 1, 3)
