"""Sentences about rows that were read, or set aside, and that a reader should look at again.

A doubt changes nothing: what breaks a rule is quarantined by ``event_rules``, what is only
unlikely is named here with its lines.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.regions.countries import country_of
from data.regions.sphere import great_circle, unit_vectors
from data.tabular.values import CAP

__all__ = ["above_cap", "swapped_points"]

Floats = npt.NDArray[np.float64]
Lines = npt.NDArray[np.int64]

_SHOWN = 10
_FAR_KM = 2_000.0
_NEAR_KM = 1_000.0


def swapped_points(frame: pd.DataFrame, lines: Lines) -> tuple[str, ...]:
    """Name events whose latitude and longitude seem to have changed places.

    That is so when the point lies more than 2,000 km from its country's capital, while the point
    with both numbers exchanged lies within 1,000 km of it.

    Args:
        frame: Canonical events with ``country``, ``latitude``, ``longitude`` in degrees.
        lines: (events,), where they stand in their file.
    """
    north = frame["latitude"].to_numpy(dtype=np.float64)
    east = frame["longitude"].to_numpy(dtype=np.float64)
    capitals = _capitals(frame["country"])
    known = ~np.isnan(north + east + capitals.sum(axis=1)) & (np.abs(east) <= 90)
    suspect = np.flatnonzero(known)
    here, there = (
        _apart(points[suspect], capitals[suspect])
        for points in (np.column_stack((north, east)), np.column_stack((east, north)))
    )
    swapped = suspect[(here > _FAR_KM) & (there < _NEAR_KM)]
    if not len(swapped):
        return ()
    where = _listed([f"line {line}" for line in lines[swapped]])
    told = "events whose latitude and longitude seem to have changed places, kept as they are"
    return (f"{told}: {len(swapped):,} ({where})",)


def above_cap(quarantine: pd.DataFrame) -> tuple[str, ...]:
    """Name the largest tolls that were set aside because they lie above the cap.

    Args:
        quarantine: With the columns of ``QUARANTINE_COLUMNS``.
    """
    beyond = quarantine[quarantine["rule"] == f"must not be above {CAP:,}"]
    if beyond.empty:
        return ()
    sizes = [float(value.strip()) for value in beyond["value"]]
    order = np.argsort(-np.array(sizes), kind="stable")
    rows = [beyond.iloc[int(place)] for place in order]
    told = [f"line {row['line']} {row['column']} {row['value'].strip()[:20]}" for row in rows]
    return (f"counts above {CAP:,}, quarantined, the largest first: {_listed(told)}",)


def _capitals(names: pd.Series[str]) -> Floats:
    """Return the capital of each event's country, (events, 2) degrees; NaN where unknown."""
    codes, spellings = pd.factorize(names)
    found = [country_of(name) for name in spellings]
    points = [(c.latitude, c.longitude) if c else (np.nan, np.nan) for c in found]
    return np.array([*points, (np.nan, np.nan)])[codes]


def _apart(points: Floats, others: Floats) -> Floats:
    """Return the kilometres between points in degrees, (rows, 2) each."""
    one, other = (unit_vectors(side[:, 0], side[:, 1]) for side in (points, others))
    return great_circle(np.linalg.norm(one - other, axis=1))


def _listed(told: Sequence[str]) -> str:
    more = f", and {len(told) - _SHOWN:,} more" if len(told) > _SHOWN else ""
    return ", ".join(told[:_SHOWN]) + more
