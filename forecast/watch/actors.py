"""Rows of attackers that are new in a region or reach farther, and of first attacks."""

from __future__ import annotations

import numpy as np

from forecast.text.sections import Cell, Column
from forecast.watch.debuts import (
    Debut,
    actors_in_areas,
    actors_in_countries,
    areas_first_hit,
    claim_text,
    countries_before,
    far_attacks,
)
from forecast.watch.event_rows import EventRows
from forecast.watch.words import (
    attackers_text,
    country_text,
    deaths_of,
    joined,
    list_text,
    name_text,
    place_text,
    region_text,
    when_text,
)

__all__ = ["ACTOR_COLUMNS", "FIRST_COLUMNS", "actor_rows", "first_rows"]

Rows = list[tuple[Cell, ...]]

_PLACE = (
    Column("region", "Region", "Region of the attack."),
    Column("country", "Country", "Country of the attack."),
    Column("place", "Place", "Name of the place, or its coordinates where the list names none."),
    Column("date", "Date", "Date of the attack."),
)
_NEAREST = (
    Column("km", "Km", "Kilometres to the nearest earlier attack.", "whole"),
    Column("nearest", "Nearest before", "Place of that attack."),
)
_LIST = Column("list", "List", "The list that tells of it.")

ACTOR_COLUMNS = (
    Column("attacker", "Attacker", "Who attacked."),
    Column("what", "What", "What is new, and from when on the list could have seen it before."),
    *_PLACE,
    *_NEAREST,
    Column("attacks", "Attacks since", "Attacks there since, the first one included.", "whole"),
    Column("deaths", "Deaths since", "Known deaths of these attacks.", "whole"),
    _LIST,
)
FIRST_COLUMNS = (
    Column("what", "What", "What came first, and from when on the list could have seen it before."),
    *_PLACE,
    Column("attackers", "Attackers", "Who attacked."),
    Column("before", "Active before in", "Countries that the attacker had hit before."),
    *_NEAREST,
    Column("attacks", "Attacks since", "Attacks there since, the first one included.", "whole"),
    Column("deaths", "Deaths since", "Known deaths of these attacks.", "whole"),
    _LIST,
)


def actor_rows(listed: EventRows, most: int) -> tuple[Rows, int]:
    """Return new attackers, then far attacks, as rows of ``ACTOR_COLUMNS``; and how many of both.

    Args:
        listed: The list.
        most: How many rows; a third of them is kept for far attacks where there are as many.
    """
    found = actors_in_areas(listed)
    new, far = _claimed(listed, found), _claimed(listed, far_attacks(listed, found))
    shown = _shared(new, far, most)
    return [_actor_row(listed, debut, debut in new) for debut in shown], len(new) + len(far)


def first_rows(listed: EventRows, most: int) -> tuple[Rows, int]:
    """Return crossed borders, then first attacks, as rows of ``FIRST_COLUMNS``; and how many."""
    areas = _claimed(listed, areas_first_hit(listed))
    borders = _claimed(listed, actors_in_countries(listed))
    shown = _shared(borders, areas, most)
    return [_first_row(listed, debut) for debut in shown], len(areas) + len(borders)


def _claimed(listed: EventRows, debuts: list[Debut]) -> list[Debut]:
    return [debut for debut in debuts if claim_text(listed, debut.row) is not None]


def _shared(one: list[Debut], other: list[Debut], most: int) -> list[Debut]:
    """Return the strongest of two kinds, a third of them of the second where it has as many."""
    second = min(len(other), max(most // 3, most - len(one)))
    return one[: most - second] + other[:second]


def _actor_row(listed: EventRows, debut: Debut, new: bool) -> tuple[Cell, ...]:
    area = "country" if region_text(listed, debut.row)[0] is None else "region"
    fresh = listed.day[listed.rows_of(debut.actor)[0]] == listed.day[debut.row]
    claim = claim_text(listed, debut.row)
    if listed.complete:
        what = f"{'never seen before' if fresh else f'new in the {area}'} ({claim})"
    else:
        what = f"{claim} {'anywhere' if fresh else f'in the {area}'}"
    if not new:
        what = f"farther than before {f'({claim})' if listed.complete else 'in this list'}"
    return (
        name_text(listed.names[debut.actor]),
        what,
        *_where(listed, debut.row),
        *_near(listed, debut),
        len(debut.since),
        deaths_of(listed, debut.since),
        list_text(listed),
    )


def _first_row(listed: EventRows, debut: Debut) -> tuple[Cell, ...]:
    anybody = debut.actor < 0
    before = [] if anybody else countries_before(listed, debut)
    region, country = region_text(listed, debut.row)
    what = f"across the border into {country}"
    if anybody:
        what = f"in the {'country' if region is None else 'region'}"
    claim = claim_text(listed, debut.row)
    if listed.complete:
        what = f"{'first attack ' if anybody else ''}{what} ({claim})"
    else:
        what = f"{claim} {what}"
    return (
        what,
        *_where(listed, debut.row),
        attackers_text(listed, [debut.row]) if anybody else name_text(listed.names[debut.actor]),
        joined([country_text(listed, key) or "" for key in before], 3) or None,
        *_near(listed, debut),
        len(debut.since),
        deaths_of(listed, debut.since),
        list_text(listed),
    )


def _where(listed: EventRows, row: int) -> tuple[Cell, ...]:
    return (
        *region_text(listed, row),
        place_text(listed, np.array([row])),
        when_text(listed, row),
    )


def _near(listed: EventRows, debut: Debut) -> tuple[Cell, ...]:
    if debut.km is None:
        return None, None
    near = place_text(listed, np.array([debut.near]))
    region = region_text(listed, debut.near)[0]
    return round(debut.km), f"{near} ({region})" if region else near
