"""Coordinates of other systems to degrees of WGS 84, through pyproj from the extra ``geo``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from data.errors import SourceError, missing_extra

__all__ = ["to_degrees"]

Shapes = npt.NDArray[np.object_]

# Degrees of WGS 84, longitude first, as files name it; nothing has to be converted then.
_DEGREES = re.compile(
    r"(urn:ogc:def:crs:)?(EPSG:(\d+(\.\d+)*)?:?4326|OGC:(1\.3:)?:?CRS84|WGS ?84|CRS84)",
    re.IGNORECASE,
)


def to_degrees(shapes: Shapes, crs: str | None, path: Path) -> tuple[Shapes, bool]:
    """Return shapes in degrees of WGS 84, longitude first, and whether they were converted.

    Args:
        shapes: (shapes,) shapely geometries, None where a feature has none.
        crs: Their coordinate system as a code, a URN or WKT; None is taken for degrees, which
            ``data.regions.boundaries`` checks by their range.
        path: Their file, for messages.

    Raises:
        SourceError: The system is not known or a coordinate lies outside it.
        ConfigError: pyproj is needed and not installed.
    """
    if crs is None or _DEGREES.fullmatch(crs.strip()):
        return shapes, False
    try:
        import pyproj
    except ImportError:
        raise missing_extra("pyproj", "geo", f"to convert {_named(crs)} to degrees") from None
    try:
        system = pyproj.CRS.from_user_input(crs)
        if system.equals(pyproj.CRS.from_epsg(4326), ignore_axis_order=True):
            return shapes, False
        convert = pyproj.Transformer.from_crs(system, 4326, always_xy=True)
    except pyproj.exceptions.ProjError:
        raise SourceError(
            f"its coordinate system {_named(crs)} is not known: convert the file to degrees of"
            " WGS 84 (EPSG:4326)",
            file=path,
        ) from None
    moved = shapely.transform(shapes, lambda points: _converted(points, convert, crs, path))
    return np.asarray(moved, dtype=object), True


def _converted(
    points: npt.NDArray[np.float64], convert: Any, crs: str, path: Path
) -> npt.NDArray[np.float64]:
    longitude, latitude = convert.transform(points[:, 0], points[:, 1])
    found = np.column_stack([longitude, latitude])
    lost = ~np.isfinite(found).all(axis=1)
    if lost.any():
        x, y = points[lost][0]
        raise SourceError(
            f"the point {x:g}, {y:g} lies outside its coordinate system {_named(crs)}: name the"
            " right system in the file, or convert it to degrees of WGS 84 (EPSG:4326)",
            file=path,
        )
    return found


def _named(crs: str) -> str:
    """Return a short name of a coordinate system; WKT is a page long."""
    title = re.search(r'"([^"]+)"', crs)
    return title[1] if len(crs) > 60 and title else crs
