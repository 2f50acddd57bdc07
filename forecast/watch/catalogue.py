"""The watch sections: what an analyst looks at first, from event rows up to a month.

What is listed, how recent it must be and in which order stands in each section's note.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from data.counting.link_measures import LINKED_KM
from data.counting.site_measures import SAME_PLACE_KM
from data.months import month_text
from data.schema import DEATHS, EVENTS, OBSERVED, STATUSES
from forecast.model.past import counted
from forecast.text.sections import Cell, Column, Section
from forecast.text.wording import month_words
from forecast.watch import debuts as debuts
from forecast.watch import historic_maxima as records
from forecast.watch import same_day as same_day
from forecast.watch import sites as sites
from forecast.watch.actors import ACTOR_COLUMNS, FIRST_COLUMNS, actor_rows, first_rows
from forecast.watch.event_rows import EventRows
from forecast.watch.months import AreaMonths
from forecast.watch.words import list_text, name_text

__all__ = ["MOST", "NO_ATTACK", "NO_COUNTS", "NO_EVENTS", "WATCH", "watch_sections"]

MOST = 15

Found = TypeVar("Found", EventRows, AreaMonths)
Rows = list[tuple[Cell, ...]]

NO_ATTACK = "No list holds an attack up to the month."
NO_EVENTS = (
    "The store holds ready counts by region and month only: who attacked, at which place and on"
    " which day is not known."
)
NO_COUNTS = (
    "Totals by month need a complete list or ready counts that cover the month: a list that is not"
    " complete makes none."
)


@dataclass(frozen=True)
class _Watch:
    """One section: its name, title, what it lists, and who makes its rows."""

    name: str
    title: str
    note: str
    columns: tuple[Column, ...]


WATCH = (
    _Watch(
        "watch_repeat",
        "Sites hit again and again",
        f"Places within {SAME_PLACE_KM:.0f} km count as one site. Listed are sites attacked on two"
        f" days or more, the last time in the {sites.RECENT} months to {{month}}; most attacks in"
        f" {sites.MEMORY} months first. ? stands for a toll that is not known; no days are computed"
        " from a date that is only a week, a month or a year.",
        sites.SITE_COLUMNS,
    ),
    _Watch(
        "watch_actors",
        "Attackers new in a region or reaching farther",
        f"Attackers whose first attack in a region lies in the {debuts.RECENT} months to {{month}},"
        f" most attacks since first; then attacks {debuts.FAR_KM:.0f} km or more from all earlier"
        " ones of the attacker, farthest first.",
        ACTOR_COLUMNS,
    ),
    _Watch(
        "watch_same_day",
        "Simultaneous attacks by one attacker",
        f"Attacks of one attacker on one day, {LINKED_KM[0]:.0f} to {LINKED_KM[1]:,.0f} km apart"
        f" or linked by a third, in the {same_day.RECENT} months to {{month}}; most places first."
        " Dates must be known to the day.",
        same_day.SAME_DAY_COLUMNS,
    ),
    _Watch(
        "watch_first",
        "First attacks",
        "An attacker's first attack in a country after attacks in others, then the first attack"
        f" recorded in a region, in the {debuts.RECENT} months to {{month}}; most attacks since"
        " first.",
        FIRST_COLUMNS,
    ),
    _Watch(
        "watch_records",
        "Records",
        "Regions and countries where {month} was the worst month for more than a year:"
        f" {records.LEAST[EVENTS]} attacks or {records.LEAST[DEATHS]} deaths at least, over"
        f" {records.MEMORY} months or more observed without a gap; the longest first.",
        records.RECORD_COLUMNS,
    ),
    _Watch(
        "watch_surge",
        "Quiet, then attacked",
        f"Regions and countries with {records.SURGE} attacks or more in the {records.RECENT} months"
        " to {month} after twelve months without any; most attacks first.",
        records.SURGE_COLUMNS,
    ),
)
_OF_ROWS: dict[str, Callable[[EventRows, int], tuple[Rows, int]]] = {
    "watch_repeat": sites.site_rows,
    "watch_actors": actor_rows,
    "watch_same_day": same_day.same_day_rows,
    "watch_first": first_rows,
}
_OF_MONTHS: dict[str, Callable[[AreaMonths, int], tuple[Rows, int]]] = {
    "watch_records": records.record_rows,
    "watch_surge": records.surge_rows,
}
_CLAIMS = ("watch_actors", "watch_first")


def watch_sections(
    month: str,
    lists: Sequence[EventRows],
    counts: Sequence[AreaMonths],
    *,
    remark: str = "",
    most: int = MOST,
) -> tuple[Section, ...]:
    """Return the watch sections, each with its strongest rows of every list.

    Args:
        month: The last month; nothing later is in lists and counts.
        lists: Lists of attacks; empty where there are only figures.
        counts: Counts by month; empty where no list is complete.
        remark: What a reader should know of the regions, or why there is no list.
        most: Rows of each list and section.
    """
    sections = []
    for watch in WATCH:
        intro = watch.note.format(month=month_words(month))
        if watch.name in _OF_ROWS:
            rows, cut = _gathered(lists, _OF_ROWS[watch.name], most)
            why = _remarks(watch, lists, rows, remark) if lists else [remark or NO_EVENTS]
        else:
            rows, cut = _gathered(counts, _OF_MONTHS[watch.name], most)
            known = [months for months in counts if months.ends_observed()]
            why = [] if known else [NO_COUNTS]
            nameless = [months for months in known if not months.names_regions()]
            if nameless:
                why += [f"{_names(nameless)} names no regions: only countries are looked at."]
        looked = bool(lists if watch.name in _OF_ROWS else known)
        nothing = [] if rows or not looked else ["There is none."]
        note = " ".join(filter(None, [intro, *cut, *nothing, *why]))
        sections.append(Section(watch.name, watch.title, note, watch.columns, tuple(rows)))
    return tuple(sections)


def _names(found: Sequence[EventRows] | Sequence[AreaMonths]) -> str:
    return ", ".join(name_text(one.source) or "a list" for one in found)


def _names_regions(listed: EventRows) -> bool:
    return any(area.region is not None for area in listed.ground.areas)


def _covers(listed: EventRows) -> bool:
    """Say whether a complete list covers the last month in any country."""
    status = listed.covered.status if listed.covered else None
    return status is not None and bool((status[:, -1] == STATUSES.index(OBSERVED)).any())


def _gathered(
    lists: Sequence[Found], make: Callable[[Found, int], tuple[Rows, int]], most: int
) -> tuple[Rows, list[str]]:
    """Return the rows of all lists, and what was cut off."""
    rows: Rows = []
    cut = []
    for listed in lists:
        own, count = make(listed, most)
        rows += own
        if count > len(own):
            cut.append(f"Shown are {len(own)} of {count:,} of {name_text(listed.source)}.")
    return rows, cut


def _remarks(watch: _Watch, lists: Sequence[EventRows], rows: Rows, remark: str) -> list[str]:
    """Return what a reader must know of the lists to read a section."""
    told = [remark]
    listed_in = {row[-1] for row in rows}
    partial = [one for one in lists if not one.complete and list_text(one) in listed_in]
    if partial:
        names = ", ".join(name_text(one.source) or "" for one in partial)
        word = "is not a complete list" if len(partial) == 1 else "are not complete lists"
        first = ": what is first in it may not be the first" if watch.name in _CLAIMS else ""
        told.append(f"{names} {word}{first}.")
    if watch.name in _CLAIMS and any(one.complete for one in lists):
        told.append(
            "A complete list is asked only where it covered the country for"
            f" {debuts.MEMORY} months before without a gap."
        )
        told.append("Of a state's forces only attacks on civilians are read here, not its battles.")
    nameless = [one for one in lists if one.ground.areas and not _names_regions(one)]
    if nameless:
        told.append(f"{_names(nameless)} names no regions: only countries are looked at.")
    over = [one for one in lists if one.covered is not None and not _covers(one)]
    if over:
        told.append(f"{_names(over)} does not cover {month_words(month_text(over[0].month))}.")
    left_out = sum(one.left_out for one in lists)
    if left_out:
        told.append(f"Not read: {counted(left_out)} dated to a month or year that is not over.")
    return told
