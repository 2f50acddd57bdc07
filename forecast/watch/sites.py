"""Sites hit again and again: places within 5 km of one another, attacked on two days or more.

A site is a point of the list with all attacks within 5 km of it that stand in no stronger site;
the strongest has most attacks in the last 24 months, then in all, then most known deaths.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from data.counting.site_measures import SAME_PLACE_KM
from data.months import month_text
from data.regions.sphere import chord
from forecast.text.sections import Cell, Column
from forecast.text.wording import short_month
from forecast.watch.event_rows import EventRows
from forecast.watch.words import (
    SHOWN,
    attackers_text,
    dates_text,
    deaths_of,
    list_text,
    place_text,
    region_text,
    tolls_text,
)

__all__ = ["MEMORY", "RECENT", "SITE_COLUMNS", "Site", "find_sites", "site_rows"]

Rows = npt.NDArray[np.intp]

RECENT, MEMORY = 12, 24
_RISING = 3

SITE_COLUMNS = (
    Column("place", "Place", "Name of the place, or its coordinates where the list names none."),
    Column("region", "Region", "Region of the last attack."),
    Column("country", "Country", "Country of the last attack."),
    Column(
        "attackers", "Attackers", "Who attacked it in the last 24 months, the most frequent first."
    ),
    Column("summary", "How often", "Attacks in words; months are counted from first to last."),
    Column("times", "Attacks", "Attacks on the site in the whole list up to the month.", "whole"),
    Column("times_24", "In 24 months", "Attacks in the 24 months up to the month.", "whole"),
    Column("dates", "Dates", "Dates of the last six attacks."),
    Column("days_between", "Days between", "Days from each of the last six attacks to the next."),
    Column("tolls", "Deaths each time", "Deaths of the last six attacks; ? where not known."),
    Column("deaths", "Deaths", "Known deaths of all its attacks; claims do not count.", "whole"),
    Column(
        "overrun", "Overrun", "How often the site was overrun, of the attacks where that is known."
    ),
    Column("captured", "Captured", "People captured, as far as known.", "whole"),
    Column("list", "List", "The list that tells of it."),
)


@dataclass(frozen=True)
class Site:
    """One site.

    Attributes:
        rows: Its attacks in order of day.
        recent: How many of them lie in the last 24 months.
        deaths: Their known deaths.
    """

    rows: Rows
    recent: int
    deaths: int

    @property
    def strength(self) -> tuple[int, int, int]:
        """What sites are ordered by."""
        return self.recent, len(self.rows), self.deaths


def find_sites(listed: EventRows) -> list[Site]:
    """Return the sites attacked on two days or more, the last time within a year; strongest first.

    Args:
        listed: The list.
    """
    spots = _Spots.of(listed)
    if spots is None:
        return []
    asked = listed.within(RECENT)
    near = spots.near(np.unique(spots.spot[asked[spots.held]]))
    whole = {centre: _site(listed, spots.attacks(members)) for centre, members in near.items()}
    taken: set[int] = set()
    found = []
    for centre in sorted(near, key=lambda c: (*(-part for part in whole[c].strength), c)):
        if centre in taken:
            continue
        left = [spot for spot in near[centre] if spot not in taken]
        taken.update(left)
        site = (
            whole[centre] if len(left) == len(near[centre]) else _site(listed, spots.attacks(left))
        )
        if asked[site.rows].any() and listed.day[site.rows[0]] < listed.day[site.rows[-1]]:
            found.append(site)
    return sorted(found, key=lambda site: (*(-part for part in site.strength), -site.rows[-1]))


def site_rows(listed: EventRows, most: int) -> tuple[list[tuple[Cell, ...]], int]:
    """Return the strongest sites as rows of ``SITE_COLUMNS``, and how many there are."""
    sites = find_sites(listed)
    return [_row(listed, site) for site in sites[:most]], len(sites)


@dataclass(frozen=True)
class _Spots:
    """Points of a list with the attacks on each.

    Attributes:
        held: Attacks whose place is known.
        spot: Point of each of these, numbered by latitude, then longitude.
        points: (points, 3) unit vectors.
        order: ``held`` positions, those of a point together.
        begin: Where each point begins in ``order``.
    """

    held: Rows
    spot: Rows
    points: npt.NDArray[np.float64]
    order: Rows
    begin: Rows

    @classmethod
    def of(cls, listed: EventRows) -> _Spots | None:
        """Return the points of a list; None where no place is known."""
        held = np.flatnonzero(listed.pointed)
        if not len(held):
            return None
        _, first, spot = np.unique(listed.spot[held], return_index=True, return_inverse=True)
        order = np.argsort(spot, kind="stable")
        begin = np.searchsorted(spot[order], np.arange(len(first) + 1))
        return cls(held, spot, listed.points[held[first]], order, begin)

    def near(self, centres: Rows) -> dict[int, list[int]]:
        """Return the points within 5 km of some points, these included."""
        if not len(centres):
            return {}
        tree = cKDTree(self.points)
        return {
            int(centre): sorted(tree.query_ball_point(self.points[centre], chord(SAME_PLACE_KM)))
            for centre in centres
        }

    def attacks(self, spots: list[int]) -> Rows:
        """Return the attacks on some points in order of day."""
        runs = [self.held[self.order[self.begin[s] : self.begin[s + 1]]] for s in spots]
        return np.sort(np.concatenate(runs))


def _site(listed: EventRows, rows: Rows) -> Site:
    recent = int((listed.month_of[rows] > listed.month - MEMORY).sum())
    return Site(rows, recent, int(np.nansum(listed.tolls[rows])))


def _row(listed: EventRows, site: Site) -> tuple[Cell, ...]:
    rows, last = site.rows, int(site.rows[-1])
    captured = listed.captured[rows]
    return (
        place_text(listed, rows),
        *region_text(listed, last),
        attackers_text(listed, rows[-site.recent :]),
        _summary(listed, site),
        len(rows),
        site.recent,
        dates_text(listed, rows),
        _gaps(listed, rows[-SHOWN:]),
        tolls_text(listed, rows),
        deaths_of(listed, rows),
        _overrun(listed, rows),
        None if np.isnan(captured).all() else int(np.nansum(captured)),
        list_text(listed),
    )


def _summary(listed: EventRows, site: Site) -> str:
    """Say how often in how many months, and whether the tolls of these attacks rose."""
    rows, month_of = site.rows, listed.month_of
    since = f"since {_begin(listed, int(rows[0]))}"
    told = f"{len(rows)} times {since}"
    if site.recent > 1:
        months = int(month_of[rows[-1]] - month_of[rows[-site.recent]]) + 1
        told = f"{site.recent} times in {months} month{'s' if months > 1 else ''}"
        told += f", {len(rows)} {since}" if site.recent < len(rows) else ""
    return f"{told}, tolls rising" if _rising(listed, rows[-site.recent :]) else told


def _begin(listed: EventRows, row: int) -> str:
    if listed.precision[row] == "year":
        return month_text(int(listed.month_of[row]))[:4]
    return short_month(month_text(int(listed.month_of[row])))


def _rising(listed: EventRows, rows: Rows) -> bool:
    """Say whether three attacks or more have known tolls, each higher than the one before."""
    days, tolls = np.diff(listed.day[rows]), np.diff(listed.tolls[rows])
    return len(rows) >= _RISING and bool((days > 0).all() and (tolls > 0).all())


def _gaps(listed: EventRows, rows: Rows) -> str | None:
    """Return the days between attacks; ``?`` where a date, also one between, is not to the day."""
    vague = rows[~listed.dated[rows]]
    gaps = []
    for one, other in pairwise(rows):
        begin, end = listed.day[one], listed.day[other]
        between = (listed.day[vague] < end) & (listed.last_day[vague] > begin)
        sure = listed.dated[one] and listed.dated[other] and not between.any()
        gaps.append(str(end - begin) if sure else "?")
    return ", ".join(gaps) if set(gaps) - {"?"} else None


def _overrun(listed: EventRows, rows: Rows) -> str | None:
    said = [text.strip().casefold() for text in listed.texts["site_overrun"][rows]]
    known = [text for text in said if text in ("yes", "no")]
    return f"{known.count('yes')} of {len(known)}" if known else None
