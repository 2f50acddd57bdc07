"""Scores of predictive distributions, one number a row: CRPS, IGN, MIS and the randomised PIT.

Arguments come as ``(observed, draws)``. Public functions check, the kernels below them trust.
Scores of the probability of an attack live in ``probability_scores``.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["IGN_EDGES", "crps", "ign", "mis", "pit"]

Floats = npt.NDArray[np.float64]
Numbers = npt.ArrayLike

IGN_EDGES = (0.5, 2.5, 5.5, 10.5, 25.5, 50.5, 100.5, 250.5, 500.5, 1000.5)


def crps(observed: Numbers, draws: Numbers) -> Floats:
    """Return the continuous ranked probability score of draws.

    Args:
        observed: (rows,), counts a month.
        draws: (rows, draws), counts a month.

    Returns:
        (rows,), counts; 0 is best.

    Raises:
        ValueError: The shapes do not fit or a value is not finite.

    Source:
        Gneiting and Raftery (2007), Strictly proper scoring rules, eq. 21, for the empirical
        distribution: mean|x - y| less half the mean difference between two draws.

    Example:
        >>> crps([1.0], [[0.0, 2.0]])
        array([0.5])
    """
    y, x = _checked(observed, draws)
    return _crps(y, np.sort(x, axis=1))


def ign(observed: Numbers, draws: Numbers) -> Floats:
    """Return the ignorance score over eleven classes of counts, in bits.

    Args:
        observed: (rows,), counts a month.
        draws: (rows, draws); forecasts that are compared must hold equally many.

    Returns:
        (rows,), bits; -log2((n + 1) / (S + 11)) with n the draws in the observed class.

    Raises:
        ValueError: The shapes do not fit or a value is not finite.

    Source:
        VIEWS Prediction Challenge 2023/24, scoring rules: class edges 0, 0.5, 2.5 ... 1000.5.
    """
    y, x = _checked(observed, draws)
    low, high = _class_bounds(y)
    inside = ((x >= low[:, None]) & (x < high[:, None])).sum(axis=1)
    return np.asarray(-np.log2((inside + 1.0) / (x.shape[1] + len(IGN_EDGES) + 1)))


def mis(observed: Numbers, draws: Numbers, *, coverage: float = 0.9) -> Floats:
    """Return the mean interval score of the central interval of draws.

    Args:
        observed: (rows,), counts a month.
        draws: (rows, draws).
        coverage: Nominal coverage of the interval between two linear quantiles.

    Returns:
        (rows,), counts: width plus 2 / (1 - coverage) times the distance outside.

    Raises:
        ValueError: The shapes do not fit or a value is not finite.

    Source:
        Gneiting and Raftery (2007), eq. 43.

    Example:
        >>> mis([3.0], [[0.0, 0.0, 0.0]])
        array([60.])
    """
    y, x = _checked(observed, draws)
    tail = (1.0 - coverage) / 2.0
    lower, upper = np.quantile(x, [tail, 1.0 - tail], axis=1)
    below = np.maximum(lower - y, 0.0)
    above = np.maximum(y - upper, 0.0)
    return np.asarray(upper - lower + (below + above) / tail)


def pit(observed: Numbers, draws: Numbers, *, uniforms: Numbers) -> Floats:
    """Return the randomised probability integral transform.

    Args:
        observed: (rows,), counts a month.
        draws: (rows, draws).
        uniforms: (rows,), places each row between P(x < y) at 0 and P(x <= y) at 1.

    Returns:
        (rows,), in [0, 1]; uniform when the forecasts are right.

    Source:
        Czado, Gneiting and Held (2009), Predictive model assessment for count data, section 2.
    """
    y, x = _checked(observed, draws)
    below = (x < y[:, None]).mean(axis=1)
    at = (x == y[:, None]).mean(axis=1)
    return np.asarray(below + np.asarray(uniforms, dtype=np.float64) * at)


def _checked(observed: Numbers, draws: Numbers) -> tuple[Floats, Floats]:
    y = np.asarray(observed, dtype=np.float64)
    x = np.asarray(draws, dtype=np.float64)
    if y.ndim != 1 or x.ndim != 2 or len(y) != len(x) or x.shape[1] == 0:
        raise ValueError(f"expected (rows,) and (rows, draws), got {y.shape} and {x.shape}")
    if not (np.isfinite(y).all() and np.isfinite(x).all()):
        raise ValueError("scores need finite numbers: leave out rows without an observation")
    return y, x


def _crps(y: Floats, ordered: Floats) -> Floats:
    size = ordered.shape[1]
    weights = (2.0 * np.arange(1, size + 1) - size - 1.0) / size**2
    return np.asarray(np.abs(ordered - y[:, None]).mean(axis=1) - ordered @ weights)


def _class_bounds(y: Floats) -> tuple[Floats, Floats]:
    edges = np.array([-np.inf, *IGN_EDGES, np.inf])
    place = np.searchsorted(edges, y, side="right")
    return edges[place - 1], edges[place]
