"""Shapefiles and GeoPackages through pyogrio, which comes with the extra ``geo``.

Files are opened by a path that was checked before, never by what a file inside an archive refers
to: a zip is opened at the one member that holds polygons.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from data.errors import ConfigError, SourceError, missing_extra
from data.settings import closest
from data.tabular.archives import MAX_BYTES

__all__ = ["SHAPEFILE", "Layer", "find_member", "read_layer"]

SHAPEFILE = "shapefile"
_PARTS = (".shx", ".dbf")
_HOLDERS = (".shp", ".gpkg")


@dataclass(frozen=True)
class Layer:
    """One layer as it stands.

    Attributes:
        properties: One mapping a feature; a missing value is None.
        shapes: (features,) shapely geometries in the layer's own coordinates, None where absent.
        crs: The coordinate system that the layer names, if any.
        layer: Its name.
    """

    properties: list[dict[str, Any]]
    shapes: npt.NDArray[np.object_]
    crs: str | None
    layer: str


def read_layer(path: Path, place: str, *, layer: str | None) -> Layer:
    """Read one layer of polygons.

    Args:
        path: The file that the user named, for messages.
        place: The same, or the place inside it, as pyogrio opens it.
        layer: Name of the layer; None where there is but one.

    Raises:
        SourceError: The file is damaged or incomplete, or has no layer of polygons.
        ConfigError: The layer is not there, or must be chosen, or pyogrio is not installed.
    """
    try:
        import pyogrio
    except ImportError:
        raise missing_extra("pyogrio", "geo", "to read shapefiles and GeoPackages") from None
    _check_parts(path)
    try:
        name = _chosen(path, pyogrio.list_layers(place), layer)
        meta, _, geometry, columns = pyogrio.raw.read(place, layer=name, force_2d=True)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise SourceError(f"the file is damaged or of another kind ({error})", file=path) from None
    if geometry is None or not len(geometry):
        raise SourceError(f'the layer "{name}" holds no features', file=path)
    cells = {str(n): _plain(column) for n, column in zip(meta["fields"], columns, strict=True)}
    shapes = np.asarray(shapely.from_wkb(geometry, on_invalid="ignore"), dtype=object)
    rows = [{n: cells[n][row] for n in cells} for row in range(len(shapes))]
    return Layer(rows, shapes, meta["crs"], name)


def find_member(path: Path, layer: str | None) -> tuple[str, str | None]:
    """Return where in a zip the polygons are, and which layer of that file is meant.

    Args:
        path: The zip.
        layer: A layer's name or a member's; where it names a member, no layer is left to choose.

    Raises:
        SourceError: The zip is damaged, too large or holds no shapefile and no GeoPackage.
        ConfigError: It holds several and none is chosen.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
    except (OSError, zipfile.BadZipFile) as error:
        raise SourceError(f"the zip archive is damaged ({error})", file=path) from None
    if sum(info.file_size for info in infos) > MAX_BYTES:
        raise SourceError(f"unpacks to more than {MAX_BYTES:,} bytes", file=path)
    members = sorted(i.filename for i in infos if i.filename.lower().endswith(_HOLDERS))
    if not members:
        raise SourceError("the zip holds no shapefile (.shp) and no GeoPackage (.gpkg)", file=path)
    for member in members:
        if layer is not None and layer in (member, PurePosixPath(member).stem):
            return f"/vsizip/{path.resolve()}/{member}", None
    if len(members) > 1:
        raise ConfigError(f"{path} holds {', '.join(members)}: choose one with --layer")
    return f"/vsizip/{path.resolve()}/{members[0]}", layer


def _check_parts(path: Path) -> None:
    """Refuse a shapefile without its index or its table, which pyogrio would pass over."""
    if path.suffix.lower() != ".shp":
        return
    beside = {entry.name.lower() for entry in path.parent.iterdir()}
    lost = [part for part in _PARTS if f"{path.stem.lower()}{part}" not in beside]
    if lost:
        raise SourceError(
            f"a shapefile is several files and {' and '.join(lost)} is not beside this one",
            file=path,
        )


def _chosen(path: Path, layers: npt.NDArray[np.object_], wanted: str | None) -> str:
    names = [str(name) for name, _ in layers]
    if wanted is not None:
        if wanted not in names:
            raise ConfigError(f'{path} has no layer "{wanted}"{closest(wanted, names)}')
        return wanted
    spatial = [str(name) for name, kind in layers if kind is not None]
    if not spatial:
        raise SourceError("holds no layer of polygons", file=path)
    if len(spatial) > 1:
        raise ConfigError(f"{path} has the layers {', '.join(spatial)}: choose one with --layer")
    return spatial[0]


def _plain(column: npt.NDArray[Any]) -> Sequence[Any]:
    """Return values as a reader of JSON would: whole numbers whole, missing ones None."""
    if np.issubdtype(column.dtype, np.floating):
        return [None if np.isnan(v) else int(v) if v.is_integer() else v for v in column.tolist()]
    return list(column.tolist())
