"""Which region an event lies in: polygons, PRIO-GRID cells or countries.

A locator holds a region table and says for each event: a row of that table, or why there is none.
Counting belongs to ``data.counting.counting``.

- **unlocated**: the event has no point, or its location is wider than the scale.
- **outside**: the event lies in no region of the table and its country has none.

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
from data.regions.priogrid import are_cell_ids, cell_boxes, cell_ids
from data.schema import LOCATION_PRECISIONS

__all__ = [
    "LOCATED",
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

LOCATED, UNLOCATED, OUTSIDE = 0, 1, 2

# The widest precision that a scale takes; a scale of one's own takes points only.
_WIDEST = {"country": "area", "admin1": "admin1", "admin2": "admin2"}


@dataclass(frozen=True)
class Location:
    """Where events lie.

    Attributes:
        region: (events,) row in the locator's region table, -1 where there is none.
        reason: (events,) int8, ``LOCATED``, ``UNLOCATED`` or ``OUTSIDE``.
        nearest: (events,) whether the region is just the nearest of the event's own country.
    """

    region: Rows
    reason: npt.NDArray[np.int8]
    nearest: npt.NDArray[np.bool_]


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
        return _location(rows, unlocated=keys == "", nearest=np.zeros(len(rows), dtype=bool))


@dataclass(frozen=True)
class PolygonLocator:
    """Events by polygons: the one that holds the point, else the nearest of the own country."""

    boundaries: Boundaries
    scale: str

    @property
    def regions(self) -> pd.DataFrame:
        """Region table of the boundaries."""
        return self.boundaries.regions

    def locate(self, events: pd.DataFrame) -> Location:
        """Find the polygon of every event; distances are measured in degrees."""
        owners = country_keys(self.regions["country"])
        return _locate_in(self.boundaries.polygons, owners, events, self.scale)


@dataclass(frozen=True)
class CellLocator:
    """Events by PRIO-GRID cell.

    Attributes:
        regions: Region table whose ids are cell ids.
        bounded: Whether the cells come from boundaries; then an event in a cell that the table
            lacks goes to the nearest cell of its own country, as with polygons.
    """

    regions: pd.DataFrame
    bounded: bool
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
        nearest = np.zeros(len(events), dtype=bool)
        if self.bounded:
            lost = np.flatnonzero(known & (rows < 0))
            rows[lost] = self._nearest(events.iloc[lost])
            nearest[lost] = rows[lost] >= 0
        return _location(rows, unlocated=~known, nearest=nearest)

    def _rows(self, cells: npt.NDArray[np.int64]) -> Rows:
        return pd.Index(self._cells()).get_indexer(pd.Index(cells))

    def _cells(self) -> npt.NDArray[np.int64]:
        ids = self.regions["region_id"]
        if not are_cell_ids(ids):
            raise SchemaError(
                "the regions of the scale priogrid must be PRIO-GRID cells with ids 1 to 259200"
            )
        return ids.to_numpy(dtype=object).astype(np.int64)

    def _nearest(self, events: pd.DataFrame) -> Rows:
        points = _points(events)
        owners = country_keys(self.regions["country"])
        keys = country_keys(events["country"])
        return _nearest_own(cell_boxes(self._cells()), owners, points, keys)


def _locate_in(polygons: Objects, owners: Objects, events: pd.DataFrame, scale: str) -> Location:
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
    held[lost] = _nearest_own(polygons, owners, points[lost], keys[lost])
    rows = np.full(len(events), -1, dtype=np.intp)
    rows[chosen] = held[spot]
    nearest = np.zeros(len(events), dtype=bool)
    nearest[chosen] = np.isin(spot, lost) & (rows[chosen] >= 0)
    return _location(rows, unlocated=~known, nearest=nearest)


def _distinct(spots: pd.DataFrame) -> tuple[Rows, pd.DataFrame]:
    numbers = spots.groupby(list(spots.columns), sort=False).ngroup().to_numpy()
    return numbers.astype(np.intp), spots[~spots.duplicated()]


def _points(spots: pd.DataFrame) -> Objects:
    return np.asarray(shapely.points(spots["longitude"], spots["latitude"]), dtype=object)


def _holding(polygons: Objects, owners: Objects, points: Objects, keys: Objects) -> Rows:
    """Return the polygon that holds each point: the own country's first, then the lowest row."""
    polygon, point = shapely.STRtree(points).query(polygons, predicate="intersects")
    stranger = owners[polygon] != keys[point]
    order = np.lexsort([polygon, stranger, point])
    first = order[np.unique(point[order], return_index=True)[1]]
    rows = np.full(len(points), -1, dtype=np.intp)
    rows[point[first]] = polygon[first]
    return rows


def _nearest_own(polygons: Objects, owners: Objects, points: Objects, keys: Objects) -> Rows:
    """Return each point's nearest polygon of its own country, the lowest row where two are."""
    rows = np.full(len(points), -1, dtype=np.intp)
    for key in set(keys) & set(owners) - {""}:
        own = np.flatnonzero(owners == key)
        asked = np.flatnonzero(keys == key)
        point, near = shapely.STRtree(polygons[own]).query_nearest(points[asked])
        order = np.lexsort([near, point])
        first = order[np.unique(point[order], return_index=True)[1]]
        rows[asked[point[first]]] = own[near[first]]
    return rows


def _location(
    rows: Rows, *, unlocated: npt.NDArray[np.bool_], nearest: npt.NDArray[np.bool_]
) -> Location:
    reason = np.where(unlocated, UNLOCATED, np.where(rows >= 0, LOCATED, OUTSIDE))
    return Location(np.where(unlocated, -1, rows), reason.astype(np.int8), nearest)
