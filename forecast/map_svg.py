"""The risk map as inline SVG: polygons where boundaries are at hand, else graduated circles.

Plate carrée with longitudes shrunk by the cosine of the middle latitude. Colours and hatching
come from the page's style sheet; ranks and country names stand as text, so that the map can be
read without colours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup, escape

from experiments.bands import LEVELS
from forecast.wording import percent, shortened

__all__ = ["level_class", "risk_map"]

WIDTH = 1000.0
TALLEST = 1100.0
MOST_SHAPES = 2000
NUMBERED = 10
_RADII = {"very high": 13.0, "high": 10.5, "elevated": 8.0, "guarded": 5.5, "low": 3.5}
_UNKNOWN_RADIUS = 5.0
_SMALL_HOLE = 0.02
_LETTER, _LINE = 10.0, 19.0
_ASIDE = 13.0


@dataclass(frozen=True)
class _Projection:
    """Degrees to picture units; north is up."""

    west: float
    north: float
    shrink: float
    scale: float
    height: float

    def x(self, longitude: float) -> float:
        return (longitude - self.west) * self.shrink * self.scale

    def y(self, latitude: float) -> float:
        return (self.north - latitude) * self.scale


def level_class(level: str | None) -> str:
    """Return the style class of a level; ``unknown`` where there is none.

    Example:
        >>> level_class("very high"), level_class(None)
        ('very-high', 'unknown')
    """
    return "unknown" if level is None or level not in LEVELS else level.replace(" ", "-")


def risk_map(rows: pd.DataFrame, polygons: Mapping[str, Any] | None = None) -> Markup:
    """Return the map of one horizon.

    Args:
        rows: Rows of the risk table of one horizon, sorted by rank.
        polygons: Region id to shapely polygon; None draws circles at the centres. Above
            ``MOST_SHAPES`` regions those of the lowest level are left out.
    """
    if len(rows) > MOST_SHAPES:
        rows = rows[rows["level"] != LEVELS[-1]]
    records = rows.to_dict("records")
    projection = _projection(rows, polygons)
    shapes = _polygons(records, polygons, projection) if polygons else _circles(records, projection)
    borders = _borders(records, polygons, projection) if polygons else ()
    body = "".join(
        [
            *_graticule(projection),
            '<g class="regions">',
            *shapes,
            "</g>",
            *borders,
            *_countries(rows, projection),
            *_ranks(records, projection, aside=0.0 if polygons else _ASIDE),
        ]
    )
    return Markup(  # noqa: S704 (numbers and escaped text only)
        f'<svg class="map" viewBox="0 0 {WIDTH:.0f} {projection.height:.0f}" role="img"'
        ' aria-label="Map of regions by level of risk">'
        "<title>Regions by level of risk; numbers are ranks in the table</title>"
        '<defs><pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse"'
        ' patternTransform="rotate(45)"><rect class="hatch-ground" width="7" height="7"/>'
        '<line class="hatch-line" x1="0" y1="0" x2="0" y2="7"/></pattern></defs>'
        f"{body}</svg>"
    )


def _projection(rows: pd.DataFrame, polygons: Mapping[str, Any] | None) -> _Projection:
    bounds = [polygons[i].bounds for i in rows["region_id"] if i in polygons] if polygons else []
    if bounds:
        west, south = np.min([b[:2] for b in bounds], axis=0)
        east, north = np.max([b[2:] for b in bounds], axis=0)
    else:
        west, east = rows["longitude"].min(), rows["longitude"].max()
        south, north = rows["latitude"].min(), rows["latitude"].max()
    margin = max(0.03 * max(east - west, north - south), 0.3)
    west, east, south, north = west - margin, east + margin, south - margin, north + margin
    shrink = float(np.cos(np.radians((south + north) / 2)))
    scale = min(WIDTH / ((east - west) * shrink), TALLEST / (north - south))
    spare = WIDTH / (shrink * scale) - (east - west)
    height = (north - south) * scale
    return _Projection(float(west - spare / 2), float(north), shrink, float(scale), float(height))


def _polygons(
    records: list[dict[Any, Any]], polygons: Mapping[str, Any], projection: _Projection
) -> Iterator[str]:
    for record in records:
        if record["region_id"] in polygons:
            path = _path(polygons[record["region_id"]], projection)
            yield f'<path class="{_shape_class(record)}" d="{path}">{_title(record)}</path>'


def _circles(records: list[dict[Any, Any]], projection: _Projection) -> Iterator[str]:
    """Yield circles, the lowest level first so that the highest lie on top."""
    for record in reversed(records):
        radius = _RADII.get(_level(record) or "", _UNKNOWN_RADIUS)
        yield (
            f'<circle class="{_shape_class(record)}" cx="{projection.x(record["longitude"]):.1f}"'
            f' cy="{projection.y(record["latitude"]):.1f}" r="{radius}">{_title(record)}</circle>'
        )


def _borders(
    records: list[dict[Any, Any]], polygons: Mapping[str, Any], projection: _Projection
) -> Iterator[str]:
    """Yield the outline of each country, slivers between its regions closed."""
    import shapely

    by_country: dict[str, list[Any]] = {}
    for record in records:
        if record["region_id"] in polygons:
            by_country.setdefault(record["country"], []).append(polygons[record["region_id"]])
    for shapes in by_country.values():
        outline = shapely.union_all(shapely.buffer(shapes, _SMALL_HOLE, quad_segs=1))
        outer = [shapely.Polygon(part.exterior) for part in shapely.get_parts([outline])]
        path = _path(shapely.MultiPolygon(outer), projection)
        yield f'<path class="border" d="{path}"/>'


def _path(shape: Any, projection: _Projection) -> str:
    """Return the path of a polygon, thinned to what the picture can show."""
    import shapely

    thin = shapely.simplify(shape, 0.4 / projection.scale)
    parts = []
    for polygon in shapely.get_parts([shape if thin.is_empty else thin]):
        for ring in (polygon.exterior, *polygon.interiors):
            points = " ".join(
                f"{projection.x(x):.1f},{projection.y(y):.1f}" for x, y in ring.coords[:-1]
            )
            parts.append(f"M{points}Z")
    return "".join(parts)


def _graticule(projection: _Projection) -> Iterator[str]:
    """Yield meridians and parallels with their degrees."""
    east = projection.west + WIDTH / (projection.shrink * projection.scale)
    south = projection.north - projection.height / projection.scale
    step = next(s for s in (1, 2, 5, 10, 20, 30, 60) if (projection.north - south) / s <= 8)
    for longitude in _multiples(projection.west, east, step):
        x = projection.x(longitude)
        name = _degrees(longitude, "E", "W")
        yield (
            f'<line class="graticule" x1="{x:.1f}" y1="0" x2="{x:.1f}"'
            f' y2="{projection.height:.1f}"/>'
            f'<text class="degrees" x="{x + 4:.1f}" y="{projection.height - 6:.1f}">{name}</text>'
        )
    for latitude in _multiples(south, projection.north, step):
        y = projection.y(latitude)
        name = _degrees(latitude, "N", "S")
        yield (
            f'<line class="graticule" x1="0" y1="{y:.1f}" x2="{WIDTH:.0f}" y2="{y:.1f}"/>'
            f'<text class="degrees" x="6" y="{y - 5:.1f}">{name}</text>'
        )


def _multiples(low: float, high: float, step: int) -> Iterator[int]:
    yield from range(int(np.ceil(low / step)) * step, int(np.floor(high / step)) * step + 1, step)


def _degrees(value: int, positive: str, negative: str) -> str:
    return f"{abs(value)}°{positive if value > 0 else negative if value < 0 else ''}"


def _countries(rows: pd.DataFrame, projection: _Projection) -> Iterator[str]:
    """Yield each country's name at the mean of its regions' centres, lower where one stands."""
    if rows["country"].nunique() == len(rows):
        return
    centres = rows.groupby("country")[["longitude", "latitude"]].mean()
    taken: list[tuple[float, float, float]] = []
    for name, (longitude, latitude) in zip(centres.index, centres.to_numpy(), strict=True):
        x, y, half = (
            projection.x(longitude),
            projection.y(latitude),
            _LETTER * len(shortened(name)) / 2,
        )
        while any(abs(x - a) < half + b and abs(y - c) < _LINE for a, b, c in taken):
            y += _LINE
        taken.append((x, half, y))
        yield f'<text class="country" x="{x:.1f}" y="{y:.1f}">{escape(shortened(name))}</text>'


def _ranks(
    records: list[dict[Any, Any]], projection: _Projection, *, aside: float
) -> Iterator[str]:
    """Yield the numbers of the first ranks at their regions' centres, or a little aside."""
    for record in records[:NUMBERED]:
        if not pd.isna(record["rank"]):
            x = projection.x(record["longitude"]) + aside
            y = projection.y(record["latitude"]) - aside
            yield (
                f'<g class="rank" aria-hidden="true"><circle cx="{x:.1f}" cy="{y:.1f}" r="11"/>'
                f'<text x="{x:.1f}" y="{y + 4.5:.1f}">{record["rank"]}</text></g>'
            )


def _level(record: dict[Any, Any]) -> str | None:
    return None if pd.isna(record["level"]) else str(record["level"])


def _shape_class(record: dict[Any, Any]) -> str:
    return f"region {level_class(_level(record))}"


def _title(record: dict[Any, Any]) -> str:
    level = _level(record)
    says = f"{level}, {percent(record['p_attack'])}" if level else "not covered: no forecast"
    place = f"{shortened(record['region'])}, {shortened(record['country'])}"
    return f"<title>{escape(place)}: {says}</title>"
