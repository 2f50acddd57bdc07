"""PRIO-GRID: the world in cells of half a degree, numbered from the south-west corner.

Cell id = row * 720 + col + 1, row = floor((latitude + 90) * 2), col = floor((longitude + 180) * 2),
clipped at 359 and 719.

Source: Tollefsen, Strand & Buhaug (2012), "PRIO-GRID: A unified spatial data structure", Journal
of Peace Research 49(2).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from data.regions.geodesy import band_height_km

__all__ = [
    "are_cell_ids",
    "cell_areas_km2",
    "cell_boxes",
    "cell_centres",
    "cell_ids",
    "cell_neighbours",
    "cells_touching",
]

Cells = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_ROWS, _COLUMNS = 360, 720
_CELLS = _ROWS * _COLUMNS
_AROUND = [(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)]


def cell_ids(latitude: npt.ArrayLike, longitude: npt.ArrayLike) -> Cells:
    """Return the cell that holds each point.

    Args:
        latitude: (points,) degrees, -90..90; no gaps.
        longitude: (points,) degrees, -180..180; no gaps.

    Returns:
        (points,) cell ids, 1..259200.

    Example:
        >>> cell_ids([12.65, -90, 90], [-8.0, -180, 180])
        array([147945,      1, 259200])
    """
    row = np.floor((np.asarray(latitude, dtype=np.float64) + 90) * 2).astype(np.int64)
    column = np.floor((np.asarray(longitude, dtype=np.float64) + 180) * 2).astype(np.int64)
    return np.clip(row, 0, _ROWS - 1) * _COLUMNS + np.clip(column, 0, _COLUMNS - 1) + 1


def are_cell_ids(ids: pd.Series[str]) -> bool:
    """Say whether all texts are cell ids, 1 to 259200.

    Example:
        >>> are_cell_ids(pd.Series(["1", "259200"])), are_cell_ids(pd.Series(["0", "ML1"]))
        (True, False)
    """
    whole = ids.str.fullmatch(r"[1-9]\d{0,5}").fillna(False).all()
    return bool(whole) and bool((ids.astype("int64") <= _CELLS).all())


def cell_centres(cells: Cells) -> tuple[Floats, Floats]:
    """Return latitude and longitude of the centres, (cells,) degrees each.

    Example:
        >>> cell_centres(np.array([147945]))
        (array([12.75]), array([-7.75]))
    """
    row, column = np.divmod(cells - 1, _COLUMNS)
    return row / 2 - 89.75, column / 2 - 179.75


def cell_areas_km2(cells: Cells) -> Floats:
    """Return the area of each cell on the WGS 84 ellipsoid, (cells,) km2."""
    latitude, _ = cell_centres(cells)
    height = band_height_km(latitude + 0.25) - band_height_km(latitude - 0.25)
    return np.asarray(height * 6378.137 * np.radians(0.5))


def cell_boxes(cells: Cells) -> npt.NDArray[np.object_]:
    """Return the cells as shapely polygons, (cells,)."""
    latitude, longitude = cell_centres(cells)
    corners = (longitude - 0.25, latitude - 0.25, longitude + 0.25, latitude + 0.25)
    return np.asarray(shapely.box(*corners), dtype=object)


def cell_neighbours(cells: Cells) -> npt.NDArray[np.intp]:
    """Return which of the cells lie around each other, the date line crossed.

    Args:
        cells: (cells,) distinct cell ids in ascending order.

    Returns:
        (2, pairs) positions in ``cells``, each pair in both directions.
    """
    row, column = np.divmod(cells - 1, _COLUMNS)
    pairs = []
    for up, right in _AROUND:
        other = (row + up) * _COLUMNS + (column + right) % _COLUMNS + 1
        place = np.minimum(np.searchsorted(cells, other), len(cells) - 1)
        there = np.flatnonzero(cells[place] == other)  # beyond a pole there is no such id
        pairs.append(np.stack([there, place[there]]))
    return np.hstack(pairs)


def cells_touching(polygons: npt.NDArray[np.object_]) -> Cells:
    """Return the cells that share some ground with any of the polygons, ascending."""
    west, south, east, north = shapely.total_bounds(polygons)
    first, last = cell_ids([south, north], [west, east]) - 1
    rows = np.arange(first // _COLUMNS, last // _COLUMNS + 1)
    columns = np.arange(first % _COLUMNS, last % _COLUMNS + 1)
    cells = (rows[:, None] * _COLUMNS + columns + 1).ravel()
    hits = shapely.STRtree(cell_boxes(cells)).query(polygons, predicate="intersects")
    inside = np.unique(hits[1])
    return np.asarray(cells[inside])
