"""Which months and counts of ready figures cannot be, the same rules for every layout.

Months to come or far from all others, deaths without an attack, kinds above their total. Reading
belongs to the modules beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from data.months import is_month, month_number, month_text
from data.schema import DEATHS, EVENTS, KINDS, kind_measure

__all__ = ["FigureRule", "count_rules", "month_rules"]

Values = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]

# A few rows this many months away from all others are a slip of the pen, not a series.
_FAR_MONTHS = 24
_FEW_ROWS = 3
_FEW_SHARE = 0.1
_USUAL_ROWS = 10
_ORDERS = (
    ("deaths_low", DEATHS, "must not be above the best estimate"),
    (DEATHS, "deaths_high", "must not be above the highest estimate"),
    ("civilians", DEATHS, "must not be above the deaths"),
    ("largest_event", DEATHS, "must not be above the deaths"),
)


class FigureRule(NamedTuple):
    """Rows that break a rule, (rows,), and the column that a report names for it."""

    column: str
    words: str
    invalid: Mask


def month_rules(months: Values, *, today: date) -> list[FigureRule]:
    """Return the rules for months: none to come, none far from the rest.

    Args:
        months: (rows,), YYYY-MM; empty where a month cannot be read.
        today: No later month has figures.
    """
    readable = np.array([is_month(str(text)) for text in months], dtype=bool)
    numbers = np.zeros(len(months), dtype=np.int64)
    numbers[readable] = [month_number(str(text)) for text in months[readable]]
    now = f"{today:%Y-%m}"
    late = readable & (numbers > month_number(now))
    rules = [FigureRule("month", f"must not be after this month, {now}", late)]
    here = readable & ~late
    span, far = _far(numbers, here)
    words = f"lies far from the months of the other rows, {span}: where it is right, read it alone"
    return [*rules, FigureRule("month", words, far)]


def _far(numbers: npt.NDArray[np.int64], rows: Mask) -> tuple[str, Mask]:
    """Return the months of the bulk of the rows in words, and which rows lie far from them."""
    far = np.zeros(len(numbers), dtype=bool)
    held, counts = np.unique(numbers[rows], return_counts=True)
    while len(held) > 1:
        place = _lonely_side(held, counts)
        if place is None:
            break
        held, counts = held[place], counts[place]
    if len(held):
        far = rows & ((numbers < held[0]) | (numbers > held[-1]))
        return f"{month_text(int(held[0]))} to {month_text(int(held[-1]))}", far
    return "", far


def _lonely_side(held: npt.NDArray[np.int64], counts: npt.NDArray[np.int64]) -> slice | None:
    """Return the months that stay when those of a few rows far away are left out."""
    total = int(counts.sum())
    few = max(_FEW_ROWS, _FEW_SHARE * total)
    for place in np.flatnonzero(np.diff(held) >= _FAR_MONTHS):
        before = int(counts[: place + 1].sum())
        if before <= few and 2 * before < total:
            return slice(int(place) + 1, None)
        if total - before <= few and 2 * before > total:
            return slice(None, int(place) + 1)
    # After a hole, a month that only a few of the regions have is not the newest one.
    usual = float(np.median(counts))
    holes = np.flatnonzero(np.diff(held) > 1)
    if len(holes) and usual >= _USUAL_ROWS:
        last = int(holes[-1])
        if (counts[last + 1 :] <= _FEW_SHARE * usual).all():
            return slice(None, last + 1)
    return None


def count_rules(
    values: Mapping[str, Values], *, names: Sequence[str], summed: bool = False
) -> list[FigureRule]:
    """Return the rules between the counts of a region-month.

    Args:
        values: Measure to (rows,) counts, NaN where unknown.
        names: The measures of the file, in its order.
        summed: A panel of this project: its deaths may be of an attack that began in an earlier
            month, and its estimates are sums of what its source publishes, in order or not.
    """
    rules = []
    if EVENTS in values and not summed:
        for name in (name for name in names if name == DEATHS or name.startswith("deaths_")):
            without = (values[EVENTS] == 0) & (values[name] > 0)
            rules.append(FigureRule(name, "must be 0 where there is no attack", without))
    for low, high, words in () if summed else _ORDERS:
        if low in values and high in values:
            rules.append(FigureRule(low, words, values[low] > values[high]))
    for total in (EVENTS, DEATHS):
        kinds = [kind_measure(total, kind) for kind in KINDS]
        parts = [values[name] for name in kinds if name in values]
        if total in values and parts:
            above = np.nansum(parts, axis=0) > values[total]
            rules.append(FigureRule(total, "must not be below the sum of its kinds", above))
    return rules
