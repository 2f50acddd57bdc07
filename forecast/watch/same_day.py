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
from data.regions.geodesy import great_circle
from forecast.text.sections import Column
from forecast.watch.event_rows import EventRows
from forecast.watch.section import EventSection, Ranked, Row
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

__all__ = ["SAME_DAY", "SameDay", "find_same_day"]

Rows = npt.NDArray[np.intp]

_RECENT = 12


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


def find_same_day(events: EventRows) -> list[SameDay]:
    """Return the days on which an attacker struck far apart within a year, strongest first.

    The order is by places, known deaths, kilometres, then the latest day.

    Args:
        events: The list.
    """
    known = events.one_day & events.pointed & (events.month_of > events.month - _RECENT)
    pairs = np.flatnonzero(known[events.attackers.event])
    event, actor = events.attackers.event[pairs], events.attackers.actor[pairs]
    order = np.lexsort((event, actor, events.day[event]))
    event, actor = event[order], actor[order]
    new = (np.diff(actor, prepend=-1) != 0) | (np.diff(events.day[event], prepend=-1) != 0)
    days = [
        one
        for rows in np.split(np.arange(len(event)), np.flatnonzero(new)[1:])
        if len(rows) > 1
        for one in _linked(events, int(actor[rows[0]]), event[rows])
        if events.regions.inside[one.rows].any()
    ]
    return sorted(days, key=lambda one: _weakness(events, one))


def _linked(events: EventRows, actor: int, rows: Rows) -> list[SameDay]:
    """Return the attacks of a day that are linked to another, what is not within reach apart."""
    spots, first, spot = np.unique(events.spot[rows], return_index=True, return_inverse=True)
    if len(spots) < 2:
        return []
    points = events.points[rows[first]]
    km = great_circle(np.asarray(np.linalg.norm(points[:, None] - points[None], axis=2)))
    linked = np.logical_and(km > LINKED_KM[0], km <= LINKED_KM[1])
    group = _groups(linked)
    linked_attacks = []
    for one in np.unique(group[linked.any(axis=1)]):
        places = np.flatnonzero(group == one)
        chosen = rows[np.isin(spot, places)]
        chosen = chosen[np.argsort(events.spot[chosen], kind="stable")]
        apart = float(km[np.ix_(places, places)].max())
        linked_attacks.append(SameDay(actor, chosen, len(places), apart))
    return linked_attacks


def _groups(linked: npt.NDArray[np.bool_]) -> Rows:
    """Return for each place the first one of those that it is linked to, also through others."""
    group = np.arange(len(linked))
    while True:
        lowest = np.minimum(group, np.where(linked, group, len(linked)).min(axis=1))
        if (lowest == group).all():
            return group
        group = lowest


def _weakness(events: EventRows, one: SameDay) -> tuple[float, ...]:
    deaths = np.nansum(events.tolls[one.rows])
    day = events.day[one.rows[0]]
    return (-one.places, -deaths, -one.km, -day, one.actor, one.rows[0])


def _rows(events: EventRows, most: int) -> Ranked:
    days = find_same_day(events)
    return [_row(events, one) for one in days[:most]], len(days)


def _row(events: EventRows, one: SameDay) -> Row:
    by_place: dict[str, list[str]] = {}
    for row in one.rows.tolist():
        by_place.setdefault(_where(events, row), []).append(toll_text(events, row))
    return (
        name_text(events.names[one.actor]),
        day_text(int(events.day[one.rows[0]])),
        joined(by_place, SHOWN),
        one.places,
        round(one.km),
        joined([" + ".join(tolls) for tolls in by_place.values()], SHOWN),
        deaths_of(events, one.rows),
        list_text(events),
    )


def _where(events: EventRows, row: int) -> str:
    around = ", ".join(filter(None, region_text(events, row)))
    place = place_text(events, np.array([row]))
    return f"{place} ({around})" if around else place


SAME_DAY = EventSection(
    name="watch_same_day",
    title="Simultaneous attacks by one attacker",
    note=f"Attacks of one attacker on one day, {LINKED_KM[0]:.0f} to {LINKED_KM[1]:,.0f} km apart"
    f" or linked by a third, in the {_RECENT} months to {{month}}; most places first."
    " Dates must be known to the day.",
    columns=(
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
        Column("list", "List", "The list that reports it."),
    ),
    rows=_rows,
    sentence=lambda row: f"{row['attacker']}, {row['day']}: {row['places']}; {row['km']} km apart",
)
