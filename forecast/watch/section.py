"""The engine of the watch: what a section is made of, and how one is run over lists or months.

A section's columns, the one function to its strongest rows and the sentence of a row stand together
in one module; the engine cuts, counts and says what a reader must know of the lists.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from data.months import month_text
from data.schema import OBSERVED, STATUSES
from forecast.text.sections import Cell, Column, Section
from forecast.text.wording import MISSING, counted, month_words
from forecast.watch.area_months import AreaMonths
from forecast.watch.event_rows import EventRows
from forecast.watch.words import list_text, name_text

__all__ = [
    "EventSection",
    "MonthSection",
    "Ranked",
    "Row",
    "Words",
    "absence",
    "where_text",
]

Row = tuple[Cell, ...]
# The strongest rows of one list, and how many there are in all.
Ranked = tuple[list[Row], int]
# A row as it is printed, by the names of its columns.
Words = Mapping[str, str]
Source = TypeVar("Source", EventRows, AreaMonths)

_NO_EVENTS = (
    "The store holds ready counts by region and month only: who attacked, at which place and on"
    " which day is not known."
)
_NO_COUNTS = (
    "Totals by month need a complete list or ready counts that cover the month: a list that is not"
    " complete makes none."
)
_NONE = "There is none."


@dataclass(frozen=True, kw_only=True)
class _WatchSection:
    """One section.

    Attributes:
        name: Its name in files.
        title: Its heading.
        note: What is listed, how recent it must be and in which order; ``{month}`` is the month.
        columns: Its columns; the last one names the list.
        sentence: Makes one sentence of a printed row, for the top of the page and the terminal.
    """

    name: str
    title: str
    note: str
    columns: tuple[Column, ...]
    sentence: Callable[[Words], str]

    def _section(self, month: str, rows: Sequence[Row], notes: Sequence[str]) -> Section:
        note = " ".join(filter(None, [self.note.format(month=month_words(month)), *notes]))
        return Section(self.name, self.title, note, self.columns, tuple(rows))


@dataclass(frozen=True, kw_only=True)
class EventSection(_WatchSection):
    """A section that reads the attacks of each list.

    Attributes:
        rows: From a list and how many rows are wanted to its strongest rows.
        claim: Where the section calls something the first: when a complete list may claim it.
    """

    rows: Callable[[EventRows, int], Ranked]
    claim: str = ""

    def run(self, month: str, lists: Sequence[EventRows], remark: str, most: int) -> Section:
        """Return the section of some lists; the arguments are those of ``watch_sections``."""
        rows, notes = _strongest(self.rows, lists, most)
        if not lists:
            return self._section(month, rows, [remark or _NO_EVENTS])
        notes += [] if rows else [_NONE]
        return self._section(month, rows, [*notes, remark, *_remarks(self, lists, rows)])


@dataclass(frozen=True, kw_only=True)
class MonthSection(_WatchSection):
    """A section that reads counts by region and month.

    Attributes:
        rows: From counts and how many rows are wanted to the strongest rows.
    """

    rows: Callable[[AreaMonths, int], Ranked]

    def run(self, month: str, counts: Sequence[AreaMonths], most: int) -> Section:
        """Return the section of some counts; the arguments are those of ``watch_sections``."""
        rows, notes = _strongest(self.rows, counts, most)
        observed = [months for months in counts if months.ends_observed()]
        if not observed:
            return self._section(month, rows, [*notes, _NO_COUNTS])
        notes += [] if rows else [_NONE]
        nameless = [months for months in observed if not months.has_regions()]
        return self._section(month, rows, [*notes, *_nameless(nameless)])


def absence(section: Section) -> str:
    """Say of a section without rows whether there is nothing or nothing can be known."""
    unknown = _NO_EVENTS in section.note or _NO_COUNTS in section.note
    return "not known" if unknown else "none"


def where_text(row: Words, *first: str) -> str:
    """Return the region and country of a printed row, after other cells of it."""
    return ", ".join(row[name] for name in (*first, "region", "country") if row[name] != MISSING)


def _strongest(
    make_rows: Callable[[Source, int], Ranked], sources: Sequence[Source], most: int
) -> tuple[list[Row], list[str]]:
    """Return the strongest rows of all sources, and what was cut off."""
    rows: list[Row] = []
    cut = []
    for source in sources:
        own, count = make_rows(source, most)
        rows += own
        if count > len(own):
            cut.append(f"Shown are {len(own)} of {count:,} of {name_text(source.source)}.")
    return rows, cut


def _remarks(watch: EventSection, lists: Sequence[EventRows], rows: Sequence[Row]) -> list[str]:
    """Return what a reader must know of the lists to read a section."""
    remarks = _partial(watch, [one for one in lists if list_text(one) in {row[-1] for row in rows}])
    if watch.claim and any(one.complete for one in lists):
        remarks.append(watch.claim)
    remarks += _nameless([one for one in lists if one.regions.is_nameless()])
    over = [one for one in lists if one.covered is not None and not _covers_last_month(one)]
    if over:
        month = month_words(month_text(over[0].month))
        remarks.append(f"{_names(over)} does not cover {month}.")
    left_out = sum(one.left_out for one in lists)
    if left_out:
        remarks.append(f"Not read: {counted(left_out)} dated to a month or year that is not over.")
    return remarks


def _partial(watch: EventSection, lists: Sequence[EventRows]) -> list[str]:
    """Say which of the lists in a section are not complete."""
    partial = [one for one in lists if not one.complete]
    if not partial:
        return []
    word = "is not a complete list" if len(partial) == 1 else "are not complete lists"
    first = ": what is first in it may not be the first" if watch.claim else ""
    return [f"{_names(partial)} {word}{first}."]


def _nameless(sources: Sequence[EventRows] | Sequence[AreaMonths]) -> list[str]:
    if not sources:
        return []
    return [f"{_names(sources)} names no regions: only whole countries are compared."]


def _names(sources: Sequence[EventRows] | Sequence[AreaMonths]) -> str:
    return ", ".join(name_text(one.source) or "a list" for one in sources)


def _covers_last_month(events: EventRows) -> bool:
    """Say whether a complete list covers the last month in any country."""
    status = events.covered.status if events.covered else None
    return status is not None and bool((status[:, -1] == STATUSES.index(OBSERVED)).any())
