"""The measures of event rows once more, as plain loops over attacks, to judge the fast ones by."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np

from data.counting.attacks import Attacks

KM = 6371.0088
MEMORY = 24


def distance(attacks: Attacks, one: int, other: int) -> float:
    """Return the great-circle distance by the haversine formula, km."""
    north, east, south, west = (
        math.radians(value)
        for value in (
            attacks.latitude[one],
            attacks.longitude[one],
            attacks.latitude[other],
            attacks.longitude[other],
        )
    )
    half = math.sin((south - north) / 2) ** 2
    half += math.cos(north) * math.cos(south) * math.sin((west - east) / 2) ** 2
    return 2 * KM * math.asin(math.sqrt(half))


def attackers_of(attacks: Attacks) -> list[set[int]]:
    """Return the attackers of every attack."""
    found: list[set[int]] = [set() for _ in attacks.region]
    for attack, actor in zip(attacks.attack, attacks.actor, strict=True):
        found[attack].add(int(actor))
    return found


def slow_actors(attacks: Attacks, shape: tuple[int, int], near: dict[int, set[int]]) -> dict:
    """Return the actor measures where every month is observed, before any blanking."""
    by = attackers_of(attacks)
    names = [
        *("actors", "actors_3", "actors_12", "actors_new", "actor_main", "actor_reach"),
        *("actor_elsewhere", "actor_elsewhere_3", "actor_nearby", "actor_nearby_3"),
    ]
    out = {name: np.zeros(shape) for name in names}
    rows = range(len(by))

    def within(month: int, months: int) -> list[int]:
        return [i for i in rows if month - months < attacks.month[i] <= month]

    for region in range(shape[0]):
        for month in range(shape[1]):
            here = {
                w: [i for i in within(month, w) if attacks.region[i] == region]
                for w in (1, 3, 12, 24)
            }
            for name, window in (("actors", 1), ("actors_3", 3), ("actors_12", 12)):
                out[name][region, month] = len(set().union(*(by[i] for i in here[window])))
            before = [i for i in rows if attacks.region[i] == region and attacks.month[i] < month]
            known = set().union(*(by[i] for i in before))
            out["actors_new"][region, month] = len(set().union(*(by[i] for i in here[1])) - known)
            counts = Counter(actor for i in here[MEMORY] for actor in by[i])
            if not counts:
                continue
            last = {a: max(attacks.day[i] for i in here[MEMORY] if a in by[i]) for a in counts}
            main = min(counts, key=lambda a: (-counts[a], -last[a], a))
            out["actor_main"][region, month] = counts[main]
            for name, window in (("", 1), ("_3", 3)):
                others = [
                    attacks.region[i]
                    for i in within(month, window)
                    if main in by[i] and attacks.region[i] != region
                ]
                out[f"actor_elsewhere{name}"][region, month] = len(others)
                out[f"actor_nearby{name}"][region, month] = sum(o in near[region] for o in others)
            hit = {attacks.region[i] for i in within(month, 12) if main in by[i]}
            out["actor_reach"][region, month] = len(hit - {region})
    return out


def slow_sites(attacks: Attacks, shape: tuple[int, int]) -> dict:
    """Return the site measures where every month is observed, before any blanking."""
    names = ("site_repeats", "site_days", "site_hits", "site_span", "sites_3", "sites_12")
    out = {name: np.zeros(shape) for name in names}
    points = [i for i in range(len(attacks.region)) if attacks.at_point[i]]
    for i in points:
        cell = attacks.region[i], attacks.month[i]
        near = [
            j
            for j in points
            if attacks.day[j] <= attacks.day[i]
            and attacks.month[j] > attacks.month[i] - MEMORY
            and distance(attacks, i, j) <= 5
        ]
        if attacks.month[i] < 0:
            continue
        earlier = [attacks.day[j] for j in near if attacks.day[j] < attacks.day[i]]
        if earlier:
            out["site_repeats"][cell] += 1
            out["site_days"][cell] += attacks.day[i] - max(earlier)
        span = attacks.day[i] - min(attacks.day[j] for j in near)
        best = max((out["site_hits"][cell], out["site_span"][cell]), (len(near), span))
        out["site_hits"][cell], out["site_span"][cell] = best
    for window in (3, 12):
        for region in range(shape[0]):
            for month in range(shape[1]):
                held = [
                    i
                    for i in points
                    if attacks.region[i] == region and month - window < attacks.month[i] <= month
                ]
                out[f"sites_{window}"][region, month] = sum(
                    not any(distance(attacks, i, j) <= 5 for j in held[:place])
                    for place, i in enumerate(held)
                )
    return out


def slow_links(attacks: Attacks, shape: tuple[int, int]) -> dict:
    """Return the measures of simultaneity where every month is observed."""
    by = attackers_of(attacks)
    names = ("simultaneous", "simultaneous_far", "linked_places", "linked_km")
    out = {name: np.zeros(shape) for name in names}
    known = [
        i
        for i in range(len(by))
        if attacks.at_point[i] and attacks.to_the_day[i] and attacks.month[i] >= 0
    ]
    for i in known:
        places = {}
        for j in known:
            far = distance(attacks, i, j)
            if attacks.day[i] == attacks.day[j] and by[i] & by[j] and 25 < far <= 1000:
                places[attacks.latitude[j], attacks.longitude[j]] = far
        if places:
            cell = attacks.region[i], attacks.month[i]
            out["simultaneous"][cell] += 1
            out["simultaneous_far"][cell] += max(places.values()) > 100
            best = max(
                (out["linked_places"][cell], out["linked_km"][cell]),
                (len(places), round(max(places.values()))),
            )
            out["linked_places"][cell], out["linked_km"][cell] = best
    return out
