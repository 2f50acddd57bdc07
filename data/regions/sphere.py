"""Points on the globe: unit vectors, and the two ways between a chord and kilometres."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["EARTH_KM", "chord", "great_circle", "unit_vectors"]

Doubles = npt.NDArray[np.float64]

EARTH_KM = 6371.0088


def unit_vectors(latitude: Doubles, longitude: Doubles) -> Doubles:
    """Return points given in degrees on the unit sphere, (points, 3)."""
    north, east = np.radians(latitude), np.radians(longitude)
    level = np.cos(north)
    return np.column_stack((level * np.cos(east), level * np.sin(east), np.sin(north)))


def chord(distance_km: float) -> float:
    """Return the straight way between two points of the unit sphere that lie so far apart."""
    return float(2 * np.sin(min(distance_km / (2 * EARTH_KM), np.pi / 2)))


def great_circle(straight: Doubles) -> Doubles:
    """Return kilometres along the globe for straight ways between points of the unit sphere.

    The haversine formula, written for the chord.

    Example:
        >>> float(great_circle(np.array([chord(310.0)])).round(6)[0])
        310.0
    """
    return np.asarray(2 * EARTH_KM * np.arcsin(np.minimum(straight / 2, 1.0)))
