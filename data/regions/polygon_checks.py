"""What the features of a file must be to be regions: polygons, in degrees, each on its own ground.

A feature without a polygon is left out and named. Two regions on the same ground are refused: a
spot counts in one region only, and the other would have zeros that nobody observed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from data.errors import SourceError
from data.regions.boundary_files import Features
from data.regions.date_line import cut_at_date_line
from data.regions.geodesy import polygon_areas_km2

__all__ = ["POLYGONAL", "in_degrees", "polygons_of", "shared_ground"]

Shapes = npt.NDArray[np.object_]

POLYGONAL = ("Polygon", "MultiPolygon")

# Degrees beyond 180 or 90 that are rounding, about 100 m.
_ROUNDING = 1e-3
# Longitudes may be given a turn or two to the west or the east.
_FARTHEST = 720.0
# Shares of the smaller of two regions: below the first an overlap is a sliver of coarse borders,
# from the second on the regions are two versions of one place.
_SLIVER, _SAME = 0.01, 0.5
_NAMED = 5


def polygons_of(features: Features, id_property: str, path: Path) -> tuple[Shapes, list[str]]:
    """Return the polygon of every feature, None where it has none, and what was left out.

    Of a collection of shapes the polygons are taken.

    Raises:
        SourceError: No feature has a polygon.
    """
    shapes = np.array([_polygon(shape) for shape in features.shapes], dtype=object)
    lost = [row for row, shape in enumerate(shapes) if shape is None]
    kinds = [
        f'feature {row + 1} (region "{features.properties[row].get(id_property)}"):'
        f" {_kind(features.shapes[row])}"
        for row in lost
    ]
    if len(lost) == len(shapes):
        raise SourceError(f"expected polygons, got none: {kinds[0]}", file=path)
    if not lost:
        return shapes, []
    more = f" and {len(lost) - _NAMED} more" if len(lost) > _NAMED else ""
    return shapes, [f"features without a polygon are left out: {', '.join(kinds[:_NAMED])}{more}"]


def _polygon(shape: Any) -> Any:
    if shape is None or shape.is_empty:
        return None
    if shape.geom_type in POLYGONAL:
        return shape
    parts = [part for part in shapely.get_parts(shape) if part.geom_type in POLYGONAL]
    return shapely.union_all(parts) if parts else None


def _kind(shape: Any) -> str:
    return "no shape" if shape is None or shape.is_empty else f"a {shape.geom_type}"


def in_degrees(shapes: Shapes, ids: Sequence[str], path: Path) -> Shapes:
    """Return polygons between -180 and 180 degrees, cut where they cross the date line.

    Args:
        shapes: (regions,) polygons, valid or not.
        ids: Region ids in the same order.
        path: Their file.

    Raises:
        SourceError: One is not in degrees; the region is named.
    """
    rounded = shapely.transform(shapes, _without_rounding)
    for shape, region_id in zip(rounded, ids, strict=True):
        west, south, east, north = shape.bounds
        # Written so that a coordinate that is not a number fails as well.
        if not (west >= -_FARTHEST and east <= _FARTHEST and south >= -90 and north <= 90):
            raise SourceError(
                f'expected degrees (EPSG:4326) in region "{region_id}", got coordinates from'
                f" {west:g}, {south:g} to {east:g}, {north:g}: {_cause(shape.bounds)}",
                file=path,
            )
    return np.array([cut_at_date_line(shape) for shape in rounded], dtype=object)


def _cause(bounds: tuple[float, float, float, float]) -> str:
    west, south, east, north = bounds
    if -90 <= west <= east <= 90 and -180 <= south <= north <= 180:
        return "latitude seems to come first; degrees of a file are longitude, latitude"
    return (
        "they look like metres of a projection, and the file does not name it; name the coordinate"
        " system in the file, or convert the file to degrees"
    )


def _without_rounding(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    limits = np.array([180.0, 90.0])
    beyond = (np.abs(points) > limits) & (np.abs(points) <= limits + _ROUNDING)
    return np.asarray(np.where(beyond, np.sign(points) * limits, points))


def shared_ground(polygons: Shapes, ids: Sequence[str], path: Path) -> list[str]:
    """Return a sentence on regions that overlap by more than a sliver.

    Args:
        polygons: (regions,) valid polygons in degrees.
        ids: Region ids in the same order.
        path: Their file.

    Raises:
        SourceError: Two regions are on the same ground: one holds at least half of the other.
    """
    pairs = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    pairs = pairs[:, pairs[0] < pairs[1]]
    area = shapely.area(polygons)
    shared = shapely.area(shapely.intersection(polygons[pairs[0]], polygons[pairs[1]]))
    share = shared / np.minimum(area[pairs[0]], area[pairs[1]])
    order = np.lexsort([pairs[1], pairs[0], -share])
    found = [_overlap(polygons, ids, pairs[:, k], share[k]) for k in order if share[k] > _SLIVER]
    if not found:
        return []
    named = "; ".join(found[:_NAMED])
    more = f"; and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    if share.max() >= _SAME:
        raise SourceError(
            f"expected regions beside each other, got regions on the same ground: {named}{more};"
            " each spot must lie in one region: leave out the other ones, or another vintage",
            file=path,
        )
    return [f"regions overlap, and their events go to the first by id: {named}{more}"]


def _overlap(polygons: Shapes, ids: Sequence[str], pair: npt.NDArray[np.intp], share: float) -> str:
    ground = np.array([shapely.intersection(*polygons[pair])], dtype=object)
    one, other = sorted(ids[int(row)] for row in pair)
    km2 = float(polygon_areas_km2(ground)[0])
    return f"{one} and {other} share {km2:,.0f} km2, {100 * share:.0f} % of the smaller"
