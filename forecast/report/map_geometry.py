"""Geometry of the risk map, for the page and for pictures alike: shapes, names and ranks in place.

Places are in map units, ``WIDTH`` wide, y downwards. How they are drawn and coloured is left to the
drawers.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from forecast.report.rows import Row
from forecast.text.wording import shortened

__all__ = ["RANK_RADIUS", "WIDTH", "Floats", "Label", "MapGeometry", "Projection", "map_geometry"]

Floats = npt.NDArray[np.float64]
# One number or many.
Degrees = TypeVar("Degrees", float, Floats)

WIDTH, TALLEST = 1000.0, 1100.0
NUMBERED, RANK_RADIUS = 10, 11.0
_RADII = {"very high": 13.0, "high": 10.5, "elevated": 8.0, "guarded": 5.5, "low": 3.5}
_UNKNOWN_RADIUS = 5.0
# Where countries end: slivers between regions up to so many degrees are closed.
_SMALL_HOLE, _THIN = 0.02, 0.5
_EDGE = 40.0
# Room that a name needs, and how far a rank stands aside of a circle.
_LETTER, _LINE, _ASIDE = 10.0, 19.0, 13.0
_TURN = 360.0
# West of all longitudes.
_NO_CUT = -_TURN
_STEPS = (1, 2, 5, 10, 20, 30, 60)


@dataclass(frozen=True)
class Projection:
    """Degrees to map units: plate carrée, longitudes shrunk by the middle latitude; north is up.

    Where regions lie on both sides of the date line, those west of ``cut`` follow in the east.
    """

    west: float
    north: float
    shrink: float
    scale: float
    height: float
    cut: float = _NO_CUT

    def x(self, longitude: Degrees) -> Degrees:
        """Return how far right longitudes are."""
        return (longitude + _TURN * (longitude < self.cut) - self.west) * self.shrink * self.scale

    def y(self, latitude: Degrees) -> Degrees:
        """Return how far down latitudes are."""
        return (self.north - latitude) * self.scale


@dataclass(frozen=True)
class Label:
    """A text and the place of its middle."""

    text: str
    x: float
    y: float


@dataclass(frozen=True)
class MapGeometry:
    """One month's regions on a map.

    Attributes:
        rows: Rows of the risk table that are drawn, by rank.
        projection: Where degrees lie.
        shapes: Region id to polygon in degrees; regions without one are circles.
    """

    rows: Sequence[Row]
    projection: Projection
    shapes: Mapping[str, Any]

    @property
    def height(self) -> float:
        """Height of the map."""
        return self.projection.height

    def centre(self, row: Row) -> tuple[float, float]:
        """Return the place of a region's centre."""
        return self.projection.x(row["longitude"]), self.projection.y(row["latitude"])

    def rings(self, region_id: str) -> list[Floats]:
        """Return the closed lines around a region, each (corners, 2); none for a circle."""
        return self._rings(self.shapes[region_id]) if region_id in self.shapes else []

    @staticmethod
    def radius(row: Row) -> float:
        """Return the radius of the circle that stands for a region without a polygon."""
        return _RADII.get(row["level"] or "", _UNKNOWN_RADIUS)

    def borders(self) -> Iterator[list[Floats]]:
        """Yield the closed lines around each country, slivers between its regions closed."""
        import shapely

        countries: dict[str, list[Any]] = {}
        for row in self.rows:
            if row["region_id"] in self.shapes:
                countries.setdefault(row["country"], []).append(self.shapes[row["region_id"]])
        for shapes in countries.values():
            outline = shapely.union_all(shapely.buffer(shapes, _SMALL_HOLE, quad_segs=1))
            outer = [shapely.Polygon(part.exterior) for part in shapely.get_parts([outline])]
            yield self._rings(shapely.MultiPolygon(outer))

    def meridians(self) -> Iterator[Label]:
        """Yield where meridians run, their degrees as text where there is room for it."""
        there = self.projection
        east = there.west + WIDTH / (there.shrink * there.scale)
        for longitude in _multiples(there.west, east, self._step()):
            x = float(there.x(longitude))
            yield Label(_degrees(longitude, "E", "W") if x < WIDTH - _EDGE else "", x, self.height)

    def parallels(self) -> Iterator[Label]:
        """Yield where parallels run, their degrees as text where there is room for it."""
        there = self.projection
        south = there.north - self.height / there.scale
        for latitude in _multiples(south, there.north, self._step()):
            y = float(there.y(latitude))
            room = _EDGE / 2 < y < self.height - _EDGE
            yield Label(_degrees(latitude, "N", "S") if room else "", 0.0, y)

    def ranks(self) -> list[Label]:
        """Return the numbers of the first ranks: at the centres, or aside of a circle."""
        return [
            Label(
                str(row["rank"]),
                self.projection.x(row["longitude"]) + aside,
                self.projection.y(row["latitude"]) - aside,
            )
            for row in self.rows[:NUMBERED]
            if row["rank"] is not None and _placed(row)
            for aside in [0.0 if row["region_id"] in self.shapes else _ASIDE]
        ]

    def countries(self) -> Iterator[Label]:
        """Yield each country's name at the mean of its regions' centres, or on a free line near."""
        centres: dict[str, list[tuple[float, float]]] = {}
        for row in filter(_placed, self.rows):
            centres.setdefault(row["country"], []).append((row["longitude"], row["latitude"]))
        if len(centres) == len(self.rows):
            return
        taken = [(rank.x, RANK_RADIUS, rank.y) for rank in self.ranks()]
        for name, places in sorted(centres.items()):
            places = [(x + _TURN * (x < self.projection.cut), y) for x, y in places]
            longitude, latitude = np.mean(places, axis=0).tolist()
            x, middle = self.projection.x(longitude), self.projection.y(latitude)
            half = _LETTER * len(shortened(name)) / 2
            y = next(y for y in _lines(middle) if _free(taken, x, half, y))
            taken.append((x, half, y))
            yield Label(shortened(name), x, y)

    def _rings(self, shape: Any) -> list[Floats]:
        """Return the lines of a polygon, thinned to what the map can show."""
        import shapely

        thin = shapely.simplify(shape, _THIN / self.projection.scale)
        corners = (
            np.asarray(ring.coords)
            for polygon in shapely.get_parts([thin])
            for ring in (polygon.exterior, *polygon.interiors)
        )
        x, y = self.projection.x, self.projection.y
        return [np.column_stack([x(line[:, 0]), y(line[:, 1])]) for line in corners]

    def _step(self) -> int:
        """Return how many degrees lie between two lines of the grid."""
        tall = self.height / self.projection.scale
        return next(step for step in _STEPS if tall / step <= 8)


def map_geometry(rows: Sequence[Row], shapes: Mapping[str, Any] | None) -> MapGeometry:
    """Return the map of some regions.

    Args:
        rows: Rows of the risk table of one month, by rank.
        shapes: Region id to shapely polygon; None draws circles at the centres.
    """
    shapes = shapes or {}
    cut = _date_line_cut(rows, shapes)
    shapes = {name: _turned(shape, cut) for name, shape in shapes.items()}
    return MapGeometry(rows, _fit_projection(rows, shapes, cut), shapes)


def _date_line_cut(rows: Sequence[Row], shapes: Mapping[str, Any]) -> float:
    """Return the longitude at which the map begins, in the widest gap between regions.

    It does so only where that makes the map at most half as wide; elsewhere it begins in the west.
    """
    import shapely

    drawn = [shapes[row["region_id"]] for row in rows if row["region_id"] in shapes]
    spans = [part.bounds[0:3:2] for part in shapely.get_parts(drawn)]
    spans += [
        2 * (row["longitude"],) for row in rows if row["region_id"] not in shapes and _placed(row)
    ]
    if not spans:
        return _NO_CUT
    begin, end = np.array(sorted(spans)).T
    ended = np.maximum.accumulate(end)
    gaps = begin[1:] - ended[:-1]
    if not len(gaps) or ended[-1] - begin[0] < _TURN / 2:
        return _NO_CUT
    widest = int(np.argmax(gaps))
    return float(ended[widest] + gaps[widest] / 2) if gaps[widest] > _TURN / 2 else _NO_CUT


def _turned(shape: Any, cut: float) -> Any:
    """Return a polygon with its parts west of the cut a turn further east, joined to the others."""
    import shapely

    if shape.bounds[0] >= cut:
        return shape
    parts = [
        shapely.transform(part, lambda points: np.add(points, [_TURN, 0.0]))
        if part.bounds[0] < cut
        else part
        for part in shapely.get_parts([shape])
    ]
    return shapely.union_all(parts)


def _fit_projection(rows: Sequence[Row], shapes: Mapping[str, Any], cut: float) -> Projection:
    """Return the projection that shows all regions with a margin."""
    west, south, east, north = _bounds(rows, shapes, cut)
    margin = max(0.03 * max(east - west, north - south), 0.3)
    west, east, south, north = west - margin, east + margin, south - margin, north + margin
    shrink = float(np.cos(np.radians((south + north) / 2)))
    scale = min(WIDTH / ((east - west) * shrink), TALLEST / (north - south))
    spare = WIDTH / (shrink * scale) - (east - west)
    return Projection(west - spare / 2, north, shrink, scale, (north - south) * scale, cut)


def _bounds(
    rows: Sequence[Row], shapes: Mapping[str, Any], cut: float
) -> tuple[float, float, float, float]:
    """Return west, south, east and north of all polygons, and of the centres of circles."""
    boxes = [shapes[row["region_id"]].bounds for row in rows if row["region_id"] in shapes]
    boxes += [
        2 * (row["longitude"] + _TURN * (row["longitude"] < cut), row["latitude"])
        for row in rows
        if row["region_id"] not in shapes and _placed(row)
    ]
    if not boxes:
        return (-180.0, -80.0, 180.0, 80.0)
    west, south = np.min(boxes, axis=0)[:2].tolist()
    east, north = np.max(boxes, axis=0)[2:].tolist()
    return west, south, east, north


def _placed(row: Row) -> bool:
    return row["longitude"] is not None and row["latitude"] is not None


def _multiples(low: float, high: float, step: int) -> range:
    return range(int(np.ceil(low / step)) * step, int(np.floor(high / step)) * step + 1, step)


def _degrees(value: int, positive: str, negative: str) -> str:
    value = (value + 180) % 360 - 180 if abs(value) > 180 else value
    return f"{abs(value)}°{positive if value > 0 else negative if value < 0 else ''}"


def _lines(middle: float) -> Iterator[float]:
    """Yield heights for a name: its own place, then line by line away from it, upwards first."""
    yield middle
    for step in itertools.count(1):
        yield from (middle - step * _LINE, middle + step * _LINE)


def _free(taken: Sequence[tuple[float, float, float]], x: float, half: float, y: float) -> bool:
    return not any(abs(x - a) < half + b and abs(y - c) < _LINE for a, b, c in taken)
