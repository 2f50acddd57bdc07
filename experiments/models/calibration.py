"""Calibration of a forecast on past ones: of P(attack), and of the size given an attack."""

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
    """A non-decreasing map of probabilities; the identity without knots.

    It is linear between knots and constant beyond the outer ones, where there are no past
    forecasts to learn from.

    Attributes:
        forecast: Knots, ascending probabilities.
        happened: Share that happened at each knot.
        strength: How far a probability is moved to the map, from 0 (not at all) to 1.
    """

    forecast: tuple[float, ...] = ()
    happened: tuple[float, ...] = ()
    strength: float = 1.0

    def __call__(self, p: Floats) -> Floats:
        """Return calibrated probabilities of the same shape and in the same order."""
        if not self.forecast:
            return p
        mapped = np.interp(p, self.forecast, self.happened)
        return np.asarray(np.clip(p + self.strength * (mapped - p), *_BOUNDS))

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Return a map from the JSON form of its fields."""
        knots = {name: tuple(values[name]) for name in ("forecast", "happened")}
        return cls(**knots, strength=values["strength"])


@dataclass(frozen=True)
class LevelMap:
    """A non-decreasing map of the quantile levels of sizes; the identity without knots.

    Attributes:
        levels: At evenly spaced levels from 0 to 1, the level to read instead.
    """

    levels: tuple[float, ...] = ()

    def __call__(self, sizes: Counts) -> Counts:
        """Return calibrated quantiles.

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
    """Fit an isotonic map to past forecasts.

    The step function of isotonic regression is interpolated through the middle of its steps, so
    that different forecasts stay different.

    Args:
        p: (rows,), forecast probabilities.
        happened: (rows,), whether an attack came.
        strength: How far a probability is moved to the map, from 0 to 1.

    Returns:
        The map; the identity with fewer than 200 rows or 20 attacks.
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
    """Fit a map of levels to the PIT of past size forecasts.

    Args:
        observed: (rows,), counts above 0.
        sizes: One (rows, quantiles) a member, ascending.
        weights: (members,), the pool's, summing to 1.
        strength: How far a level is moved to the map, from 0 to 1.

    Returns:
        The map; the identity with fewer than 60 rows.

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
    reached = np.clip((own[:, None] - below) / width, 0.0, 1.0).mean(axis=1)
    reached[0], reached[-1] = 0.0, 1.0
    read = np.interp(own, reached, own)
    return LevelMap(levels=tuple(map(float, own + strength * (read - own))))
