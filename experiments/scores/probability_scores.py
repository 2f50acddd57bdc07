"""Scores of the probability of an attack and how well it is calibrated.

Arguments come as ``(observed, forecast)``: whether an attack happened, and its probability.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

__all__ = [
    "ACTIVE",
    "SPREAD_FLOOR",
    "auroc",
    "average_precision",
    "brier",
    "coverage90",
    "ece",
    "equal_count_bins",
    "log_loss",
    "reliability",
    "top_k",
    "well_placed",
]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

# Rows with a lower probability are mostly quiet and would hide what the others are worth.
ACTIVE = 0.05
SPREAD_FLOOR = 0.2

_NEAREST = 1e-6


def brier(happened: npt.ArrayLike, p: npt.ArrayLike) -> float:
    """Return the mean squared difference of probability and outcome (rows,), (rows,).

    Example:
        >>> brier([True, False], [0.5, 0.5])
        0.25
    """
    y, q = _checked(happened, p)
    return float(np.mean((q - y) ** 2))


def log_loss(happened: npt.ArrayLike, p: npt.ArrayLike) -> float:
    """Return the mean negative log likelihood, nats; p is held off 0 and 1 by one millionth."""
    y, q = _checked(happened, p)
    q = np.clip(q, _NEAREST, 1.0 - _NEAREST)
    return float(-np.mean(np.where(y, np.log(q), np.log1p(-q))))


def auroc(happened: npt.ArrayLike, p: npt.ArrayLike) -> float:
    """Return the area under the ROC curve; NaN when only one class occurs.

    It is the share of pairs of an attack and a quiet row in which the attack had the higher
    probability, ties counted half.
    """
    y, q = _checked(happened, p)
    if y.all() or not y.any():
        return math.nan
    hits, rows = _counts_by_probability(y, q)
    quiet = rows - hits
    below = np.cumsum(quiet) - quiet
    return float(np.sum(hits * (below + quiet / 2)) / (hits.sum() * quiet.sum()))


def average_precision(happened: npt.ArrayLike, p: npt.ArrayLike) -> float:
    """Return the average precision; NaN when nothing happened.

    It is the mean, over attacks, of the share that came true among all rows with at least the
    attack's probability.
    """
    y, q = _checked(happened, p)
    if not y.any():
        return math.nan
    hits, rows = (counts[::-1] for counts in _counts_by_probability(y, q))
    return float(np.sum(hits * (np.cumsum(hits) / np.cumsum(rows))) / hits.sum())


def reliability(happened: npt.ArrayLike, p: npt.ArrayLike, *, bins: int = 20) -> Floats:
    """Return forecast, outcome and weight over bins of equal count, ties kept together.

    Returns:
        (bins, 3): mean probability, share that happened, rows; empty bins are left out.
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
    """Return the bin of each probability, from 0: bins of equal count, ties kept together.

    Args:
        p: (rows,), at least one.
        bins: How many; ties leave some of them empty.
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
        floor: Only rows with p >= floor count; .05 leaves out the many quiet rows.

    Returns:
        Mean |probability - share that happened| weighted by rows; NaN without rows.
    """
    y, q = _checked(happened, p)
    bins = reliability(y[q >= floor], q[q >= floor])
    if not len(bins):
        return math.nan
    return float(np.average(np.abs(bins[:, 0] - bins[:, 1]), weights=bins[:, 2]))


def coverage90(pit: npt.ArrayLike, p: npt.ArrayLike, *, floor: float = SPREAD_FLOOR) -> float:
    """Return the share of randomised PIT in [.05, .95] among rows with p >= floor."""
    u = np.asarray(pit, dtype=np.float64)[np.asarray(p, dtype=np.float64) >= floor]
    return float(np.mean(well_placed(u))) if len(u) else math.nan


def well_placed(pit: npt.ArrayLike) -> Bools:
    """Return where the randomised PIT lies in [.05, .95], an array of its shape."""
    u = np.asarray(pit, dtype=np.float64)
    return (u >= 0.05) & (u <= 0.95)


def top_k(happened: npt.ArrayLike, p: npt.ArrayLike, *, k: int) -> tuple[float, float]:
    """Return recall and precision of the k rows with the highest probability.

    Args:
        happened: (rows,) of one target month, in the order that breaks ties.
        p: (rows,), probabilities.
        k: How many regions can be watched.
    """
    y, q = _checked(happened, p)
    hits = float(y[np.argsort(-q, kind="stable")[:k]].sum())
    return (hits / y.sum() if y.any() else math.nan), hits / min(k, len(y))


def _counts_by_probability(y: Bools, q: Floats) -> tuple[Floats, Floats]:
    """Return attacks and rows at each distinct probability, the lowest first."""
    _, place = np.unique(q, return_inverse=True)
    return np.bincount(place, y).astype(np.float64), np.bincount(place).astype(np.float64)


def _checked(happened: npt.ArrayLike, p: npt.ArrayLike) -> tuple[Bools, Floats]:
    y, q = np.asarray(happened, dtype=bool), np.asarray(p, dtype=np.float64)
    if y.shape != q.shape or y.ndim != 1:
        raise ValueError(f"expected two arrays of shape (rows,), got {y.shape} and {q.shape}")
    if not ((q >= 0.0) & (q <= 1.0)).all():
        raise ValueError("probabilities must lie in [0, 1]")
    return y, q
