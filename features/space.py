"""Geometry of regions: neighbours, distances, and weighted sums over other regions.

Weights are sparse and are multiplied row by row in a fixed order, so that a month's result does
not depend, to the last bit, on which other months are in the panel.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse
from scipy.spatial import cKDTree

from data.regions import geodesy
from data.regions.geodesy import chord, great_circle

__all__ = [
    "decaying_weights",
    "nearest_hit",
    "neighbour_weights",
    "row_blocks",
    "unit_vectors",
    "weighted_total",
]

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]


def unit_vectors(regions: pd.DataFrame) -> Doubles:
    """Return region centres on the unit sphere, (regions, 3)."""
    return geodesy.unit_vectors(
        regions["latitude"].to_numpy(np.float64), regions["longitude"].to_numpy(np.float64)
    )


def row_blocks(count: int, size: int) -> Iterator[slice]:
    """Yield slices that cut ``count`` rows into blocks of at most ``size``."""
    for start in range(0, count, size):
        yield slice(start, min(start + size, count))


def neighbour_weights(regions: pd.DataFrame, order: int) -> sparse.csr_array:
    """Return 1 where the shortest path over neighbours from row to column has ``order`` steps.

    Args:
        regions: Region table; ids of neighbours that are not in it are ignored.
        order: Steps, 1 or more.

    Returns:
        (regions, regions) float64; the region itself is never among them.
    """
    place = {region: row for row, region in enumerate(regions["region_id"])}
    pairs = [
        (row, place[neighbour])
        for row, text in enumerate(regions["neighbours"].fillna(""))
        for neighbour in text.split(";")
        if neighbour in place
    ]
    rows, columns = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    shape = (len(regions), len(regions))
    step = sparse.csr_array((np.ones(len(pairs)), (rows, columns)), shape=shape)
    near = sparse.csr_array(sparse.eye_array(len(regions)))
    for _ in range(order):
        before = near
        near = ((before + before @ step) > 0).astype(np.float64)
    return sparse.csr_array(near - before)


def decaying_weights(
    points: Doubles, rows: slice, *, scale_km: float, radius_km: float
) -> sparse.csr_array:
    """Return exp(-distance / scale) between some regions and all others within a radius.

    Args:
        points: (regions, 3), centres on the unit sphere.
        rows: Regions from which distances are measured.
        scale_km: Distance over which the weight falls to 1/e.
        radius_km: Great-circle distance beyond which the weight is 0.

    Returns:
        (rows, regions) float64; a region has no weight on itself.
    """
    pairs = cKDTree(points[rows]).sparse_distance_matrix(
        cKDTree(points), chord(radius_km), output_type="ndarray"
    )
    pairs = pairs[pairs["i"] + rows.start != pairs["j"]]
    weight = np.exp(-great_circle(pairs["v"]) / scale_km)
    shape = (rows.stop - rows.start, len(points))
    weights = sparse.csr_array((weight, (pairs["i"], pairs["j"])), shape=shape)
    weights.sort_indices()
    return weights


def weighted_total(weights: sparse.csr_array, values: Floats, *, least: float) -> Floats:
    """Return each row's weighted sum over regions.

    Unobserved regions are assumed to be like the observed ones: the sum over those is divided by
    their share of the weight. Regions never observed up to a month are left out of it.

    Args:
        weights: (rows, regions).
        values: (regions, months), NaN where unobserved.
        least: Share of the weight that must be observed; below it the sum is NaN.

    Returns:
        (rows, months) float32.
    """
    observed = ~np.isnan(values)
    counts = sparse.csr_array(np.where(observed, values, 0).astype(np.float64))
    total = (weights @ counts).toarray()
    if observed.all():
        return total.astype(np.float32)
    weight_now = _over_patterns(weights, observed)
    weight_ever = _over_patterns(weights, np.logical_or.accumulate(observed, axis=1))
    alone = weights.sum(axis=1)[:, None] == 0
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(alone, 1.0, weight_now / weight_ever)
        return np.where(share >= least, total / share, np.nan).astype(np.float32)


def _over_patterns(weights: sparse.csr_array, mask: npt.NDArray[np.bool_]) -> Doubles:
    # Coverage changes in few months: a run of equal columns is multiplied once.
    changed = np.append(True, (mask[:, 1:] != mask[:, :-1]).any(axis=0))
    return np.asarray(weights @ mask[:, changed].astype(np.float64))[:, np.cumsum(changed) - 1]


def nearest_hit(points: Doubles, hit: npt.NDArray[np.bool_], *, cap_km: float) -> Floats:
    """Return the distance to the nearest other region that is hit, for every month.

    Args:
        points: (regions, 3), centres on the unit sphere.
        hit: (regions, months).
        cap_km: Largest distance that is returned, also where no other region is hit.

    Returns:
        (regions, months) float32, km along the great circle.
    """
    out = np.full(hit.shape, cap_km, dtype=np.float32)
    own = np.arange(len(points))[:, None]
    for month in np.flatnonzero(hit.any(axis=0)):
        places = np.flatnonzero(hit[:, month])
        straight, index = cKDTree(points[places]).query(
            points, k=2, distance_upper_bound=chord(cap_km)
        )
        others = np.append(places, -1)[index] != own
        nearest = np.where(others, straight, np.inf).min(axis=1)
        out[:, month] = np.minimum(great_circle(np.minimum(nearest, 2.0)), cap_km)
    return out
