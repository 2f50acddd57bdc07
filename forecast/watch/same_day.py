"""Simultaneous attacks: one attacker, one day, places far apart.

Two attacks belong together when both are known to the day and the place and lie more than 25 and at
most 1,000 km apart, as in ``data.counting.link_measures``, or when both belong together with a
third.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.counting.link_measures import LINKED_KM
from data.regions.sphere import great_circle
from forecast.text.sections import Cell, Column
from forecast.watch.event_rows import EventRows
from forecast.watch.words import (
    SHOWN,
    day_text,
    deaths_of,
    joined,
    list_text,
    name_text,
    place_text,
    region_text,
    toll_text,
)

__all__ = ["RECENT", "SAME_DAY_COLUMNS", "SameDay", "find_same_day", "same_day_rows"]

Rows = npt.NDArray[np.intp]

RECENT = 12

SAME_DAY_COLUMNS = (
    Column("attacker", "Attacker", "Who attacked."),
    Column("day", "Day", "Day of the attacks."),
    Column("places", "Places", "Where, each with region and country."),
    Column("place_count", "How many", "Places more than 25 km from another of them.", "whole"),
    Column("km", "Km apart", "Kilometres between the two places farthest apart.", "whole"),
    Column(
        "tolls",
        "Deaths by place",
        "Deaths in the order of places, several attacks on one with +; ? where not known.",
    ),
    Column("deaths", "Deaths", "Known deaths of these attacks; claims do not count.", "whole"),
    Column("list", "List", "The list that tells of it."),
)


@dataclass(frozen=True)
class SameDay:
    """What one attacker did on one day.

    Attributes:
        actor: The attacker.
        rows: Attacks that belong together, in order of place.
        places: How many points they are on.
        km: Kilometres between the two points farthest apart.
    """

    actor: int
    rows: Rows
    places: int
    km: float


def find_same_day(listed: EventRows) -> list[SameDay]:
    """Return the days on which an attacker struck far apart within a year, strongest first.

    The order is by places, known deaths, kilometres, then the latest day.

    Args:
        listed: The list.
    """
    known = listed.one_day & listed.pointed & (listed.month_of > listed.month - RECENT)
    pairs = np.flatnonzero(known[listed.attackers.event])
    event, actor = listed.attackers.event[pairs], listed.attackers.actor[pairs]
    order = np.lexsort((event, actor, listed.day[event]))
    event, actor = event[order], actor[order]
    new = (np.diff(actor, prepend=-1) != 0) | (np.diff(listed.day[event], prepend=-1) != 0)
    found = [
        one
        for rows in np.split(np.arange(len(event)), np.flatnonzero(new)[1:])
        if len(rows) > 1
        for one in _linked(listed, int(actor[rows[0]]), event[rows])
        if listed.ground.inside[one.rows].any()
    ]
    return sorted(found, key=lambda one: _weakness(listed, one))


def same_day_rows(listed: EventRows, most: int) -> tuple[list[tuple[Cell, ...]], int]:
    """Return the strongest days as rows of ``SAME_DAY_COLUMNS``, and how many there are."""
    found = find_same_day(listed)
    return [_row(listed, one) for one in found[:most]], len(found)


def _linked(listed: EventRows, actor: int, rows: Rows) -> list[SameDay]:
    """Return the attacks of a day that are linked to another, what is not within reach apart."""
    spots, first, spot = np.unique(listed.spot[rows], return_index=True, return_inverse=True)
    if len(spots) < 2:
        return []
    points = listed.points[rows[first]]
    km = great_circle(np.asarray(np.linalg.norm(points[:, None] - points[None], axis=2)))
    linked = np.logical_and(km > LINKED_KM[0], km <= LINKED_KM[1])
    group = _groups(linked)
    found = []
    for one in np.unique(group[linked.any(axis=1)]):
        places = np.flatnonzero(group == one)
        chosen = rows[np.isin(spot, places)]
        chosen = chosen[np.argsort(listed.spot[chosen], kind="stable")]
        found.append(SameDay(actor, chosen, len(places), float(km[np.ix_(places, places)].max())))
    return found


def _groups(linked: npt.NDArray[np.bool_]) -> Rows:
    """Return for each place the first one of those that it is linked to, also through others."""
    group = np.arange(len(linked))
    while True:
        lowest = np.minimum(group, np.where(linked, group, len(linked)).min(axis=1))
        if (lowest == group).all():
            return group
        group = lowest


def _weakness(listed: EventRows, one: SameDay) -> tuple[float, ...]:
    deaths = np.nansum(listed.tolls[one.rows])
    day = listed.day[one.rows[0]]
    return (-one.places, -deaths, -one.km, -day, one.actor, one.rows[0])


def _row(listed: EventRows, one: SameDay) -> tuple[Cell, ...]:
    by_place: dict[str, list[str]] = {}
    for row in one.rows.tolist():
        by_place.setdefault(_where(listed, row), []).append(toll_text(listed, row))
    return (
        name_text(listed.names[one.actor]),
        day_text(int(listed.day[one.rows[0]])),
        joined(by_place, SHOWN),
        one.places,
        round(one.km),
        joined([" + ".join(tolls) for tolls in by_place.values()], SHOWN),
        deaths_of(listed, one.rows),
        list_text(listed),
    )


def _where(listed: EventRows, row: int) -> str:
    around = ", ".join(filter(None, region_text(listed, row)))
    place = place_text(listed, np.array([row]))
    return f"{place} ({around})" if around else place
