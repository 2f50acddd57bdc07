"""The watch once more as plain loops over rows of a list, to judge the fast way by."""

from __future__ import annotations

import math

import pandas as pd

KM = 6371.0088
Row = dict


def rows_of(events: pd.DataFrame) -> list[Row]:
    """Return events in order of day, place and id."""
    order = ["date_start", "latitude", "longitude", "event_id"]
    return events.sort_values(order).to_dict("records")


def km(one: Row, other: Row) -> float:
    """Return the great-circle distance by the haversine formula."""
    north, south = math.radians(one["latitude"]), math.radians(other["latitude"])
    east = math.radians(one["longitude"] - other["longitude"])
    half = math.sin((north - south) / 2) ** 2
    half += math.cos(north) * math.cos(south) * math.sin(east / 2) ** 2
    return 2 * KM * math.asin(math.sqrt(half))


def months_ago(row: Row, month: pd.Period) -> int:
    return (month - row["date_start"].to_period("M")).n


def to_the_day(row: Row) -> bool:
    return row["date_precision"] == "day" and row["date_start"] == row["date_end"]


def spot(row: Row) -> tuple[float, float]:
    return row["latitude"], row["longitude"]


def deaths(rows: list[Row]) -> int:
    return sum(int(row["deaths_best"]) for row in rows if not pd.isna(row["deaths_best"]))


def strength(rows: list[Row], month: pd.Period) -> tuple[int, int, int]:
    return sum(months_ago(r, month) < 24 for r in rows), len(rows), deaths(rows)


def slow_sites(rows: list[Row], month: pd.Period) -> list[list[str]]:
    """Return the ids of the attacks of each site, the strongest first."""
    near = {
        spot(centre): [row for row in rows if km(centre, row) <= 5]
        for centre in rows
        if months_ago(centre, month) < 12
    }
    taken: set[tuple[float, float]] = set()
    found = []
    order = sorted(near, key=lambda c: (*(-part for part in strength(near[c], month)), c))
    for centre in order:
        if centre in taken:
            continue
        left = [row for row in near[centre] if spot(row) not in taken]
        taken |= {spot(row) for row in left}
        days = {row["date_start"] for row in left}
        if len(days) > 1 and any(months_ago(row, month) < 12 for row in left):
            found.append(left)
    places = {row["event_id"]: place for place, row in enumerate(rows)}
    found.sort(key=lambda s: (*(-part for part in strength(s, month)), -places[s[-1]["event_id"]]))
    return [[row["event_id"] for row in site] for site in found]


def slow_same_day(
    rows: list[Row], attackers: dict[str, set[str]], month: pd.Period
) -> set[tuple[str, str, frozenset[str], int, int]]:
    """Return attacker, day, ids, places and whole kilometres of attacks that belong together."""
    known = [row for row in rows if to_the_day(row) and months_ago(row, month) < 12]
    found = set()
    for name in {name for row in known for name in attackers[row["event_id"]]}:
        for day in {row["date_start"] for row in known}:
            left = [r for r in known if r["date_start"] == day and name in attackers[r["event_id"]]]
            while left:
                group = [left.pop()]
                for member in group:  # it grows while it is read
                    far = [(r, km(member, r)) for r in left]
                    near = [r for r, k in far if 25 < k <= 1000 or spot(member) == spot(r)]
                    group += near
                    left = [r for r in left if r not in near]
                if len({spot(row) for row in group}) > 1:
                    ids = frozenset(row["event_id"] for row in group)
                    most = max(km(one, other) for one in group for other in group)
                    places = len({spot(row) for row in group})
                    found.add((name, str(day.date()), ids, places, round(most)))
    return found


def slow_debuts(
    rows: list[Row], attackers: dict[str, set[str]], month: pd.Period, *, by: str
) -> dict[tuple[str, str], tuple[str, int, int | None]]:
    """Return (attacker, area) to the first attack's id, attacks since and whole km, by a column."""
    found = {}
    for row in rows:
        for name in attackers[row["event_id"]]:
            key = name, row[by]
            if not row[by] or key in found:
                continue
            own = [r for r in rows if name in attackers[r["event_id"]]]
            since = [r for r in own if r[by] == row[by]]
            before = [km(row, r) for r in own if r["date_start"] < row["date_start"]]
            found[key] = row["event_id"], len(since), round(min(before)) if before else None
    recent = {row["event_id"] for row in rows if months_ago(row, month) < 6}
    return {key: value for key, value in found.items() if value[0] in recent}
