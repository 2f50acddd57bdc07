"""An issue as GeoJSON: a feature a row of the table, polygons where there are any, else points.

RFC 7946: longitude before latitude, outer rings counterclockwise, no coordinate system named, no
NaN. Sources, caveats and notes stand as further members of the collection.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from data.files import write_text
from forecast.report.issue_view import IssueView
from forecast.text.sections import Section

__all__ = ["write_geojson"]

_DECIMALS = 6


def write_geojson(record: IssueView, folder: Path, stem: str) -> list[Path]:
    """Write the table as a collection of features.

    Args:
        record: The issue.
        folder: Where to.
        stem: How the names begin.
    """
    risk = record.risk()
    names = [column.name for column in risk.columns]
    shapes = _geometries(record.shapes or {})
    features = [_feature(dict(zip(names, row, strict=True)), shapes) for row in risk.rows]
    collection = {
        "type": "FeatureCollection",
        "title": record.title,
        "citation": record.citation,
        **{name: _plain(section) for name, section in record.frame.items()},
        "sections": {section.name: _plain(section) for section in record.sections},
        "features": features,
    }
    path = folder / f"{stem}.geojson"
    write_text(path, json.dumps(collection, ensure_ascii=False, allow_nan=False) + "\n")
    return [path]


def _feature(row: dict[str, Any], shapes: Mapping[str, Any]) -> dict[str, Any]:
    point = [row["longitude"], row["latitude"]]
    where = None if None in point else {"type": "Point", "coordinates": point}
    geometry = shapes.get(str(row["region_id"]), where)
    return {"type": "Feature", "geometry": geometry, "properties": row}


def _geometries(shapes: Mapping[str, Any]) -> dict[str, Any]:
    """Return region id to a geometry whose outer rings run counterclockwise."""
    import shapely

    if not shapes:
        return {}
    polygons: Any = list(shapes.values())
    rounded = shapely.transform(polygons, lambda points: points.round(_DECIMALS))
    turned = shapely.orient_polygons(rounded, exterior_cw=False)
    return {
        name: json.loads(shapely.to_geojson(shape))
        for name, shape in zip(shapes, turned, strict=True)
    }


def _plain(section: Section) -> list[dict[str, Any]]:
    names = [column.name for column in section.columns]
    return [dict(zip(names, row, strict=True)) for row in section.rows]
