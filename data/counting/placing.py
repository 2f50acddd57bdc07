"""Which region-month each part of an event falls in, or why it falls in none.

A part is one event in one month. Its fate is one of the codes here; each part has exactly one, so
that counts and reconciliation add up. An event that spans months is neither dropped nor put into
one of them: each month gets deaths by its share of the event's days. Whole numbers cannot follow
shares where deaths are few: the point from which a month's part is rounded up moves evenly from one
such event of a region to the next, so that shares hold over the events.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.months import month_number
from data.regions.location import OUTSIDE, UNLOCATED, Location
from data.schema import OBSERVED, STATUSES

__all__ = [
    "BEFORE",
    "COUNTED",
    "OUTSIDE",
    "UNLOCATED",
    "UNOBSERVED",
    "MonthParts",
    "PlacedParts",
    "month_parts",
    "place_parts",
    "spread_counts",
]

# The golden ratio as a part of ``_TURN``: multiples of it are spread evenly over a turn.
_TURN = 2**20
_GOLDEN = 648_055

COUNTED, BEFORE, UNOBSERVED = 0, 3, 4

Counts = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class MonthParts:
    """The months that events span: one part an event and month, in order of both.

    Attributes:
        event: (parts,) position of the event.
        month: (parts,) month number as in ``data.months``.
        days: (parts,) days of the event in that month.
        total: (parts,) days of the whole event.
        first: (parts,) whether it is the event's first month, in which the event is counted.
        rounding: (parts,) from which remainder on the deaths of the event are rounded up, as what
            is added before they are rounded down, out of ``_TURN``.
    """

    event: npt.NDArray[np.intp]
    month: Counts
    days: Counts
    total: Counts
    first: npt.NDArray[np.bool_]
    rounding: Counts


@dataclass(frozen=True)
class PlacedParts:
    """Parts of events with their place in the panel.

    Attributes:
        parts: Which event and month each part is.
        cell: (parts,) row * months + column of the region-month, -1 where it is not counted.
        fate: (parts,) int8: ``COUNTED``, ``UNLOCATED``, ``OUTSIDE``, ``BEFORE`` (the panel's first
            month) or ``UNOBSERVED`` (after its last month, or the region-month is not observed).
    """

    parts: MonthParts
    cell: npt.NDArray[np.intp]
    fate: npt.NDArray[np.int8]

    @property
    def counted(self) -> npt.NDArray[np.bool_]:
        """Which parts are in the panel, (parts,)."""
        return np.asarray(self.fate == COUNTED)


def place_parts(
    events: pd.DataFrame, location: Location, months: Sequence[str], status: npt.NDArray[np.int8]
) -> PlacedParts:
    """Cut events into months and place every part.

    Args:
        events: Canonical events.
        location: Their regions.
        months: Months of the panel.
        status: (regions, months) positions in ``STATUSES``.
    """
    parts = month_parts(events["date_start"], events["date_end"], groups=location.region)
    column = parts.month - month_number(months[0])
    row = location.region[parts.event]
    fate = location.reason[parts.event].astype(np.int8)
    located = fate == COUNTED
    fate[located & (column < 0)] = BEFORE
    fate[located & (column >= len(months))] = UNOBSERVED
    inside = np.flatnonzero(fate == COUNTED)
    seen = status[row[inside], column[inside]] == STATUSES.index(OBSERVED)
    fate[inside[~seen]] = UNOBSERVED
    cell = np.where(fate == COUNTED, row * len(months) + column, -1)
    return PlacedParts(parts, cell.astype(np.intp), fate)


def month_parts(
    start: pd.Series, end: pd.Series, *, groups: npt.NDArray[np.intp] | None = None
) -> MonthParts:
    """Cut events into the months that they span.

    Args:
        start: (events,) first days; no gaps.
        end: (events,) last days, not before the first; missing means the same day.
        groups: (events,) among which events shares are to hold; None rounds each to the nearest.

    Example:
        >>> days = pd.to_datetime(pd.Series(["2020-01-30", "2020-03-02"]))
        >>> month_parts(days[:1], days[1:].set_axis([0])).days
        array([ 2, 29,  2])
    """
    opened = start.to_numpy().astype("datetime64[D]")
    closed = end.to_numpy().astype("datetime64[D]")
    closed = np.where(np.isnat(closed), opened, closed)
    first = opened.astype("datetime64[M]").astype(np.int64)
    count = closed.astype("datetime64[M]").astype(np.int64) - first + 1
    event = np.repeat(np.arange(len(first)), count)
    place = np.arange(len(event)) - np.repeat(np.cumsum(count) - count, count)
    month = first[event] + place
    begin = month.astype("datetime64[M]").astype("datetime64[D]")
    stop = (month + 1).astype("datetime64[M]").astype("datetime64[D]")
    last = np.minimum(closed[event] + np.timedelta64(1, "D"), stop)
    days = (last - np.maximum(opened[event], begin)).astype(np.int64)
    total = (closed - opened).astype(np.int64)[event] + 1
    rounding = (
        np.full(len(first), _TURN // 2, dtype=np.int64)
        if groups is None
        else _rounding(opened, count > 1, groups)
    )
    return MonthParts(event, month + 12 * 1970, days, total, place == 0, rounding[event])


def spread_counts(parts: MonthParts, counts: Counts) -> Counts:
    """Return whole numbers a part that add up to each event's count.

    Args:
        parts: From ``month_parts``.
        counts: (events,) whole numbers >= 0, deaths.

    Returns:
        (parts,) deaths; what an event has up to the end of a month is its share, rounded.
    """
    days = np.cumsum(parts.days)
    until = days - (days - parts.days)[parts.first][parts.event] if len(days) else days
    given = counts[parts.event] * until * _TURN + parts.rounding * parts.total
    reached = given // (parts.total * _TURN)
    earlier = np.where(parts.first, 0, np.roll(reached, 1))
    return np.asarray(reached - earlier)


def _rounding(opened: npt.NDArray[Any], spans: Flags, groups: npt.NDArray[np.intp]) -> Counts:
    """Return what is added to the deaths of each event before they are rounded down, (events,).

    The first event of a group that spans months is rounded to the nearest, the next ones by date
    from points spread evenly.
    """
    rounding = np.full(len(opened), _TURN // 2, dtype=np.int64)
    rows = np.flatnonzero(spans)
    order = rows[np.lexsort([rows, opened[rows], groups[rows]])]
    held = groups[order]
    begin = np.flatnonzero(np.diff(held, prepend=held[:1] - 1))
    rank = np.arange(len(held)) - np.repeat(begin, np.diff(begin, append=len(held)))
    rounding[order] = (_TURN // 2 + rank * _GOLDEN) % _TURN
    return rounding
