"""Polygons of regions from a GeoJSON file: ids, names, centres, areas and neighbours.

Owns reading and checking the file. Which events lie in which polygon belongs to ``data.location``.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from data.areas import polygon_areas_km2
from data.countries import country_keys, country_of
from data.errors import SourceError
from data.neighbours import join_neighbours, polygon_neighbours

__all__ = ["Boundaries", "merge_countries", "read_boundaries"]

Polygons = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Boundaries:
    """One polygon a region.

    Attributes:
        regions: Region table, sorted by ``region_id``.
        polygons: (regions,) valid shapely polygons in the same order, degrees.
        isolated: Ids of regions without a neighbour within the tolerance: each was given its
            nearest one.
        repaired: How many polygons had to be made valid.
    """

    regions: pd.DataFrame
    polygons: Polygons
    isolated: tuple[str, ...]
    repaired: int


def read_boundaries(
    path: Path, *, id_property: str, name_property: str, country_property: str
) -> Boundaries:
    """Read a GeoJSON feature collection of polygons in degrees.

    Args:
        path: The file.
        id_property: Property that holds the region id; it must be unique.
        name_property: Property that holds the region's name.
        country_property: Property that holds the country.

    Raises:
        SourceError: The file is no such collection, a property is missing, or an id repeats.
    """
    features = _read_features(path)
    properties = [feature.get("properties") or {} for feature in features]
    ids = _ids(properties, id_property, path)
    names = _texts(properties, name_property, path)
    owners = _texts(properties, country_property, path)
    shapes = _shapes(features, path)
    valid = shapely.is_valid(shapes)
    polygons = np.where(valid, shapes, _repaired(shapes))
    order = np.argsort(np.array(ids, dtype=object))
    regions, isolated = _region_table(
        [ids[i] for i in order],
        [names[i] for i in order],
        [owners[i] for i in order],
        polygons[order],
    )
    return Boundaries(regions, polygons[order], isolated, int((~valid).sum()))


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
    return Boundaries(regions, polygons, isolated, boundaries.repaired)


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
    """Return the centroid where it lies inside, else shapely's point on the surface."""
    centroid = shapely.centroid(polygons)
    inside = shapely.contains(polygons, centroid)
    centre = np.where(inside, centroid, shapely.point_on_surface(polygons))
    return shapely.get_x(centre), shapely.get_y(centre)


def _read_features(path: Path) -> list[dict[str, Any]]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SourceError("there is no such file of boundaries", file=path) from None
    except ValueError as error:
        raise SourceError(f"expected GeoJSON in UTF-8 ({error})", file=path) from None
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or not features:
        raise SourceError("expected a GeoJSON FeatureCollection with features", file=path)
    return features


def _ids(properties: Sequence[dict[str, Any]], name: str, path: Path) -> list[str]:
    ids = _texts(properties, name, path)
    value, times = Counter(ids).most_common(1)[0]
    if times > 1:
        unique = [key for key in properties[0] if _is_unique(properties, key)]
        hint = f"use {', '.join(unique)}" if unique else "no property of this file is unique"
        raise SourceError(
            f'the id property "{name}" is not unique: "{value}" stands {times} times; {hint}',
            file=path,
        )
    return ids


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
                f'feature {number} has no property "{name}" (its properties: {known})', file=path
            )
        texts.append(str(value).strip())
    return texts


def _repaired(shapes: Polygons) -> Polygons:
    fixed = shapely.make_valid(shapes, method="structure", keep_collapsed=False)
    return np.asarray(fixed, dtype=object)


def _shapes(features: Sequence[dict[str, Any]], path: Path) -> Polygons:
    texts = [json.dumps(feature.get("geometry")) for feature in features]
    shapes = np.asarray(shapely.from_geojson(texts, on_invalid="ignore"), dtype=object)
    for number, shape in enumerate(shapes, start=1):
        if shape is None or shape.is_empty or shape.geom_type not in ("Polygon", "MultiPolygon"):
            raise SourceError(f"feature {number} is not a polygon", file=path)
        west, south, east, north = shape.bounds
        if west < -180 or east > 180 or south < -90 or north > 90:
            raise SourceError(
                f"feature {number} leaves longitude -180..180 and latitude -90..90:"
                " expected degrees (EPSG:4326)",
                file=path,
            )
    return shapes
