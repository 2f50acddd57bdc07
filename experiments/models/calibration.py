"""Repairing a forecast so that it means what it says: P(attack), and the size given an attack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

__all__ = ["IsotonicMap", "LevelMap", "fit_isotonic", "fit_levels"]

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int32]

_FEWEST_ROWS = 200
_FEWEST_ATTACKS = 20
_FEWEST_SIZES = 60
_BOUNDS = (0.0005, 0.9995)
_KNOTS = 21


@dataclass(frozen=True)
class IsotonicMap:
    """A non-decreasing map of probabilities; without knots it leaves them alone.

    It is linear between knots and level beyond the outer ones: nothing in the record says that a
    higher forecast than any step's mean came true more often.

    Attributes:
        forecast: Knots, ascending probabilities.
        happened: Share that happened at each knot.
        strength: Share of the way from the forecast to the knots that is gone.
    """

    forecast: tuple[float, ...] = ()
    happened: tuple[float, ...] = ()
    strength: float = 1.0

    def __call__(self, p: Floats) -> Floats:
        """Return repaired probabilities of the same shape; order is kept."""
        if not self.forecast:
            return p
        came = np.interp(p, self.forecast, self.happened)
        return np.asarray(np.clip(p + self.strength * (came - p), *_BOUNDS))

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Return a map from the JSON form of its fields."""
        knots = {name: tuple(values[name]) for name in ("forecast", "happened")}
        return cls(**knots, strength=values["strength"])


@dataclass(frozen=True)
class LevelMap:
    """A non-decreasing map of the quantile levels of sizes; without knots it does nothing.

    Attributes:
        levels: At evenly spaced levels from 0 to 1, the level to read instead.
    """

    levels: tuple[float, ...] = ()

    def __call__(self, sizes: Counts) -> Counts:
        """Return repaired quantiles.

        Args:
            sizes: (regions, quantiles), ascending at evenly spaced levels.

        Returns:
            (regions, quantiles), ascending; values of the same forecast at other levels.
        """
        if not self.levels:
            return sizes
        count = sizes.shape[1]
        wanted = (np.arange(count) + 0.5) / count
        read = np.interp(wanted, np.linspace(0.0, 1.0, len(self.levels)), self.levels)
        return sizes[:, np.clip((read * count).astype(np.intp), 0, count - 1)]

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Return a map from the JSON form of its fields."""
        return cls(levels=tuple(values["levels"]))


def fit_isotonic(
    p: Floats, happened: npt.NDArray[np.bool_], *, strength: float = 1.0
) -> IsotonicMap:
    """Learn a map on earlier origins.

    The step function of isotonic regression is joined through the middle of its steps, so that
    unlike forecasts stay unlike.

    Args:
        p: (rows,), forecast probabilities.
        happened: (rows,), whether an attack came.
        strength: Share of the way to the record that is gone; below 1 unlike stays unlike.

    Returns:
        The map; without knots where fewer than 200 rows or 20 attacks could teach it.
    """
    if len(p) < _FEWEST_ROWS or happened.sum() < _FEWEST_ATTACKS:
        return IsotonicMap()
    from sklearn.isotonic import IsotonicRegression

    order = np.argsort(p, kind="stable")
    fitted = IsotonicRegression(y_min=0.0, y_max=1.0).fit_transform(
        p[order], happened[order].astype(np.float64)
    )
    _, step = np.unique(fitted, return_inverse=True)
    weight = np.bincount(step)
    forecast = np.bincount(step, p[order]) / weight
    return IsotonicMap(
        forecast=tuple(map(float, forecast)),
        happened=tuple(map(float, np.bincount(step, fitted) / weight)),
        strength=strength,
    )


def fit_levels(
    observed: Floats, sizes: Sequence[Counts], weights: Floats, *, strength: float
) -> LevelMap:
    """Learn at which levels of past size forecasts the outcomes lay (their PIT).

    Args:
        observed: (rows,), counts above 0.
        sizes: One (rows, quantiles) a member, ascending.
        weights: (members,), the pool's, summing to 1.
        strength: Share of the way from the forecast's own levels to the record's.

    Returns:
        The map; without knots where fewer than 60 rows could teach it.

    Source:
        Kuleshov, Fenner and Ermon (2018), Accurate uncertainties for deep learning using
        calibrated regression, with the non-randomised PIT of Czado, Gneiting and Held (2009).
    """
    if len(observed) < _FEWEST_SIZES:
        return LevelMap()
    y = observed[:, None]
    below = np.sum([w * (s < y).mean(axis=1) for w, s in zip(weights, sizes, strict=True)], axis=0)
    at = np.sum([w * (s <= y).mean(axis=1) for w, s in zip(weights, sizes, strict=True)], axis=0)
    own = np.linspace(0.0, 1.0, _KNOTS)
    width = np.maximum(at - below, 1.0 / sizes[0].shape[1])
    came = np.clip((own[:, None] - below) / width, 0.0, 1.0).mean(axis=1)
    came[0], came[-1] = 0.0, 1.0
    read = np.interp(own, came, own)
    return LevelMap(levels=tuple(map(float, own + strength * (read - own))))
