"""Cells and tables of a comparison: figures to the right, intervals beside their estimate."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from data.terminal import one_line

__all__ = ["clear_gap", "difference", "figure", "in_percent", "percent", "table"]

_NONE = "-"
_WIDTH = 100


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 1) -> str:
    """Return an aligned table whose columns stand to the right but for the first ones.

    Two blanks part the columns, one where the table would else be wider than the terminal.

    Example:
        >>> print(table(["model", "CRPS"], [["last", "0.1"], ["blend", "12.5"]]))
        model  CRPS
        last    0.1
        blend  12.5
    """
    lines = [[one_line(cell) for cell in line] for line in (columns, *rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    gap = "  " if sum(widths) + 2 * (len(widths) - 1) <= _WIDTH else " "
    return "\n".join(
        gap.join(
            cell.ljust(width) if place < left else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def figure(value: float, digits: int) -> str:
    """Return a figure, or a dash where it does not exist."""
    return f"{value:.{digits}f}" if math.isfinite(value) else _NONE


def percent(value: float, *, digits: int = 1, signed: bool = False) -> str:
    """Return a share in percent without the sign for it.

    Example:
        >>> percent(0.0613, signed=True)
        '+6.1'
    """
    if not math.isfinite(value):
        return _NONE
    return f"{_rounded(100 * value, digits):{'+' if signed else ''}.{digits}f}"


def in_percent(row: Mapping[Any, Any], name: str, *, signed: bool = True) -> str:
    """Return a figure of a row in percent with its interval, ``NAME_lo`` to ``NAME_hi``.

    Example:
        >>> in_percent({"skill": 0.06, "skill_lo": -0.01, "skill_hi": 0.12}, "skill")
        '+6.0 [-1.0, +12.0]'
    """
    if not math.isfinite(row.get(name, math.nan)):
        return _NONE
    middle, low, high = (
        percent(row[name + ending], signed=signed) for ending in ("", "_lo", "_hi")
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
