"""Weights of a linear pool: at least 0, summing to 1, best by CRPS and ignorance on a record.

Both scores of a pool are convex in its weights: the CRPS is a quadratic form of mean distances
between members and outcome, the ignorance the mean log of a weighted sum.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, minimize

from experiments.scores import IGN_EDGES
from experiments.track_record import KEPT_DRAWS, TrackRecord

__all__ = ["pool_weights"]

Floats = npt.NDArray[np.float64]

# Every class of counts keeps a little probability, as the ignorance score itself grants it.
_GRANTED = 1.0 / (KEPT_DRAWS + len(IGN_EDGES) + 1)


def pool_weights(record: TrackRecord, members: tuple[str, ...], *, shrink: float) -> Floats:
    """Return the weights that minimise CRPS and IGN, both relative to those of equal weights.

    Args:
        record: Past forecasts whose outcome is known.
        members: Names, in the order of the weights.
        shrink: Penalty on the squared distance from equal weights; a short record says little.

    Returns:
        (members,), at least 0, summing to 1; equal when there is no record.
    """
    count = len(members)
    equal = np.full(count, 1.0 / count)
    if count == 1 or not len(record.observed):
        return equal
    distance, spread = _crps_parts(record, members)
    likelihood = _class_shares(record, members)

    def crps_of(weights: Floats) -> float:
        return float(distance @ weights - 0.5 * weights @ spread @ weights)

    def ign_of(weights: Floats) -> float:
        return float(-np.log2(likelihood @ weights).mean())

    scale = max(crps_of(equal), 1e-12), max(ign_of(equal), 1e-12)

    def loss(weights: Floats) -> float:
        pull = shrink * float(((weights - equal) ** 2).sum())
        return crps_of(weights) / scale[0] + ign_of(weights) / scale[1] + pull

    found = minimize(
        loss,
        equal,
        method="SLSQP",
        bounds=Bounds(0.0, 1.0),
        constraints=LinearConstraint(np.ones((1, count)), 1.0, 1.0),
    )
    weights = np.where(found.x < 0.01, 0.0, found.x) if found.success else equal
    return np.asarray(weights / weights.sum())


def _crps_parts(record: TrackRecord, members: tuple[str, ...]) -> tuple[Floats, Floats]:
    """Return mean |x - y| a member and mean |x - x'| for every pair of members."""
    y = record.observed[:, None]
    distance = np.array([np.abs(record.draws[name] - y).mean() for name in members])
    own = np.array([_mean_difference(record.draws[name]) for name in members])
    spread = np.diag(own)
    for one, other in combinations(range(len(members)), 2):
        both = np.hstack([record.draws[members[one]], record.draws[members[other]]])
        pooled = _mean_difference(np.sort(both, axis=1))
        spread[one, other] = spread[other, one] = 2.0 * pooled - (own[one] + own[other]) / 2.0
    return distance, spread


def _mean_difference(ordered: npt.NDArray[np.int32]) -> float:
    """Return the mean |x_i - x_j| over all pairs and rows of ascending draws."""
    size = ordered.shape[1]
    weights = 2.0 * (2.0 * np.arange(1, size + 1) - size - 1.0) / size**2
    return float((ordered @ weights).mean())


def _class_shares(record: TrackRecord, members: tuple[str, ...]) -> Floats:
    """Return each member's share of draws in the observed class of counts, (rows, members)."""
    observed = np.searchsorted(IGN_EDGES, record.observed, side="right")
    shares = [
        (np.searchsorted(IGN_EDGES, record.draws[name], side="right") == observed[:, None]).mean(
            axis=1
        )
        for name in members
    ]
    return np.column_stack(shares) * (1.0 - (len(IGN_EDGES) + 1) * _GRANTED) + _GRANTED
