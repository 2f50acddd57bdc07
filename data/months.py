"""Calendar months as text ``YYYY-MM`` on the outside and as whole numbers inside.

A month's number is ``12 * year + month - 1``, so that differences are counts of months.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from data.errors import ConfigError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

__all__ = [
    "MonthRange",
    "add_months",
    "is_month",
    "last_day",
    "month_number",
    "month_numbers",
    "month_range",
    "month_spans",
    "month_text",
    "parse_day",
    "parse_origins",
    "whole_month",
]

_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


@dataclass(frozen=True)
class MonthRange:
    """A closed range of months with a step."""

    first: str
    last: str
    step: int = 1

    def months(self) -> list[str]:
        """Return every month of the range as text.

        Example:
            >>> MonthRange("2020-11", "2021-01").months()
            ['2020-11', '2020-12', '2021-01']
        """
        numbers = range(month_number(self.first), month_number(self.last) + 1, self.step)
        return [month_text(number) for number in numbers]


def is_month(text: str) -> bool:
    """Say whether text is a month as YYYY-MM."""
    return _MONTH.fullmatch(text) is not None


def month_number(month: str) -> int:
    """Return the number of a month.

    Args:
        month: Text ``YYYY-MM``.

    Raises:
        ConfigError: The text is not a month.

    Example:
        >>> month_number("2020-12") - month_number("2019-12")
        12
    """
    match = _MONTH.fullmatch(month)
    if match is None:
        raise ConfigError(f'expected a month as YYYY-MM, got "{month}"')
    return int(match[1]) * 12 + int(match[2]) - 1


def month_numbers(days: pd.Series[Any]) -> npt.NDArray[np.int64]:
    """Return the number of each day's month, (days,); no gaps."""
    months: npt.NDArray[np.int64] = days.to_numpy().astype("datetime64[M]").astype("int64")
    return months + 12 * 1970


def month_spans(months: Sequence[str], *, most: int = 4) -> str:
    """Return months in words, neighbouring ones joined.

    Args:
        months: In order.
        most: How many spans are named; the rest are counted.

    Example:
        >>> month_spans(["2020-01", "2020-02", "2020-05"])
        '2020-01 to 2020-02, 2020-05'
    """
    runs: list[list[str]] = []
    for month in months:
        if runs and month_number(month) == month_number(runs[-1][-1]) + 1:
            runs[-1].append(month)
        else:
            runs.append([month])
    spans = [run[0] if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs]
    more = f" and {len(spans) - most} more spans" if len(spans) > most else ""
    return ", ".join(spans[:most]) + more


def month_text(number: int) -> str:
    """Return a month's text from its number.

    Example:
        >>> month_text(month_number("2016-02") - 2)
        '2015-12'
    """
    year, month = divmod(int(number), 12)
    return f"{year:04d}-{month + 1:02d}"


def add_months(month: str, count: int) -> str:
    """Return the month that lies ``count`` months later (earlier when negative)."""
    return month_text(month_number(month) + count)


def month_range(first: str, last: str) -> list[str]:
    """Return every month from ``first`` to ``last``, both included."""
    return MonthRange(first, last).months()


def last_day(month: str) -> date:
    """Return the last day of a month.

    Example:
        >>> last_day("2024-02")
        datetime.date(2024, 2, 29)
    """
    return date.fromisoformat(f"{add_months(month, 1)}-01") - timedelta(days=1)


def whole_month(day: date) -> str:
    """Return the last month that is over at the end of a day.

    Example:
        >>> whole_month(date(2024, 2, 29)), whole_month(date(2024, 3, 12))
        ('2024-02', '2024-02')
    """
    month = f"{day:%Y-%m}"
    return month if day == last_day(month) else add_months(month, -1)


def parse_day(text: str, what: str) -> date:
    """Read a day.

    Args:
        text: ``YYYY-MM-DD``.
        what: What to name in an error, such as ``--as-of``.

    Raises:
        ConfigError: The text is no day.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigError(f'{what}: expected a day as YYYY-MM-DD, got "{text}"') from None


def parse_origins(text: str) -> MonthRange:
    """Read ``FIRST:LAST[:STEP]`` or a single month.

    Args:
        text: For example ``2015-12:2020-11`` or ``2017-10:2019-10:12``.

    Raises:
        ConfigError: The text has another form, or the range is empty.

    Example:
        >>> parse_origins("2017-10:2019-10:12").months()
        ['2017-10', '2018-10', '2019-10']
    """
    parts: Sequence[str] = text.split(":")
    if len(parts) > 3 or (len(parts) == 3 and not parts[2].isdigit()):
        raise ConfigError(f'expected origins as FIRST:LAST[:STEP], got "{text}"')
    first, last = parts[0], parts[1] if len(parts) > 1 else parts[0]
    step = int(parts[2]) if len(parts) == 3 else 1
    if step < 1 or month_number(first) > month_number(last):
        raise ConfigError(f'the origins "{text}" hold no month: give the earlier month first')
    return MonthRange(first, last, step)
