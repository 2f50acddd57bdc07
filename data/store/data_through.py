"""How far the data of a list reach, as the user says where the source cannot.

A month that is covered to its last day is complete; the one that the day falls into is partial;
later months are not released.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pandas as pd

from data.errors import ConfigError
from data.months import add_months, month_number
from data.reading import ReadResult
from data.schema import OBSERVED
from data.store.publication import last_day

__all__ = ["claim_through", "parse_day", "parse_through", "whole_month"]

_MONTH = re.compile(r"\d{4}-\d{2}")


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


def parse_through(text: str) -> date:
    """Read the last day that data reach: a day, or a month for its last day.

    Raises:
        ConfigError: The text is neither.

    Example:
        >>> parse_through("2024-02"), parse_through("2024-03-12")
        (datetime.date(2024, 2, 29), datetime.date(2024, 3, 12))
    """
    if _MONTH.fullmatch(text):
        month_number(text)
        return last_day(text)
    return parse_day(text, "--data-through")


def whole_month(day: date) -> str:
    """Return the last month that is over at the end of a day.

    Example:
        >>> whole_month(date(2024, 2, 29)), whole_month(date(2024, 3, 12))
        ('2024-02', '2024-02')
    """
    month = f"{day:%Y-%m}"
    return month if day == last_day(month) else add_months(month, -1)


def claim_through(reading: ReadResult, day: date | None, *, today: date) -> ReadResult:
    """Return a reading whose data reach a day, whatever its source claims.

    Of events the coverage ends there. Of figures observed rows of the month that is partly
    covered become ``partial`` and later ones ``not_released``.

    Args:
        reading: What a reader returned.
        day: Last day covered; None leaves everything as the source claims.
        today: The day of the ingest.

    Raises:
        ConfigError: The day lies in the future.
    """
    if day is None:
        return reading
    if day > today:
        raise ConfigError(f"--data-through {day} lies after today, {today}: data cannot reach it")
    month, complete = f"{day:%Y-%m}", whole_month(day)
    partial = None if complete == month else month
    coverage = replace(reading.coverage, last=complete, partial=partial)
    if reading.content == "events":
        return replace(reading, coverage=coverage, data_through=day)
    frame = _cut(reading.frame, complete, partial)
    last = min(complete, reading.coverage.last or complete)
    coverage = replace(reading.coverage, last=last)
    return replace(reading, frame=frame, coverage=coverage, data_through=day)


def _cut(frame: pd.DataFrame, complete: str, partial: str | None) -> pd.DataFrame:
    """Return figures whose observed rows after a month have the status that they deserve."""
    months = frame["month"]
    if "status" in frame:
        status = frame["status"].copy()
    else:
        status = pd.Series(OBSERVED, index=frame.index, dtype="str")
    late = (status == OBSERVED) & (months > complete)
    status = status.mask(late & (months == partial), "partial")
    return frame.assign(status=status.mask(late & (months != partial), "not_released"))
