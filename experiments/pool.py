"""A pool of members: weighted by their record, its P(attack) repaired on the same record.

``blend`` is a pool of unlike members; a calibrated model is a pool of one. What a pool learns
comes from inner rolling origins only, whose target months are known at its own origin.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.errors import ConfigError
from experiments.calibration import IsotonicMap, fit_isotonic, with_p_attack
from experiments.distribution import Distribution
from experiments.track_record import TrackRecord
from experiments.weighting import pool_weights

__all__ = ["PoolRule", "PoolSettings", "learn_rule"]


@dataclass(frozen=True)
class PoolSettings:
    """How a pool learns.

    Attributes:
        inner: Months of inner origins that teach weights and repair.
        shrink: How hard weights are drawn to equal ones.
        repair: How far P(attack) goes from the forecast (0) to what the record says (1).
    """

    inner: int = 36
    shrink: float = 0.1
    repair: float = 0.5

    def __post_init__(self) -> None:
        if self.inner < 0 or self.shrink < 0 or not 0 <= self.repair <= 1:
            raise ConfigError(
                "[pool]: expected inner >= 0, shrink >= 0 and repair from 0 to 1, got"
                f" {self.inner}, {self.shrink} and {self.repair}"
            )


@dataclass(frozen=True)
class PoolRule:
    """What a pool has learnt.

    Attributes:
        members: Names of the members.
        weights: One weight a member, summing to 1.
        repair: Map of P(attack).
    """

    members: tuple[str, ...]
    weights: tuple[float, ...]
    repair: IsotonicMap

    def combine(self, forecasts: Mapping[str, Distribution], *, draws: int) -> Distribution:
        """Return the pooled forecast; the order of the draws says nothing."""
        shares = _apportioned(np.array(self.weights), draws)
        parts = [
            forecasts[name].resized(int(share)).draws
            for name, share in zip(self.members, shares, strict=True)
            if share
        ]
        pooled = Distribution(np.concatenate(parts, axis=1))
        p = pooled.p_at_least(1)
        repaired = self.repair(p)
        return pooled if repaired is p else with_p_attack(pooled, repaired)

    def described(self) -> str:
        """Return members and weights in words, heaviest first."""
        pairs = sorted(zip(self.weights, self.members, strict=True), reverse=True)
        return ", ".join(f"{name} {weight:.2f}" for weight, name in pairs if weight > 0)


def learn_rule(record: TrackRecord, members: tuple[str, ...], settings: PoolSettings) -> PoolRule:
    """Learn weights and repair from a record whose outcomes are known.

    Args:
        record: Past forecasts of at least these members.
        members: Names of the members.
        settings: How the pool learns.
    """
    weights = pool_weights(record, members, shrink=settings.shrink)
    repair = IsotonicMap()
    if settings.repair > 0 and len(record.observed):
        p = np.sum([w * record.p_attack[n] for w, n in zip(weights, members, strict=True)], axis=0)
        repair = fit_isotonic(np.asarray(p), record.observed > 0, strength=settings.repair)
    return PoolRule(members, tuple(float(weight) for weight in weights), repair)


def _apportioned(weights: npt.NDArray[np.float64], draws: int) -> npt.NDArray[np.intp]:
    """Share ``draws`` out by largest remainder."""
    exact = weights / weights.sum() * draws
    shares = np.floor(exact).astype(np.intp)
    order = np.argsort(-(exact - shares), kind="stable")
    shares[order[: draws - shares.sum()]] += 1
    return np.asarray(shares)
