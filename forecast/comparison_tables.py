"""Cells and tables of a comparison: figures to the right, intervals beside their estimate."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from forecast.terminal import text_table

__all__ = ["difference", "figure", "in_percent", "percent", "table"]

_NONE = "-"


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 1) -> str:
    """Return an aligned table whose columns stand to the right but for the first ones.

    Example:
        >>> print(table(["model", "CRPS"], [["last", "0.1"], ["blend", "12.5"]]))
        model  CRPS
        last    0.1
        blend  12.5
    """
    widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]

    def aligned(cells: Sequence[str]) -> list[str]:
        return [
            cell if place < left else cell.rjust(widths[place]) for place, cell in enumerate(cells)
        ]

    return text_table(aligned(columns), [aligned(row) for row in rows])


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
    return f"{100 * value + 0.0:{'+' if signed else ''}.{digits}f}"


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


def difference(row: Mapping[Any, Any]) -> str:
    """Return a paired difference with its interval, as exactly as the baseline's size asks.

    Example:
        >>> difference({"difference": -0.01, "difference_lo": -0.02, "difference_hi": 0.0,
        ...             "baseline": 0.125})
        '-.0100 [-.0200, +.0000]'
    """
    if not math.isfinite(row.get("difference", math.nan)):
        return _NONE
    digits = 4 if abs(row["baseline"]) < 1 else 3 if abs(row["baseline"]) < 10 else 2
    middle, low, high = (
        f"{row['difference' + ending] + 0.0:+.{digits}f}" for ending in ("", "_lo", "_hi")
    )
    if digits == 4:
        middle, low, high = (text.replace("0.", ".", 1) for text in (middle, low, high))
    return f"{middle} [{low}, {high}]"
