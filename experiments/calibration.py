"""Repairing P(attack) so that it means what it says, and carrying the repair into the draws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from experiments.distribution import Distribution

__all__ = ["IsotonicMap", "fit_isotonic", "with_p_attack"]

Floats = npt.NDArray[np.float64]

_FEWEST_ROWS = 200
_FEWEST_ATTACKS = 20
_BOUNDS = (0.0005, 0.9995)


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


def with_p_attack(forecast: Distribution, p: Floats) -> Distribution:
    """Return the forecast with another P(y >= 1); sizes given an attack keep their distribution.

    Args:
        forecast: Draws of every region.
        p: (regions,), the probability wanted; met to half a draw.

    Returns:
        Draws in ascending order; a region without any positive draw gets ones.
    """
    size = forecast.size
    ordered = np.sort(forecast.draws, axis=1)
    positive = (ordered > 0).sum(axis=1)
    wanted = np.round(p * size).astype(np.intp)
    rank = np.arange(size)[None, :] - (size - wanted[:, None])
    place = (rank + 0.5) / np.maximum(wanted, 1)[:, None] * positive[:, None]
    column = np.clip(size - positive[:, None] + np.floor(place).astype(np.intp), 0, size - 1)
    values = np.maximum(np.take_along_axis(ordered, column, axis=1), 1)
    return Distribution(np.where(rank >= 0, values, 0).astype(np.int32))
