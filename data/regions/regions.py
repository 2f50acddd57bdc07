"""Region tables: one row a region with the columns of ``REGION_COLUMNS``, sorted by ``region_id``.

Makes the tables of the scales ``country`` and ``priogrid`` and writes tables of any scale. Tables
from polygons come from ``data.regions.boundaries``; tables from files from
``data.regions.region_table``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from data.files import write_with
from data.months import month_number
from data.regions.boundaries import Boundaries, merge_countries
from data.regions.countries import countries, country_key, country_keys, country_of
from data.regions.location import usable
from data.regions.neighbours import join_neighbours
from data.regions.priogrid import (
    cell_areas_km2,
    cell_centres,
    cell_ids,
    cell_neighbours,
    cells_touching,
)
from data.schema import REGION_COLUMNS

__all__ = ["cell_regions", "country_regions", "write_regions"]

_NUMBERS = ("latitude", "longitude", "area_km2")


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
    where several are level.

    Args:
        events: Canonical events; used without boundaries only.
        boundaries: Polygons of regions or countries.
        until: Last month that may be known; later events make no cell. It keeps a backtest from
            knowing where attacks will come.
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


def write_regions(regions: pd.DataFrame, path: Path) -> None:
    """Write a region table as CSV, or as Parquet where the path ends so.

    Raises:
        RuntimeEnvironmentError: The file cannot be written.
    """
    if path.suffix == ".parquet":
        write_with(path, lambda temporary: regions.to_parquet(temporary, index=False))
    else:
        write_with(
            path, lambda temporary: regions.to_csv(temporary, index=False, lineterminator="\n")
        )


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
