"""Weights of a pool: at least 0, summing to 1, best on past forecasts, shrunk to equal ones.

Members have one weight for P(attack) and one for the size. Every loss is convex in the weights:
the Brier score and the log loss of a mixed probability, the CRPS of a mixture as a quadratic form
of mean distances between members and outcome, the ignorance as the mean log of a weighted sum.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, minimize

from experiments.models.past_forecasts import SIZE_QUANTILES, PastForecasts
from experiments.score_functions import IGN_EDGES

__all__ = ["size_weights", "whether_weights"]

Floats = npt.NDArray[np.float64]
Loss = Callable[[Floats], float]

# Least probability of a class of counts, the same that the ignorance score adds.
_LEAST_SHARE = 1.0 / (SIZE_QUANTILES + len(IGN_EDGES) + 1)
_CERTAIN = 5e-4


def whether_weights(past: PastForecasts, members: tuple[str, ...], *, shrink: float) -> Floats:
    """Return the weights of P(attack) with the least Brier score and log loss.

    Args:
        past: Past forecasts whose outcome is known.
        members: Names, in the order of the weights.
        shrink: Penalty on the squared distance from equal weights.

    Returns:
        (members,), at least 0, summing to 1; equal without any past forecast.
    """
    if not len(past.observed):
        return np.full(len(members), 1.0 / len(members))
    hit = past.observed > 0
    p = np.column_stack([past.p_attack[name] for name in members])
    p = np.clip(p, _CERTAIN, 1.0 - _CERTAIN)
    of_outcome = np.where(hit[:, None], p, 1.0 - p)

    def brier_of(weights: Floats) -> float:
        return float(((1.0 - of_outcome @ weights) ** 2).mean())

    def log_loss_of(weights: Floats) -> float:
        return float(-np.log(of_outcome @ weights).mean())

    return _least((brier_of, log_loss_of), len(members), shrink=shrink)


def size_weights(past: PastForecasts, members: tuple[str, ...], *, shrink: float) -> Floats:
    """Return the weights of the size given an attack with the least CRPS and ignorance.

    Args:
        past: Past forecasts whose outcome is known; rows with an attack are used.
        members: Names, in the order of the weights.
        shrink: Penalty on the squared distance from equal weights.

    Returns:
        (members,), at least 0, summing to 1; equal without any attack.
    """
    observed = past.observed[past.observed > 0]
    if not len(observed):
        return np.full(len(members), 1.0 / len(members))
    sizes = [past.sizes[name] for name in members]
    # On a log scale, so that no single month dominates the weights.
    distance, spread = _crps_parts(np.log1p(observed), [np.log1p(member) for member in sizes])
    shares = _class_shares(observed, sizes)

    def crps_of(weights: Floats) -> float:
        return float(distance @ weights - 0.5 * weights @ spread @ weights)

    def ign_of(weights: Floats) -> float:
        return float(-np.log2(shares @ weights).mean())

    return _least((crps_of, ign_of), len(members), shrink=shrink)


def _least(losses: tuple[Loss, ...], count: int, *, shrink: float) -> Floats:
    """Return the weights with the least sum of losses, each divided by that of equal weights."""
    equal = np.full(count, 1.0 / count)
    if count == 1:
        return equal
    scales = [max(loss(equal), 1e-12) for loss in losses]

    def total(weights: Floats) -> float:
        penalty = shrink * float(((weights - equal) ** 2).sum())
        return (
            sum(loss(weights) / scale for loss, scale in zip(losses, scales, strict=True)) + penalty
        )

    optimum = minimize(
        total,
        equal,
        method="SLSQP",
        bounds=Bounds(0.0, 1.0),
        constraints=LinearConstraint(np.ones((1, count)), 1.0, 1.0),
    )
    weights = np.where(optimum.x < 0.01, 0.0, optimum.x) if optimum.success else equal
    return np.asarray(weights / weights.sum())


def _crps_parts(observed: Floats, sizes: list[Floats]) -> tuple[Floats, Floats]:
    """Return mean |x - y| of each member and mean |x - x'| of every pair of members."""
    distance = np.array([np.abs(member - observed[:, None]).mean() for member in sizes])
    own = np.array([_mean_difference(member) for member in sizes])
    spread = np.diag(own)
    for one, other in combinations(range(len(sizes)), 2):
        pooled = _mean_difference(np.sort(np.hstack([sizes[one], sizes[other]]), axis=1))
        spread[one, other] = spread[other, one] = 2.0 * pooled - (own[one] + own[other]) / 2.0
    return distance, spread


def _mean_difference(ordered: Floats) -> float:
    """Return the mean |x_i - x_j| over all pairs and rows of ascending draws."""
    size = ordered.shape[1]
    weights = 2.0 * (2.0 * np.arange(1, size + 1) - size - 1.0) / size**2
    return float((ordered @ weights).mean())


def _class_shares(observed: Floats, sizes: list[npt.NDArray[np.int32]]) -> Floats:
    """Return each member's share of sizes in the observed class of counts, (rows, members)."""
    outcome = np.searchsorted(IGN_EDGES, observed, side="right")[:, None]
    shares = [
        (np.searchsorted(IGN_EDGES, member, side="right") == outcome).mean(axis=1)
        for member in sizes
    ]
    return np.column_stack(shares) * (1.0 - (len(IGN_EDGES) + 1) * _LEAST_SHARE) + _LEAST_SHARE
