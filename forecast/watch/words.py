"""How the watch sections say dates, tolls, places and names; every text from data on one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from data.regions.countries import country_of
from forecast.text.wording import MONTHS, short_month, shortened
from forecast.watch.event_rows import EventRows

__all__ = [
    "SHOWN",
    "attackers_text",
    "country_text",
    "dates_text",
    "day_text",
    "deaths_of",
    "joined",
    "list_text",
    "name_text",
    "place_text",
    "region_text",
    "toll_text",
    "tolls_text",
    "when_text",
]

Rows = npt.NDArray[np.intp]

SHOWN = 6
_UNKNOWN = "?"
_EPOCH = date(1970, 1, 1)


def name_text(name: str) -> str | None:
    """Return a name from data as one printable line; None if it is empty."""
    return shortened(name) or None


def joined(names: Iterable[str], most: int = SHOWN) -> str:
    """Return names side by side, the rest counted.

    Example:
        >>> joined(["a", "b", "c"], 2)
        'a, b and 1 more'
    """
    listed = list(names)
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more


def list_text(events: EventRows) -> str:
    """Return the name of a list, marked where it is not complete."""
    name = name_text(events.source) or ""
    return name if events.complete else f"{name} (not complete)"


def place_text(events: EventRows, rows: Rows) -> str:
    """Return the place of attacks: its most frequent name, else its coordinates."""
    for column in ("place", "admin2"):
        names = Counter(name for name in events.texts[column][rows] if name)
        if names:
            return name_text(min(names, key=lambda name: (-names[name], name))) or ""
    if not events.pointed[rows[0]]:
        return "place not known"
    latitude, longitude = (
        float(events.table[name].iloc[rows[0]]) for name in ("latitude", "longitude")
    )
    north, east = "N" if latitude >= 0 else "S", "E" if longitude >= 0 else "W"
    return f"{abs(latitude):.2f}°{north} {abs(longitude):.2f}°{east}"


def region_text(events: EventRows, row: int) -> tuple[str | None, str | None]:
    """Return region and country of an attack, None where not known."""
    area = int(events.regions.area[row])
    if area >= 0:
        known = events.regions.areas[area]
        return name_text(known.region or ""), name_text(known.country)
    return None, country_text(events, events.country[row])


def country_text(events: EventRows, key: str) -> str | None:
    """Return the name of a country by its key, None where there is no key."""
    known = country_of(key)
    return name_text(events.regions.countries.get(key, known.country if known else key))


def attackers_text(events: EventRows, rows: Iterable[int]) -> str | None:
    """Return the named attackers of attacks, the most frequent first."""
    attacks = Counter(int(actor) for row in rows for actor in events.attackers_of(row))
    ordered = sorted(attacks, key=lambda actor: (-attacks[actor], actor))
    return joined([name_text(events.names[actor]) or "" for actor in ordered], 3) or None


def day_text(day: int) -> str:
    """Return a day, given as days since 1970.

    Example:
        >>> day_text(20240)
        '1 Jun 2025'
    """
    known = _EPOCH + timedelta(days=int(day))
    return f"{known.day} {MONTHS[known.month - 1][:3]} {known.year}"


def when_text(events: EventRows, row: int) -> str:
    """Return the date of an attack, with a mark where it is not known to the day."""
    first, last = int(events.day[row]), int(events.last_day[row])
    precision = events.precision[row]
    if events.goes_on[row]:
        return f"from {day_text(first)}"
    if precision == "day":
        return day_text(first) if first == last else f"{day_text(first)} to {day_text(last)}"
    if precision == "week":
        return f"about {day_text(first)} (week only)"
    begin, end = (_EPOCH + timedelta(days=day) for day in (first, last))
    if precision == "year":
        years = [str(year) for year in dict.fromkeys((begin.year, end.year))]
        return f"{' to '.join(years)} (year only)"
    months = dict.fromkeys(f"{day.year:04d}-{day.month:02d}" for day in (begin, end))
    return f"{' to '.join(map(short_month, months))} (month only)"


def dates_text(events: EventRows, rows: Rows) -> str:
    """Return the last dates of attacks in their order, the earlier ones counted."""
    return _latest([when_text(events, int(row)) for row in rows[-SHOWN:]], len(rows))


def tolls_text(events: EventRows, rows: Rows) -> str:
    """Return the deaths of the last attacks in their order; ``?`` where no toll is known."""
    return _latest([toll_text(events, int(row)) for row in rows[-SHOWN:]], len(rows))


def deaths_of(events: EventRows, rows: Rows) -> int | None:
    """Return the known deaths of attacks; None where none is known."""
    known = events.tolls[rows]
    return None if np.isnan(known).all() else int(np.nansum(known))


def _latest(texts: list[str], count: int) -> str:
    more = f"{count - len(texts)} earlier; " if count > len(texts) else ""
    return more + ", ".join(texts)


def toll_text(events: EventRows, row: int) -> str:
    """Return the deaths of an attack, marked where they are claimed; ``?`` where not known."""
    best, claimed = events.tolls[row], events.claimed[row]
    if not np.isnan(best):
        return f"{best:,.0f}"
    return _UNKNOWN if np.isnan(claimed) else f"{claimed:,.0f} claimed"
