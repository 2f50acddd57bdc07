"""Monthly measures of places: how many were hit, and which were hit again.

A place is a point as it stands in the list, known exactly or nearly; two attacks are on the same
place when they lie at most 5 km apart, whichever region the other one is in. Each measure of month
t reads attacks up to the end of t only, and is missing where its window is not fully observed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from data.counting.attacks import Attacks
from data.counting.row_groups import blanked, full_windows, last_of_groups, spread_rows, total_by
from data.regions.geodesy import chord, unit_vectors

__all__ = ["SAME_PLACE_KM", "site_measures"]

Rows = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Measure = npt.NDArray[np.float32]

SAME_PLACE_KM = 5.0
MEMORY = 24
_WINDOWS = (3, 12)


@dataclass(frozen=True)
class _Hits:
    """What came before each attack on the same place.

    Attributes:
        times: (attacks,) attacks on the place in the 24 months up to that day, itself included.
        opening: (attacks,) position of the first of these.
        before: (attacks,) position of the last one of an earlier day in those months, -1 if none.
        own: (attacks,) position of the last earlier row in the same region, ever, -1 if none.
    """

    times: Rows
    opening: Rows
    before: Rows
    own: Rows


def site_measures(attacks: Attacks, observed: Flags) -> dict[str, Measure]:
    """Measure repeats and places.

    - ``site_repeats``: attacks of month t on a place that was hit on an earlier day of the 24
      months up to t.
    - ``site_days``: for these, the days since the last such hit, added up.
    - ``site_hits``: for the attack of month t whose place was hit most often in the 24 months up
      to that day: how often, itself included; 0 where month t has no attack.
    - ``site_span``: days from the first to the last of these hits; of several attacks with as many
      the longest.
    - ``sites_3``, ``sites_12``: places hit in the 3 and 12 months up to t: attacks with no
      earlier one of the window (in order of day, latitude, longitude) in the same region within
      5 km.

    Args:
        attacks: Attacks in order of day.
        observed: (regions, months), where counts may be read.

    Returns:
        Name to (regions, months); empty where no attack has a known place.
    """
    rows = np.flatnonzero(attacks.at_point)
    if not len(rows):
        return {}
    hits = _earlier_hits(attacks, rows)
    shape, month = observed.shape, attacks.month[rows]
    held = month >= 0
    cell = (attacks.region[rows] * shape[1] + month)[held]
    again = hits.before >= 0
    day = attacks.day[rows]
    gone = np.where(again, day - day[hits.before], 0)
    seen = full_windows(observed, MEMORY)
    most = _most_hit(cell, hits.times[held], (day - day[hits.opening])[held], shape)
    measures = {
        "site_repeats": blanked(total_by(cell, again[held].astype(np.int64), shape), seen),
        "site_days": blanked(total_by(cell, gone[held], shape), seen),
        "site_hits": blanked(most[0], seen),
        "site_span": blanked(most[1], seen),
    }
    for window in _WINDOWS:
        places = _places(attacks.region[rows], month, hits.own, window, shape)
        measures[f"sites_{window}"] = blanked(places, full_windows(observed, window))
    return measures


def _most_hit(
    cell: Rows, times: Rows, span: Rows, shape: tuple[int, int]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return hits and span of each cell's attack with most hits, then the longest span."""
    chosen = last_of_groups(cell, times, span)
    return (
        total_by(cell[chosen], times[chosen], shape),
        total_by(cell[chosen], span[chosen], shape),
    )


def _earlier_hits(attacks: Attacks, rows: Rows) -> _Hits:
    """Look every attack's place up among the attacks near it, in time order.

    The attacks of each place stand together in time order, so that all that came before a day is
    a run that a binary search ends.
    """
    where = np.column_stack((attacks.region[rows], attacks.latitude[rows], attacks.longitude[rows]))
    places, place = np.unique(where, axis=0, return_inverse=True)
    count, spot = len(rows), place.ravel()
    keys = np.sort(spot * count + np.arange(count))
    near = _near(*(places[:, column].astype(np.float64) for column in (1, 2)))
    attack, nth = spread_rows(near.counts[spot])
    other = near.place[near.begin[spot][attack] + nth]
    day, month = attacks.day[rows], attacks.month[rows]
    base = other * count
    bounds = (
        np.searchsorted(month, month - (MEMORY - 1)),
        np.searchsorted(day, day),
        np.searchsorted(day, day, side="right"),
        np.arange(count),
    )
    opened, before, through, own = (np.searchsorted(keys, base + b[attack]) for b in bounds)
    first = np.cumsum(near.counts[spot]) - near.counts[spot]
    earlier = np.where(before > opened, keys[before - 1] - base, -1)
    same = (places[other, 0] == places[spot[attack], 0]) & (own > np.searchsorted(keys, base))
    return _Hits(
        times=np.add.reduceat(through - opened, first),
        opening=np.minimum.reduceat(
            np.where(opened < through, keys[np.minimum(opened, count - 1)] - base, count), first
        ),
        before=np.maximum.reduceat(earlier, first),
        own=np.maximum.reduceat(np.where(same, keys[own - 1] - base, -1), first),
    )


@dataclass(frozen=True)
class _Near:
    """Places within 5 km of each place, itself included, one run a place."""

    place: Rows
    begin: Rows
    counts: Rows


def _near(latitude: Floats, longitude: Floats) -> _Near:
    points = unit_vectors(latitude, longitude)
    pairs = cKDTree(points).query_pairs(chord(SAME_PLACE_KM), output_type="ndarray")
    itself = np.arange(len(points))
    one = np.concatenate((pairs[:, 0], pairs[:, 1], itself))
    other = np.concatenate((pairs[:, 1], pairs[:, 0], itself))
    order = np.lexsort((other, one))
    counts = np.bincount(one, minlength=len(points))
    return _Near(other[order], np.cumsum(counts) - counts, counts)


def _places(
    region: Rows, month: Rows, own: Rows, window: int, shape: tuple[int, int]
) -> npt.NDArray[np.int64]:
    """Count, for every window, the attacks whose last earlier one lies before the window."""
    lapsed = np.where(own >= 0, month[own] + window, month)
    begin = np.clip(np.maximum(month, lapsed), 0, shape[1])
    end = np.clip(month + window, 0, shape[1])
    counts = begin < end
    change = np.zeros((shape[0], shape[1] + 1), dtype=np.int64)
    np.add.at(change, (region[counts], begin[counts]), 1)
    np.add.at(change, (region[counts], end[counts]), -1)
    return np.cumsum(change, axis=1)[:, :-1]
