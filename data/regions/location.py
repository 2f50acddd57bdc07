"""Which region an event lies in: polygons, PRIO-GRID cells or countries.

A locator holds a region table and says for each event: a row of that table, or why there is none.
Counting belongs to ``data.counting.counting``.

- **unlocated**: the event has no point, or its location is wider than the scale.
- **outside**: the event lies in no region of the table, and none of its own country is near.

A point goes to the polygon that holds it, also to one of another country than the event's own:
such border events are listed by the reconciliation. Where two polygons hold it (on a shared or
overlapping border) the event's own country goes first, then the lower id.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from data.errors import SchemaError
from data.regions.boundaries import Boundaries
from data.regions.countries import country_keys
from data.regions.date_line import with_turns
from data.regions.geodesy import distances_km
from data.regions.priogrid import are_cell_ids, cell_boxes, cell_ids
from data.schema import LOCATION_PRECISIONS

__all__ = [
    "LOCATED",
    "NEAREST_KM",
    "OUTSIDE",
    "UNLOCATED",
    "CellLocator",
    "CountryLocator",
    "Location",
    "Locator",
    "PolygonLocator",
    "usable",
]

Rows = npt.NDArray[np.intp]
Objects = npt.NDArray[np.object_]
Floats = npt.NDArray[np.float64]

LOCATED, UNLOCATED, OUTSIDE = 0, 1, 2

# How far a point beside all regions, on a coast or a coarse border, may be moved into one.
NEAREST_KM = 30.0

# The widest precision that a scale takes; a scale of one's own takes points only.
_WIDEST = {"country": "area", "admin1": "admin1", "admin2": "admin2"}


@dataclass(frozen=True)
class Location:
    """Where events lie.

    Attributes:
        region: (events,) row in the locator's region table, -1 where there is none.
        reason: (events,) int8, ``LOCATED``, ``UNLOCATED`` or ``OUTSIDE``.
        away_km: (events,) kilometres to the nearest region of the event's own country, of events
            that lie in no region; NaN elsewhere.
    """

    region: Rows
    reason: npt.NDArray[np.int8]
    away_km: Floats

    @property
    def moved(self) -> npt.NDArray[np.bool_]:
        """Which events lie beside the region that they count in, (events,)."""
        return np.asarray(np.isfinite(self.away_km) & (self.reason == LOCATED))

    @property
    def astray(self) -> npt.NDArray[np.bool_]:
        """Which events lie outside all regions though their country has some, (events,)."""
        return np.asarray(np.isfinite(self.away_km) & (self.reason == OUTSIDE))


class Locator(Protocol):
    """A scale with its region table and a way to find an event's region."""

    @property
    def scale(self) -> str:
        """Name of the spatial scale."""

    @property
    def regions(self) -> pd.DataFrame:
        """Region table, sorted by ``region_id``."""

    def locate(self, events: pd.DataFrame) -> Location:
        """Find the region of every event."""


def usable(events: pd.DataFrame, scale: str) -> npt.NDArray[np.bool_]:
    """Say which events are located finely enough for a scale, (events,).

    admin1 takes exact, near, admin2 and admin1; admin2 the same without admin1; priogrid and
    scales of one's own take exact and near. An event without a stated precision is taken at its
    point. The scale country needs no point.
    """
    if scale == "country":
        return np.ones(len(events), dtype=bool)
    precision = events["location_precision"]
    widest = LOCATION_PRECISIONS.index(_WIDEST.get(scale, "near"))
    fine = precision.isin(LOCATION_PRECISIONS[: widest + 1]) | precision.isna() | (precision == "")
    point = events["latitude"].notna() & events["longitude"].notna()
    return (fine & point).to_numpy(dtype=bool)


@dataclass(frozen=True)
class CountryLocator:
    """Events by the country that their source names, with one region a country."""

    regions: pd.DataFrame
    scale: str = "country"

    def locate(self, events: pd.DataFrame) -> Location:
        """Find the country of every event; one without a country is unlocated.

        Raises:
            SchemaError: Two regions of the table have the same country.
        """
        keys = country_keys(events["country"])
        owners = pd.Index(country_keys(self.regions["country"]), dtype=object)
        if not owners.is_unique:
            twice = self.regions["country"][owners.duplicated()].iloc[0]
            raise SchemaError(
                f'the scale country needs one region a country, got several of "{twice}"'
            )
        rows = owners.get_indexer(pd.Index(keys, dtype=object))
        return _location(rows, unlocated=keys == "", away_km=np.full(len(rows), np.nan))


@dataclass(frozen=True)
class PolygonLocator:
    """Events by polygons: the one that holds the point, else the nearest of the own country.

    Attributes:
        boundaries: The polygons.
        scale: Name of the spatial scale.
        nearest_km: How far away the nearest one may lie, kilometres.
    """

    boundaries: Boundaries
    scale: str
    nearest_km: float = NEAREST_KM

    @property
    def regions(self) -> pd.DataFrame:
        """Region table of the boundaries."""
        return self.boundaries.regions

    def locate(self, events: pd.DataFrame) -> Location:
        """Find the polygon of every event."""
        owners = country_keys(self.regions["country"])
        return _locate_in(
            self.boundaries.polygons, owners, events, self.scale, limit=self.nearest_km
        )


@dataclass(frozen=True)
class CellLocator:
    """Events by PRIO-GRID cell.

    Attributes:
        regions: Region table whose ids are cell ids.
        bounded: Whether the cells come from boundaries; then an event in a cell that the table
            lacks goes to the nearest cell of its own country, as with polygons.
        nearest_km: How far away that cell may lie, kilometres.
    """

    regions: pd.DataFrame
    bounded: bool
    nearest_km: float = NEAREST_KM
    scale: str = field(default="priogrid")

    def locate(self, events: pd.DataFrame) -> Location:
        """Find the cell of every event.

        Raises:
            SchemaError: The region table holds regions that are not cells.
        """
        known = usable(events, self.scale)
        rows = np.full(len(events), -1, dtype=np.intp)
        points = events.loc[known, ["latitude", "longitude"]].to_numpy()
        rows[known] = self._rows(cell_ids(points[:, 0], points[:, 1]))
        away_km = np.full(len(events), np.nan)
        if self.bounded:
            lost = np.flatnonzero(known & (rows < 0))
            rows[lost], away_km[lost] = self._nearest(events.iloc[lost])
        return _location(rows, unlocated=~known, away_km=away_km)

    def _rows(self, cells: npt.NDArray[np.int64]) -> Rows:
        return pd.Index(self._cells()).get_indexer(pd.Index(cells))

    def _cells(self) -> npt.NDArray[np.int64]:
        ids = self.regions["region_id"]
        if not are_cell_ids(ids):
            raise SchemaError(
                "the regions of the scale priogrid must be PRIO-GRID cells with ids 1 to 259200"
            )
        return ids.to_numpy(dtype=object).astype(np.int64)

    def _nearest(self, events: pd.DataFrame) -> tuple[Rows, Floats]:
        points = _points(events)
        owners = country_keys(self.regions["country"])
        keys = country_keys(events["country"])
        boxes = cell_boxes(self._cells())
        return _nearest_own(boxes, owners, points, keys, limit=self.nearest_km)


def _locate_in(
    polygons: Objects, owners: Objects, events: pd.DataFrame, scale: str, *, limit: float
) -> Location:
    known = usable(events, scale)
    chosen = np.flatnonzero(known)
    spots = pd.DataFrame(
        {
            "longitude": events["longitude"].to_numpy()[chosen],
            "latitude": events["latitude"].to_numpy()[chosen],
            "country": country_keys(events["country"])[chosen],
        }
    )
    # Sources repeat places: each distinct spot of a country is looked up once.
    spot, places = _distinct(spots)
    points = _points(places)
    keys = places["country"].to_numpy(dtype=object)
    held = _holding(polygons, owners, points, keys)
    lost = np.flatnonzero(held < 0)
    km = np.full(len(points), np.nan)
    held[lost], km[lost] = _nearest_own(polygons, owners, points[lost], keys[lost], limit=limit)
    rows, away_km = np.full(len(events), -1, dtype=np.intp), np.full(len(events), np.nan)
    rows[chosen], away_km[chosen] = held[spot], km[spot]
    return _location(rows, unlocated=~known, away_km=away_km)


def _distinct(spots: pd.DataFrame) -> tuple[Rows, pd.DataFrame]:
    numbers = spots.groupby(list(spots.columns), sort=False).ngroup().to_numpy()
    return numbers.astype(np.intp), spots[~spots.duplicated()]


def _points(spots: pd.DataFrame) -> Objects:
    return np.asarray(shapely.points(spots["longitude"], spots["latitude"]), dtype=object)


def _holding(polygons: Objects, owners: Objects, points: Objects, keys: Objects) -> Rows:
    """Return the polygon that holds each point: the own country's first, then the lowest row.

    A point on the date line lies in the polygons of both of its sides.
    """
    polygon, point = shapely.STRtree(points).query(polygons, predicate="intersects")
    east, north = shapely.get_x(points), shapely.get_y(points)
    line = np.flatnonzero(np.abs(east) == 180)
    opposite = np.asarray(shapely.points(-east[line], north[line]), dtype=object)
    beyond, there = shapely.STRtree(opposite).query(polygons, predicate="intersects")
    polygon, point = np.append(polygon, beyond), np.append(point, line[there])
    stranger = owners[polygon] != keys[point]
    order = np.lexsort([polygon, stranger, point])
    first = order[np.unique(point[order], return_index=True)[1]]
    rows = np.full(len(points), -1, dtype=np.intp)
    rows[point[first]] = polygon[first]
    return rows


def _nearest_own(
    polygons: Objects, owners: Objects, points: Objects, keys: Objects, *, limit: float
) -> tuple[Rows, Floats]:
    """Return each point's nearest polygon of its own country, and kilometres to it.

    The nearest is the one with the least distance in degrees, across the date line too, the lowest
    row where two are. Beyond the limit the row is -1; without a country both are missing.
    """
    rows, km = np.full(len(points), -1, dtype=np.intp), np.full(len(points), np.nan)
    for key in set(keys) & set(owners) - {""}:
        own = np.flatnonzero(owners == key)
        asked = np.flatnonzero(keys == key)
        shapes = with_turns(polygons[own])
        point, near = shapely.STRtree(shapes).query_nearest(points[asked])
        order = np.lexsort([near % len(own), point])
        first = order[np.unique(point[order], return_index=True)[1]]
        spots = asked[point[first]]
        away = distances_km(points[spots], shapes[near[first]])
        rows[spots] = np.where(away <= limit, own[near[first] % len(own)], -1)
        km[spots] = away
    return rows, km


def _location(rows: Rows, *, unlocated: npt.NDArray[np.bool_], away_km: Floats) -> Location:
    reason = np.where(unlocated, UNLOCATED, np.where(rows >= 0, LOCATED, OUTSIDE))
    return Location(np.where(unlocated, -1, rows), reason.astype(np.int8), away_km)
