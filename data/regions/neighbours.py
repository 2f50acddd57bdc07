"""Which regions lie next to each other, as pairs and as the text of region tables.

A region table holds the neighbours of a row as ids joined by ``;``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import shapely

from data.regions.date_line import with_turns

__all__ = ["NEIGHBOUR_TOLERANCE", "join_neighbours", "polygon_neighbours", "split_neighbours"]

Pairs = npt.NDArray[np.intp]

# Degrees; about 550 m at the equator. Simplified borders leave slivers and overlaps, which bare
# touching misses. On Natural Earth's first-level units the number of pairs stays within 806-809
# between 0.0001 and 0.005 degrees and climbs from 0.02 on, where rows across a river begin.
NEIGHBOUR_TOLERANCE = 0.005


def polygon_neighbours(
    polygons: npt.NDArray[np.object_], *, tolerance: float = NEIGHBOUR_TOLERANCE
) -> tuple[Pairs, Pairs]:
    """Find the polygons within ``tolerance`` degrees of each other.

    A polygon with none gets its nearest one, in both directions. Polygons on both sides of the date
    line are near each other.

    Args:
        polygons: (regions,) valid polygons in degrees.
        tolerance: Greatest distance between neighbours, degrees.

    Returns:
        Pairs (2, pairs) in both directions, and the positions of the isolated polygons.
    """
    tree = shapely.STRtree(polygons)
    pairs = tree.query(polygons, predicate="dwithin", distance=tolerance)
    west = np.flatnonzero(shapely.bounds(polygons)[:, 0] <= -180 + tolerance)
    if west.size:
        beyond = with_turns(polygons[west])[-len(west) :]
        across = tree.query(beyond, predicate="dwithin", distance=tolerance)
        across[0] = west[across[0]]
        pairs = np.unique(np.hstack([pairs, across, across[::-1]]), axis=1)
    pairs = pairs[:, pairs[0] != pairs[1]]
    alone = np.setdiff1d(np.arange(len(polygons)), pairs[0])
    if len(polygons) > 1 and alone.size:
        nearest = np.hstack([_nearest_of(row, polygons) for row in alone])
        pairs = np.unique(np.hstack([pairs, nearest, nearest[::-1]]), axis=1)
    return pairs, alone


def _nearest_of(row: int, polygons: npt.NDArray[np.object_]) -> Pairs:
    """Return the pairs (2, nearest) of a polygon with those nearest to it."""
    turned = shapely.distance(polygons[row], with_turns(polygons)).reshape(3, -1)
    away = turned.min(axis=0)
    away[row] = np.inf
    near = np.flatnonzero(away == away.min())
    return np.stack([np.full(len(near), row), near])


def join_neighbours(ids: Sequence[str], pairs: Pairs) -> list[str]:
    """Return the neighbours of every region as ids joined by ``;``, in the order of ``ids``.

    Example:
        >>> join_neighbours(["a", "b", "c"], np.array([[0, 1, 1, 2], [1, 2, 0, 1]]))
        ['b', 'a;c', 'b']
    """
    near: list[list[int]] = [[] for _ in ids]
    for row, other in pairs.T.tolist():
        near[row].append(other)
    return [";".join(ids[other] for other in sorted(row)) for row in near]


def split_neighbours(neighbours: Sequence[str], ids: Sequence[str]) -> Pairs:
    """Return pairs (2, pairs) of row positions from a region table's two columns.

    Ids that are not in the table are ignored: it may be part of a larger one.

    Example:
        >>> split_neighbours(["b", "a;x"], ["a", "b"])
        array([[0, 1],
               [1, 0]])
    """
    places = {region: row for row, region in enumerate(ids)}
    pairs = [
        (row, places[other])
        for row, text in enumerate(neighbours)
        for other in str(text).split(";")
        if other in places
    ]
    return np.array(pairs, dtype=np.intp).reshape(-1, 2).T
