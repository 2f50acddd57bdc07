"""Features of the target's own past, for targets that the other families do not look back over.

A panel may carry one kind of deaths and nothing else, such as the country-months of a forecasting
challenge. Its models still need the past of what they forecast.
"""

from __future__ import annotations

from features.feature import Feature
from features.field import Whole
from features.frequency import MonthsSince, MonthsWith, Recency, Surge, Trend
from features.history import EverMean, EverShare, FirstWithin, MonthsInto, YearsSum
from features.location import NearestHit, Neighbours, Pressure
from features.moving import ExponentialMean, Lag, MovingMax, MovingSum, Now
from features.signals import Hit, Measure

__all__ = ["target_features"]


def target_features(target: str) -> tuple[Feature, ...]:
    """Return features of one measure's own past, near by and in the whole field.

    Args:
        target: Measure to be forecast.
    """
    own = Measure(target)
    return (*_own_past(own), *_standing(own), *_around(own))


def _own_past(own: Measure) -> tuple[Feature, ...]:
    return (
        *(Lag(own, lag) for lag in (0, 1, 2, 3, 6, 11)),
        *(MovingSum(own, months) for months in (3, 6, 12, 24, 36)),
        *(MonthsWith(own, months) for months in (3, 6, 12, 36)),
        *(MovingMax(own, months) for months in (12, 36)),
        *(ExponentialMean(own, halflife) for halflife in (1, 3, 6, 12, 24)),
        *(MonthsSince(own, count) for count in (1, 5, 25, 100, 500)),
        *(Recency(own, count, 12) for count in (1, 25, 100)),
        Trend(own, 3, 12),
        Trend(own, 12, 36),
        Surge(own, 3, 12),
    )


def _standing(own: Measure) -> tuple[Feature, ...]:
    return (
        EverShare(own),
        EverMean(own),
        MonthsInto(own),
        FirstWithin(own, 12),
        *(YearsSum(own, years) for years in (5, 10)),
    )


def _around(own: Measure) -> tuple[Feature, ...]:
    return (
        *(MovingSum(Neighbours(own, 1), months) for months in (3, 12)),
        *(MovingSum(Pressure(own, 500), months) for months in (3, 12)),
        MovingSum(Pressure(own, 1000), 12),
        Now(NearestHit(own, 12)),
        *(MovingSum(Whole(own), months) for months in (3, 12)),
        Now(Whole(Hit(own, 12), "mean")),
    )
