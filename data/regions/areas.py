"""Areas on the WGS 84 ellipsoid, through the cylindrical equal-area projection.

Edges are taken as straight in the projection, not in degrees: for edges shorter than one degree
that is an error below one part in a thousand.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

__all__ = ["band_height_km", "polygon_areas_km2"]

Floats = npt.NDArray[np.float64]

_EQUATOR_KM = 6378.137
_E2 = 0.00669437999014
_E = _E2**0.5


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
