"""How far regions lie from their capital and from the borders between countries.

Both are measured from the region's centre along the globe and do not change over time.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from data.regions.boundaries import Boundaries
from data.regions.countries import country_keys, country_of
from data.regions.neighbours import NEIGHBOUR_TOLERANCE, split_neighbours
from data.regions.sphere import great_circle, unit_vectors
from data.schema import BORDER_KM, CAPITAL_KM

__all__ = ["border_points", "with_distances"]

Floats = npt.NDArray[np.float64]

# Degrees between points along an outline; so far apart, a distance is off by 0.6 km at the most.
_STEP = 0.01


def with_distances(
    regions: pd.DataFrame, *, scale: str, boundaries: Boundaries | None = None
) -> pd.DataFrame:
    """Return a region table with ``capital_km`` and ``border_km``, as far as they can be known.

    A column that the table brings is left as it is. At the scale ``country`` there is none: a
    country is not far from its own capital and borders.

    Args:
        regions: Region table.
        scale: Name of the spatial scale.
        boundaries: Polygons of regions or countries; without them borders are not known.
    """
    if scale == "country":
        return regions
    found: dict[str, Floats] = {}
    if CAPITAL_KM not in regions:
        found[CAPITAL_KM] = _to_capital(regions)
    if BORDER_KM not in regions and boundaries is not None:
        found[BORDER_KM] = _to_border(regions, border_points(boundaries))
    known = {name: km.round(1) for name, km in found.items() if not np.isnan(km).all()}
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
    found = [np.empty((0, 2))]
    for row in np.unique(foreign[0]):
        points = shapely.get_coordinates(outlines[row])
        beyond = shapely.union_all(boundaries.polygons[foreign[1][foreign[0] == row]])
        shapely.prepare(beyond)
        near = shapely.dwithin(shapely.points(points), beyond, NEIGHBOUR_TOLERANCE)
        found.append(points[near])
    return np.concatenate(found)


def _to_border(regions: pd.DataFrame, points: Floats) -> Floats:
    """Return kilometres to the nearest border; NaN without a centre or where there is no border."""
    out = np.full(len(regions), np.nan)
    placed = regions[["latitude", "longitude"]].notna().all(axis=1).to_numpy()
    if not len(points) or not placed.any():
        return out
    tree = cKDTree(unit_vectors(points[:, 1], points[:, 0]))
    straight, _ = tree.query(_centres(regions[placed]))
    out[placed] = great_circle(np.asarray(straight))
    return out


def _to_capital(regions: pd.DataFrame) -> Floats:
    """Return kilometres to the capital; NaN without a centre or for a country without an entry."""
    known = {key: country_of(key) for key in set(country_keys(regions["country"]))}
    owners = [known[key] for key in country_keys(regions["country"])]
    latitude = np.array([c.latitude if c else np.nan for c in owners])
    longitude = np.array([c.longitude if c else np.nan for c in owners])
    apart = _centres(regions) - unit_vectors(latitude, longitude)
    return great_circle(np.linalg.norm(apart, axis=1))


def _centres(regions: pd.DataFrame) -> Floats:
    return unit_vectors(
        regions["latitude"].to_numpy(np.float64), regions["longitude"].to_numpy(np.float64)
    )
