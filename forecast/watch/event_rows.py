"""Event rows: the attacks of one list up to a month, in order of day, as watch sections read them.

Nothing that began after the month is in them, and of what went on past it no toll. Sources are
never mixed: two of them may report the same attack.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.counting.attacks import Attackers, find_attackers, written_names
from data.regions.countries import country_keys
from data.regions.geodesy import great_circle, unit_vectors
from data.regions.location import usable
from data.schema import OBSERVED, STATUSES

__all__ = ["Area", "Covered", "EventRegions", "EventRows", "events_until", "last_days"]

Rows = npt.NDArray[np.intp]
Whole = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

EPOCH = 12 * 1970
_VAGUE = {"month": "M", "year": "Y"}
# What a source says of an attack as a whole, its end included.
_TOLLS = ("deaths_low", "deaths_best", "deaths_high", "civilians", "deaths_claimed", "captured")


@dataclass(frozen=True)
class Area:
    """A region with its country, or a country as a whole where ``region`` is None."""

    region: str | None
    country: str


@dataclass(frozen=True)
class EventRegions:
    """Where the attacks of a list lie.

    Attributes:
        area: (attacks,) row in ``areas``, -1 where it is not known.
        areas: The regions; countries where the list names no region.
        inside: (attacks,) whether the attack lies in the countries that are asked about.
        countries: Key to name of these countries.
    """

    area: Rows
    areas: tuple[Area, ...]
    inside: Flags
    countries: dict[str, str]

    def is_nameless(self) -> bool:
        """Say whether the list names countries alone, no regions."""
        return bool(self.areas) and all(area.region is None for area in self.areas)


@dataclass(frozen=True)
class Covered:
    """Which months a complete list covers in each country, without regard to its rows.

    Attributes:
        keys: Keys of countries, sorted.
        first: Number of the first month.
        status: (countries, months) positions in ``STATUSES``.
    """

    keys: tuple[str, ...]
    first: int
    status: npt.NDArray[np.int8]

    def since(self, key: str, month: int) -> int | None:
        """Return the first of the covered months that end before a month without a gap."""
        if key not in self.keys:
            return None
        seen = self.status[self.keys.index(key), : max(month - self.first, 0)]
        holes = np.flatnonzero(seen != STATUSES.index(OBSERVED))
        begin = int(holes[-1]) + 1 if len(holes) else 0
        return self.first + begin if begin < len(seen) else None


@dataclass(frozen=True)
class EventRows:
    """Attacks of one source up to a month.

    Attributes:
        source: Name of the source.
        month: Number of the last month.
        table: Canonical events in order of day and place.
        regions: Where they lie.
        covered: What the list covers; None where it is not complete.
        left_out: Attacks dated to a month or a year that is not over in the last month.
    """

    source: str
    month: int
    table: pd.DataFrame
    regions: EventRegions
    covered: Covered | None
    left_out: int = 0

    @property
    def complete(self) -> bool:
        """Whether the list claims to hold every attack."""
        return self.covered is not None

    @cached_property
    def day(self) -> Whole:
        """Day on which each attack began, days since 1970."""
        return _days(self.table["date_start"])

    @cached_property
    def last_day(self) -> Whole:
        """Last day of each attack; the first one where none is given."""
        return _days(last_days(self.table))

    @cached_property
    def goes_on(self) -> Flags:
        """Whether the attack went on past the last month."""
        return np.asarray(self.last_day >= _first_day(self.month + 1))

    @cached_property
    def month_of(self) -> Whole:
        """Number of the month in which each attack began."""
        return self.table["date_start"].to_numpy().astype("datetime64[M]").astype(int) + EPOCH

    @cached_property
    def precision(self) -> npt.NDArray[np.object_]:
        """How well each date is known; ``day`` where the source does not say."""
        given = self.table["date_precision"]
        return given.mask(given.isna() | (given == ""), "day").to_numpy(dtype=object)

    @cached_property
    def dated(self) -> Flags:
        """Whether the day on which the attack began is known."""
        return np.asarray(self.precision == "day")

    @cached_property
    def one_day(self) -> Flags:
        """Whether the attack is known to have begun and ended on that day."""
        return np.asarray(self.dated & (self.day == self.last_day))

    @cached_property
    def pointed(self) -> Flags:
        """Whether the place is known exactly or nearly."""
        return np.asarray(usable(self.table, "priogrid"), dtype=bool)

    @cached_property
    def points(self) -> Doubles:
        """Places as unit vectors, (attacks, 3); NaN where there is none."""
        return unit_vectors(
            self.table["latitude"].to_numpy(np.float64),
            self.table["longitude"].to_numpy(np.float64),
        )

    @cached_property
    def spot(self) -> Rows:
        """Number of each attack's point; the same point has the same number."""
        codes = self.table.groupby(["latitude", "longitude"], sort=True, dropna=False).ngroup()
        return codes.to_numpy().astype(np.intp)

    @cached_property
    def country(self) -> npt.NDArray[np.object_]:
        """Key of the country that the source names."""
        return country_keys(self.table["country"])

    @cached_property
    def attackers(self) -> Attackers:
        """Who attacked."""
        return find_attackers(self.table)

    @cached_property
    def _by_attacker(self) -> tuple[Rows, Rows]:
        """Attacks sorted by attacker and order, and where each attacker begins."""
        order = np.argsort(self.attackers.actor, kind="stable")
        return self.attackers.event[order], self._begins(self.attackers.actor[order])

    @cached_property
    def _openings(self) -> tuple[Rows, Rows]:
        """Each attacker's first attack on every point, sorted, and where each attacker begins."""
        event, actor = self.attackers.event, self.attackers.actor
        known = np.flatnonzero(self.pointed[event])
        key = actor[known] * (int(self.spot.max(initial=0)) + 1) + self.spot[event[known]]
        first = np.sort(known[np.unique(key, return_index=True)[1]])
        order = first[np.argsort(actor[first], kind="stable")]
        return event[order], self._begins(actor[order])

    def _begins(self, actors: Rows) -> Rows:
        return np.searchsorted(actors, np.arange(len(self.attackers.names) + 1))

    @cached_property
    def _anybodys(self) -> Rows:
        """First attack on every point, in order of day."""
        known = np.flatnonzero(self.pointed)
        return np.sort(known[np.unique(self.spot[known], return_index=True)[1]])

    def rows_of(self, actor: int) -> Rows:
        """Return the attacks of an attacker in order of day."""
        rows, begin = self._by_attacker
        return rows[begin[actor] : begin[actor + 1]]

    def openings_of(self, actor: int) -> Rows:
        """Return an attacker's first attack on every known point in order of day; -1: anybody's."""
        if actor < 0:
            return self._anybodys
        rows, begin = self._openings
        return rows[begin[actor] : begin[actor + 1]]

    def attackers_of(self, row: int) -> Rows:
        """Return the attackers of an attack."""
        begin, end = np.searchsorted(self.attackers.event, [row, row + 1])
        return self.attackers.actor[begin:end]

    @cached_property
    def captured(self) -> Doubles:
        """People captured; NaN where not known."""
        return self._numbers("captured")

    @cached_property
    def tolls(self) -> Doubles:
        """Known deaths of each attack; NaN where they are not known."""
        return self._numbers("deaths_best")

    @cached_property
    def claimed(self) -> Doubles:
        """Deaths that somebody claimed; NaN where nobody did."""
        return self._numbers("deaths_claimed")

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the attackers as the list writes them most often."""
        return written_names(self.attackers, self.table)

    def _numbers(self, name: str) -> Doubles:
        """Return a column of whole numbers; NaN where one is not known."""
        return self.table[name].to_numpy(dtype=np.float64, na_value=np.nan)

    @cached_property
    def texts(self) -> Mapping[str, npt.NDArray[np.object_]]:
        """Texts of each attack by column; empty where there is none."""
        names = ("place", "admin2", "site_overrun")
        return {name: self.table[name].fillna("").to_numpy(dtype=object) for name in names}

    def within(self, months: int) -> Flags:
        """Say which attacks of the field began in the last months."""
        return np.asarray((self.month_of > self.month - months) & self.regions.inside)

    def distances(self, one: int, others: Rows) -> Doubles:
        """Return the kilometres from an attack to others."""
        return great_circle(np.linalg.norm(self.points[others] - self.points[one], axis=1))


def last_days(events: pd.DataFrame) -> pd.Series:
    """Return the last day on which each event may have been.

    Where only the month or the year of a date is known and no span is given, it is the last day of
    that month or year.

    Args:
        events: Canonical events.
    """
    begun, precision = events["date_start"], events["date_precision"]
    end = events["date_end"].fillna(begun)
    for vague, period in _VAGUE.items():
        unspanned = (precision == vague).to_numpy(dtype=bool) & (end == begun).to_numpy(dtype=bool)
        last = begun[unspanned].dt.to_period(period).dt.end_time.dt.normalize()
        end = end.where(~unspanned, last.astype(end.dtype).reindex(end.index))
    return end


def events_until(events: pd.DataFrame, month: int) -> tuple[pd.DataFrame, int]:
    """Return the events that a reader at the end of a month could know of, in order of day.

    What began later is not there, nor what is dated to a month or year that was not over. An event
    that went on has neither toll nor outcome yet, and its end is not known.

    Args:
        events: Canonical events.
        month: Number of the month.

    Returns:
        Events in order of day, place and id, and how many were left out for a vague date.
    """
    begun, end = events["date_start"], last_days(events)
    stop = np.datetime64(month + 1 - EPOCH, "M").astype("datetime64[ms]")
    known = (begun < stop).to_numpy(dtype=bool)
    later = (end >= stop).to_numpy(dtype=bool)
    vague = known & later & events["date_precision"].isin(list(_VAGUE)).to_numpy(dtype=bool)
    order = ["date_start", "latitude", "longitude", "event_id"]
    chosen = events.assign(_later=later)[known & ~vague].sort_values(order, ignore_index=True)
    going_on = chosen.pop("_later")
    blank = {name: chosen[name].mask(going_on, pd.NA) for name in _TOLLS}
    blank["site_overrun"] = chosen["site_overrun"].mask(going_on, "")
    # How long an attack that goes on will last is not known: it ends after the month, no more.
    blank["date_end"] = chosen["date_end"].mask(going_on, pd.Timestamp(stop))
    return chosen.assign(**blank), int(vague.sum())


def _first_day(month: int) -> int:
    return int(np.datetime64(month - EPOCH, "M").astype("datetime64[D]").astype(np.int64))


def _days(days: pd.Series) -> Whole:
    return days.to_numpy().astype("datetime64[D]").astype(np.int64)
