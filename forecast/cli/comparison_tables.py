"""Cells and tables of a comparison: figures to the right, intervals beside their estimate."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

from data.terminal import in_percent, text_table

__all__ = ["clear_gap", "difference", "figure", "interval", "percent_figure", "table"]

_NONE = "-"
# Names to the left, figures to the right, within a terminal.
table = partial(text_table, left=1, width=100)
# A share in percent whose heading says so.
percent_figure = partial(in_percent, digits=1, unit="")


def figure(value: float, digits: int) -> str:
    """Return a figure, or a dash where it does not exist."""
    return f"{value:.{digits}f}" if math.isfinite(value) else _NONE


def interval(row: Mapping[Any, Any], name: str, *, signed: bool = True) -> str:
    """Return a figure of a row in percent with its interval, ``NAME_lo`` to ``NAME_hi``.

    Example:
        >>> interval({"skill": 0.06, "skill_lo": -0.01, "skill_hi": 0.12}, "skill")
        '+6.0 [-1.0, +12.0]'
    """
    if not math.isfinite(row.get(name, math.nan)):
        return _NONE
    middle, low, high = (
        percent_figure(row[name + ending], signed=signed) for ending in ("", "_lo", "_hi")
    )
    return f"{middle} [{low}, {high}]"


def difference(row: Mapping[Any, Any], *, size: float) -> str:
    """Return a paired difference with its interval.

    Args:
        row: ``difference`` with ``_lo`` and ``_hi``; a row without it gives a dash.
        size: Largest difference of the table, which all of its figures fit.

    Example:
        >>> difference({"difference": -0.01, "difference_lo": -0.02, "difference_hi": 0.0}, size=1)
        '-0.010 [-0.020, +0.000]'
    """
    if not math.isfinite(row.get("difference", math.nan)):
        return _NONE
    digits = 4 if size < 1 else 3 if size < 10 else 2 if size < 100 else 1
    middle, low, high = (
        f"{_rounded(row['difference' + ending], digits):+.{digits}f}"
        for ending in ("", "_lo", "_hi")
    )
    if digits == 4:
        middle, low, high = (text.replace("0.", ".", 1) for text in (middle, low, high))
    return f"{middle} [{low}, {high}]"


def clear_gap(row: Mapping[Any, Any]) -> bool:
    """Say whether the interval of a row's difference is clear of 0."""
    return bool(row["difference_lo"] > 0 or row["difference_hi"] < 0)


def _rounded(value: float, digits: int) -> float:
    """Return a rounded value; what rounds to none has no sign."""
    return round(value, digits) + 0.0
