"""Attacks as rows with region, month, day, place and attackers: what row measures are made of.

An attack belongs to the month in which it began, where it is also counted. Rows
from before the panel's first month are included as what was known by then; rows outside its
regions or in a month that is not observed are left out.

No source says who struck first in a clash, so the rule for attackers goes by kind:

- **one-sided**, **civilians** and **explosions**: side A alone, whose act it was.
- **state-based**, **non-state**, **battles** and events of no stated kind: both sides.

Of the sides named so, civilians are never attackers, and neither is a state's force where another
side remains: in a state-based event that leaves the armed group, between two states both of them,
and a state that killed civilians stands for itself. A state's force is named as UCDP and ACLED do
("Government of", "Military Forces of") or after its country ("Mali armed forces and VDP"). A side
without a name ("unidentified", "unknown") is left out. Joint sides, which sources join by commas,
are separated.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.counting.placing import BEFORE, COUNTED, PlacedParts
from data.counting.row_groups import spread_rows
from data.months import month_number
from data.regions.countries import country_of
from data.regions.location import Location, usable

__all__ = ["Attackers", "Attacks", "find_attackers", "list_attacks", "written_names"]

Rows = npt.NDArray[np.intp]
Days = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_FIRST_SIDE_ACTS = ("one-sided", "civilians", "explosions")
_NOBODY = re.compile(r"(civilians?|unidentified|unknown|unnamed)\b", re.IGNORECASE)
_STATE = re.compile(r"(government|military forces|police forces) of\b", re.IGNORECASE)
_OF_COUNTRY = re.compile(r"(.+?) (?:armed|security|defence|police) forces\b", re.IGNORECASE)


@dataclass(frozen=True)
class Attackers:
    """One row an event and attacker, sorted by both.

    Attributes:
        event: (rows,) position of the event.
        actor: (rows,) position in ``names``.
        names: Names without regard to case, in the order of the alphabet, so that the order of two
            of them never depends on which others there are.
    """

    event: Rows
    actor: Rows
    names: tuple[str, ...]


@dataclass(frozen=True)
class Attacks:
    """Rows in order of day and place, and who attacked.

    Attributes:
        region: (attacks,) row of the region table.
        month: (attacks,) column of the panel; negative before its first month.
        day: (attacks,) days since 1970.
        latitude: (attacks,) degrees.
        longitude: (attacks,) degrees.
        at_point: (attacks,) whether the place is known exactly or nearly, and the day within a
            week; where the source does not say how well, it is taken to be.
        to_the_day: (attacks,) whether the attack is known to have begun and ended on that day;
            where the source does not say, it is taken to be.
        attack: (pairs,) attack of each attack-and-attacker pair, in ascending order.
        actor: (pairs,) attacker of each pair, numbered in the order of the alphabet.
        actors: How many attackers there are.
    """

    region: Rows
    month: Rows
    day: Days
    latitude: Doubles
    longitude: Doubles
    at_point: Flags
    to_the_day: Flags
    attack: Rows
    actor: Rows
    actors: int


def list_attacks(
    events: pd.DataFrame, location: Location, placed: PlacedParts, months: Sequence[str]
) -> Attacks:
    """List the attacks of complete lists that lie in the panel's regions.

    Args:
        events: Canonical events.
        location: Their regions.
        placed: Their parts.
        months: Months of the panel.
    """
    parts = placed.parts
    counted = parts.first & ((placed.fate == COUNTED) | (placed.fate == BEFORE))
    event, month = parts.event[counted], parts.month[counted] - month_number(months[0])
    begun = events["date_start"].to_numpy().astype("datetime64[D]").astype(np.int64)[event]
    latitude, longitude = (
        events[name].to_numpy(np.float64)[event] for name in ("latitude", "longitude")
    )
    order = np.lexsort((longitude, latitude, begun))
    event = event[order]
    attack, actor, actors = _attack_pairs(events.iloc[event])
    return Attacks(
        region=location.region[event],
        month=month[order].astype(np.intp),
        day=begun[order],
        latitude=latitude[order],
        longitude=longitude[order],
        at_point=usable(events, "priogrid")[event] & _dated(events, ("day", "week"))[event],
        to_the_day=(_dated(events, ("day",)) & _of_one_day(events))[event],
        attack=attack,
        actor=actor,
        actors=actors,
    )


def find_attackers(events: pd.DataFrame) -> Attackers:
    """Name the attackers of every event; an event without named sides has none.

    Args:
        events: Canonical events.

    Example:
        >>> one = {"kind": ["state-based"], "side_a": ["Government of Mali"], "side_b": ["JNIM"]}
        >>> find_attackers(pd.DataFrame(one)).names
        ('jnim',)
    """
    both = ~events["kind"].isin(_FIRST_SIDE_ACTS).to_numpy(dtype=bool)
    second_acts = np.flatnonzero(both)
    sides = events["side_a"], events["side_b"].iloc[second_acts]
    names = sorted(
        {name for side in sides for text in side.dropna().unique() for name in _parts(text)}
    )
    first, second = (_named(side, names) for side in sides)
    event = np.concatenate((first[0], second_acts[second[0]]))
    actor = np.concatenate((first[1], second[1]))
    state = np.array([_is_state(name) for name in names], dtype=bool)[actor]
    grouped = np.bincount(event[~state], minlength=len(events)) > 0
    attacking = ~state | ~grouped[event]
    pairs = np.unique(event[attacking] * len(names) + actor[attacking])
    event, actor = np.divmod(pairs, max(len(names), 1))
    used, actor = np.unique(actor, return_inverse=True)
    return Attackers(event, actor, tuple(names[place] for place in used))


def written_names(attackers: Attackers, events: pd.DataFrame) -> tuple[str, ...]:
    """Return each attacker's name as the events write it most often; ties go to the first name.

    Args:
        attackers: Of these events.
        events: Canonical events.

    Example:
        >>> sides = {"kind": ["battles"] * 2, "side_a": ["IS  Sahel"] * 2, "side_b": ["", "JNIM"]}
        >>> written_names(find_attackers(pd.DataFrame(sides)), pd.DataFrame(sides))
        ('IS Sahel', 'JNIM')
    """
    written: dict[str, Counter[str]] = {name: Counter() for name in attackers.names}
    for side in ("side_a", "side_b"):
        for text, count in events[side].dropna().value_counts().items():
            for part in str(text).split(","):
                name = " ".join(part.split())
                if name.casefold() in written:
                    written[name.casefold()][name] += int(count)
    return tuple(
        min(written[name], key=lambda spelled: (-counts[spelled], spelled))
        for name, counts in written.items()
    )


def _is_state(name: str) -> bool:
    """Say whether a name is that of a state or of a state's force."""
    owned = _OF_COUNTRY.match(name)
    return bool(_STATE.match(name)) or (owned is not None and country_of(owned[1]) is not None)


def _named(sides: pd.Series, names: Sequence[str]) -> tuple[Rows, Rows]:
    """Return one row an event and named side: positions of the event and of the name."""
    place = {name: row for row, name in enumerate(names)}
    codes, texts = pd.factorize(sides)
    parts = [[place[name] for name in _parts(text)] for text in texts] + [[]]  # -1: no side at all
    count = np.array([len(rows) for rows in parts], dtype=np.intp)
    begin = (np.cumsum(count) - count)[codes]
    event, nth = spread_rows(count[codes])
    flat = np.array([row for rows in parts for row in rows], dtype=np.intp)
    return event, flat[begin[event] + nth]


def _parts(side: str) -> list[str]:
    names = (" ".join(name.split()).casefold() for name in side.split(","))
    return [name for name in names if name and not _NOBODY.match(name)]


def _attack_pairs(events: pd.DataFrame) -> tuple[Rows, Rows, int]:
    attackers = find_attackers(events)
    return attackers.event, attackers.actor, len(attackers.names)


def _dated(events: pd.DataFrame, precisions: tuple[str, ...]) -> Flags:
    precision = events["date_precision"]
    return (precision.isin(precisions) | precision.isna() | (precision == "")).to_numpy(dtype=bool)


def _of_one_day(events: pd.DataFrame) -> Flags:
    end = events["date_end"]
    return (end.isna() | (end == events["date_start"])).to_numpy(dtype=bool)
