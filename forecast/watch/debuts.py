"""What happened for the first time: attackers in regions and countries, attacks in regions.

"First" is claimed only of a complete list that covered the country without a gap for two years
before; of a list that is not complete it is said as "first in this list".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.months import month_text
from forecast.text.wording import short_month
from forecast.watch.event_rows import EventRows

__all__ = [
    "FAR_KM",
    "MEMORY",
    "RECENT",
    "Debut",
    "actors_in_areas",
    "actors_in_countries",
    "areas_first_hit",
    "claim_text",
    "countries_before",
    "far_attacks",
]

Rows = npt.NDArray[np.intp]

RECENT, MEMORY = 6, 24
FAR_KM = 100.0


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


def actors_in_areas(listed: EventRows) -> list[Debut]:
    """Return attackers whose first attack in a region lies in the last months, strongest first."""
    event, actor = listed.attackers.event, listed.attackers.actor
    area = listed.ground.area[event]
    return _debuts(listed, event[area >= 0], actor[area >= 0], area[area >= 0])


def actors_in_countries(listed: EventRows) -> list[Debut]:
    """Return attackers whose first attack in a country came after attacks in another one."""
    event, actor = listed.attackers.event, listed.attackers.actor
    _, country = np.unique(listed.country[event].astype(str), return_inverse=True)
    known = np.flatnonzero(listed.country[event] != "")
    found = _debuts(listed, event[known], actor[known], country[known])
    return [debut for debut in found if len(_elsewhere(listed, debut))]


def areas_first_hit(listed: EventRows) -> list[Debut]:
    """Return regions whose first attack in the list lies in the last months, strongest first."""
    rows = np.flatnonzero(listed.ground.area >= 0)
    return _debuts(listed, rows, np.full(len(rows), -1), listed.ground.area[rows])


def far_attacks(listed: EventRows, new: Sequence[Debut]) -> list[Debut]:
    """Return attacks of the last months that lie far from all earlier ones of their attacker.

    Args:
        listed: The list.
        new: From ``actors_in_areas``, whose regions are left out.

    Returns:
        The farthest attack of each attacker and region, the farthest first.
    """
    known = {(debut.actor, int(listed.ground.area[debut.row])) for debut in new}
    asked = listed.within(RECENT)
    best: dict[tuple[int, int], Debut] = {}
    for who in np.unique(listed.attackers.actor[asked[listed.attackers.event]]).tolist():
        rows = listed.openings_of(who)
        for row in rows[asked[rows]].tolist():
            key = who, int(listed.ground.area[row])
            km, near = _nearest(listed, row, who) if key not in known else (None, -1)
            least = best[key].km if key in best else FAR_KM
            if km is not None and km >= (least or 0.0):
                since = np.array([row])
                best[key] = Debut(row, since, who, km, near, _deaths(listed, since))
    return sorted(best.values(), key=lambda debut: (-(debut.km or 0.0), -debut.row, debut.actor))


def countries_before(listed: EventRows, debut: Debut) -> list[str]:
    """Return keys of the countries that an attacker hit before, the most frequent first."""
    found = Counter(listed.country[_elsewhere(listed, debut)].tolist())
    return sorted(found, key=lambda key: (-found[key], key))


def claim_text(listed: EventRows, row: int) -> str | None:
    """Return from when on the list could have seen the like; None where nothing can be claimed."""
    if listed.covered is None:
        return "first in this list"
    month = int(listed.month_of[row])
    since = listed.covered.since(listed.country[row], month)
    if since is None or month - since < MEMORY:
        return None
    return f"covered from {short_month(month_text(since))}"


def _debuts(listed: EventRows, event: Rows, actor: Rows, group: Rows) -> list[Debut]:
    """Return the first attack of each attacker (-1: anybody) and group in the last months."""
    if not len(event):
        return []
    _, first, key = np.unique(
        (actor + 1) * (int(group.max()) + 1) + group, return_index=True, return_inverse=True
    )
    asked = listed.within(RECENT)[event[first]]
    found = []
    for place in np.flatnonzero(asked):
        row, who = int(event[first[place]]), int(actor[first[place]])
        km, near = _nearest(listed, row, who)
        since = event[key == place]
        found.append(Debut(row, since, who, km, near, _deaths(listed, since)))
    return sorted(found, key=lambda debut: debut.weakness)


def _nearest(listed: EventRows, row: int, who: int) -> tuple[float | None, int]:
    """Return the kilometres to the nearest attack of an attacker that began on an earlier day."""
    others = listed.openings_of(who)
    earlier = others[: np.searchsorted(listed.day[others], listed.day[row])]
    if not listed.pointed[row] or not len(earlier):
        return None, -1
    km = listed.distances(row, earlier)
    nearest = int(np.argmin(km))
    return float(km[nearest]), int(earlier[nearest])


def _elsewhere(listed: EventRows, debut: Debut) -> Rows:
    """Return the earlier attacks of an attacker in other countries than that of a debut."""
    rows = listed.rows_of(debut.actor)
    rows = rows[listed.day[rows] < listed.day[debut.row]]
    country = listed.country[rows]
    other = (country != listed.country[debut.row]) & (country != "")
    return np.asarray(rows[other], dtype=np.intp)


def _deaths(listed: EventRows, rows: Rows) -> int:
    return int(np.nansum(listed.tolls[rows]))
