"""Monthly measures of simultaneity: attacks by one attacker on the same day, far apart.

Two attacks are linked when they have an attacker in common, are both known to the day and lie on
the same day more than 25 and at most 1,000 km apart, in the same region or in two. Farther apart
is not taken for one operation: names such as IS are carried by groups of several continents.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.counting.attacks import Attacks
from data.counting.row_groups import blanked, last_of_groups, spread_rows, total_by
from data.regions.geodesy import great_circle, unit_vectors

__all__ = ["FAR_KM", "LINKED_KM", "link_measures"]

Rows = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Measure = npt.NDArray[np.float32]

LINKED_KM = (25.0, 1000.0)
FAR_KM = 100.0


@dataclass(frozen=True)
class _Links:
    """Which other place each attack is linked to: one row an attack and place."""

    attack: Rows
    distance: Floats


def link_measures(attacks: Attacks, observed: Flags) -> dict[str, Measure]:
    """Measure simultaneous attacks.

    - ``simultaneous``: attacks of month t that are linked to another place.
    - ``simultaneous_far``: the same with a place more than 100 km away.
    - ``linked_places``: for the attack of month t with most linked places (points as they stand in
      the list): how many; 0 where none is linked.
    - ``linked_km``: how far the farthest linked place of that attack is, whole km; of several with
      as many places the farthest.

    Args:
        attacks: Attacks in order of day.
        observed: (regions, months), where counts may be read.

    Returns:
        Name to (regions, months); empty where no attack that is known to the day has an attacker.
    """
    known = attacks.to_the_day & attacks.at_point & (attacks.month >= 0)
    if not known[attacks.attack].any():
        return {}
    shape = observed.shape
    links = _links(attacks, known)
    attack, first, places = np.unique(links.attack, return_index=True, return_counts=True)
    km = np.rint(np.maximum.reduceat(links.distance, first) if len(first) else first)
    km = km.astype(np.int64)
    far = _any_beyond(links, FAR_KM, attack)
    cell = attacks.region[attack] * shape[1] + attacks.month[attack]
    chosen = last_of_groups(cell, places, km)
    measures = {
        "simultaneous": total_by(cell, np.ones(len(cell), dtype=np.int64), shape),
        "simultaneous_far": total_by(cell, far, shape),
        "linked_places": total_by(cell[chosen], places[chosen], shape),
        "linked_km": total_by(cell[chosen], km[chosen], shape),
    }
    return {name: blanked(values, observed) for name, values in measures.items()}


def _any_beyond(links: _Links, km: float, attack: Rows) -> npt.NDArray[np.int64]:
    return np.isin(attack, links.attack[links.distance > km]).astype(np.int64)


def _links(attacks: Attacks, known: Flags) -> _Links:
    """Compare every attack with the places that its attackers hit on the same day."""
    pairs = np.flatnonzero(known[attacks.attack])
    attack, actor = attacks.attack[pairs], attacks.actor[pairs]
    where = np.column_stack((attacks.latitude, attacks.longitude))
    points, spot = np.unique(where[attack], axis=0, return_inverse=True)
    spot = spot.ravel()
    _, group = np.unique(attacks.day[attack] * attacks.actors + actor, return_inverse=True)
    hit = np.unique(group * len(points) + spot)  # each place once a group
    counts = np.bincount(hit // len(points))
    begin = np.cumsum(counts) - counts
    row, nth = spread_rows(counts[group])
    other = hit[begin[group][row] + nth] % len(points)
    vectors = unit_vectors(points[:, 0], points[:, 1])
    distance = great_circle(np.linalg.norm(vectors[spot[row]] - vectors[other], axis=1))
    linked = (distance > LINKED_KM[0]) & (distance <= LINKED_KM[1])
    _, once = np.unique(attack[row[linked]] * len(points) + other[linked], return_index=True)
    return _Links(attack[row[linked]][once], distance[linked][once])
