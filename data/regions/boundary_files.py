"""Files of polygons: GeoJSON, shapefile, GeoPackage, or a zip that holds one of them.

Owns what a file says: the properties and the polygon of every feature, in degrees. The kind of file
is told by its first bytes, and of a zip the one member that holds polygons is unpacked with its
parts. GDAL, which opens many more kinds, some of which lead to other files and addresses, is given
nothing but what was found to be a shapefile or a GeoPackage of plain tables. The only module that
imports pyogrio and pyproj, which come with the extra ``geo``. What regions the polygons make
belongs to ``data.regions.boundaries``.
"""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

import numpy as np
import numpy.typing as npt
import shapely

from data.errors import ConfigError, SourceError, missing_extra
from data.settings import closest
from data.tabular.archives import first_bytes, kind_of, read_whole, unpack_members

__all__ = ["Features", "read_features"]

_HEAD = 64
# A file of JSON takes many times its size in memory.
_MAX_JSON = 400_000_000
_SMALLER = "save it as a GeoPackage, or make its borders coarser"
_SHAPEFILE = "shapefile"
_SHAPEFILE_MARK = b"\x00\x00\x27\x0a"
_GEOPACKAGE = "SQLite database"
_PARTS = (".shx", ".dbf")
_MORE_PARTS = (".prj", ".cpg")
_HOLDERS = (".shp", ".gpkg")
# What of a database may be more than a table: an index of places, and nothing that is computed.
_FOREIGN = """
    SELECT name FROM sqlite_master
    WHERE type = 'view' OR (sql LIKE 'CREATE VIRTUAL%' AND sql NOT LIKE '%USING rtree%')
"""

Shapes = npt.NDArray[np.object_]

# What in a coordinate system names a file or an address, which would be opened.
_LEADS_ELSEWHERE = re.compile(r"grids|parameter_?file|init=", re.IGNORECASE)
# Degrees of WGS 84, longitude first, as files name it; nothing has to be converted then.
_DEGREES = re.compile(
    r"(urn:ogc:def:crs:)?(EPSG:(\d+(\.\d+)*)?:?4326|OGC:(1\.3:)?:?CRS84|WGS ?84|CRS84)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Features:
    """The features of a file of polygons.

    Attributes:
        properties: One mapping a feature.
        shapes: (features,) shapely geometries, invalid ones included; None where a feature has
            none.
        crs: The coordinate system that the file names; None where it names none.
        moved: Whether the coordinates had to be converted to degrees.
    """

    properties: list[dict[str, Any]]
    shapes: Shapes
    crs: str | None
    moved: bool = False


def read_features(path: Path, *, layer: str | None = None) -> Features:
    """Read all features of a file.

    Args:
        path: The file.
        layer: Which layer of a GeoPackage, or which file of a zip; needed where there are several.

    Raises:
        SourceError: The file is absent, empty, damaged or of an unknown kind, or its coordinate
            system cannot be converted.
        ConfigError: The layer does not exist, one of several must be chosen, or the extra ``geo``
            is not installed.
    """
    features = _read(path, layer)
    shapes, moved = _to_degrees(features.shapes, features.crs, path)
    return replace(features, shapes=shapes, moved=moved)


def _read(path: Path, layer: str | None) -> Features:
    """Read all features in the file's own coordinates."""
    kind = _kind(path)
    if kind in (_SHAPEFILE, _GEOPACKAGE):
        return _read_layer(path, path, layer=layer)
    if kind == "zip archive":
        with _unpacked(path, layer) as (place, inner):
            return _read_layer(path, place, layer=inner)
    if kind not in (None, "JSON file"):
        raise SourceError(f"expected GeoJSON, a shapefile or a GeoPackage, got a {kind}", file=path)
    if layer is not None:
        raise ConfigError(f"{path}: GeoJSON has no layers: leave out --layer")
    return _read_geojson(path)


def _kind(path: Path) -> str | None:
    """Return the kind of a file by its first bytes, whatever its name is."""
    head = first_bytes(path, _HEAD)
    return _SHAPEFILE if head.startswith(_SHAPEFILE_MARK) else kind_of(head)


def _read_geojson(path: Path) -> Features:
    try:
        content = json.loads(read_whole(path, most=_MAX_JSON, instead=_SMALLER).decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise SourceError(
            f"expected GeoJSON in UTF-8, got other text ({error})", file=path
        ) from None
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or not features:
        raise SourceError("expected a GeoJSON FeatureCollection with features", file=path)
    try:
        return _features(content, features, path)
    except RecursionError:
        raise SourceError("expected GeoJSON, got geometries nested too deeply", file=path) from None


def _features(content: dict[str, Any], features: list[Any], path: Path) -> Features:
    """Return the features of a collection."""
    for number, feature in enumerate(features, start=1):
        if not isinstance(feature, dict) or not isinstance(feature.get("properties") or {}, dict):
            raise SourceError(
                f"expected a GeoJSON feature, got another object in feature {number}", file=path
            )
    crs = _named_system(content, path)
    texts = [json.dumps(_closed(feature.get("geometry"))) for feature in features]
    shapes = np.asarray(shapely.from_geojson(texts, on_invalid="ignore"), dtype=object)
    properties = [_with_id(feature) for feature in features]
    return Features(properties, shapes, crs)


def _with_id(feature: dict[str, Any]) -> dict[str, Any]:
    """Return the properties of a feature; its own ``id``, beside them, where they have none."""
    own = {"id": feature["id"]} if "id" in feature else {}
    return own | (feature.get("properties") or {})


def _closed(geometry: Any) -> Any:
    """Return a GeoJSON geometry whose rings end where they begin."""
    if not isinstance(geometry, dict):
        return geometry
    if "geometries" in geometry:
        return {**geometry, "geometries": [_closed(part) for part in geometry["geometries"]]}
    depth = {"Polygon": 1, "MultiPolygon": 2}.get(geometry.get("type", ""))
    if depth is None or not isinstance(geometry.get("coordinates"), list):
        return geometry
    return {**geometry, "coordinates": _closed_rings(geometry["coordinates"], depth)}


def _closed_rings(rings: list[Any], depth: int) -> list[Any]:
    if depth > 1:
        return [_closed_rings(part, depth - 1) for part in rings]
    return [ring if not ring or ring[0] == ring[-1] else [*ring, ring[0]] for ring in rings]


def _named_system(content: dict[str, Any], path: Path) -> str | None:
    """Return the coordinate system that a GeoJSON file names; RFC 7946 files name none."""
    crs = content.get("crs")
    if crs is None:
        return None
    named = crs.get("properties") if isinstance(crs, dict) else None
    name = named.get("name") if isinstance(named, dict) else None
    if not isinstance(name, str):
        raise SourceError('expected "crs" to name a coordinate system', file=path)
    return name


def _read_layer(path: Path, place: Path, *, layer: str | None) -> Features:
    """Read one layer of polygons.

    Args:
        path: The file that the user named, for messages.
        place: The same, or what was unpacked of it.
        layer: Name of the layer; None where there is but one.

    Raises:
        SourceError: The file is damaged or incomplete, or has no layer of polygons.
        ConfigError: The layer does not exist or must be chosen, or pyogrio is not installed.
    """
    try:
        import pyogrio
    except ImportError:
        raise missing_extra("pyogrio", "geo", "to read shapefiles and GeoPackages") from None
    _check_parts(path, place)
    _check_kind(path, place)
    try:
        name = _chosen_layer(path, pyogrio.list_layers(place.resolve()), layer)
        meta, _, geometry, columns = pyogrio.raw.read(place.resolve(), layer=name, force_2d=True)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise SourceError(
            f"expected a shapefile or a GeoPackage, got a damaged or another file ({error})",
            file=path,
        ) from None
    if geometry is None or not len(geometry):
        raise SourceError(f'the layer "{name}" holds no features', file=path)
    cells = {
        str(n): _plain_values(column) for n, column in zip(meta["fields"], columns, strict=True)
    }
    shapes = np.asarray(shapely.from_wkb(geometry, on_invalid="ignore"), dtype=object)
    rows = [{n: cells[n][row] for n in cells} for row in range(len(shapes))]
    return Features(rows, shapes, meta["crs"])


@contextlib.contextmanager
def _unpacked(path: Path, layer: str | None) -> Iterator[tuple[Path, str | None]]:
    """Unpack the polygons of a zip into a folder of their own; yield them and the layer meant.

    Args:
        path: The zip.
        layer: Name of a layer, or of a member of the zip.

    Raises:
        SourceError: The zip is damaged, too large or holds no shapefile and no GeoPackage.
        ConfigError: It holds several and none is chosen.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (OSError, zipfile.BadZipFile) as error:
        raise SourceError(
            f"the zip archive is damaged ({error}): fetch the file again", file=path
        ) from None
    member, inner = _chosen_member(path, names, layer)
    stem = member[: -len(PurePosixPath(member).suffix)].lower()
    parts = {f"{stem}{end}" for end in (*_HOLDERS, *_PARTS, *_MORE_PARTS)}
    with tempfile.TemporaryDirectory() as folder:
        wanted = [name for name in names if name == member or name.lower() in parts - {member}]
        unpack_members(path, wanted, Path(folder))
        yield Path(folder) / PurePosixPath(member).name, inner


def _chosen_member(path: Path, names: Sequence[str], layer: str | None) -> tuple[str, str | None]:
    """Return the member of a zip that holds the polygons, and which layer of it is meant."""
    members = sorted(name for name in names if name.lower().endswith(_HOLDERS))
    if not members:
        raise SourceError(
            "expected a shapefile (.shp) or a GeoPackage (.gpkg) in the zip, got neither", file=path
        )
    for member in members:
        if layer is not None and layer in (member, PurePosixPath(member).stem):
            return member, None
    if len(members) > 1:
        raise ConfigError(f"{path} holds {', '.join(members)}: choose one with --layer")
    return members[0], layer


def _check_parts(path: Path, place: Path) -> None:
    """Refuse a shapefile without its index or its table, which pyogrio would not notice."""
    if place.suffix.lower() != ".shp":
        return
    size, head = place.stat().st_size, first_bytes(place, _HEAD)
    stated = 2 * int.from_bytes(head[24:28], "big")
    if head.startswith(_SHAPEFILE_MARK) and stated != size:
        raise SourceError(
            f"expected a shapefile of {stated:,} bytes, as its head says, got {size:,}: it was cut"
            " off, so fetch it again",
            file=path,
        )
    beside = {entry.name.lower() for entry in place.parent.iterdir()}
    lost = [part for part in _PARTS if f"{place.stem.lower()}{part}" not in beside]
    if lost:
        raise SourceError(
            f"a shapefile has several files, and {' and '.join(lost)} is missing: put it into the"
            " same folder",
            file=path,
        )


def _check_kind(path: Path, place: Path) -> None:
    """Refuse what GDAL would open as another kind of file, or what leads it to other places."""
    kind = _kind(place)
    if kind == _SHAPEFILE and place.suffix.lower() == ".shp":
        return
    if kind != _GEOPACKAGE:
        raise SourceError(
            f"expected a shapefile or a GeoPackage, got {place.name} of another kind", file=path
        )
    try:
        address = f"file:{quote(str(place.resolve()))}?mode=ro&immutable=1"
        with contextlib.closing(sqlite3.connect(address, uri=True)) as database:
            database.execute("SELECT count(*) FROM gpkg_contents").fetchone()
            foreign = [str(name) for (name,) in database.execute(_FOREIGN)]
    except sqlite3.Error as error:
        raise SourceError(
            f"expected a GeoPackage, got a damaged or another database ({error})", file=path
        ) from None
    if foreign:
        raise SourceError(
            f"expected a GeoPackage of plain tables, got the view or virtual table {foreign[0]!r}:"
            " save the layer as a file of its own",
            file=path,
        )


def _chosen_layer(path: Path, layers: npt.NDArray[np.object_], wanted: str | None) -> str:
    names = [str(name) for name, _ in layers]
    if wanted is not None:
        if wanted not in names:
            raise ConfigError(f'{path} has no layer "{wanted}"{closest(wanted, names)}')
        return wanted
    spatial = [str(name) for name, kind in layers if kind is not None]
    if not spatial:
        raise SourceError("expected a layer of polygons, got none", file=path)
    if len(spatial) > 1:
        raise ConfigError(f"{path} has the layers {', '.join(spatial)}: choose one with --layer")
    return spatial[0]


def _plain_values(column: npt.NDArray[Any]) -> Sequence[Any]:
    """Return values as JSON would give them: whole numbers as int, missing ones as None."""
    if np.issubdtype(column.dtype, np.floating):
        return [None if np.isnan(v) else int(v) if v.is_integer() else v for v in column.tolist()]
    return list(column.tolist())


def _to_degrees(shapes: Shapes, crs: str | None, path: Path) -> tuple[Shapes, bool]:
    """Return shapes in degrees of WGS 84, longitude first, and whether they were converted.

    Args:
        shapes: (shapes,) shapely geometries, None where a feature has none.
        crs: Their coordinate system as a code, a URN or WKT; None means degrees, whose range
            ``data.regions.boundaries`` checks.
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
    pyproj.network.set_network_enabled(active=False)  # type: ignore[attr-defined]
    try:
        if _LEADS_ELSEWHERE.search(crs):
            raise pyproj.exceptions.CRSError("it names a file")
        system = pyproj.CRS.from_user_input(crs)
        if system.equals(pyproj.CRS.from_epsg(4326), ignore_axis_order=True):
            return shapes, False
        convert = pyproj.Transformer.from_crs(system, 4326, always_xy=True)
    except pyproj.exceptions.ProjError:
        raise SourceError(
            f"unknown coordinate system {_named(crs)}: convert the file to degrees of WGS 84"
            " (EPSG:4326)",
            file=path,
        ) from None
    moved = shapely.transform(shapes, lambda points: _converted(points, convert, crs, path))
    return np.asarray(moved, dtype=object), True


def _converted(
    points: npt.NDArray[np.float64], convert: Any, crs: str, path: Path
) -> npt.NDArray[np.float64]:
    longitude, latitude = convert.transform(points[:, 0], points[:, 1])
    degrees = np.column_stack([longitude, latitude])
    outside = ~np.isfinite(degrees).all(axis=1)
    if outside.any():
        x, y = points[outside][0]
        raise SourceError(
            f"the point {x:g}, {y:g} lies outside its coordinate system {_named(crs)}: name the"
            " right system in the file, or convert the file to degrees of WGS 84 (EPSG:4326)",
            file=path,
        )
    return degrees


def _named(crs: str) -> str:
    """Return a short name of a coordinate system; WKT is a page long."""
    title = re.search(r'"([^"]+)"', crs)
    return title[1] if len(crs) > 60 and title else crs
