"""Polygons of regions: ids, names, centres, areas and neighbours.

Owns what the features of a file must be to be regions, and the repair of rings that cross or touch
themselves: the change of area is stated, and a polygon that loses all its ground is refused. Which
events lie in which polygon belongs to ``data.regions.location``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from data.errors import SourceError
from data.regions.boundary_files import read_features
from data.regions.countries import country_keys, country_of, country_of_iso2
from data.regions.geodesy import polygon_areas_km2
from data.regions.neighbours import join_neighbours, polygon_neighbours

__all__ = [
    "Boundaries",
    "Repair",
    "merge_countries",
    "read_boundaries",
    "regroup",
]

Polygons = npt.NDArray[np.object_]

_POLYGONAL = ("Polygon", "MultiPolygon")


@dataclass(frozen=True)
class Repair:
    """A polygon that was repaired.

    Attributes:
        region_id: Whose it is.
        fault: What was wrong and where, in shapely's words.
        before_km2: Area inside the original rings; 0 where two lobes cancel each other.
        after_km2: Area of the repaired polygon.
    """

    region_id: str
    fault: str
    before_km2: float
    after_km2: float

    def sentence(self) -> str:
        """Describe the repair.

        Example:
            >>> Repair("ML3", "Self-intersection[1 2]", 100.0, 98.5).sentence()
            'region "ML3" was repaired (Self-intersection[1 2]): area 100.0 to 98.5 km2'
        """
        return (
            f'region "{self.region_id}" was repaired ({self.fault}): area {self.before_km2:,.1f} to'
            f" {self.after_km2:,.1f} km2"
        )


@dataclass(frozen=True)
class Boundaries:
    """One polygon a region.

    Attributes:
        regions: Region table, sorted by ``region_id``.
        polygons: (regions,) valid shapely polygons in the same order, degrees.
        isolated: Ids of regions without a neighbour within the tolerance: each was given its
            nearest one.
        repairs: Polygons that had to be made valid, by id.
        crs: Coordinate system of the file, where it was not degrees of WGS 84 already.
    """

    regions: pd.DataFrame
    polygons: Polygons
    isolated: tuple[str, ...]
    repairs: tuple[Repair, ...] = ()
    crs: str | None = None


def read_boundaries(
    path: Path,
    *,
    id_property: str,
    name_property: str,
    country_property: str,
    layer: str | None = None,
) -> Boundaries:
    """Read polygons from GeoJSON, a shapefile, a GeoPackage, or a zip of one of the latter.

    Rings that cross themselves are repaired; coordinates of another system become degrees.

    Args:
        path: The file.
        id_property: Property that holds the region id; it must be unique.
        name_property: Property that holds the region's name.
        country_property: Property that holds the country: a name, an ISO code of two or three
            letters or a Gleditsch-Ward number.
        layer: Layer of a file that has several.

    Raises:
        SourceError: The file holds no polygons, a property is missing, an id repeats, or a
            polygon cannot be repaired.
        ConfigError: A layer must be chosen, or the extra ``geo`` is needed.
    """
    features = read_features(path, layer=layer)
    ids = _ids(features.properties, id_property, path)
    names = _texts(features.properties, name_property, path)
    owners = [_owner(o) for o in _texts(features.properties, country_property, path)]
    _check_shapes(features.shapes, ids, path)
    polygons, repairs = _repaired_shapes(features.shapes, ids, path)
    order = np.argsort(np.array(ids, dtype=object))
    regions, isolated = _region_table(
        [ids[i] for i in order],
        [names[i] for i in order],
        [owners[i] for i in order],
        polygons[order],
    )
    crs = features.crs if features.moved else None
    return Boundaries(regions, polygons[order], isolated, repairs, crs)


def merge_countries(boundaries: Boundaries) -> Boundaries:
    """Return one polygon a country: the union of its regions, with the country's key as id."""
    keys = country_keys(boundaries.regions["country"])
    ids = sorted(set(keys))
    polygons = np.array(
        [shapely.union_all(boundaries.polygons[keys == key]) for key in ids], dtype=object
    )
    owners = [boundaries.regions["country"].to_numpy()[np.argmax(keys == key)] for key in ids]
    known = [country_of(key) for key in ids]
    names = [c.name if c else owner for c, owner in zip(known, owners, strict=True)]
    regions, isolated = _region_table(ids, names, owners, polygons)
    return Boundaries(regions, polygons, isolated, boundaries.repairs, boundaries.crs)


def regroup(
    boundaries: Boundaries, new_ids: Mapping[str, str], *, names: Mapping[str, str]
) -> Boundaries:
    """Merge the regions that get the same new id.

    Args:
        boundaries: Polygons of regions.
        new_ids: Old region ids to new ones; other ids stay.
        names: Names of new ids; without one, a region that had the id gives its name, otherwise
            the first region.
    """
    table = boundaries.regions
    old = table["region_id"].to_numpy(dtype=object)
    new = np.array([new_ids.get(name, name) for name in old], dtype=object)
    ids = sorted(set(new))
    groups = [np.flatnonzero(new == name) for name in ids]
    first = [
        next((r for r in rows if old[r] == n), rows[0]) for n, rows in zip(ids, groups, strict=True)
    ]
    polygons = np.array(
        [
            shapely.union_all(boundaries.polygons[rows])
            if len(rows) > 1
            else boundaries.polygons[rows[0]]
            for rows in groups
        ],
        dtype=object,
    )
    labels = [names.get(n, table["region"].iloc[r]) for n, r in zip(ids, first, strict=True)]
    owners = [table["country"].iloc[row] for row in first]
    regions, isolated = _region_table(ids, labels, owners, polygons)
    return replace(boundaries, regions=regions, polygons=polygons, isolated=isolated)


def _check_shapes(shapes: Polygons, ids: Sequence[str], path: Path) -> None:
    """Refuse features that are not polygons in degrees.

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
                f'expected a polygon in feature {number} (region "{region_id}"), got'
                f" {_kind(shape)}",
                file=path,
            )
        west, south, east, north = shape.bounds
        # Written so that a coordinate that is not a number fails as well.
        if not (west >= -180 and east <= 180 and south >= -90 and north <= 90):
            raise SourceError(
                f'expected degrees (EPSG:4326) in feature {number} (region "{region_id}"), got'
                f" coordinates from {west:g}, {south:g} to {east:g}, {north:g}",
                file=path,
            )


def _kind(shape: Any) -> str:
    return "no shape" if shape is None or shape.is_empty else f"a {shape.geom_type}"


def _repaired_shapes(
    shapes: Polygons, ids: Sequence[str], path: Path
) -> tuple[Polygons, tuple[Repair, ...]]:
    """Return valid polygons and the repairs, sorted by region id.

    Args:
        shapes: (regions,) polygons.
        ids: Region ids in the same order.
        path: Their file.

    Raises:
        SourceError: A repaired polygon has no area left; the region is named.
    """
    polygons = shapes.copy()
    broken = np.flatnonzero(~shapely.is_valid(shapes))
    if not broken.size:
        return polygons, ()
    polygons[broken] = shapely.make_valid(shapes[broken], method="structure", keep_collapsed=False)
    before, after = (polygon_areas_km2(part[broken]) for part in (shapes, polygons))
    faults = shapely.is_valid_reason(shapes[broken])
    repairs = [
        Repair(ids[int(row)], str(fault), round(float(old), 1), round(float(new), 1))
        for row, fault, old, new in zip(broken, faults, before, after, strict=True)
    ]
    for row, repair in zip(broken, repairs, strict=True):
        repaired = polygons[row]
        if repaired.geom_type not in _POLYGONAL or repaired.area <= 0:
            raise SourceError(
                f'feature {row + 1} (region "{repair.region_id}") cannot be repaired'
                f" ({repair.fault}): no area is left; draw it again",
                file=path,
            )
    return polygons, tuple(sorted(repairs, key=lambda repair: repair.region_id))


def _region_table(
    ids: Sequence[str], names: Sequence[str], owners: Sequence[str], polygons: Polygons
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    pairs, alone = polygon_neighbours(polygons)
    longitude, latitude = _centres(polygons)
    table = pd.DataFrame(
        {
            "region_id": pd.Series(ids, dtype="str"),
            "region": pd.Series(names, dtype="str"),
            "country": pd.Series(owners, dtype="str"),
            "latitude": latitude.round(4),
            "longitude": longitude.round(4),
            "area_km2": polygon_areas_km2(polygons).round(1),
            "neighbours": pd.Series(join_neighbours(ids, pairs), dtype="str"),
        }
    )
    return table, tuple(ids[row] for row in alone)


def _centres(polygons: Polygons) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the centroid where it lies inside, otherwise shapely's point on the surface."""
    centroid = shapely.centroid(polygons)
    inside = shapely.contains(polygons, centroid)
    centre = np.where(inside, centroid, shapely.point_on_surface(polygons))
    return shapely.get_x(centre), shapely.get_y(centre)


def _ids(properties: Sequence[dict[str, Any]], name: str, path: Path) -> list[str]:
    ids = _texts(properties, name, path)
    value, times = Counter(ids).most_common(1)[0]
    if times > 1:
        unique = [key for key in properties[0] if _is_unique(properties, key)]
        hint = f"unique are {', '.join(unique)}" if unique else "no property is unique"
        raise SourceError(
            f'the id property "{name}" is not unique: "{value}" occurs {times} times; {hint}',
            file=path,
        )
    return ids


def _owner(text: str) -> str:
    """Return a country's name, also where a code of two letters or a number is given."""
    country = country_of(text) if text.isdecimal() else country_of_iso2(text)
    return country.country if country else text


def _is_unique(properties: Sequence[dict[str, Any]], name: str) -> bool:
    values = [row.get(name) for row in properties]
    usable = all(isinstance(value, str | int) and value != "" for value in values)
    return usable and len({str(value).strip() for value in values}) == len(values)


def _texts(properties: Sequence[dict[str, Any]], name: str, path: Path) -> list[str]:
    texts = []
    for number, row in enumerate(properties, start=1):
        value = row.get(name)
        if value is None or not str(value).strip():
            known = ", ".join(sorted(row)) or "none"
            raise SourceError(
                f'feature {number} has no property "{name}"; it has {known}', file=path
            )
        texts.append(str(value).strip())
    return texts
