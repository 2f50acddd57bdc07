"""Polygons as they should be: checked for kind and range, and mended where their rings are not.

A ring that crosses or touches itself, or a hole outside its shell, is mended by shapely, and the
change of area is stated. Nothing is mended silently, and nothing that loses all its ground.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely

from data.errors import SourceError
from data.regions.areas import polygon_areas_km2

__all__ = ["Repair", "check_shapes", "repaired_shapes"]

Shapes = npt.NDArray[np.object_]

_POLYGONAL = ("Polygon", "MultiPolygon")


@dataclass(frozen=True)
class Repair:
    """A polygon that was mended.

    Attributes:
        region_id: Whose it is.
        fault: What was wrong and where, as shapely says it.
        before_km2: Area inside the rings as they stood; 0 where two lobes cancel each other.
        after_km2: Area of the polygon in use.
    """

    region_id: str
    fault: str
    before_km2: float
    after_km2: float

    def sentence(self) -> str:
        """Return the repair in words.

        Example:
            >>> Repair("ML3", "Self-intersection[1 2]", 100.0, 98.5).sentence()
            'region "ML3" was mended (Self-intersection[1 2]): area 100.0 to 98.5 km2'
        """
        return (
            f'region "{self.region_id}" was mended ({self.fault}): area {self.before_km2:,.1f} to'
            f" {self.after_km2:,.1f} km2"
        )


def check_shapes(shapes: Shapes, ids: Sequence[str], path: Path) -> None:
    """Make sure that every feature is a polygon in degrees.

    Args:
        shapes: (regions,) shapely geometries, None where there is none.
        ids: Region ids in the same order.
        path: Their file.

    Raises:
        SourceError: One is not; feature and region are named.
    """
    for number, (shape, region_id) in enumerate(zip(shapes, ids, strict=True), start=1):
        if shape is None or shape.is_empty or shape.geom_type not in _POLYGONAL:
            raise SourceError(
                f'feature {number} is not a polygon (region "{region_id}")', file=path
            )
        west, south, east, north = shape.bounds
        # Written so that a coordinate that is no number fails as well.
        if not (west >= -180 and east <= 180 and south >= -90 and north <= 90):
            raise SourceError(
                f"feature {number} leaves longitude -180..180 and latitude -90..90 (region"
                f' "{region_id}"): expected degrees (EPSG:4326)',
                file=path,
            )


def repaired_shapes(
    shapes: Shapes, ids: Sequence[str], path: Path
) -> tuple[Shapes, tuple[Repair, ...]]:
    """Return valid polygons and what had to be mended, sorted by region id.

    Args:
        shapes: (regions,) polygons.
        ids: Region ids in the same order.
        path: Their file.

    Raises:
        SourceError: A polygon has no ground left once it is mended; the region is named.
    """
    polygons = shapes.copy()
    broken = np.flatnonzero(~shapely.is_valid(shapes))
    if not broken.size:
        return polygons, ()
    fixed = shapely.make_valid(shapes[broken], method="structure", keep_collapsed=False)
    polygons[broken] = fixed
    before, after = (polygon_areas_km2(part[broken]) for part in (shapes, polygons))
    faults = shapely.is_valid_reason(shapes[broken])
    repairs = [
        Repair(ids[int(row)], str(fault), round(float(old), 1), round(float(new), 1))
        for row, fault, old, new in zip(broken, faults, before, after, strict=True)
    ]
    for row, repair in zip(broken, repairs, strict=True):
        mended = polygons[row]
        if mended.geom_type not in _POLYGONAL or mended.area <= 0:
            raise SourceError(
                f'feature {row + 1} (region "{repair.region_id}") cannot be mended'
                f" ({repair.fault}): nothing with an area is left; draw it again",
                file=path,
            )
    return polygons, tuple(sorted(repairs, key=lambda repair: repair.region_id))
