"""Monthly measures of sensitive places: how far the nearest one is, and attacks close to one.

Only places that stand in a month count in it. An attack that is located more widely than exactly
or nearly is never taken to be close to a place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from data.counting.placing import PlacedParts
from data.counting.row_groups import blanked, total_by
from data.months import month_number
from data.regions.geodesy import chord, great_circle, unit_vectors
from data.regions.location import usable
from data.regions.places import Places
from data.schema import NEAR_PLACES, PLACE_KINDS, PLACE_KM, place_measure

__all__ = ["FARTHEST_KM", "attacks_near_places", "place_distances"]

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]

# Farther away, and where there is no place, all is one.
FARTHEST_KM = 2000.0


def place_distances(
    places: Places, regions: pd.DataFrame, months: Sequence[str], observed: Flags
) -> dict[str, Floats]:
    """Measure how far the nearest place lies from the centre of each region.

    - ``place_km``: whole kilometres to the nearest place that stands in month t, at most 2,000,
      which also says that there is none.
    - ``place_km_<kind>``: the same for each kind that the list holds.

    Args:
        places: The list.
        regions: Region table.
        months: Text months of the panel.
        observed: (regions, months), where measures may be read.

    Returns:
        Name to (regions, months); NaN for a region without a centre.
    """
    chosen = {PLACE_KM: np.ones(len(places.kinds), dtype=bool)}
    for kind in PLACE_KINDS:
        own = places.kinds == kind
        if own.any():
            chosen[place_measure(kind)] = own
    return {
        name: np.where(observed, _nearest(places, own, regions, months), np.nan)
        for name, own in chosen.items()
    }


def attacks_near_places(
    places: Places,
    events: pd.DataFrame,
    placed: PlacedParts,
    months: Sequence[str],
    observed: Flags,
) -> dict[str, Floats]:
    """Count the attacks of each region and month that were close to a place.

    - ``attacks_25km``, ``attacks_50km``: attacks of month t, located exactly or nearly, at most so
      far from a place that stands in month t, whichever region the place is in.

    Args:
        places: The list.
        events: Canonical events.
        placed: Their parts in the panel.
        months: Text months of the panel.
        observed: (regions, months), where counts may be read.

    Returns:
        Name to (regions, months); empty where no event has a known point.
    """
    pointed = usable(events, "priogrid")
    if not pointed.any():
        return {}
    parts = np.flatnonzero(placed.counted & placed.parts.first & pointed[placed.parts.event])
    event, cell = placed.parts.event[parts], placed.cell[parts]
    column = cell % len(months)
    where = unit_vectors(
        *(events[name].to_numpy(np.float64)[event] for name in ("latitude", "longitude"))
    )
    away = np.full(len(parts), np.inf)
    for first, last, standing in _epochs(places, months):
        inside = (column >= first) & (column < last)
        if inside.any() and standing.any():
            away[inside] = cKDTree(_points(places)[standing]).query(where[inside])[0]
    return {
        name: blanked(
            total_by(cell, (away <= chord(km)).astype(np.int64), observed.shape), observed
        )
        for name, km in NEAR_PLACES.items()
    }


def _nearest(places: Places, own: Flags, regions: pd.DataFrame, months: Sequence[str]) -> Floats:
    latitude, longitude = (regions[name].to_numpy(np.float64) for name in ("latitude", "longitude"))
    placed = ~np.isnan(latitude) & ~np.isnan(longitude)
    centres = unit_vectors(latitude[placed], longitude[placed])
    out = np.full((len(regions), len(months)), np.nan, dtype=np.float32)
    for first, last, standing in _epochs(places, months):
        km = np.full(len(centres), FARTHEST_KM)
        if (standing & own).any():
            straight, _ = cKDTree(_points(places)[standing & own]).query(centres)
            km = np.minimum(np.rint(great_circle(np.asarray(straight))), FARTHEST_KM)
        out[placed, first:last] = km[:, None]
    return out


def _epochs(places: Places, months: Sequence[str]) -> Iterator[tuple[int, int, Flags]]:
    """Yield runs of months, as columns, in which the same places stand, and which these are."""
    start, count = month_number(months[0]), len(months)
    since, until = places.since - start, places.until - start
    turns = np.unique(np.clip(np.concatenate(([0, count], since, until + 1)), 0, count))
    for first, last in zip(turns[:-1].tolist(), turns[1:].tolist(), strict=True):
        yield first, last, (since <= first) & (until >= first)


def _points(places: Places) -> npt.NDArray[np.float64]:
    return unit_vectors(places.latitude, places.longitude)
