"""Plain facts about a region's past, each a sentence with figures that stand in the panel.

A fact says in which direction it points, so that a sentence never stands as a reason for the
opposite. Which facts become reasons is chosen in ``forecast.model.reasons``. Facts of attackers,
sites and places read the measure or the region's column that they name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from data.counting.place_measures import FARTHEST_KM
from data.months import add_months, month_number
from data.schema import BORDER_KM, CAPITAL_KM, EVENTS, KINDS, PLACE_KM, kind_measure
from experiments.phases import YEAR
from forecast.model.past import SEASON, Fact, Past, window_sum
from forecast.text.wording import MONTHS, counted, shortened

__all__ = ["FACTS"]

Floats = npt.NDArray[np.float64]

MEMORY = 24
LONG_RUN = 36
LONG_SILENCE = 36
SEASON_YEARS = 5
NEAR_KM, FAR_KM = 100.0, 300.0
# Counts that lie nearer than this to a mean are said to be like it.
_ALIKE = 0.5
_KIND_WORDS = {
    "state-based": "with a state as one side",
    "non-state": "between groups that are no state",
    "one-sided": "on civilians",
    "battles": "battles",
    "explosions": "explosions or remote violence",
    "civilians": "on civilians",
}


def recent(past: Past, row: int, _target_month: str) -> Fact | None:
    """Say how many attacks the last three months saw, against the three before."""
    now, before = _two_windows(past.events[row])
    if np.isnan(now):
        return None
    if now == 0:
        return quiet(past, row, _target_month)
    return Fact(_against(now, before, "attack"), int(not now < before))


def quiet(past: Past, row: int, _target_month: str) -> Fact | None:
    """Say for how long no attack is recorded; nothing where the last month saw one."""
    series = past.events[row]
    silent = int(np.argmax(~(series[::-1] == 0))) if (series != 0).any() else len(series)
    if silent == 0:
        return None
    if silent == len(series):
        return Fact(f"never attacked in the record (from {past.panel.months[0]})", -1)
    return Fact(f"no attack {_window_words(silent)}", -1)


def long_run(past: Past, row: int, _target_month: str) -> Fact | None:
    """Say how many attacks the last three years saw; nothing where all fell into three months."""
    total = window_sum(past.events[row], LONG_RUN)
    if not total > 0 or total == window_sum(past.events[row], SEASON):
        return None
    return Fact(f"{counted(total)} in {LONG_RUN} months", 1)


def deaths(past: Past, row: int, _target_month: str) -> Fact | None:
    """Say how many deaths the last three months saw, against the three before."""
    now, before = _two_windows(past.deaths[row])
    if not now > 0:
        return None
    return Fact(_against(now, before, "death"), int(not now < before))


def deadliest(past: Past, row: int, _target_month: str) -> Fact | None:
    """Name the toll of the deadliest attack in a year; deaths where single tolls are unknown."""
    if "largest_event" not in past.panel.measures:
        return deaths(past, row, _target_month)
    tolls = past.panel.measures["largest_event"][row, -YEAR:]
    if np.isnan(tolls).any() or not tolls.max() > 0:
        return None
    return Fact(f"deadliest attack in {YEAR} months: {counted(tolls.max(), 'death')}", 1)


def kinds(past: Past, row: int, _target_month: str) -> Fact | None:
    """Say which kind most attacks of the last year were."""
    total = window_sum(past.events[row], YEAR)
    if not total > 0:
        return None
    counts = {
        kind: window_sum(past.panel.measures[name][row].astype(np.float64), YEAR)
        for kind in KINDS
        if (name := kind_measure(EVENTS, kind)) in past.panel.measures
    }
    known = {kind: count for kind, count in counts.items() if count > 0}
    if not known:
        return None
    kind = max(known, key=lambda name: known[name])
    if total == 1:
        return Fact(f"the one attack in a year: {_KIND_WORDS[kind]}", 0)
    return Fact(f"{known[kind]:,.0f} of {counted(total)} in a year {_KIND_WORDS[kind]}", 0)


def neighbours(past: Past, row: int, _target_month: str) -> Fact | None:
    """Name the neighbour with most attacks last month, else in three months."""
    rows = past.neighbours[row]
    for window, words in ((1, "last month"), (SEASON, f"in {SEASON} months")):
        counts = past.events[rows, -window:].sum(axis=1)
        rows, counts = rows[~np.isnan(counts)], counts[~np.isnan(counts)]
        if len(rows) and counts.max() > 0:
            most = int(np.argmax(counts))
            others = f", {counts.sum():,.0f} in all {len(rows)} neighbours"
            tail = others if counts.sum() > counts[most] else ""
            return Fact(
                f"neighbour {past.names[rows[most]]}: {counted(counts[most])} {words}{tail}", 1
            )
    if not len(rows):
        return None
    which = "the 1 neighbour" if len(rows) == 1 else f"any of {len(rows)} neighbours"
    return Fact(f"no attack in {which} in {SEASON} months", -1)


def nearest(past: Past, row: int, _target_month: str) -> Fact | None:
    """Name the nearest other region with an attack in three months; kilometres between centres."""
    hit = past.events[:, -SEASON:].sum(axis=1) > 0
    hit[row] = False
    if not hit.any():
        return None
    distance = np.where(hit, past.distances(row), np.inf)
    place = int(np.argmin(distance))
    points = int(distance[place] <= NEAR_KM) - int(distance[place] >= FAR_KM)
    return Fact(
        f"nearest region hit in {SEASON} months: {past.names[place]}, {distance[place]:,.0f} km",
        points,
    )


def country(past: Past, row: int, _target_month: str) -> Fact | None:
    """Say how the country's last month stands to its last year."""
    name = str(past.panel.regions["country"].iloc[row])
    if past.panel.scale == "country":
        return None
    return _month_against_year(past.countries[name], shortened(name))


def field(past: Past, _row: int, _target_month: str) -> Fact | None:
    """Say how the last month of all regions stands to the last year."""
    return _month_against_year(past.whole, "all regions")


def season(past: Past, row: int, target_month: str) -> Fact | None:
    """Say whether the target's calendar month saw attacks in most of five years, or in none."""
    first = month_number(past.panel.months[0])
    last_year = add_months(target_month, -YEAR)
    places = [month_number(last_year) - YEAR * back - first for back in range(SEASON_YEARS)]
    if min(places) < 0 or max(places) >= len(past.panel.months):
        return None
    values = past.events[row, places]
    if np.isnan(values).any():
        return None
    hit, name = int((values > 0).sum()), MONTHS[month_number(target_month) % YEAR]
    if hit == 0:
        return Fact(f"no attack in {name} in {SEASON_YEARS} years", -1)
    if 2 * hit < SEASON_YEARS:
        return None
    return Fact(f"attacked in {name} in {hit} of {SEASON_YEARS} years", 1)


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
    who = f"main attacker of {MEMORY} months here"
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
    start = f"same place hit {hits:,.0f} times in {MEMORY} months{until}"
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


def capital(past: Past, row: int, _target_month: str) -> Fact | None:
    """Say how far the centre lies from the capital (``capital_km``)."""
    return _far(past, CAPITAL_KM, row, "from the capital")


def border(past: Past, row: int, _target_month: str) -> Fact | None:
    """Say how far the centre lies from the nearest border (``border_km``)."""
    return _far(past, BORDER_KM, row, "from the nearest border")


def places(past: Past, row: int, _target_month: str) -> Fact | None:
    """Say how many attacks came close to a place (``attacks_25km``), else how far one is."""
    near = past.panel.measures.get("attacks_25km")
    if near is not None:
        close = window_sum(near[row].astype(np.float64), YEAR)
        total = window_sum(past.panel.measures[EVENTS][row].astype(np.float64), YEAR)
        if close > 0:
            whole = f"{close:,.0f} of {counted(total)} in a year"
            return Fact(f"{whole} within 25 km of a sensitive place", 1)
    distance = past.panel.measures.get(PLACE_KM)
    if distance is None or not distance[row, -1] < FARTHEST_KM:
        return None
    return Fact(f"nearest sensitive place {distance[row, -1]:,.0f} km away", 0)


FACTS: Mapping[str, Callable[[Past, int, str], Fact | None]] = {
    "recent": recent,
    "quiet": quiet,
    "long run": long_run,
    "deaths": deaths,
    "deadliest": deadliest,
    "kinds": kinds,
    "neighbours": neighbours,
    "nearest": nearest,
    "country": country,
    "field": field,
    "season": season,
    "actors": actors,
    "main actor": main_actor,
    "sites": sites,
    "simultaneity": simultaneity,
    "capital": capital,
    "border": border,
    "places": places,
}


def _window_words(months: int) -> str:
    """Return a stretch that ends now; whole years where it is long."""
    if months < LONG_SILENCE:
        return "last month" if months == 1 else f"in the last {months} months"
    return f"in the last {months // YEAR} years"


def _two_windows(series: Floats) -> tuple[float, float]:
    return window_sum(series, SEASON), window_sum(series[: len(series) - SEASON], SEASON)


def _against(now: float, before: float, word: str) -> str:
    start = f"{counted(now, word)} in {SEASON} months"
    if np.isnan(before):
        return start
    if now == before:
        return f"{start}, as many as in the {SEASON} before"
    turn = "up" if now > before else "down"
    return (
        f"{start}, {turn} from {'none' if before == 0 else f'{before:,.0f}'} in the {SEASON} before"
    )


def _month_against_year(series: Floats, name: str) -> Fact | None:
    total = window_sum(series, YEAR)
    if np.isnan(total):
        return None
    if total == 0:
        return Fact(f"{name}: no attack in {YEAR} months", -1)
    mean = total / YEAR
    now = counted(series[-1]) if series[-1] > 0 else "no attack"
    usual = f"{mean:,.1f}"
    alike = abs(series[-1] - mean) < _ALIKE
    stands = "like" if alike else "above" if series[-1] > mean else "below"
    points = {"like": 0, "above": 1, "below": -1}[stands]
    return Fact(f"{name}: {now} last month, {stands} the {YEAR}-month mean of {usual}", points)


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


def _far(past: Past, column: str, row: int, words: str) -> Fact | None:
    if column not in past.panel.regions:
        return None
    km = past.panel.regions[column].iloc[row]
    return None if np.isnan(km) else Fact(f"{km:,.0f} km {words}", 0)
