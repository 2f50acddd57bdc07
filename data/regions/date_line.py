"""Longitudes around the globe: polygons and distances across the date line.

Polygons lie between -180 and 180 degrees; one that crosses the date line has parts on both sides.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

__all__ = ["cut_at_date_line", "joined_across", "with_turns", "wrapped"]

Floats = npt.NDArray[np.float64]
Objects = npt.NDArray[np.object_]

_TURN = 360.0


def wrapped(longitude: npt.ArrayLike) -> Floats:
    """Return longitudes from -180 to 180; those already there stay as they are.

    Example:
        >>> wrapped([179.5, 180.5, -181.0, 180.0]).tolist()
        [179.5, -179.5, 179.0, 180.0]
    """
    degrees = np.asarray(longitude, dtype=np.float64)
    inside = (degrees >= -180) & (degrees <= 180)
    return np.where(inside, degrees, (degrees + 180) % _TURN - 180)


def cut_at_date_line(shape: Any) -> Any:
    """Return a polygon whose points lie between -180 and 180 degrees, cut where it crosses 180.

    An edge longer than 180 degrees goes the short way round the globe. Rings around a pole stay as
    they are drawn.

    Args:
        shape: A valid or invalid polygon or multipolygon, longitudes from -720 to 720.
    """
    unrolled = [_unrolled(part) for part in shapely.get_parts(shape)]
    whole = unrolled[0] if len(unrolled) == 1 else shapely.multipolygons(unrolled)
    west, _, east, _ = whole.bounds
    if west >= -180 and east <= 180:
        return shape
    sound = shapely.make_valid(whole, method="structure", keep_collapsed=False)
    parts = [
        _shifted(shapely.intersection(sound, shapely.box(turn - 180, -90, turn + 180, 90)), -turn)
        for turn in _TURN * np.arange(-2, 3)
    ]
    held = [p for part in parts for p in shapely.get_parts(part) if p.geom_type == "Polygon"]
    return shapely.union_all(held)


def _unrolled(polygon: Any) -> Any:
    """Return a polygon whose edges are shorter than 180 degrees, however far it reaches."""
    rings = [_unrolled_ring(shapely.get_coordinates(ring)) for ring in _rings(polygon)]
    outer = rings[0]
    # A hole lies where its outer ring does.
    holes = [_beside(ring, outer) for ring in rings[1:]]
    return shapely.Polygon(outer, holes)


def _rings(polygon: Any) -> list[Any]:
    return [polygon.exterior, *polygon.interiors]


def _unrolled_ring(points: Floats) -> Floats:
    steps = np.diff(points[:, 0])
    turns = -_TURN * np.round(steps / _TURN) * (np.abs(steps) > 180)
    offset = np.concatenate([[0.0], np.cumsum(turns)])
    if offset[-1] != 0:  # around a pole
        return points
    return np.column_stack([points[:, 0] + offset, points[:, 1]])


def _beside(ring: Floats, outer: Floats) -> Floats:
    middle = (outer[:, 0].min() + outer[:, 0].max()) / 2
    away = (ring[:, 0].min() + ring[:, 0].max()) / 2 - middle
    return np.column_stack([ring[:, 0] - _TURN * np.round(away / _TURN), ring[:, 1]])


def with_turns(polygons: Objects) -> Objects:
    """Return polygons, then the same ones a turn to the west, then a turn to the east."""
    return np.concatenate([polygons, _shifted(polygons, -_TURN), _shifted(polygons, _TURN)])


def _shifted(shapes: Any, degrees: float) -> Any:
    return shapely.transform(shapes, lambda points: np.add(points, (degrees, 0.0)))


def joined_across(polygons: Objects) -> Objects:
    """Return polygons whose parts west of 0 lie beyond 180, where they are narrower that way."""
    beyond = shapely.transform(polygons, _beyond)
    widths = [np.ptp(shapely.bounds(shapes)[:, ::2], axis=1) for shapes in (polygons, beyond)]
    return np.where((widths[0] > 180) & (widths[1] < widths[0]), beyond, polygons)


def _beyond(points: Floats) -> Floats:
    longitude = points[:, 0]
    return np.column_stack([np.where(longitude < 0, longitude + _TURN, longitude), points[:, 1]])
