"""Events that span months: their deaths month by month, as whole numbers.

An event is never dropped and never piled on one month: each month gets deaths by its share of the
event's days, rounded by largest remainder, the earlier month first where remainders are level.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["MonthParts", "month_parts", "spread_counts"]

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class MonthParts:
    """The months that events span: one part an event and month, in order of both.

    Attributes:
        event: (parts,) position of the event.
        month: (parts,) month number as in ``data.months``.
        days: (parts,) days of the event in that month.
        total: (parts,) days of the whole event.
        first: (parts,) whether it is the event's first month, in which the event is counted.
    """

    event: npt.NDArray[np.intp]
    month: Counts
    days: Counts
    total: Counts
    first: npt.NDArray[np.bool_]


def month_parts(start: pd.Series, end: pd.Series) -> MonthParts:
    """Cut events into the months that they span.

    Args:
        start: (events,) first days; no gaps.
        end: (events,) last days, not before the first; missing means the same day.

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
    return MonthParts(event, month + 12 * 1970, days, total, place == 0)


def spread_counts(parts: MonthParts, counts: Counts) -> Counts:
    """Return whole numbers a part that add up to each event's count.

    Args:
        parts: From ``month_parts``.
        counts: (events,) whole numbers >= 0, deaths.

    Returns:
        (parts,) deaths.
    """
    share, rest = np.divmod(counts[parts.event] * parts.days, parts.total)
    spanning = np.flatnonzero(parts.days < parts.total)
    if spanning.size:
        share[spanning] += _left_over(parts, counts, share, rest, spanning)
    return np.asarray(share)


def _left_over(
    parts: MonthParts, counts: Counts, share: Counts, rest: Counts, spanning: npt.NDArray[np.intp]
) -> Counts:
    """Return 1 for the parts with the largest remainders of their event, as many as are left."""
    event = parts.event[spanning]
    order = np.lexsort([parts.month[spanning], -rest[spanning], event])
    names, begin, size = np.unique(event, return_index=True, return_counts=True)
    given = np.add.reduceat(share[spanning], begin)
    rank = np.empty(len(event), dtype=np.int64)
    rank[order] = np.arange(len(event)) - np.repeat(begin, size)
    return (rank < np.repeat(counts[names] - given, size)).astype(np.int64)
