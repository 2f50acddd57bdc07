"""Events that lie outside all regions although their country has some: too many are refused.

Boundaries of a part of a country, of another one, in another order of axes or in another reference
system take few events or none, and every count of the panel would be too low.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from data.counting.region_months import Reconciliation
from data.errors import EvidenceError
from data.regions.boundaries import Boundaries
from data.schema import EVENTS

__all__ = ["refuse_strays"]

# Fewer events may be odd ones of a short list; they are listed.
_FEWEST = 10
_NAMED = 5


def refuse_strays(
    done: Reconciliation, boundaries: Boundaries, *, most_outside: float, scale: str
) -> None:
    """Refuse regions beside which most events lie.

    Args:
        done: Where all events went.
        boundaries: The polygons.
        most_outside: Share of the events of the regions' countries that may lie outside.
        scale: Name of the spatial scale.

    Raises:
        EvidenceError: More do, or no event lies in any region; the likely cause is named.
    """
    strays, table = done.stray_events, done.countries
    own = table["country"].isin({*strays["country"], *table["country"][table["region_events"] > 0]})
    placed = int((table["accepted_events"] - table["unlocated_events"])[own].sum())
    if len(strays) >= _FEWEST and len(strays) > most_outside * placed:
        named = ", ".join(strays["country"].value_counts().index[:_NAMED])
        raise EvidenceError(
            f"{len(strays):,} of {placed:,} events of {named} lie outside all regions:"
            f" {_cause(strays, boundaries)}; --most-outside 1 (or most_outside in [panel]) accepts"
            " it"
        )
    if scale != "country" and most_outside < 1 and _none_inside(done):
        lost = table[table["outside_events"] > 0].sort_values("outside_events", ascending=False)
        theirs = ", ".join(lost["country"].tolist()[:_NAMED])
        owners = ", ".join(sorted(set(boundaries.regions["country"]))[:_NAMED])
        raise EvidenceError(
            f"none of {done.outside.events:,} events lies in a region: they are of {theirs}, and"
            f" the regions of {owners}; --most-outside 1 (or most_outside in [panel]) accepts it"
        )


def _none_inside(done: Reconciliation) -> bool:
    counted = (done.panel, done.before, done.unobserved)
    return done.outside.events >= _FEWEST and not sum(getattr(part, EVENTS) for part in counted)


def _cause(strays: pd.DataFrame, boundaries: Boundaries) -> str:
    """Say why most events lie outside, as far as their points tell."""
    latitude, longitude = strays["latitude"].to_numpy(), strays["longitude"].to_numpy()
    tree = shapely.STRtree(boundaries.polygons)
    exchanged = np.unique(tree.query(shapely.points(latitude, longitude), "intersects")[0])
    if len(exchanged) > len(strays) / 2:
        return (
            f"{len(exchanged):,} would lie inside with latitude and longitude exchanged, so the"
            " axes of the boundaries or of the list are in the wrong order"
        )
    west, south, east, north = shapely.total_bounds(boundaries.polygons)
    beside = (longitude < west) | (longitude > east) | (latitude < south) | (latitude > north)
    if beside.mean() <= 0.5:
        return "the boundaries hold a part of the country; give those of all of it"
    return (
        f"the boundaries hold longitudes {west:.6g} to {east:.6g} and latitudes {south:.6g} to"
        f" {north:.6g}, the events {longitude.min():.6g} to {longitude.max():.6g} and"
        f" {latitude.min():.6g} to {latitude.max():.6g}, so the boundaries hold a part of the"
        " country or another one, or their coordinates are not degrees"
    )
