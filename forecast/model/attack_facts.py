"""Facts from the rows of events: who attacks, which places are hit again, what comes together.

Each figure stands in the panel under the measure that the function names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from experiments.phases import YEAR
from forecast.model.past import SEASON, Fact, Past, counted, window_sum

__all__ = ["ATTACK_FACTS"]

Floats = npt.NDArray[np.float64]

_MEMORY = 24


def actors(past: Past, row: int, _target_month: str) -> Fact | None:
    """Say how many attackers were active in a year (``actors_12``) and new (``actors_new``)."""
    active, new = _last(past, "actors_12", row), window_sum(_of(past, "actors_new", row), YEAR)
    if not active > 0:
        return None
    start = f"{counted(active, 'armed actor')} in {YEAR} months"
    if not new > 0:
        return Fact(start, 1)
    return Fact(f"{start}, new here" if active == 1 else f"{start}, {new:,.0f} of them new here", 1)


def main_actor(past: Past, row: int, _target_month: str) -> Fact | None:
    """Say what the main attacker did elsewhere (``actor_elsewhere_3``, ``actor_nearby_3``)."""
    elsewhere = _last(past, f"actor_elsewhere_{SEASON}", row)
    nearby = _last(past, f"actor_nearby_{SEASON}", row)
    if not _last(past, "actor_main", row) > 0 or np.isnan(elsewhere):
        return None
    who = f"main attacker of {_MEMORY} months here"
    if elsewhere == 0:
        return Fact(f"{who}: no attack elsewhere in {SEASON} months", -1)
    start = f"{who}: {counted(elsewhere)} elsewhere in {SEASON} months"
    if not nearby > 0:
        return Fact(start, 1)
    which = "" if elsewhere == 1 else "all " if nearby == elsewhere else f"{nearby:,.0f} of them "
    where = "in a neighbouring region" if elsewhere == 1 else "in neighbouring regions"
    return Fact(f"{start}, {which}{where}", 1)


def sites(past: Past, row: int, _target_month: str) -> Fact | None:
    """Say how often the most hit place of a year was hit (``site_hits``, ``site_span``)."""
    place = _peak(_of(past, "site_hits", row))
    hits, span = (_of(past, name, row)[place] for name in ("site_hits", "site_span"))
    if not hits > 1:
        return None
    until = f" to {past.panel.months[place]}" if place != -1 else ""
    start = f"same place hit {hits:,.0f} times in {_MEMORY} months{until}"
    if span == 0:
        return Fact(f"{start}, all on one day", 1)
    apart = max(span / (hits - 1), 1)
    days = counted(round(apart), "day")
    return Fact(f"{start}, {days} apart{' on average' if hits > 2 else ''}", 1)


def simultaneity(past: Past, row: int, _target_month: str) -> Fact | None:
    """Say where the same actor struck on one day (``linked_places``, ``linked_km``)."""
    place = _peak(_of(past, "linked_places", row))
    places, km = (_of(past, name, row)[place] for name in ("linked_places", "linked_km"))
    if not places > 0:
        return None
    others = counted(places, "other place") + (" up to" if places > 1 else "")
    when = f" in {past.panel.months[place]}" if place != -1 else " last month"
    return Fact(f"attacked on the same day as {others} {km:,.0f} km away, by one actor,{when}", 1)


ATTACK_FACTS: Mapping[str, Callable[[Past, int, str], Fact | None]] = {
    "actors": actors,
    "main actor": main_actor,
    "sites": sites,
    "simultaneity": simultaneity,
}


def _of(past: Past, measure: str, row: int) -> Floats:
    """Return a region's measure by month; all missing where the panel has none."""
    values = past.panel.measures.get(measure)
    if values is None:
        return np.full(len(past.panel.months), np.nan)
    return np.asarray(values[row], dtype=np.float64)


def _last(past: Past, measure: str, row: int) -> float:
    return float(_of(past, measure, row)[-1])


def _peak(series: Floats) -> int:
    """Return the place of the latest largest value of a year, counted from the end: -1 is last."""
    backwards = np.nan_to_num(series[-YEAR:][::-1], nan=-1.0)
    return -1 - int(np.argmax(backwards))
