"""A forecast in two parts: whether an attack comes, and how large it is when one comes.

Draws are taken apart into P(y >= 1) and quantiles of the size, and put together again. Pooling
and repair work on the parts, because a member that knows well whether may know badly how large.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from experiments.distribution import Distribution

__all__ = ["join", "size_quantiles"]

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int32]


def size_quantiles(forecast: Distribution, count: int) -> Counts:
    """Return evenly spaced quantiles of the draws above 0.

    Args:
        forecast: Draws of every region.
        count: How many quantiles.

    Returns:
        (regions, count) int32, ascending; ones where no draw is above 0.

    Example:
        >>> size_quantiles(Distribution(np.array([[0, 0, 2, 5]], dtype=np.int32)), 2)
        array([[2, 5]], dtype=int32)
    """
    ordered = np.sort(forecast.draws, axis=1)
    positive = (ordered > 0).sum(axis=1)[:, None]
    place = (np.arange(count) + 0.5) / count * positive
    column = np.minimum(forecast.size - positive + place.astype(np.intp), forecast.size - 1)
    return np.maximum(np.take_along_axis(ordered, column, axis=1), 1)


def join(p: Floats, sizes: Counts, draws: int) -> Distribution:
    """Return draws that are 0 with 1 - p and else quantiles of the size.

    Args:
        p: (regions,), P(y >= 1); met to half a draw.
        sizes: (regions, quantiles), ascending, at least 1.
        draws: Draws a region.

    Returns:
        Draws in ascending order.
    """
    wanted = np.round(p * draws).astype(np.intp)[:, None]
    rank = np.arange(draws)[None, :] - (draws - wanted)
    place = (rank + 0.5) / np.maximum(wanted, 1) * sizes.shape[1]
    column = np.clip(place.astype(np.intp), 0, sizes.shape[1] - 1)
    return Distribution(
        np.where(rank >= 0, np.take_along_axis(sizes, column, axis=1), 0).astype(np.int32)
    )
