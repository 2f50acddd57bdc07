"""First times: attackers new in a region or reaching farther, borders crossed, regions first hit.

"First" is claimed of a complete list only where it covered the country without a gap for two years
before; of a list that is not complete it is said as "first in this list".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.months import month_text
from forecast.text.sections import Cell, Column
from forecast.text.wording import MISSING, short_month
from forecast.watch.event_rows import EventRows
from forecast.watch.section import EventSection, Ranked, Row, Words, where_text
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

__all__ = [
    "FIRST_ATTACKS",
    "NEW_ATTACKERS",
    "Debut",
    "actors_in_areas",
    "actors_in_countries",
    "areas_first_hit",
    "far_attacks",
]

Rows = npt.NDArray[np.intp]

_RECENT, _MEMORY = 6, 24
_FAR_KM = 100.0


@dataclass(frozen=True, eq=False)
class Debut:
    """A first attack and what came of it.

    Attributes:
        row: The attack.
        since: It and the later ones of the same kind, in order of day.
        actor: Whose first it was; -1 where it was anybody's.
        km: Kilometres to the nearest earlier attack of that attacker, or of anybody; None where
            a place is not known or there was none.
        near: That attack; -1 where there is none.
        deaths: Known deaths of ``since``.
    """

    row: int
    since: Rows
    actor: int
    km: float | None
    near: int
    deaths: int

    @property
    def weakness(self) -> tuple[float, ...]:
        """What debuts are ordered by: most attacks since, then deaths, then kilometres."""
        return (-len(self.since), -self.deaths, -(self.km or 0.0), -self.row, self.actor)


def actors_in_areas(events: EventRows) -> list[Debut]:
    """Return attackers whose first attack in a region lies in the last months, strongest first."""
    event, actor = events.attackers.event, events.attackers.actor
    area = events.regions.area[event]
    return _debuts(events, event[area >= 0], actor[area >= 0], area[area >= 0])


def actors_in_countries(events: EventRows) -> list[Debut]:
    """Return attackers whose first attack in a country came after attacks in another one."""
    event, actor = events.attackers.event, events.attackers.actor
    _, country = np.unique(events.country[event].astype(str), return_inverse=True)
    known = np.flatnonzero(events.country[event] != "")
    debuts = _debuts(events, event[known], actor[known], country[known])
    return [debut for debut in debuts if len(_elsewhere(events, debut))]


def areas_first_hit(events: EventRows) -> list[Debut]:
    """Return regions whose first attack in the list lies in the last months, strongest first."""
    rows = np.flatnonzero(events.regions.area >= 0)
    return _debuts(events, rows, np.full(len(rows), -1), events.regions.area[rows])


def far_attacks(events: EventRows, new: Sequence[Debut]) -> list[Debut]:
    """Return attacks of the last months that lie far from all earlier ones of their attacker.

    Args:
        events: The list.
        new: From ``actors_in_areas``, whose regions are left out.

    Returns:
        The farthest attack of each attacker and region, the farthest first.
    """
    known = {(debut.actor, int(events.regions.area[debut.row])) for debut in new}
    asked = events.within(_RECENT)
    best: dict[tuple[int, int], Debut] = {}
    for who in np.unique(events.attackers.actor[asked[events.attackers.event]]).tolist():
        rows = events.openings_of(who)
        for row in rows[asked[rows]].tolist():
            key = who, int(events.regions.area[row])
            km, near = _nearest(events, row, who) if key not in known else (None, -1)
            least = best[key].km if key in best else _FAR_KM
            if km is not None and km >= (least or 0.0):
                since = np.array([row])
                best[key] = Debut(row, since, who, km, near, deaths_of(events, since) or 0)
    return sorted(best.values(), key=lambda debut: (-(debut.km or 0.0), -debut.row, debut.actor))


def _debuts(events: EventRows, event: Rows, actor: Rows, group: Rows) -> list[Debut]:
    """Return the first attack of each attacker (-1: anybody) and group in the last months."""
    if not len(event):
        return []
    _, first, key = np.unique(
        (actor + 1) * (int(group.max()) + 1) + group, return_index=True, return_inverse=True
    )
    asked = events.within(_RECENT)[event[first]]
    debuts = []
    for place in np.flatnonzero(asked):
        row, who = int(event[first[place]]), int(actor[first[place]])
        since = event[key == place]
        deaths = deaths_of(events, since) or 0
        debuts.append(Debut(row, since, who, *_nearest(events, row, who), deaths))
    return sorted(debuts, key=lambda debut: debut.weakness)


def _nearest(events: EventRows, row: int, who: int) -> tuple[float | None, int]:
    """Return the kilometres to the nearest attack of an attacker that began on an earlier day."""
    others = events.openings_of(who)
    earlier = others[: np.searchsorted(events.day[others], events.day[row])]
    if not events.pointed[row] or not len(earlier):
        return None, -1
    km = events.distances(row, earlier)
    nearest = int(np.argmin(km))
    return float(km[nearest]), int(earlier[nearest])


def _elsewhere(events: EventRows, debut: Debut) -> Rows:
    """Return the earlier attacks of an attacker in other countries than that of a debut."""
    rows = events.rows_of(debut.actor)
    rows = rows[events.day[rows] < events.day[debut.row]]
    country = events.country[rows]
    other = (country != events.country[debut.row]) & (country != "")
    return np.asarray(rows[other], dtype=np.intp)


def _claim(events: EventRows, row: int) -> str | None:
    """Return from when on the list could have seen the like; None where nothing can be claimed."""
    if events.covered is None:
        return "first in this list"
    month = int(events.month_of[row])
    since = events.covered.since(events.country[row], month)
    if since is None or month - since < _MEMORY:
        return None
    return f"covered from {short_month(month_text(since))}"


def _claimed(events: EventRows, debuts: list[Debut]) -> list[Debut]:
    return [debut for debut in debuts if _claim(events, debut.row) is not None]


def _shared(one: list[Debut], other: list[Debut], most: int) -> list[Debut]:
    """Return the strongest of two kinds, a third of them of the second where it has as many."""
    second = min(len(other), max(most // 3, most - len(one)))
    return one[: most - second] + other[:second]


def _place_cells(events: EventRows, row: int) -> Row:
    return (
        *region_text(events, row),
        place_text(events, np.array([row])),
        when_text(events, row),
    )


def _last_cells(events: EventRows, debut: Debut) -> Row:
    """Return how near an earlier attack was, what came since, and the list."""
    near: tuple[Cell, Cell] = (None, None)
    if debut.km is not None:
        place, region = place_text(events, np.array([debut.near])), region_text(events, debut.near)
        near = round(debut.km), f"{place} ({region[0]})" if region[0] else place
    return (*near, len(debut.since), deaths_of(events, debut.since), list_text(events))


def _far(row: Words) -> str:
    return f", {row['km']} km from {row['nearest']}" if row["km"] != MISSING else ""


_PLACE = (
    Column("region", "Region", "Region of the attack."),
    Column("country", "Country", "Country of the attack."),
    Column("place", "Place", "Name of the place, or its coordinates where the list names none."),
    Column("date", "Date", "Date of the attack."),
)
_LAST = (
    Column("km", "Km", "Kilometres to the nearest earlier attack.", "whole"),
    Column("nearest", "Nearest before", "Place of that attack."),
    Column("attacks", "Attacks since", "Attacks there since, the first one included.", "whole"),
    Column("deaths", "Deaths since", "Known deaths of these attacks.", "whole"),
    Column("list", "List", "The list that reports it."),
)
_CLAIM = (
    "A complete list counts as showing a first only where it covered the country for the"
    f" {_MEMORY} months before without a gap. Of state forces only attacks on civilians count here,"
    " not battles."
)


def _new_attacker_rows(events: EventRows, most: int) -> Ranked:
    """Return new attackers, then far attacks; a third of the rows are far ones where there are."""
    debuts = actors_in_areas(events)
    new, far = _claimed(events, debuts), _claimed(events, far_attacks(events, debuts))
    rows = [_new_attacker(events, debut, debut in new) for debut in _shared(new, far, most)]
    return rows, len(new) + len(far)


def _new_attacker(events: EventRows, debut: Debut, new: bool) -> Row:
    area = "country" if region_text(events, debut.row)[0] is None else "region"
    never = events.day[events.rows_of(debut.actor)[0]] == events.day[debut.row]
    claim = _claim(events, debut.row)
    if not new:
        what = f"farther than before {f'({claim})' if events.complete else 'in this list'}"
    elif events.complete:
        what = f"{'never seen before' if never else f'new in the {area}'} ({claim})"
    else:
        what = f"{claim} {'anywhere' if never else f'in the {area}'}"
    name = name_text(events.names[debut.actor])
    return (name, what, *_place_cells(events, debut.row), *_last_cells(events, debut))


NEW_ATTACKERS = EventSection(
    name="watch_actors",
    title="Attackers new in a region or reaching farther",
    note=f"Attackers whose first attack in a region lies in the {_RECENT} months to {{month}},"
    f" most attacks since first; then attacks {_FAR_KM:.0f} km or more from all earlier"
    " ones of the attacker, farthest first.",
    claim=_CLAIM,
    columns=(
        Column("attacker", "Attacker", "Who attacked."),
        Column("what", "What", "What is new, and from when on the list could have seen it before."),
        *_PLACE,
        *_LAST,
    ),
    rows=_new_attacker_rows,
    sentence=lambda row: (
        f"{row['attacker']}, {where_text(row, 'place')}: {row['what']}, {row['date']}{_far(row)}"
    ),
)


def _first_attack_rows(events: EventRows, most: int) -> Ranked:
    """Return crossed borders, then regions first hit; a third are regions where there are."""
    areas = _claimed(events, areas_first_hit(events))
    borders = _claimed(events, actors_in_countries(events))
    rows = [_first_attack(events, debut) for debut in _shared(borders, areas, most)]
    return rows, len(areas) + len(borders)


def _first_attack(events: EventRows, debut: Debut) -> Row:
    anybody = debut.actor < 0
    region, country = region_text(events, debut.row)
    what = f"across the border into {country}"
    if anybody:
        what = f"in the {'country' if region is None else 'region'}"
    claim = _claim(events, debut.row)
    if events.complete:
        what = f"{'first attack ' if anybody else ''}{what} ({claim})"
    else:
        what = f"{claim} {what}"
    return (
        what,
        *_place_cells(events, debut.row),
        attackers_text(events, [debut.row]) if anybody else name_text(events.names[debut.actor]),
        None if anybody else _countries_before(events, debut),
        *_last_cells(events, debut),
    )


def _countries_before(events: EventRows, debut: Debut) -> str | None:
    """Return the countries that an attacker hit before, the most frequent first."""
    attacks = Counter(events.country[_elsewhere(events, debut)].tolist())
    keys = sorted(attacks, key=lambda key: (-attacks[key], key))
    return joined([country_text(events, key) or "" for key in keys], 3) or None


def _first_attack_sentence(row: Words) -> str:
    who = f" by {row['attackers']}" if row["attackers"] != MISSING else ""
    return f"{where_text(row, 'place')}: {row['what']}, {row['date']}{who}{_far(row)}"


FIRST_ATTACKS = EventSection(
    name="watch_first",
    title="First attacks",
    note="An attacker's first attack in a country after attacks in others, then the first attack"
    f" recorded in a region, in the {_RECENT} months to {{month}}; most attacks since first.",
    claim=_CLAIM,
    columns=(
        Column(
            "what", "What", "What came first, and from when on the list could have seen it before."
        ),
        *_PLACE,
        Column("attackers", "Attackers", "Who attacked."),
        Column("before", "Active before in", "Countries that the attacker had hit before."),
        *_LAST,
    ),
    rows=_first_attack_rows,
    sentence=_first_attack_sentence,
)
