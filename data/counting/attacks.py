"""Attacks as rows with region, month, day and place: what the measures of event rows are made of.

An attack stands in the month in which it began, as it is counted there, and nowhere else. Rows
from before the panel's first month are kept as what was known by then; rows outside its regions
or in a month that is not observed are not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.counting.attackers import find_attackers
from data.counting.placing import BEFORE, COUNTED, PlacedParts
from data.months import month_number
from data.regions.location import Location, usable

__all__ = ["Attacks", "list_attacks"]

Rows = npt.NDArray[np.intp]
Days = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


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
    kept = parts.first & ((placed.fate == COUNTED) | (placed.fate == BEFORE))
    event, month = parts.event[kept], parts.month[kept] - month_number(months[0])
    begun = events["date_start"].to_numpy().astype("datetime64[D]").astype(np.int64)[event]
    latitude, longitude = (
        events[name].to_numpy(np.float64)[event] for name in ("latitude", "longitude")
    )
    order = np.lexsort((longitude, latitude, begun))
    event = event[order]
    attack, actor, actors = _pairs(events.iloc[event])
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


def _pairs(events: pd.DataFrame) -> tuple[Rows, Rows, int]:
    found = find_attackers(events)
    return found.event, found.actor, len(found.names)


def _dated(events: pd.DataFrame, precisions: tuple[str, ...]) -> Flags:
    precision = events["date_precision"]
    return (precision.isin(precisions) | precision.isna() | (precision == "")).to_numpy(dtype=bool)


def _of_one_day(events: pd.DataFrame) -> Flags:
    end = events["date_end"]
    return (end.isna() | (end == events["date_start"])).to_numpy(dtype=bool)
