"""The standard features, family by family, and those of a target's own past."""

from __future__ import annotations

from data.schema import (
    DEATHS,
    DISTANCE_COLUMNS,
    EVENTS,
    KINDS,
    NEAR_PLACES,
    PLACE_KINDS,
    PLACE_KM,
    place_measure,
)
from features.feature import Feature
from features.frequency import Acceleration, MonthsSince, MonthsWith, Recency, Surge, Trend
from features.history import EverMean, EverShare, FirstWithin, MonthsInto, YearsSum
from features.location import Country, FirstHit, NearestHit, Neighbours, Pressure, Whole
from features.moving import ExponentialMean, Lag, MovingMax, MovingSum, Now
from features.ratios import Concentration, DaysBetween, PerEvent, Share, Spread
from features.signals import Distance, Hit, Measure, MonthOfYear, of_kind

__all__ = ["family_names", "standard_features"]

_EVENTS = Measure(EVENTS)
_DEATHS = Measure(DEATHS)
_SCALES_KM = (100, 250, 500)


def standard_features(target: str = EVENTS) -> tuple[Feature, ...]:
    """Return the features that models are given, family by family.

    Args:
        target: Measure to be forecast. One that is neither events nor deaths, such as one kind of
            deaths in the panel of a forecasting challenge, also gets features of its own past.
    """
    return (
        *_frequency(),
        *_severity(),
        *_composition(),
        *_location(),
        *_field(),
        *_history(),
        *_actors(),
        *_sites(),
        *_simultaneity(),
        Now(MonthOfYear("sin")),
        Now(MonthOfYear("cos")),
        *(() if target in (EVENTS, DEATHS) else _target(Measure(target))),
    )


def family_names() -> tuple[str, ...]:
    """Return the families of the standard features, in the order of the catalogue.

    Example:
        >>> family_names()[0]
        'frequency'
    """
    return tuple(dict.fromkeys(feature.family for feature in standard_features()))


def _frequency() -> tuple[Feature, ...]:
    return (
        *(Lag(_EVENTS, lag) for lag in range(13)),
        *(MovingSum(_EVENTS, months) for months in (2, 3, 6, 12, 24, 36)),
        *(MonthsWith(_EVENTS, months) for months in (3, 6, 12, 24, 36)),
        MovingMax(_EVENTS, 12),
        Trend(_EVENTS, 3, 12),
        Acceleration(_EVENTS, 3),
        Surge(_EVENTS, 3, 12),
        MonthsSince(_EVENTS),
        *(Recency(_EVENTS, 1, halflife) for halflife in (2, 6, 24)),
        Recency(_EVENTS, 3, 6),
        *(ExponentialMean(_EVENTS, halflife) for halflife in (1, 3, 6, 12, 24)),
    )


def _severity() -> tuple[Feature, ...]:
    largest = Measure("largest_event")
    return (
        *(Lag(_DEATHS, lag) for lag in (0, 1, 2, 3, 6, 12)),
        *(MovingSum(_DEATHS, months) for months in (3, 6, 12, 24, 36)),
        MovingMax(_DEATHS, 12),
        Trend(_DEATHS, 3, 12),
        Acceleration(_DEATHS, 3),
        *(ExponentialMean(_DEATHS, halflife) for halflife in (3, 12, 24)),
        *(Recency(_DEATHS, count, 12) for count in (5, 25, 100)),
        Recency(_DEATHS, 25, 3),
        *(MonthsSince(_DEATHS, count) for count in (5, 25, 100)),
        Surge(_DEATHS, 3, 12),
        PerEvent(_DEATHS, _EVENTS, 12),
        *(MovingMax(largest, months) for months in (12, 36)),
        Spread(Measure("deaths_low"), Measure("deaths_high"), 12),
    )


def _composition() -> tuple[Feature, ...]:
    return (
        *(Share(of_kind(EVENTS, kind), _EVENTS, 12) for kind in KINDS),
        *(Share(of_kind(DEATHS, kind), _DEATHS, 12) for kind in KINDS),
        Share(Measure("civilians"), _DEATHS, 12),
    )


def _location() -> tuple[Feature, ...]:
    pressures = [Pressure(_EVENTS, scale) for scale in _SCALES_KM]
    return (
        *(MovingSum(Neighbours(_EVENTS, 1), months) for months in (1, 3, 6, 12)),
        *(MovingSum(Neighbours(_EVENTS, 2), months) for months in (1, 3, 12)),
        *(MovingSum(Neighbours(_DEATHS, 1), months) for months in (1, 3, 12)),
        MovingSum(Neighbours(_DEATHS, 2), 12),
        *(MovingSum(pressure, months) for pressure in pressures for months in (3, 12)),
        *(MovingSum(Pressure(_DEATHS, scale), 12) for scale in _SCALES_KM),
        MovingSum(Pressure(_DEATHS, 250), 3),
        Trend(Neighbours(_EVENTS, 1), 3, 12),
        *_novelty(),
        *(Now(NearestHit(_EVENTS, months)) for months in (1, 3, 12)),
        *(MovingSum(Country(_EVENTS, own=False), months) for months in (3, 12)),
        Share(_EVENTS, Country(_EVENTS), 12, "location"),
        MonthsInto(_EVENTS),
        FirstWithin(_EVENTS, 12),
        *(Now(Distance(column)) for column in DISTANCE_COLUMNS),
        *_places(),
    )


def _places() -> tuple[Feature, ...]:
    near = [Measure(name) for name in NEAR_PLACES]
    return (
        Now(Measure(PLACE_KM)),
        *(Now(Measure(place_measure(kind))) for kind in PLACE_KINDS),
        *(MovingSum(measure, months) for measure in near for months in (3, 12)),
        Share(near[0], _EVENTS, 12, "location"),
        Recency(near[0], 1, 6),
    )


def _novelty() -> tuple[Feature, ...]:
    reached = Neighbours(FirstHit(_EVENTS), 1)
    return (
        MonthsSince(Neighbours(_EVENTS, 1)),
        MonthsSince(reached),
        MovingSum(reached, 6),
        Now(Neighbours(Hit(_EVENTS, 3), 1)),
    )


def _field() -> tuple[Feature, ...]:
    return (
        *(MovingSum(Country(_EVENTS), months) for months in (1, 3, 12)),
        *(MovingSum(Country(_DEATHS), months) for months in (3, 12)),
        Trend(Country(_EVENTS), 3, 12),
        Trend(Country(_DEATHS), 3, 12),
        Trend(Whole(_EVENTS), 3, 12),
        *(MovingSum(Whole(_EVENTS), months) for months in (1, 3, 12)),
        *(MovingSum(Whole(_DEATHS), months) for months in (3, 12)),
        *(Now(Whole(Hit(_EVENTS, months), "mean")) for months in (1, 3, 12)),
    )


def _history() -> tuple[Feature, ...]:
    return (
        EverShare(_EVENTS),
        EverMean(_EVENTS),
        EverMean(_DEATHS),
        *(YearsSum(_EVENTS, years) for years in (5, 10)),
        YearsSum(_DEATHS, 5),
    )


def _actors() -> tuple[Feature, ...]:
    now = ("actors", "actors_3", "actors_12", "actor_reach")
    elsewhere = ("actor_elsewhere", "actor_elsewhere_3", "actor_nearby", "actor_nearby_3")
    return (
        *(Now(Measure(name)) for name in (*now, *elsewhere)),
        *(MovingSum(Measure("actors_new"), months) for months in (3, 12)),
        Concentration(Measure("actor_main"), _EVENTS),
    )


def _sites() -> tuple[Feature, ...]:
    repeats, hits = Measure("site_repeats"), Measure("site_hits")
    return (
        *(Now(Measure(name)) for name in ("sites_3", "sites_12")),
        *(MovingSum(repeats, months) for months in (3, 12)),
        Share(repeats, _EVENTS, 12, "sites"),
        DaysBetween(Measure("site_days"), repeats, 12),
        *(MovingMax(hits, months) for months in (3, 12)),
    )


def _simultaneity() -> tuple[Feature, ...]:
    linked = Measure("simultaneous")
    return (
        *(MovingSum(linked, months) for months in (3, 12)),
        MovingSum(Measure("simultaneous_far"), 12),
        Share(linked, _EVENTS, 12, "simultaneity"),
        *(MovingMax(Measure("linked_places"), months) for months in (3, 12)),
        Recency(linked, 1, 6),
    )


def _target(own: Measure) -> tuple[Feature, ...]:
    """Return features of one measure's own past, nearby and over all regions."""
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
