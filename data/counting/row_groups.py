"""Kernels over groups of rows and windows of months, shared by the measures of event rows.

Nothing is checked; month columns may be negative, before the panel's first month.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

__all__ = ["blanked", "full_windows", "last_of_groups", "moving_total", "spread_rows", "total_by"]

Rows = npt.NDArray[np.intp]
Whole = npt.NDArray[np.int64]
Count = TypeVar("Count", np.int32, np.int64)
Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]


def spread_rows(counts: Rows) -> tuple[Rows, Rows]:
    """Repeat each row so many times: its position, and which repetition it is, from 0.

    Example:
        >>> [part.tolist() for part in spread_rows(np.array([2, 0, 1]))]
        [[0, 0, 2], [0, 1, 0]]
    """
    row = np.repeat(np.arange(len(counts)), counts)
    return row, np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)


def moving_total(values: npt.NDArray[Count], months: int) -> npt.NDArray[Count]:
    """Return the sum of the ``months`` columns up to each one, fewer at the start."""
    total = np.cumsum(values, axis=1, dtype=values.dtype)
    out = total.copy()
    out[:, months:] -= total[:, :-months]
    return out


def full_windows(observed: Flags, months: int) -> Flags:
    """Say where all of the ``months`` columns up to each one are there and observed."""
    place = np.arange(observed.shape[1], dtype=np.int16)
    gap = np.maximum.accumulate(np.where(observed, np.int16(-1), place), axis=1)
    return np.asarray(place - gap >= months)


def total_by(cell: Rows, amounts: Whole, shape: tuple[int, int]) -> Whole:
    """Return the sum of whole amounts in every cell, (regions, months); exact below 2^53."""
    sums = np.bincount(cell, weights=amounts, minlength=shape[0] * shape[1])
    return sums.astype(np.int64).reshape(shape)


def last_of_groups(group: Rows, first: Whole, second: Whole) -> Rows:
    """Return the row of each group that is largest by ``first``, then by ``second``.

    Example:
        >>> last_of_groups(np.array([4, 7, 4]), np.array([2, 1, 2]), np.array([5, 0, 9])).tolist()
        [2, 1]
    """
    order = np.lexsort((second, first, group))
    return order[np.flatnonzero(np.diff(group[order], append=-1))]


def blanked(values: Whole, seen: Flags) -> Floats:
    """Return the values as they are counted, missing where they are not ``seen``."""
    counted = values.astype(np.float32)
    counted[~np.broadcast_to(seen, counted.shape)] = np.nan
    return counted
