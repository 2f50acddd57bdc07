"""The region's own discounted mean, pooled over half-lives: the level that other models stand on.

A region's rate is a weighted sum of its exponentially discounted means at several half-lives
plus a base that all regions share. Weights (at least 0), base and dispersion are learnt for all
regions together by negative binomial likelihood, so that a short series leans on the base.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import digamma, gammaln

__all__ = [
    "HALF_LIVES",
    "LocalRate",
    "discounted_means",
    "fit_dispersion",
    "fit_local_rate",
]

Floats = npt.NDArray[np.float64]

HALF_LIVES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
_PRIOR_MONTHS = 1.0
_LOWEST_RATE = 1e-6
_SIZE_BOUNDS = (1e-3, 1e4)

# What the last fits gave: most models of a fold stand on the same level, learnt from the same rows.
_LATEST: dict[bytes, LocalRate] = {}
_KEPT = 4


@dataclass(frozen=True)
class LocalRate:
    """What was learnt: rate = base + weights . means, size = scale * rate^power.

    Attributes:
        weights: One weight a half-life, at least 0.
        base: Rate of a region without any attack, counts a month.
        scale: Dispersion (size) of a rate of 1.
        power: How the size grows with the rate.
    """

    weights: tuple[float, ...]
    base: float
    scale: float
    power: float

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Return a rate from the JSON form of its fields."""
        return cls(**{**values, "weights": tuple(values["weights"])})

    def rate(self, means: Floats) -> Floats:
        """Return the expected count from discounted means (..., half-lives)."""
        return np.asarray(means @ np.array(self.weights) + self.base)

    def size(self, rate: Floats) -> Floats:
        """Return the negative binomial size that belongs to a rate."""
        return np.asarray(np.clip(self.scale * rate**self.power, *_SIZE_BOUNDS))


def discounted_means(history: npt.NDArray[np.floating]) -> Floats:
    """Return exponentially discounted means of all months up to each month.

    Args:
        history: (regions, months), counts a month; NaN where unobserved, which is skipped.

    Returns:
        (months, regions, half-lives): sum of 2^(-age / half-life) y over observed months,
        divided by the sum of the weights plus one month of zero.
    """
    regions, months = history.shape
    decay = 0.5 ** (1.0 / np.array(HALF_LIVES))
    total = np.zeros((regions, len(HALF_LIVES)))
    weight = np.zeros_like(total)
    means = np.empty((months, regions, len(HALF_LIVES)))
    for month in range(months):
        seen = np.isfinite(history[:, month])
        total = total * decay + np.where(seen, history[:, month], 0.0)[:, None]
        weight = weight * decay + seen[:, None]
        means[month] = total / (weight + _PRIOR_MONTHS)
    return means


def fit_local_rate(means: Floats, y: Floats) -> LocalRate:
    """Learn weights, base and dispersion by maximum likelihood.

    The same rows are not learnt from twice in a row: models of one fold share the result.

    Args:
        means: (rows, half-lives), discounted means at the origin.
        y: (rows,), counts in the target month.
    """
    key = hashlib.sha256(repr((means.shape, means.dtype, y.dtype)).encode())
    for values in (means, y):
        key.update(np.ascontiguousarray(values).tobytes())
    if (known := _LATEST.get(key.digest())) is not None:
        return known
    while len(_LATEST) >= _KEPT:
        del _LATEST[next(iter(_LATEST))]
    return _LATEST.setdefault(key.digest(), _learn_rate(means, y))


def _learn_rate(means: Floats, y: Floats) -> LocalRate:
    columns = np.column_stack([means, np.ones(len(means))])
    start = np.append(np.full(len(HALF_LIVES), -2.0), [np.log(0.01), 0.0, 0.5])
    found = minimize(
        _negative_likelihood,
        start,
        args=(columns, y),
        jac=True,
        method="L-BFGS-B",
        bounds=[(-12.0, 2.0)] * (len(HALF_LIVES) + 1) + [(-6.0, 6.0), (-1.0, 2.0)],
    )
    *weights, base = np.exp(found.x[:-2])
    return LocalRate(
        weights=tuple(float(weight) for weight in weights),
        base=float(base) + _LOWEST_RATE,
        scale=float(np.exp(found.x[-2])),
        power=float(found.x[-1]),
    )


def fit_dispersion(rate: Floats, y: Floats) -> tuple[float, float]:
    """Learn the scale and power of the size for given rates (rows,) and counts (rows,)."""

    def objective(theta: Floats) -> tuple[float, Floats]:
        value, _, by_size = _likelihood(rate, y, theta)
        return value, by_size

    found = minimize(
        objective, [0.0, 0.5], jac=True, method="L-BFGS-B", bounds=[(-6.0, 6.0), (-1.0, 2.0)]
    )
    return float(np.exp(found.x[0])), float(found.x[1])


def _negative_likelihood(theta: Floats, columns: Floats, y: Floats) -> tuple[float, Floats]:
    weights = np.exp(theta[:-2])
    value, by_rate, by_size = _likelihood(columns @ weights + _LOWEST_RATE, y, theta[-2:])
    return value, np.append((by_rate @ columns) * weights, by_size)


def _likelihood(rate: Floats, y: Floats, theta: Floats) -> tuple[float, Floats, Floats]:
    """Return the mean negative log likelihood and its slopes by rate (rows,) and by theta."""
    log_rate = np.log(rate)
    size = np.clip(np.exp(theta[0] + theta[1] * log_rate), *_SIZE_BOUNDS)
    free = (size > _SIZE_BOUNDS[0]) & (size < _SIZE_BOUNDS[1])
    log_share = -np.log1p(rate / size)
    value = size * log_share + y * (log_rate - np.log(size) + log_share)
    by_size = log_share + (rate - y) / (size + rate)
    hit = y > 0
    count, shape = y[hit], size[hit]
    value[hit] += gammaln(count + shape) - gammaln(shape) - gammaln(count + 1.0)
    by_size[hit] += digamma(count + shape) - digamma(shape)
    by_size = np.where(free, by_size * size, 0.0)
    by_rate = y / rate - (y + size) / (rate + size) + by_size * theta[1] / rate
    slopes = -np.array([by_size.mean(), (by_size * log_rate).mean()])
    return float(-value.mean()), -by_rate / len(y), slopes
