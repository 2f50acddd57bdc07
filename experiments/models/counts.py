"""Draws of counts: negative binomial quantiles, and the two parts of a hurdle.

A hurdle is P(y >= 1) and the distribution of the size, the count given that it is at least 1. Draws
may exceed every count of the training months, but never ``CAP`` times the largest of them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.stats import nbinom

from experiments.distribution import Distribution

__all__ = [
    "CAP",
    "hurdle_draws",
    "largest_count",
    "nb_draws",
    "nb_zero",
    "size_quantiles",
    "truncated_nb_draws",
]

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int32]

CAP = 10.0
# Regions with more counts a draw than this are not tabulated.
_COUNTS_A_DRAW = 3


def largest_count(history: npt.NDArray[np.floating]) -> float:
    """Return the bound of all draws, ``CAP`` times the largest count.

    Args:
        history: (regions, months), counts a month; NaN where unobserved.
    """
    observed = history[np.isfinite(history)]
    return CAP * max(float(observed.max(initial=0.0)), 1.0)


def nb_zero(mean: Floats, size: Floats) -> Floats:
    """Return P(y = 0) of negative binomials.

    Args:
        mean: (regions,), counts a month, above 0.
        size: (regions,), variance = mean + mean^2 / size.

    Returns:
        (regions,), probabilities.

    Example:
        >>> nb_zero(np.array([1.0]), np.array([1.0]))
        array([0.5])
    """
    return np.asarray(np.exp(-size * np.log1p(mean / size)))


def nb_draws(uniforms: Floats, mean: Floats, size: Floats, *, cap: float) -> Counts:
    """Return negative binomial quantiles.

    Args:
        uniforms: (regions, draws), in (0, 1).
        mean: (regions,), counts a month, above 0.
        size: (regions,), variance = mean + mean^2 / size.
        cap: Largest count that is drawn.

    Returns:
        (regions, draws) int32.
    """
    draws = np.zeros(uniforms.shape)
    row, column = np.nonzero(uniforms > nb_zero(mean, size)[:, None])
    draws[row, column] = _quantiles(uniforms[row, column], row, size, size / (size + mean))
    return np.asarray(np.minimum(draws, cap).astype(np.int32))


def truncated_nb_draws(
    uniforms: Floats, p_attack: Floats, mean: Floats, size: Floats, *, cap: float
) -> Counts:
    """Return quantiles of a hurdle: 0 with probability 1 - p, else a truncated negative binomial.

    Args:
        uniforms: (regions, draws), in (0, 1).
        p_attack: (regions,), probability of at least one.
        mean: (regions,), mean of the negative binomial before truncation.
        size: (regions,), its size.
        cap: Largest count that is drawn.

    Returns:
        (regions, draws) int32.
    """
    draws = np.zeros(uniforms.shape)
    row, column = np.nonzero(uniforms > 1.0 - p_attack[:, None])
    above = (uniforms[row, column] - 1.0 + p_attack[row]) / p_attack[row]
    zero = nb_zero(mean, size)[row]
    level = np.minimum(zero + above * (1.0 - zero), 1.0 - 1e-12)
    counts = _quantiles(level, row, size, size / (size + mean))
    draws[row, column] = np.maximum(counts, 1.0)
    return np.asarray(np.minimum(draws, cap).astype(np.int32))


def _quantiles(levels: Floats, row: npt.NDArray[np.intp], size: Floats, chance: Floats) -> Floats:
    """Return what ``nbinom.ppf`` returns, read off one cumulative table a region.

    A region has many draws and few counts: its table costs a fraction of one search a draw. Only
    where its largest count is far above the number of its draws is each of them searched for.

    Args:
        levels: (draws,), in (0, 1).
        row: (draws,), region of each draw, ascending.
        size: (regions,).
        chance: (regions,).
    """
    region, start, draws = np.unique(row, return_index=True, return_counts=True)
    counts = np.empty(len(levels))
    if not len(region):
        return counts
    largest = np.maximum.reduceat(levels, start)
    most = np.asarray(nbinom.ppf(largest, size[region], chance[region]))
    few = most < _COUNTS_A_DRAW * draws
    searched = np.repeat(~few, draws)
    counts[searched] = nbinom.ppf(levels[searched], size[row[searched]], chance[row[searched]])
    width = most[few].astype(np.intp) + 1
    stop = np.cumsum(width)
    tabled = np.repeat(region[few], width)
    count = np.arange(len(tabled)) - np.repeat(stop - width, width)
    table = np.asarray(nbinom.cdf(count, size[tabled], chance[tabled]))
    places = zip(start[few], draws[few], stop - width, stop, strict=True)
    for first, drawn, low, high in places:
        part = slice(first, first + drawn)
        counts[part] = np.searchsorted(table[low:high], levels[part])
    return counts


def size_quantiles(forecast: Distribution, count: int) -> Counts:
    """Return evenly spaced quantiles of the draws above 0.

    Args:
        forecast: Draws of every region.
        count: Number of quantiles.

    Returns:
        (regions, count) int32, ascending; ones where no draw is above 0.

    Example:
        >>> size_quantiles(Distribution(np.array([[0, 0, 2, 5]], dtype=np.int32)), 2)
        array([[2, 5]], dtype=int32)
    """
    ordered = np.sort(forecast.draws, axis=1)
    positive = (ordered > 0).sum(axis=1)[:, None]
    place = (np.arange(count) + 0.5) / count * positive
    column = np.minimum(forecast.size - positive + place.astype(np.intp), forecast.size - 1)
    return np.maximum(np.take_along_axis(ordered, column, axis=1), 1)


def hurdle_draws(p: Floats, sizes: Counts, draws: int) -> Distribution:
    """Return draws that are 0 with probability 1 - p and else quantiles of the size.

    Args:
        p: (regions,), P(y >= 1), rounded to a whole number of draws.
        sizes: (regions, quantiles), ascending, at least 1.
        draws: Number of draws a region.

    Returns:
        (regions, draws), in ascending order.
    """
    wanted = np.round(p * draws).astype(np.intp)[:, None]
    rank = np.arange(draws)[None, :] - (draws - wanted)
    place = (rank + 0.5) / np.maximum(wanted, 1) * sizes.shape[1]
    column = np.clip(place.astype(np.intp), 0, sizes.shape[1] - 1)
    return Distribution(
        np.where(rank >= 0, np.take_along_axis(sizes, column, axis=1), 0).astype(np.int32)
    )
