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
from data.regions.geodesy import chord
from forecast.text.sections import Column
from forecast.text.wording import short_month
from forecast.watch.event_rows import EventRows
from forecast.watch.section import EventSection, Ranked, Row, Words, where_text
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

__all__ = ["SITES", "Site", "find_sites"]

Rows = npt.NDArray[np.intp]

_RECENT, _MEMORY = 12, 24
_RISING = 3


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


def find_sites(events: EventRows) -> list[Site]:
    """Return the sites attacked on two days or more, the last time within a year; strongest first.

    Args:
        events: The list.
    """
    spots = _Spots.of(events)
    if spots is None:
        return []
    asked = events.within(_RECENT)
    near = spots.near(np.unique(spots.spot[asked[spots.held]]))
    whole = {centre: _site(events, spots.attacks(members)) for centre, members in near.items()}
    taken: set[int] = set()
    sites = []
    for centre in sorted(near, key=lambda c: (*(-part for part in whole[c].strength), c)):
        if centre in taken:
            continue
        left = [spot for spot in near[centre] if spot not in taken]
        taken.update(left)
        site = (
            whole[centre] if len(left) == len(near[centre]) else _site(events, spots.attacks(left))
        )
        if asked[site.rows].any() and events.day[site.rows[0]] < events.day[site.rows[-1]]:
            sites.append(site)
    return sorted(sites, key=lambda site: (*(-part for part in site.strength), -site.rows[-1]))


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
    def of(cls, events: EventRows) -> _Spots | None:
        """Return the points of a list; None where no place is known."""
        held = np.flatnonzero(events.pointed)
        if not len(held):
            return None
        _, first, spot = np.unique(events.spot[held], return_index=True, return_inverse=True)
        order = np.argsort(spot, kind="stable")
        begin = np.searchsorted(spot[order], np.arange(len(first) + 1))
        return cls(held, spot, events.points[held[first]], order, begin)

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


def _site(events: EventRows, rows: Rows) -> Site:
    recent = int((events.month_of[rows] > events.month - _MEMORY).sum())
    return Site(rows, recent, int(np.nansum(events.tolls[rows])))


def _rows(events: EventRows, most: int) -> Ranked:
    sites = find_sites(events)
    return [_row(events, site) for site in sites[:most]], len(sites)


def _row(events: EventRows, site: Site) -> Row:
    rows, last = site.rows, int(site.rows[-1])
    captured = events.captured[rows]
    return (
        place_text(events, rows),
        *region_text(events, last),
        attackers_text(events, rows[-site.recent :]),
        _summary(events, site),
        len(rows),
        site.recent,
        dates_text(events, rows),
        _gaps(events, rows[-SHOWN:]),
        tolls_text(events, rows),
        deaths_of(events, rows),
        _overrun(events, rows),
        None if np.isnan(captured).all() else int(np.nansum(captured)),
        list_text(events),
    )


def _summary(events: EventRows, site: Site) -> str:
    """Say how often in how many months, and whether the tolls of these attacks rose."""
    rows, month_of = site.rows, events.month_of
    since = f"since {_begin(events, int(rows[0]))}"
    times = f"{len(rows)} times {since}"
    if site.recent > 1:
        months = int(month_of[rows[-1]] - month_of[rows[-site.recent]]) + 1
        times = f"{site.recent} times in {months} month{'s' if months > 1 else ''}"
        times += f", {len(rows)} {since}" if site.recent < len(rows) else ""
    return f"{times}, tolls rising" if _rising(events, rows[-site.recent :]) else times


def _begin(events: EventRows, row: int) -> str:
    if events.precision[row] == "year":
        return month_text(int(events.month_of[row]))[:4]
    return short_month(month_text(int(events.month_of[row])))


def _rising(events: EventRows, rows: Rows) -> bool:
    """Say whether three attacks or more have known tolls, each higher than the one before."""
    days, tolls = np.diff(events.day[rows]), np.diff(events.tolls[rows])
    return len(rows) >= _RISING and bool((days > 0).all() and (tolls > 0).all())


def _gaps(events: EventRows, rows: Rows) -> str | None:
    """Return the days between attacks; ``?`` where a date, also one between, is not to the day."""
    vague = rows[~events.dated[rows]]
    gaps = []
    for one, other in pairwise(rows):
        begin, end = events.day[one], events.day[other]
        between = (events.day[vague] < end) & (events.last_day[vague] > begin)
        sure = events.dated[one] and events.dated[other] and not between.any()
        gaps.append(str(end - begin) if sure else "?")
    return ", ".join(gaps) if set(gaps) - {"?"} else None


def _overrun(events: EventRows, rows: Rows) -> str | None:
    answers = [text.strip().casefold() for text in events.texts["site_overrun"][rows]]
    known = [text for text in answers if text in ("yes", "no")]
    return f"{known.count('yes')} of {len(known)}" if known else None


def _sentence(row: Words) -> str:
    several = "earlier" in row["tolls"]
    deaths = f"{row['deaths']} known deaths in all" if several else f"deaths {row['tolls']}"
    return f"{where_text(row, 'place')}: {row['summary']}; {deaths}"


_COLUMNS = (
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
        "overrun",
        "Overrun",
        "How often the site was overrun, of the attacks where that is known.",
    ),
    Column("captured", "Captured", "People captured, as far as known.", "whole"),
    Column("list", "List", "The list that reports it."),
)

SITES = EventSection(
    name="watch_repeat",
    title="Sites hit again and again",
    note=f"Places within {SAME_PLACE_KM:.0f} km count as one site. Listed are sites attacked on two"
    f" days or more, the last time in the {_RECENT} months to {{month}}; most attacks in"
    f" {_MEMORY} months first. ? marks an unknown toll, and unknown days between attacks that are"
    " dated only to a week, a month or a year.",
    columns=_COLUMNS,
    rows=_rows,
    sentence=_sentence,
)
