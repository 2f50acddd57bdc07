"""How much the newest months grow later, from the store's own releases.

Each release has its last months for the first time; the counts of the same months today, where a
later release covers them again, show how much was missing at that age.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from data.errors import EvidenceError
from data.months import month_number, month_range, month_text
from data.store.manifests import Manifest, coverage_of, known_at, release_order
from data.store.store import Store

__all__ = ["Completeness", "Growth", "estimate_completeness"]

_FEWEST_PAIRS = 3
_OLDEST = 12


@dataclass(frozen=True)
class Growth:
    """How a month of one age grew until today, over several months.

    Attributes:
        months: How many months were compared.
        events: Events known today for each event known at that age.
        deaths: Deaths known today for each death known at that age.
    """

    months: int
    events: float
    deaths: float


@dataclass(frozen=True)
class Completeness:
    """The expected growth of months that are not revised yet.

    Attributes:
        growth: Age in months, 1 for a month known the month after it, to its growth.
        ages: Month to its age when it was last covered, the newest twelve ages only.
    """

    growth: Mapping[int, Growth]
    ages: Mapping[str, int]

    def factors(self, month: str) -> Growth | None:
        """Return the expected growth of a month; None where none is expected."""
        return self.growth.get(self.ages.get(month, 0))


def estimate_completeness(store: Store, source: str) -> Completeness:
    """Estimate how much months grow after they were known for the first time.

    Events count in the month in which they begin, with their whole toll. Only months are compared
    that a later release of the same countries covers again, and an age counts when at least
    ``_FEWEST_PAIRS`` months were compared.

    Args:
        store: As known on some day.
        source: The source; its releases are complete lists of events.

    Raises:
        EvidenceError: The store's releases do not overlap enough.
    """
    lists = store.manifests(source=source, content="events", complete_only=True)
    pairs = [pair for name in _releases(lists) for pair in _pairs(store, source, name, lists)]
    growth = {
        age: grown
        for age in range(1, _OLDEST + 1)
        if (grown := _grown([pair for pair in pairs if pair.age == age])) is not None
    }
    if not growth:
        raise EvidenceError(
            f"the releases of {source} in the store do not show how much new months grow: expected"
            f" at least {_FEWEST_PAIRS} months that a later release covers again; ingest more of"
            " them"
        )
    return Completeness(growth, _last_ages(lists))


class _Pair(NamedTuple):
    """A month at one age and today: events and deaths each."""

    age: int
    then: tuple[int, int]
    now: tuple[int, int]


def _releases(lists: list[Manifest]) -> list[str]:
    return list(dict.fromkeys(m["release"] for m in lists))


def _pairs(store: Store, source: str, release: str, lists: list[Manifest]) -> list[_Pair]:
    """Return the newest months of a release, then and now."""
    ages = {
        month: age
        for m in lists
        if m["release"] == release
        for month in _newest(m)
        if 1 <= (age := _age(month, m)) <= _OLDEST and _again(month, release, lists)
    }
    if not ages:
        return []
    then, now = (_totals(view, source) for view in (store.known(release=release), store))
    return [_Pair(age, then.get(m, (0, 0)), now.get(m, (0, 0))) for m, age in ages.items()]


def _newest(m: Manifest) -> list[str]:
    claim = coverage_of(m)
    if claim.first is None or claim.last is None:
        return []
    oldest = month_text(month_number(f"{known_at(m):%Y-%m}") - _OLDEST)
    return month_range(max(claim.first, oldest), claim.last)


def _age(month: str, m: Manifest) -> int:
    return month_number(f"{known_at(m):%Y-%m}") - month_number(month)


def _again(month: str, release: str, lists: list[Manifest]) -> bool:
    """Say whether a later release covers a month for the same countries."""
    own = {coverage_of(m).countries for m in lists if m["release"] == release}
    return any(
        release_order(m["release"]) > release_order(release)
        and coverage_of(m).countries in own
        and coverage_of(m).holds(month)
        for m in lists
    )


def _last_ages(lists: list[Manifest]) -> dict[str, int]:
    """Return the age of each month when it was last covered, for the newest months."""
    ages: dict[str, int] = {}
    for m in sorted(lists, key=lambda m: release_order(m["release"])):
        claim = coverage_of(m)
        for month in {*ages, *_newest(m)}:
            if claim.holds(month):
                ages[month] = _age(month, m)
    return {month: age for month, age in ages.items() if 1 <= age <= _OLDEST}


def _totals(store: Store, source: str) -> dict[str, tuple[int, int]]:
    """Return events and known deaths by the month in which events begin."""
    events = store.events(source=source)
    months = events["date_start"].dt.strftime("%Y-%m")
    deaths = events["deaths_best"].fillna(0).astype("int64").groupby(months).sum()
    counts = months.value_counts()
    return {str(month): (int(counts[month]), int(deaths[month])) for month in counts.index}


def _grown(pairs: list[_Pair]) -> Growth | None:
    then = [sum(pair.then[measure] for pair in pairs) for measure in (0, 1)]
    now = [sum(pair.now[measure] for pair in pairs) for measure in (0, 1)]
    if len(pairs) < _FEWEST_PAIRS or not all(then):
        return None
    return Growth(len(pairs), now[0] / then[0], now[1] / then[1])
