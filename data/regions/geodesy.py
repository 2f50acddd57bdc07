"""Distances and areas on the globe.

Distances follow great circles of a sphere. Areas are those of the WGS 84 ellipsoid, through the
cylindrical equal-area projection: edges are taken as straight in the projection, not in degrees,
which for edges shorter than one degree is an error below one part in a thousand.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

__all__ = [
    "EARTH_KM",
    "band_height_km",
    "chord",
    "distances_km",
    "great_circle",
    "polygon_areas_km2",
    "unit_vectors",
]

Floats = npt.NDArray[np.float64]

EARTH_KM = 6371.0088
_EQUATOR_KM = 6378.137
_E2 = 0.00669437999014
_E = _E2**0.5


def unit_vectors(latitude: Floats, longitude: Floats) -> Floats:
    """Return points given in degrees on the unit sphere, (points, 3)."""
    north, east = np.radians(latitude), np.radians(longitude)
    level = np.cos(north)
    return np.column_stack((level * np.cos(east), level * np.sin(east), np.sin(north)))


def chord(distance_km: float) -> float:
    """Return the straight way between two points of the unit sphere that lie so far apart."""
    return float(2 * np.sin(min(distance_km / (2 * EARTH_KM), np.pi / 2)))


def great_circle(straight: Floats) -> Floats:
    """Return kilometres along the globe for straight ways between points of the unit sphere.

    The haversine formula, written for the chord.

    Example:
        >>> float(great_circle(np.array([chord(310.0)])).round(6)[0])
        310.0
    """
    return np.asarray(2 * EARTH_KM * np.arcsin(np.minimum(straight / 2, 1.0)))


def distances_km(points: npt.NDArray[np.object_], shapes: npt.NDArray[np.object_]) -> Floats:
    """Return kilometres from each point to the nearest spot of its shape, both in degrees.

    The nearest spot is that of the plane of degrees.

    Example:
        >>> east = np.array([shapely.box(1, -1, 2, 1)])
        >>> distances_km(shapely.points([[0.0, 0.0]]), east).round(1)
        array([111.2])
    """
    ends = shapely.get_coordinates(shapely.shortest_line(points, shapes)).reshape(-1, 2, 2)
    here, there = (unit_vectors(ends[:, k, 1], ends[:, k, 0]) for k in (0, 1))
    return great_circle(np.linalg.norm(here - there, axis=1))


def band_height_km(latitude: npt.ArrayLike) -> Floats:
    """Return the projected y of latitudes in degrees, kilometres.

    The area between two parallels and two meridians is the difference of this times
    ``6378.137`` times the difference of longitude in radians.

    Source:
        Snyder (1987), "Map Projections: A Working Manual", equations 3-12 and 10-15.
    """
    sine = np.sin(np.radians(latitude))
    bent = sine / (1 - _E2 * sine**2) + np.arctanh(_E * sine) / _E
    return np.asarray(_EQUATOR_KM * (1 - _E2) * bent / 2)


def polygon_areas_km2(polygons: npt.NDArray[np.object_]) -> Floats:
    """Return the area of polygons in degrees of longitude and latitude, (polygons,) km2.

    Example:
        >>> polygon_areas_km2(np.array([shapely.box(-180, -90, 180, 90)])).round(-3)
        array([5.10066e+08])
    """
    return np.asarray(shapely.area(shapely.transform(polygons, _projected)))


def _projected(points: Any) -> Floats:
    x = _EQUATOR_KM * np.radians(points[:, 0])
    return np.column_stack([x, band_height_km(points[:, 1])])
