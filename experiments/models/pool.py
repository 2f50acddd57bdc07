"""A pool of members: their weights and its calibration, learnt from past forecasts.

``blend`` is a pool of several members; a calibrated model is a pool of one. Members have one weight
for P(attack) and one for the size of an attack. A pool learns from inner rolling origins only,
whose target months are known at its own origin.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from data.errors import ConfigError
from experiments.distribution import Distribution
from experiments.models.calibration import IsotonicMap, LevelMap, fit_isotonic, fit_levels
from experiments.models.counts import hurdle_draws, size_quantiles
from experiments.models.past_forecasts import PastForecasts
from experiments.models.weighting import size_weights, whether_weights

__all__ = ["PoolRule", "PoolSettings", "learn_rule"]

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int32]


@dataclass(frozen=True)
class PoolSettings:
    """Settings of a pool.

    Attributes:
        inner: Months of inner origins that weights and calibration are learnt from.
        shrink: Penalty that draws the weights for P(attack) to equal ones.
        size_shrink: The same for the weights of the size, for which there are fewer rows.
        repair: How far P(attack) is moved from the forecast (0) to past frequencies (1).
        size_repair: The same for the sizes given an attack.
    """

    inner: int = 36
    shrink: float = 0.1
    size_shrink: float = 0.3
    repair: float = 0.5
    size_repair: float = 0.5

    def __post_init__(self) -> None:
        shares = (self.repair, self.size_repair)
        if min(self.inner, self.shrink, self.size_shrink) < 0 or not all(
            0 <= share <= 1 for share in shares
        ):
            raise ConfigError(
                "[pool]: expected inner, shrink and size_shrink >= 0, repair and size_repair from"
                f" 0 to 1, got {asdict(self)}"
            )


@dataclass(frozen=True)
class PoolRule:
    """Fitted weights and calibration of a pool.

    Attributes:
        members: Names of the members.
        weights: One weight a member for P(attack), summing to 1.
        size_weights: One weight a member for the size given an attack, summing to 1.
        repair: Calibration of P(attack).
        size_repair: Calibration of the quantile levels of the size.
    """

    members: tuple[str, ...]
    weights: tuple[float, ...]
    size_weights: tuple[float, ...]
    repair: IsotonicMap = field(default_factory=IsotonicMap)
    size_repair: LevelMap = field(default_factory=LevelMap)

    def combine(self, forecasts: Mapping[str, Distribution], *, draws: int) -> Distribution:
        """Return the pooled forecast.

        Args:
            forecasts: Member name to its forecast of the same regions.
            draws: Number of draws a region.

        Returns:
            (regions, draws), in ascending order.
        """
        parts = [forecasts[name] for name in self.members]
        p = _weighted([part.p_at_least(1) for part in parts], self.weights)
        shares = _apportioned(np.array(self.size_weights), draws)
        sizes = np.concatenate(
            [
                size_quantiles(part, int(share))
                for part, share in zip(parts, shares, strict=True)
                if share
            ],
            axis=1,
        )
        return hurdle_draws(self.repair(p), self.size_repair(np.sort(sizes, axis=1)), draws)

    def described(self) -> str:
        """Return members and weights as text, the largest weight first."""
        pairs = sorted(zip(self.weights, self.members, strict=True), reverse=True)
        sizes = dict(zip(self.members, self.size_weights, strict=True))
        return ", ".join(
            f"{name} {weight:.2f} (size {sizes[name]:.2f})"
            for weight, name in pairs
            if weight > 0 or sizes[name] > 0
        )

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Return a rule from the JSON form of ``as_dict``."""
        return cls(
            members=tuple(values["members"]),
            weights=tuple(values["weights"]),
            size_weights=tuple(values["size_weights"]),
            repair=IsotonicMap.from_dict(values["repair"]),
            size_repair=LevelMap.from_dict(values["size_repair"]),
        )

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for a JSON file."""
        return asdict(self)


def learn_rule(past: PastForecasts, members: tuple[str, ...], settings: PoolSettings) -> PoolRule:
    """Learn weights and calibration from past forecasts.

    Args:
        past: Past forecasts of at least these members, with outcomes known at the origin.
        members: Names of the members.
        settings: Settings of the pool.

    Returns:
        The rule; with equal weights and no calibration where there are too few rows.
    """
    weights = whether_weights(past, members, shrink=settings.shrink)
    by_size = size_weights(past, members, shrink=settings.size_shrink)
    repair, size_repair = IsotonicMap(), LevelMap()
    hit = past.observed > 0
    if len(hit) and settings.repair > 0:
        p = _weighted([past.p_attack[name] for name in members], weights)
        repair = fit_isotonic(p, hit, strength=settings.repair)
    if hit.any() and settings.size_repair > 0:
        sizes = [past.sizes[name] for name in members]
        size_repair = fit_levels(past.observed[hit], sizes, by_size, strength=settings.size_repair)
    return PoolRule(
        members, tuple(map(float, weights)), tuple(map(float, by_size)), repair, size_repair
    )


def _weighted(parts: list[Floats], weights: Floats | tuple[float, ...]) -> Floats:
    return np.asarray(np.sum([w * part for w, part in zip(weights, parts, strict=True)], axis=0))


def _apportioned(weights: Floats, draws: int) -> npt.NDArray[np.intp]:
    """Divide ``draws`` in proportion to the weights, by largest remainder."""
    exact = weights / weights.sum() * draws
    shares = np.floor(exact).astype(np.intp)
    order = np.argsort(-(exact - shares), kind="stable")
    shares[order[: draws - shares.sum()]] += 1
    return np.asarray(shares)
