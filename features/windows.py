"""Kernels over time: (rows, months) float32 in, the same shape out.

Month t of a result reads months up to t and no later one. Fixed windows are strict: one that
holds an unobserved month (NaN) or reaches before the first month is NaN. Kernels over the whole
past read the observed months so far and are NaN only where month t itself is unobserved.
``lag`` moves the end of a window that many months back. Inputs are not checked.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

__all__ = [
    "expanding_mean",
    "exponential_mean",
    "lagged",
    "months_into",
    "months_since",
    "moving_count",
    "moving_max",
    "moving_mean",
    "moving_ratio",
    "moving_sum",
    "recency",
]

Floats = npt.NDArray[np.float32]
Combine = Callable[[Floats, Floats], Floats]

_NOTHING = 1e-9


def lagged(values: Floats, lag: int) -> Floats:
    """Return the value ``lag`` months ago: out[t] = x[t - lag]."""
    return _placed(values, values.shape[1], lag)


def moving_sum(values: Floats, months: int, lag: int = 0) -> Floats:
    """Return the sum of a window: out[t] = x[t-lag-months+1] + ... + x[t-lag].

    Whole numbers stay exact while a window's sum is below 2^24.
    """
    return _placed(_sliding(values, months, np.add), values.shape[1], months - 1 + lag)


def moving_mean(values: Floats, months: int, lag: int = 0) -> Floats:
    """Return the mean of a window: ``moving_sum`` / months."""
    total = moving_sum(values, months, lag)
    return np.divide(total, np.float32(months), out=total)


def moving_max(values: Floats, months: int, lag: int = 0) -> Floats:
    """Return the largest value of a window."""
    return _placed(_sliding(values, months, np.maximum), values.shape[1], months - 1 + lag)


def moving_count(values: Floats, months: int, at_least: float) -> Floats:
    """Return how many months of a window hold a value of ``at_least`` or more."""
    return moving_sum(_reached(values, at_least), months)


def moving_ratio(part: Floats, whole: Floats, months: int) -> Floats:
    """Return sum of the part / sum of the whole over a window, 0 where the whole is 0.

    The whole holds counts: its sum is 0 or at least 1.
    """
    total = moving_sum(whole, months)
    return np.divide(moving_sum(part, months), np.maximum(total, np.float32(1)), out=total)


def exponential_mean(values: Floats, halflife: float, lag: int = 0) -> Floats:
    """Return the exponentially weighted mean of the observed months so far.

    Without gaps: y[t] = a x[t] + (1 - a) y[t-1] with a = 1 - 2^(-1/halflife), started at the first
    observed value. An unobserved month has no weight; the weights of the others are rescaled to
    sum to 1. Weights below 1e-9 are left out.
    """
    keep = 2.0 ** (-1.0 / halflife)
    unknown = np.isnan(values)
    rows = np.arange(len(values))
    first = (~unknown).argmax(axis=1)
    weights = np.where(unknown, np.float32(0), np.float32(1 - keep))
    weights[rows, first] = ~unknown[rows, first]
    mean = _decayed(np.where(unknown, np.float32(0), values) * weights, keep)
    if unknown.any():
        # Only after a gap, so that no other row and no later month changes a rounding.
        after_gap = np.logical_or.accumulate(unknown, axis=1)
        weight = np.where(unknown, np.float32(np.nan), _decayed(weights, keep))
        np.divide(mean, weight, out=mean, where=after_gap)
    return _placed(mean, values.shape[1], lag)


def expanding_mean(values: Floats) -> Floats:
    """Return the mean of all observed months so far."""
    observed = ~np.isnan(values)
    total = np.cumsum(np.where(observed, values, 0.0), axis=1, dtype=np.float64)
    count = np.cumsum(observed, axis=1)
    return np.where(observed, total / np.maximum(count, 1), np.nan).astype(np.float32)


def months_since(values: Floats, at_least: float) -> Floats:
    """Return the months since a value of ``at_least`` or more was last observed.

    0 where month t itself has one. Where there was none yet, the months from the first observed
    month to t, both included: the smallest possible value.
    """
    observed = ~np.isnan(values)
    start = observed.argmax(axis=1)[:, None] - 1
    last = np.maximum(_last_reached(values, at_least), start)
    return _where_observed(np.arange(values.shape[1]) - last, observed)


def recency(values: Floats, at_least: float, halflife: float) -> Floats:
    """Return 2^(-months since ``at_least`` or more / halflife), 0 where there was none yet."""
    last = _last_reached(values, at_least)
    age = (np.arange(values.shape[1]) - last).astype(np.float32)
    memory = np.where(last < 0, np.float32(0), np.exp2(age / np.float32(-halflife)))
    return _where_observed(memory, ~np.isnan(values))


def months_into(values: Floats, at_least: float) -> Floats:
    """Return the months since the first ever value of ``at_least``: 1 in that month, 0 before."""
    begun = np.logical_or.accumulate(values >= at_least, axis=1)
    return _where_observed(np.cumsum(begun, axis=1), ~np.isnan(values))


def _sliding(values: Floats, months: int, combine: Combine) -> Floats:
    # Column j covers months j .. j+span-1. Doubling the span reads each month log2 times and,
    # unlike a running sum, never carries a NaN or a rounding error out of its window.
    if months > values.shape[1]:
        return values[:, :0]
    part, span = values, 1
    total, covered = (values, 1) if months & 1 else (values[:, :0], 0)
    while 2 * span <= months:
        part = combine(part[:, :-span], part[:, span:])
        span *= 2
        if months & span:
            wide = values.shape[1] - covered - span + 1
            total = combine(total[:, :wide], part[:, covered:]) if covered else part
            covered += span
    return total


def _placed(result: npt.NDArray[np.floating], months: int, offset: int) -> Floats:
    out = np.empty((len(result), months), dtype=np.float32)
    out[:, :offset] = np.nan
    out[:, offset:] = result[:, : max(months - offset, 0)]
    return out


def _decayed(values: Floats, keep: float) -> Floats:
    # out[t] = values[t] + keep out[t-1], by doubling the span that is summed until what is left
    # weighs nothing; ending there also keeps long quiet spells out of slow subnormal numbers.
    out, span = values.copy(), 1
    while span < values.shape[1] and keep**span > _NOTHING:
        out[:, span:] += out[:, :-span] * np.float32(keep**span)
        span *= 2
    return out


def _reached(values: Floats, at_least: float) -> Floats:
    return _where_observed(values >= at_least, ~np.isnan(values))


def _last_reached(values: Floats, at_least: float) -> npt.NDArray[np.int32]:
    place = np.arange(values.shape[1], dtype=np.int32)
    return np.maximum.accumulate(np.where(values >= at_least, place, np.int32(-1)), axis=1)


def _where_observed(result: npt.NDArray[np.generic], observed: npt.NDArray[np.bool_]) -> Floats:
    return np.where(observed, result, np.float32(np.nan)).astype(np.float32, copy=False)
