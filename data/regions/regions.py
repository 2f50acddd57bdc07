"""Region tables: one row a region with the columns of ``REGION_COLUMNS``, sorted by ``region_id``.

Makes the tables of the scales ``country`` and ``priogrid``, and measures how far regions lie from
their capital and from borders. Tables from polygons come from ``data.regions.boundaries``, tables
from files from ``data.regions.region_table``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from data.months import month_number
from data.regions.boundaries import Boundaries, merge_countries
from data.regions.countries import capitals, countries, country_key, country_keys, country_of
from data.regions.geodesy import great_circle, unit_vectors
from data.regions.location import usable
from data.regions.neighbours import NEIGHBOUR_TOLERANCE, join_neighbours, split_neighbours
from data.regions.priogrid import (
    cell_areas_km2,
    cell_centres,
    cell_ids,
    cell_neighbours,
    cells_touching,
)
from data.schema import BORDER_KM, CAPITAL_KM, REGION_COLUMNS

__all__ = ["border_points", "cell_regions", "country_regions", "with_distances"]

_NUMBERS = ("latitude", "longitude", "area_km2")

Floats = npt.NDArray[np.float64]

# Degrees between points along an outline; so far apart, a distance is off by 0.6 km at the most.
_STEP = 0.01


def country_regions(
    covered: Sequence[str], *, boundaries: Boundaries | None = None
) -> pd.DataFrame:
    """Return the region table of countries; ids are ISO3 codes.

    The centre is the capital; with boundaries it lies in the middle of the country's polygons,
    which also give area and neighbours. Without them area is missing, neighbours are empty.

    Args:
        covered: Names of the countries; empty means every country of the table.
        boundaries: Polygons of regions or countries.
    """
    keys = sorted({country_key(name) for name in covered} or {c.iso3 for c in countries()})
    written = {country_key(name): name for name in covered}
    known = [country_of(key) for key in keys]
    table = _typed(
        {
            "region_id": keys,
            "region": [c.name if c else written[k] for k, c in zip(keys, known, strict=True)],
            "country": [c.country if c else written[k] for k, c in zip(keys, known, strict=True)],
            "latitude": [c.latitude if c else np.nan for c in known],
            "longitude": [c.longitude if c else np.nan for c in known],
            "area_km2": [np.nan] * len(keys),
            "neighbours": [""] * len(keys),
        }
    )
    return table if boundaries is None else _with_shapes(table, boundaries)


def cell_regions(
    events: pd.DataFrame, *, boundaries: Boundaries | None = None, until: str | None = None
) -> pd.DataFrame:
    """Return the region table of PRIO-GRID cells.

    With boundaries: every cell that shares ground with a polygon; its country is the one whose
    polygon holds the cell's centre or lies nearest to it. Without: every cell in which an event
    exactly or nearly located began; its country is the one of most of them, the first by name
    where several tie.

    Args:
        events: Canonical events; used without boundaries only.
        boundaries: Polygons of regions or countries.
        until: Last month that may be known; later events make no cell, so that a backtest does not
            know where attacks will come.
    """
    if boundaries is not None:
        cells = cells_touching(boundaries.polygons)
        owners = _owners_by_polygon(cells, boundaries)
    else:
        cells, owners = _cells_of_events(events, until)
    latitude, longitude = cell_centres(cells)
    ids = [str(cell) for cell in cells]
    table = _typed(
        {
            "region_id": ids,
            "region": [_place_name(y, x) for y, x in zip(latitude, longitude, strict=True)],
            "country": owners,
            "latitude": latitude,
            "longitude": longitude,
            "area_km2": cell_areas_km2(cells).round(1),
            "neighbours": join_neighbours(ids, cell_neighbours(cells)) if ids else [],
        }
    )
    return table.sort_values("region_id", ignore_index=True)


def with_distances(
    regions: pd.DataFrame, *, scale: str, boundaries: Boundaries | None = None
) -> pd.DataFrame:
    """Return a region table with ``capital_km`` and ``border_km``, where they can be known.

    Both are measured from the region's centre along the globe and do not change over time.

    A column that the table already has stays. The scale ``country`` has neither: a country is not
    far from its own capital and borders.

    Args:
        regions: Region table.
        scale: Name of the spatial scale.
        boundaries: Polygons of regions or countries; without them borders are not known.
    """
    if scale == "country":
        return regions
    distances: dict[str, Floats] = {}
    if CAPITAL_KM not in regions:
        distances[CAPITAL_KM] = _to_capital(regions)
    if BORDER_KM not in regions and boundaries is not None:
        distances[BORDER_KM] = _to_border(regions, border_points(boundaries))
    known = {name: km.round(1) for name, km in distances.items() if not np.isnan(km).all()}
    return regions.assign(**known)


def border_points(boundaries: Boundaries) -> Floats:
    """Return points along the edges that two countries of the boundaries share.

    An outline belongs to a border where a neighbouring region of another country lies within the
    tolerance of neighbours. Coasts, and borders with countries that are not in the file, do not.

    Returns:
        (points, 2) longitude and latitude, at most 0.01 degrees apart.
    """
    table = boundaries.regions
    keys = country_keys(table["country"])
    pairs = split_neighbours(table["neighbours"].tolist(), table["region_id"].tolist())
    foreign = pairs[:, keys[pairs[0]] != keys[pairs[1]]]
    outlines = shapely.segmentize(shapely.boundary(boundaries.polygons), _STEP)
    borders = [np.empty((0, 2))]
    for row in np.unique(foreign[0]):
        points = shapely.get_coordinates(outlines[row])
        beyond = shapely.union_all(boundaries.polygons[foreign[1][foreign[0] == row]])
        shapely.prepare(beyond)
        near = shapely.dwithin(shapely.points(points), beyond, NEIGHBOUR_TOLERANCE)
        borders.append(points[near])
    return np.concatenate(borders)


def _typed(columns: dict[str, object]) -> pd.DataFrame:
    table = pd.DataFrame(columns, columns=list(REGION_COLUMNS))
    return table.astype({name: "float64" if name in _NUMBERS else "str" for name in REGION_COLUMNS})


def _with_shapes(table: pd.DataFrame, boundaries: Boundaries) -> pd.DataFrame:
    shapes = merge_countries(boundaries).regions.set_index("region_id")
    held = table["region_id"].isin(shapes.index).to_numpy()
    ids = table["region_id"][held]
    for name in (*_NUMBERS, "neighbours"):
        table.loc[held, name] = shapes.loc[ids, name].to_numpy()
    return table


def _owners_by_polygon(
    cells: npt.NDArray[np.int64], boundaries: Boundaries
) -> npt.NDArray[np.object_]:
    latitude, longitude = cell_centres(cells)
    tree = shapely.STRtree(boundaries.polygons)
    # Rows come sorted by centre, polygons of one centre in no order: the lowest id is taken.
    centre, polygon = tree.query_nearest(shapely.points(longitude, latitude))
    order = np.lexsort([polygon, centre])
    first = np.unique(centre[order], return_index=True)[1]
    owners = boundaries.regions["country"].to_numpy(dtype=object)
    return np.asarray(owners[polygon[order][first]])


def _cells_of_events(
    events: pd.DataFrame, until: str | None
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.object_]]:
    begun = events["date_start"].dt.year * 12 + events["date_start"].dt.month - 1
    known = usable(events, "priogrid")
    if until is not None:
        known = known & (begun <= month_number(until)).to_numpy()
    held = events[known]
    counts = pd.DataFrame(
        {
            "cell": cell_ids(held["latitude"], held["longitude"]),
            "key": country_keys(held["country"]),
            "country": held["country"].to_numpy(dtype=object),
        }
    )
    sizes = counts.groupby(["cell", "key"], sort=True).agg(
        country=("country", "min"), events=("country", "size")
    )
    most = (
        sizes.reset_index()
        .sort_values(["cell", "events", "country"], ascending=[True, False, True])
        .drop_duplicates("cell")
    )
    return most["cell"].to_numpy(np.int64), most["country"].to_numpy(dtype=object)


def _place_name(latitude: float, longitude: float) -> str:
    north = "N" if latitude >= 0 else "S"
    east = "E" if longitude >= 0 else "W"
    return f"{abs(latitude):.2f}°{north} {abs(longitude):.2f}°{east}"


def _to_border(regions: pd.DataFrame, points: Floats) -> Floats:
    """Return kilometres to the nearest border; NaN without a centre or where there is no border."""
    out = np.full(len(regions), np.nan)
    placed = regions[["latitude", "longitude"]].notna().all(axis=1).to_numpy()
    if not len(points) or not placed.any():
        return out
    tree = cKDTree(unit_vectors(points[:, 1], points[:, 0]))
    straight, _ = tree.query(_centre_vectors(regions[placed]))
    out[placed] = great_circle(np.asarray(straight))
    return out


def _to_capital(regions: pd.DataFrame) -> Floats:
    """Return kilometres to the capital; NaN without a centre or for a country without an entry."""
    capital = unit_vectors(*capitals(regions["country"]))
    return great_circle(np.linalg.norm(_centre_vectors(regions) - capital, axis=1))


def _centre_vectors(regions: pd.DataFrame) -> Floats:
    return unit_vectors(
        regions["latitude"].to_numpy(np.float64), regions["longitude"].to_numpy(np.float64)
    )
