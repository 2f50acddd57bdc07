"""Kernels over groups of rows and windows of months, shared by the measures of event rows.

Nothing is checked; month columns may be negative, before the panel's first month.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["blanked", "full_windows", "largest_by", "moving_total", "spread_rows", "total_by"]

Rows = npt.NDArray[np.intp]
Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


def spread_rows(counts: Rows) -> tuple[Rows, Rows]:
    """Repeat each row so many times: its position, and which repetition it is, from 0.

    Example:
        >>> [part.tolist() for part in spread_rows(np.array([2, 0, 1]))]
        [[0, 0, 2], [0, 1, 0]]
    """
    row = np.repeat(np.arange(len(counts)), counts)
    return row, np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)


def moving_total(values: Whole, months: int) -> Whole:
    """Return the sum of the ``months`` columns up to each one, fewer at the start."""
    total = np.cumsum(values, axis=1)
    total[:, months:] -= total[:, :-months].copy()
    return total


def full_windows(observed: Flags, months: int) -> Flags:
    """Say where all of the ``months`` columns up to each one are there and observed."""
    return np.asarray(moving_total(observed.astype(np.int64), months) == months)


def total_by(cell: Rows, amounts: Whole, shape: tuple[int, int]) -> Whole:
    """Return the sum of whole amounts in every cell, (regions, months)."""
    sums = np.zeros(shape, dtype=np.int64)
    np.add.at(sums.ravel(), cell, amounts)
    return sums


def largest_by(cell: Rows, amounts: Whole, shape: tuple[int, int]) -> Whole:
    """Return the largest amount of every cell, 0 where there is none, (regions, months)."""
    most = np.zeros(shape, dtype=np.int64)
    np.maximum.at(most.ravel(), cell, amounts)
    return most


def blanked(values: Whole, seen: Flags) -> Floats:
    """Return the values as they are counted, missing where they are not ``seen``."""
    return np.where(seen, values, np.nan)
