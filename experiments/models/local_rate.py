"""The local rate of a region, the base class of models that use it, and the model ``local_nb``.

A region's rate is a weighted sum of its exponentially discounted means at several half-lives
plus a base that all regions share. Weights (at least 0), base and dispersion are estimated for all
regions together by negative binomial likelihood, so that a short series is drawn to the base.
"""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import digamma, gammaln

from experiments.distribution import Distribution
from experiments.models.beyond_record import carried_share, sizes_within_record
from experiments.models.counts import largest_count, nb_draws
from experiments.models.model import Model, WindowSettings, draw_uniforms
from experiments.training_view import TrainingRows, TrainingView

__all__ = [
    "HALF_LIVES",
    "LocalNb",
    "LocalRate",
    "LocalRateModel",
    "discounted_means",
    "fit_dispersion",
    "fit_local_rate",
]

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int32]

HALF_LIVES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
_PRIOR_MONTHS = 1.0
_LOWEST_RATE = 1e-6
_SIZE_BOUNDS = (1e-3, 1e4)

# Cache of the last fits: most models of a fold use the same rate, learnt from the same rows.
_LATEST: dict[bytes, LocalRate] = {}
_CACHE_SIZE = 4


@dataclass(frozen=True)
class LocalRate:
    """The fitted law: rate = base + weights . means, size = scale * rate^power.

    Attributes:
        weights: One weight a half-life, at least 0.
        base: Rate of a region without any attack, counts a month.
        scale: Negative binomial size at a rate of 1.
        power: Exponent with which the size grows with the rate.
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
        """Return the rate, (...), counts a month, from discounted means (..., half-lives)."""
        return np.asarray(means @ np.array(self.weights) + self.base)

    def size(self, rate: Floats) -> Floats:
        """Return the negative binomial size at each rate, of the shape of ``rate``."""
        return np.asarray(np.clip(self.scale * rate**self.power, *_SIZE_BOUNDS))


def discounted_means(history: npt.NDArray[np.floating]) -> Floats:
    """Return exponentially discounted means of all months up to each month.

    Args:
        history: (regions, months), counts a month; NaN where unobserved.

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
        observed = np.isfinite(history[:, month])
        total = total * decay + np.where(observed, history[:, month], 0.0)[:, None]
        weight = weight * decay + observed[:, None]
        means[month] = total / (weight + _PRIOR_MONTHS)
    return means


def fit_local_rate(means: Floats, y: Floats) -> LocalRate:
    """Estimate weights, base and dispersion by maximum likelihood.

    The results of the last few calls are cached: models of one fold learn from the same rows.

    Args:
        means: (rows, half-lives), discounted means at the origin.
        y: (rows,), counts in the target month.
    """
    key = hashlib.sha256(repr((means.shape, means.dtype, y.dtype)).encode())
    for values in (means, y):
        key.update(np.ascontiguousarray(values).tobytes())
    if (cached := _LATEST.get(key.digest())) is not None:
        return cached
    while len(_LATEST) >= _CACHE_SIZE:
        del _LATEST[next(iter(_LATEST))]
    return _LATEST.setdefault(key.digest(), _estimate(means, y))


def _estimate(means: Floats, y: Floats) -> LocalRate:
    columns = np.column_stack([means, np.ones(len(means))])
    start = np.append(np.full(len(HALF_LIVES), -2.0), [np.log(0.01), 0.0, 0.5])
    optimum = minimize(
        _negative_likelihood,
        start,
        args=(columns, y),
        jac=True,
        method="L-BFGS-B",
        bounds=[(-12.0, 2.0)] * (len(HALF_LIVES) + 1) + [(-6.0, 6.0), (-1.0, 2.0)],
    )
    *weights, base = np.exp(optimum.x[:-2])
    return LocalRate(
        weights=tuple(float(weight) for weight in weights),
        base=float(base) + _LOWEST_RATE,
        scale=float(np.exp(optimum.x[-2])),
        power=float(optimum.x[-1]),
    )


def fit_dispersion(rate: Floats, y: Floats) -> tuple[float, float]:
    """Estimate the dispersion by maximum likelihood.

    Args:
        rate: (rows,), expected counts, above 0.
        y: (rows,), counts.

    Returns:
        Scale and power of the negative binomial size, scale * rate^power.
    """

    def objective(theta: Floats) -> tuple[float, Floats]:
        value, _, by_size = _likelihood(rate, y, theta)
        return value, by_size

    optimum = minimize(
        objective, [0.0, 0.5], jac=True, method="L-BFGS-B", bounds=[(-6.0, 6.0), (-1.0, 2.0)]
    )
    return float(np.exp(optimum.x[0])), float(optimum.x[1])


def _negative_likelihood(theta: Floats, columns: Floats, y: Floats) -> tuple[float, Floats]:
    weights = np.exp(theta[:-2])
    value, by_rate, by_size = _likelihood(columns @ weights + _LOWEST_RATE, y, theta[-2:])
    return value, np.append((by_rate @ columns) * weights, by_size)


def _likelihood(rate: Floats, y: Floats, theta: Floats) -> tuple[float, Floats, Floats]:
    """Return the mean negative log likelihood, its gradient by rate (rows,) and that by theta."""
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


def _rate_now(rate: LocalRate, view: TrainingView) -> tuple[Floats, Floats]:
    """Return the rate at the origin, and the share to which the record carries it on."""
    levels = rate.rate(discounted_means(view.history))
    return levels[-1].copy(), carried_share(levels, horizon=view.task.horizon)


class LocalRateModel(Model):
    """Base of the models that use the local rate.

    A subclass learns in ``fit`` and returns the draws at the rate in ``_draws``; sizes that the
    record does not support (``beyond_record``) are replaced here.

    Attributes:
        rate_: The fitted local rate.
    """

    settings_class = WindowSettings
    rate_: LocalRate

    def _fit_rate(self, view: TrainingView) -> tuple[TrainingRows, Floats]:
        """Fit the local rate; return the training rows and their means, (rows, half-lives)."""
        window = self.settings.window
        rows = view.rows(window=window)
        means = view.once(
            ("means of rows", window),
            lambda: discounted_means(view.history)[rows.month, rows.region],
        )
        self.rate_ = fit_local_rate(means, rows.y)
        return rows, means

    def predict(self, view: TrainingView) -> Distribution:
        """Return the draws at the local rate, within what the record supports."""
        rate: LocalRate = self._fitted("rate_")
        now, share = view.once(("rate now", rate), lambda: _rate_now(rate, view))
        return Distribution(sizes_within_record(self._draws(view, now), share, view, self.name))

    @abstractmethod
    def _draws(self, view: TrainingView, rate: Floats) -> Counts:
        """Return draws of counts, (regions, draws) int32.

        Args:
            view: Counts and features up to the origin.
            rate: (regions,), local rate at the origin, counts a month.
        """


class LocalNb(LocalRateModel):
    """Negative binomial around the local rate of each region, without any features."""

    name = "local_nb"

    def fit(self, view: TrainingView) -> Self:
        """Fit the local rate on all regions together."""
        self._fit_rate(view)
        return self

    def _draws(self, view: TrainingView, rate: Floats) -> Counts:
        """Return negative binomial draws at the local rate."""
        uniforms, cap = draw_uniforms(view, self.name), largest_count(view.history)
        return nb_draws(uniforms, rate, self.rate_.size(rate), cap=cap)

    def _state(self) -> dict[str, Any]:
        return asdict(self._fitted("rate_"))

    def _restore(self, state: dict[str, Any], folder: Path) -> None:  # noqa: ARG002
        self.rate_ = LocalRate.from_dict(state)
