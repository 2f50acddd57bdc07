"""Files of polygons: GeoJSON, shapefile, GeoPackage, or a zip that holds one of them.

Owns what a file says: the properties and the polygon of every feature, in degrees. The kind of file
is told by its first bytes. What regions the polygons make belongs to ``data.regions.boundaries``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from data.errors import ConfigError, SourceError
from data.regions.boundary_layers import SHAPEFILE, find_member, read_layer
from data.regions.projections import to_degrees
from data.tabular.archives import kind_of

__all__ = ["Features", "read_features"]

_HEAD = 64


@dataclass(frozen=True)
class Features:
    """What a file of polygons says.

    Attributes:
        properties: One mapping a feature.
        shapes: (features,) shapely geometries in degrees as they stand, invalid ones included;
            None where a feature has none.
        crs: The coordinate system that the file names; None where it names none.
        moved: Whether the coordinates had to be converted to degrees.
        layer: The layer that was read; None where the file has no layers.
    """

    properties: list[dict[str, Any]]
    shapes: npt.NDArray[np.object_]
    crs: str | None
    moved: bool
    layer: str | None


def read_features(path: Path, *, layer: str | None = None) -> Features:
    """Read all features of a file.

    Args:
        path: The file.
        layer: Which layer of a GeoPackage, or which file of a zip; needed where there are several.

    Raises:
        SourceError: The file is absent, empty, damaged or of no known kind, or its coordinate
            system cannot be converted.
        ConfigError: A layer is asked for that is not there, or one of several must be chosen, or
            the extra ``geo`` is not installed.
    """
    head = _head_of(path)
    kind = SHAPEFILE if head.startswith(b"\x00\x00\x27\x0a") else kind_of(head)
    if kind in (SHAPEFILE, "SQLite database"):
        found = read_layer(path, str(path), layer=layer)
    elif kind == "zip archive":
        place, inner = find_member(path, layer)
        found = read_layer(path, place, layer=inner)
    elif kind in (None, "JSON file"):
        if layer is not None:
            raise ConfigError(f"{path}: GeoJSON has no layers: leave out --layer")
        return _read_geojson(path)
    else:
        raise SourceError(f"expected GeoJSON, a shapefile or a GeoPackage, got a {kind}", file=path)
    shapes, moved = to_degrees(found.shapes, found.crs, path)
    return Features(found.properties, shapes, found.crs, moved, found.layer)


def _head_of(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
    except FileNotFoundError:
        raise SourceError("there is no such file of boundaries", file=path) from None
    except IsADirectoryError:
        raise SourceError("is a folder: name the file of boundaries in it", file=path) from None
    if not head:
        raise SourceError("the file is empty", file=path)
    return head


def _read_geojson(path: Path) -> Features:
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise SourceError(f"expected GeoJSON in UTF-8 ({error})", file=path) from None
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or not features:
        raise SourceError("expected a GeoJSON FeatureCollection with features", file=path)
    for number, feature in enumerate(features, start=1):
        if not isinstance(feature, dict) or not isinstance(feature.get("properties") or {}, dict):
            raise SourceError(f"feature {number} is no GeoJSON feature", file=path)
    crs = _named_system(content, path)
    texts = [json.dumps(feature.get("geometry")) for feature in features]
    shapes = np.asarray(shapely.from_geojson(texts, on_invalid="ignore"), dtype=object)
    shapes, moved = to_degrees(shapes, crs, path)
    properties = [feature.get("properties") or {} for feature in features]
    return Features(properties, shapes, crs, moved, None)


def _named_system(content: dict[str, Any], path: Path) -> str | None:
    """Return the coordinate system of a GeoJSON file older than RFC 7946, which names none."""
    crs = content.get("crs")
    if crs is None:
        return None
    named = crs.get("properties") if isinstance(crs, dict) else None
    name = named.get("name") if isinstance(named, dict) else None
    if not isinstance(name, str):
        raise SourceError('expected "crs" to name a coordinate system', file=path)
    return name
