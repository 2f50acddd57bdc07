"""Scores of forecasts as functions of arrays: of draws, and of the probability of an attack.

Arguments come as ``(observed, forecast)``. Scores of draws are one number a row, those of
probabilities one number for all rows. Public functions check their input, private ones do not.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

__all__ = [
    "ACTIVE",
    "IGN_EDGES",
    "SPREAD_FLOOR",
    "auroc",
    "average_precision",
    "brier",
    "coverage90",
    "crps",
    "ece",
    "equal_count_bins",
    "ign",
    "in_central_90",
    "log_loss",
    "mis",
    "pit",
    "reliability",
    "top_k",
]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Numbers = npt.ArrayLike

# Class edges of the ignorance score.
IGN_EDGES = (0.5, 2.5, 5.5, 10.5, 25.5, 50.5, 100.5, 250.5, 500.5, 1000.5)

# Rows with a lower probability are mostly quiet and would hide the errors of the others.
ACTIVE = 0.05
# Rows with a lower probability have too few draws above 0 to judge their spread.
SPREAD_FLOOR = 0.2

_NEAREST = 1e-6


def crps(observed: Numbers, draws: Numbers) -> Floats:
    """Return the continuous ranked probability score of draws; lower is better.

    Args:
        observed: (rows,), counts a month.
        draws: (rows, draws), counts a month.

    Returns:
        (rows,), counts a month, at least 0.

    Raises:
        ValueError: The shapes do not match or a value is not finite.

    Source:
        Gneiting and Raftery (2007), Strictly proper scoring rules, eq. 21, for the empirical
        distribution: mean|x - y| less half the mean difference between two draws.

    Example:
        >>> crps([1.0], [[0.0, 2.0]])
        array([0.5])
    """
    y, x = _checked_draws(observed, draws)
    return _crps(y, np.sort(x, axis=1))


def ign(observed: Numbers, draws: Numbers) -> Floats:
    """Return the ignorance score over eleven classes of counts; lower is better.

    Args:
        observed: (rows,), counts a month.
        draws: (rows, draws), counts a month; compare only forecasts with equally many draws.

    Returns:
        (rows,), bits; -log2((n + 1) / (S + 11)) with n the draws in the observed class.

    Raises:
        ValueError: The shapes do not match or a value is not finite.

    Source:
        VIEWS Prediction Challenge 2023/24, scoring rules: class edges 0, 0.5, 2.5 ... 1000.5.
    """
    y, x = _checked_draws(observed, draws)
    low, high = _class_bounds(y)
    inside = ((x >= low[:, None]) & (x < high[:, None])).sum(axis=1)
    return np.asarray(-np.log2((inside + 1.0) / (x.shape[1] + len(IGN_EDGES) + 1)))


def mis(observed: Numbers, draws: Numbers, *, coverage: float = 0.9) -> Floats:
    """Return the interval score of the central interval of draws; lower is better.

    Args:
        observed: (rows,), counts a month.
        draws: (rows, draws), counts a month.
        coverage: Nominal coverage of the interval between two linear quantiles, in (0, 1).

    Returns:
        (rows,), counts a month: width plus 2 / (1 - coverage) times the distance outside.

    Raises:
        ValueError: The shapes do not match or a value is not finite.

    Source:
        Gneiting and Raftery (2007), eq. 43.

    Example:
        >>> mis([3.0], [[0.0, 0.0, 0.0]])
        array([60.])
    """
    y, x = _checked_draws(observed, draws)
    tail = (1.0 - coverage) / 2.0
    lower, upper = np.quantile(x, [tail, 1.0 - tail], axis=1)
    below = np.maximum(lower - y, 0.0)
    above = np.maximum(y - upper, 0.0)
    return np.asarray(upper - lower + (below + above) / tail)


def pit(observed: Numbers, draws: Numbers, *, uniforms: Numbers) -> Floats:
    """Return the randomised probability integral transform.

    Args:
        observed: (rows,), counts a month.
        draws: (rows, draws), counts a month.
        uniforms: (rows,), in [0, 1]: 0 gives P(x < y), 1 gives P(x <= y).

    Returns:
        (rows,), in [0, 1]; uniformly distributed if the forecasts are calibrated.

    Raises:
        ValueError: The shapes do not match or a value is not finite.

    Source:
        Czado, Gneiting and Held (2009), Predictive model assessment for count data, section 2.
    """
    y, x = _checked_draws(observed, draws)
    below = (x < y[:, None]).mean(axis=1)
    at = (x == y[:, None]).mean(axis=1)
    return np.asarray(below + np.asarray(uniforms, dtype=np.float64) * at)


def brier(happened: npt.ArrayLike, p: npt.ArrayLike) -> float:
    """Return the Brier score, the mean squared difference of probability and outcome.

    Args:
        happened: (rows,), whether an attack happened.
        p: (rows,), its probability.

    Returns:
        From 0 to 1; lower is better.

    Raises:
        ValueError: The shapes do not match or a probability is outside [0, 1].

    Example:
        >>> brier([True, False], [0.5, 0.5])
        0.25
    """
    y, q = _checked(happened, p)
    return float(np.mean((q - y) ** 2))


def log_loss(happened: npt.ArrayLike, p: npt.ArrayLike) -> float:
    """Return the log loss, the mean negative log likelihood.

    Args:
        happened: (rows,), whether an attack happened.
        p: (rows,), its probability; clipped to one millionth from 0 and 1.

    Returns:
        Nats, at least 0; lower is better.

    Raises:
        ValueError: The shapes do not match or a probability is outside [0, 1].
    """
    y, q = _checked(happened, p)
    q = np.clip(q, _NEAREST, 1.0 - _NEAREST)
    return float(-np.mean(np.where(y, np.log(q), np.log1p(-q))))


def auroc(happened: npt.ArrayLike, p: npt.ArrayLike) -> float:
    """Return the area under the ROC curve.

    It is the share of pairs of a row with and a row without an attack in which the former has the
    higher probability, ties counted half.

    Args:
        happened: (rows,), whether an attack happened.
        p: (rows,), its probability.

    Returns:
        From 0 to 1; higher is better. NaN if only one class occurs.

    Raises:
        ValueError: The shapes do not match or a probability is outside [0, 1].
    """
    y, q = _checked(happened, p)
    if y.all() or not y.any():
        return math.nan
    hits, rows = _counts_by_probability(y, q)
    quiet = rows - hits
    below = np.cumsum(quiet) - quiet
    return float(np.sum(hits * (below + quiet / 2)) / (hits.sum() * quiet.sum()))


def average_precision(happened: npt.ArrayLike, p: npt.ArrayLike) -> float:
    """Return the average precision.

    It is the mean, over rows with an attack, of the share of attacks among all rows with at least
    that row's probability.

    Args:
        happened: (rows,), whether an attack happened.
        p: (rows,), its probability.

    Returns:
        From 0 to 1; higher is better. NaN if nothing happened.

    Raises:
        ValueError: The shapes do not match or a probability is outside [0, 1].
    """
    y, q = _checked(happened, p)
    if not y.any():
        return math.nan
    hits, rows = (counts[::-1] for counts in _counts_by_probability(y, q))
    return float(np.sum(hits * (np.cumsum(hits) / np.cumsum(rows))) / hits.sum())


def reliability(happened: npt.ArrayLike, p: npt.ArrayLike, *, bins: int = 20) -> Floats:
    """Return the points of a reliability diagram over bins of equal count, ties in one bin.

    Args:
        happened: (rows,), whether an attack happened.
        p: (rows,), its probability.
        bins: Number of bins.

    Returns:
        (bins, 3): mean probability, share that happened, rows; without empty bins.

    Raises:
        ValueError: The shapes do not match or a probability is outside [0, 1].
    """
    y, q = _checked(happened, p)
    if not len(q):
        return np.empty((0, 3))
    place = equal_count_bins(q, bins=bins)
    weight = np.bincount(place).astype(np.float64)
    filled = weight > 0
    forecast = np.bincount(place, q)[filled] / weight[filled]
    outcome = np.bincount(place, y)[filled] / weight[filled]
    return np.column_stack([forecast, outcome, weight[filled]])


def equal_count_bins(p: npt.ArrayLike, *, bins: int = 20) -> npt.NDArray[np.intp]:
    """Return the bin of each probability: bins of equal count, ties in one bin.

    Args:
        p: (rows,), at least one.
        bins: Number of bins; ties leave some of them empty.

    Returns:
        (rows,), from 0.
    """
    q = np.asarray(p, dtype=np.float64)
    order = np.sort(q)
    edges = order[np.linspace(0, len(q) - 1, bins + 1).round().astype(np.intp)[1:-1]]
    return np.searchsorted(np.unique(edges), q, side="left")


def ece(happened: npt.ArrayLike, p: npt.ArrayLike, *, floor: float = 0.0) -> float:
    """Return the expected calibration error over 20 bins of equal count.

    Args:
        happened: (rows,), whether an attack happened.
        p: (rows,), its probability.
        floor: Use only rows with p >= floor; .05 leaves out the many quiet rows.

    Returns:
        Mean |probability - share that happened| weighted by rows, from 0 to 1; lower is better.
        NaN without rows.

    Raises:
        ValueError: The shapes do not match or a probability is outside [0, 1].
    """
    y, q = _checked(happened, p)
    bins = reliability(y[q >= floor], q[q >= floor])
    if not len(bins):
        return math.nan
    return float(np.average(np.abs(bins[:, 0] - bins[:, 1]), weights=bins[:, 2]))


def coverage90(pit: npt.ArrayLike, p: npt.ArrayLike, *, floor: float = SPREAD_FLOOR) -> float:
    """Return the coverage of the central 90 % interval, by the randomised PIT.

    Args:
        pit: (rows,), randomised PIT, as ``pit`` returns it.
        p: (rows,), probability of an attack.
        floor: Use only rows with p >= floor.

    Returns:
        Share of the rows with a PIT in [.05, .95]; .9 is best. NaN without rows.
    """
    u = np.asarray(pit, dtype=np.float64)[np.asarray(p, dtype=np.float64) >= floor]
    return float(np.mean(in_central_90(u))) if len(u) else math.nan


def in_central_90(pit: npt.ArrayLike) -> Bools:
    """Return where the randomised PIT is in [.05, .95], of the shape of ``pit``."""
    u = np.asarray(pit, dtype=np.float64)
    return (u >= 0.05) & (u <= 0.95)


def top_k(happened: npt.ArrayLike, p: npt.ArrayLike, *, k: int) -> tuple[float, float]:
    """Return recall and precision of the k rows with the highest probability.

    Args:
        happened: (rows,), whether an attack happened, in the order that breaks ties.
        p: (rows,), its probability.
        k: Number of rows that are selected.

    Returns:
        Share of the attacks that are among the k rows, NaN if nothing happened; and share of the
        k rows in which an attack happened.

    Raises:
        ValueError: The shapes do not match or a probability is outside [0, 1].
    """
    y, q = _checked(happened, p)
    hits = float(y[np.argsort(-q, kind="stable")[:k]].sum())
    return (hits / y.sum() if y.any() else math.nan), hits / min(k, len(y))


def _checked_draws(observed: Numbers, draws: Numbers) -> tuple[Floats, Floats]:
    y = np.asarray(observed, dtype=np.float64)
    x = np.asarray(draws, dtype=np.float64)
    if y.ndim != 1 or x.ndim != 2 or len(y) != len(x) or x.shape[1] == 0:
        raise ValueError(
            f"expected observed (rows,) and draws (rows, draws), got {y.shape} and {x.shape}"
        )
    if not (np.isfinite(y).all() and np.isfinite(x).all()):
        raise ValueError("expected finite numbers: leave out rows without an observation")
    return y, x


def _crps(y: Floats, ordered: Floats) -> Floats:
    size = ordered.shape[1]
    weights = (2.0 * np.arange(1, size + 1) - size - 1.0) / size**2
    return np.asarray(np.abs(ordered - y[:, None]).mean(axis=1) - ordered @ weights)


def _class_bounds(y: Floats) -> tuple[Floats, Floats]:
    edges = np.array([-np.inf, *IGN_EDGES, np.inf])
    place = np.searchsorted(edges, y, side="right")
    return edges[place - 1], edges[place]


def _counts_by_probability(y: Bools, q: Floats) -> tuple[Floats, Floats]:
    """Return the number of attacks and of rows at each distinct probability, ascending."""
    _, place = np.unique(q, return_inverse=True)
    return np.bincount(place, y).astype(np.float64), np.bincount(place).astype(np.float64)


def _checked(happened: npt.ArrayLike, p: npt.ArrayLike) -> tuple[Bools, Floats]:
    y, q = np.asarray(happened, dtype=bool), np.asarray(p, dtype=np.float64)
    if y.shape != q.shape or y.ndim != 1:
        raise ValueError(f"expected two arrays of shape (rows,), got {y.shape} and {q.shape}")
    if not ((q >= 0.0) & (q <= 1.0)).all():
        raise ValueError(f"expected probabilities in [0, 1], got {q.min():g} to {q.max():g}")
    return y, q
