"""The countries of the VIEWS challenge as a region table.

Ids are VIEWS country ids. A country lies at its capital; the challenge brings no borders, so its
neighbours are the countries with the nearest capitals.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from data.errors import SourceError
from data.regions.countries import country_of, country_of_views
from data.regions.neighbours import join_neighbours
from data.schema import REGION_COLUMNS
from data.tabular.delimited import read_delimited

__all__ = ["NEAREST", "challenge_regions"]

# About as many as a country has land neighbours on average.
NEAREST = 4


def challenge_regions(path: Path) -> tuple[pd.DataFrame, npt.NDArray[np.int64]]:
    """Read the challenge's list of countries.

    Args:
        path: CSV with ``country_id`` (a whole number) and ``name``.

    Returns:
        Columns of ``REGION_COLUMNS``, sorted by ``region_id`` (the number as text), and the
        numbers in that order.

    Raises:
        SourceError: The file cannot be read, an id is no whole number or stands twice.
    """
    text = read_delimited(path, required=("country_id", "name"), optional=()).text
    wrong = [cell for cell in text["country_id"] if not cell.isdecimal()]
    if wrong:
        raise SourceError(f'expected a whole number, got "{wrong[0]}"', file=path)
    by_id = {
        str(int(cell)): name for cell, name in zip(text["country_id"], text["name"], strict=True)
    }
    if len(by_id) < len(text):
        raise SourceError("a country_id stands twice: keep one of the rows", file=path)
    region_ids = sorted(by_id)
    names = [by_id[region_id] for region_id in region_ids]
    known = [
        country_of(name) or country_of_views(int(region_id))
        for name, region_id in zip(names, region_ids, strict=True)
    ]
    latitude = np.array([c.latitude if c else np.nan for c in known])
    longitude = np.array([c.longitude if c else np.nan for c in known])
    table = pd.DataFrame(
        {
            "region_id": region_ids,
            "region": names,
            "country": [c.country if c else n for c, n in zip(known, names, strict=True)],
            "latitude": latitude,
            "longitude": longitude,
            "area_km2": np.nan,
            "neighbours": join_neighbours(region_ids, _nearest(latitude, longitude)),
        },
        columns=list(REGION_COLUMNS),
    )
    texts = ("region_id", "region", "country", "neighbours")
    return table.astype(dict.fromkeys(texts, "str")), np.array(region_ids, dtype=np.int64)


def _nearest(
    latitude: npt.NDArray[np.float64], longitude: npt.NDArray[np.float64]
) -> npt.NDArray[np.intp]:
    """Return pairs (2, pairs) of each place and its nearest ones, in both directions."""
    placed = np.flatnonzero(np.isfinite(latitude) & np.isfinite(longitude))
    y, x = np.radians(latitude[placed]), np.radians(longitude[placed])
    points = np.column_stack((np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)))
    count = min(NEAREST + 1, len(placed))
    _, found = cKDTree(points).query(points, k=range(1, count + 1))
    rows = np.repeat(np.arange(len(placed)), count)
    pairs = np.stack([rows, found.ravel()])
    pairs = pairs[:, pairs[0] != pairs[1]]
    return np.unique(placed[np.hstack([pairs, pairs[::-1]])], axis=1)
