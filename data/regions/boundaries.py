"""Polygons of regions: ids, names, centres, areas and neighbours.

Owns what the features of a file must be to be regions, and the repair of rings that cross or touch
themselves: the change of area is stated, and a polygon that loses all its ground is refused. Which
events lie in which polygon belongs to ``data.regions.location``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
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
from data.regions.date_line import joined_across, wrapped
from data.regions.geodesy import polygon_areas_km2
from data.regions.neighbours import join_neighbours, polygon_neighbours
from data.regions.polygon_checks import POLYGONAL, in_degrees, polygons_of, shared_ground

__all__ = [
    "Boundaries",
    "Repair",
    "merge_countries",
    "read_boundaries",
    "regroup",
]

Polygons = npt.NDArray[np.object_]


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
        notes: What else a reader should know of the file, a sentence each.
        crs: Coordinate system of the file, where it was not degrees of WGS 84 already.
    """

    regions: pd.DataFrame
    polygons: Polygons
    isolated: tuple[str, ...]
    repairs: tuple[Repair, ...] = ()
    notes: tuple[str, ...] = ()
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
    shapes, left_out = polygons_of(features, id_property, path)
    properties = [features.properties[row] for row in np.flatnonzero(~shapely.is_missing(shapes))]
    shapes = shapes[~shapely.is_missing(shapes)]
    ids = _ids(properties, id_property, path)
    names = _names(properties, name_property, ids, path)
    owners = [_owner(o) for o in _texts(properties, country_property, path)]
    shapes = in_degrees(shapes, ids, path)
    polygons, repairs = _repaired_shapes(shapes, ids, path)
    notes = (*left_out, *shared_ground(polygons, ids, path), *_same_names(ids, names, owners))
    order = np.argsort(np.array(ids, dtype=object))
    regions, isolated = _region_table(
        [ids[i] for i in order],
        [names[i] for i in order],
        [owners[i] for i in order],
        polygons[order],
    )
    crs = features.crs if features.moved else None
    return Boundaries(regions, polygons[order], isolated, repairs, notes, crs)


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
    return replace(boundaries, regions=regions, polygons=polygons, isolated=isolated)


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
        if repaired.geom_type not in POLYGONAL or repaired.area <= 0:
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
    whole = joined_across(polygons)
    centroid = shapely.centroid(whole)
    inside = shapely.covers(whole, centroid)
    centre = np.where(inside, centroid, shapely.point_on_surface(whole))
    return wrapped(shapely.get_x(centre)), shapely.get_y(centre)


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


def _names(
    properties: Sequence[dict[str, Any]], name: str, ids: Sequence[str], path: Path
) -> list[str]:
    """Return the name of every region; its id where it has none."""
    if not any(str(row.get(name) or "").strip() for row in properties):
        return _texts(properties, name, path)
    return [_text(row.get(name)) or own for row, own in zip(properties, ids, strict=True)]


def _same_names(ids: Sequence[str], names: Sequence[str], owners: Sequence[str]) -> Iterator[str]:
    """Yield a sentence on the regions of one country that have the same name."""
    groups: dict[tuple[str, str], list[str]] = {}
    for region_id, name, owner in zip(ids, names, owners, strict=True):
        groups.setdefault((owner, name), []).append(region_id)
    for (owner, name), same in sorted(groups.items()):
        if len(same) > 1:
            yield f'regions {", ".join(sorted(same))} of {owner} have one name, "{name}"'


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
        text = _text(row.get(name))
        if not text:
            known = ", ".join(sorted(row)) or "none"
            raise SourceError(
                f'feature {number} has no property "{name}"; it has {known}', file=path
            )
        texts.append(text)
    return texts


def _text(value: Any) -> str:
    """Return a property as text, a whole number without decimals; empty where there is none.

    Example:
        >>> _text(101.0), _text(" ML01 "), _text(None)
        ('101', 'ML01', '')
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value).strip()
