"""A second count of the store by a plain path of its own, to hold against a panel.

It shares no step with counting: versions are applied one after another, polygons are asked one by
one, and tolls are added up event by event. What a panel may decide is given room: an event in no
region may lie in any region of its country within a degree, and the deaths of an event that spans
months in any of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from data.counting.panel_regions import PanelRegions
from data.counting.region_months import RegionMonths
from data.months import month_number
from data.regions.countries import country_key
from data.schema import DEATHS, EVENTS, OBSERVED, STATUSES
from data.store.manifests import Manifest, coverage_of, release_order, win_order
from data.store.snapshots import read_table
from data.store.store import Store

__all__ = ["Audit", "audit_counts", "plain_rows"]

_KEYS = {"events": ["event_id"], "figures": ["region_id", "month"]}
_COLUMNS = ["region_id", "month", "measure", "panel", "least", "most"]
_NEAR_DEGREES = 1.0
_USABLE = {
    "admin1": ("", "exact", "near", "admin2", "admin1"),
    "admin2": ("", "exact", "near", "admin2"),
}
_DAYS = ("date_start", "date_end")
_POINTS = ("", "exact", "near")

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Audit:
    """What the second count says of a panel.

    Attributes:
        compared: How many counts of region-months were compared.
        differences: A row a count that differs: ``region_id, month, measure, panel, least, most``.
    """

    compared: int
    differences: pd.DataFrame


def audit_counts(
    store: Store, source: str, content: str, counts: RegionMonths, places: PanelRegions
) -> Audit:
    """Count the store again and compare by region and month.

    Args:
        store: What was counted, as it was known then.
        source: The source that was counted.
        content: ``events`` or ``figures``.
        counts: The panel's counts.
        places: The regions of the settings. Where they change over time, only the sums of each
            month are compared.
    """
    rows = plain_rows(store, source, content)
    bounds = (
        _figure_bounds(rows, counts, places)
        if content == "figures"
        else _event_bounds(rows, counts, places)
    )
    seen = counts.status == STATUSES.index(OBSERVED)
    ids, months = counts.regions["region_id"].tolist(), list(counts.months)
    compared, found = 0, []
    for measure, (least, most) in bounds.items():
        given = counts.measures[measure].astype(np.float64)
        if places.changes is not None:
            width = len(months)
            sides = (least[:, :width], most[:, :width], given)
            least, most, given = (np.nansum(side, axis=0)[None] for side in sides)
            ids, seen = ["all regions"], seen.any(axis=0)[None]
        elif least.shape[1] > len(months):
            # A region whose months are all known has all deaths of its events.
            given = np.column_stack([given, given.sum(axis=1)])
            seen = np.column_stack([seen, np.zeros(len(seen), dtype=bool)])
        known = ~np.isnan(given) & ~np.isnan(least)
        compared += int(known.sum())
        wrong = known & ((given < least) | (given > most))
        # An unknown toll makes the month's deaths unknown, and nothing else does.
        wrong |= np.isnan(least) & ~np.isnan(given)
        wrong |= seen & np.isnan(given) & np.isfinite(most) & ~np.isnan(least)
        for row, column in np.argwhere(wrong):
            cells = (float(side[row, column]) for side in (given, least, most))
            month = months[column] if column < len(months) else "all months"
            found.append((ids[row], month, measure, *cells))
    return Audit(compared, pd.DataFrame(found, columns=_COLUMNS))


def plain_rows(store: Store, source: str, content: str) -> pd.DataFrame:
    """Return the rows that count, by applying one version after another.

    Args:
        store: As it was known on its day.
        source: The source.
        content: ``events`` (of complete lists) or ``figures``.
    """
    keys = _KEYS[content]
    used = store.manifests(source=source, content=content, complete_only=content == "events")
    versions = sorted(used, key=win_order)
    countries: dict[str, str] = {}
    for version in versions if content == "figures" else ():
        table = read_table(store.folder, version, "regions")
        if table is not None:
            countries |= dict(zip(table["region_id"], table["country"], strict=True))
    held = pd.DataFrame()
    for number, version in enumerate(versions):
        rows = read_table(store.folder, version, content)
        if rows is None:
            continue
        country = rows["country"] if content == "events" else rows["region_id"].map(countries)
        month = rows["month"] if content == "figures" else rows["date_start"].dt.strftime("%Y-%m")
        keyed = {name: country_key(name) for name in set(country)}
        rows = rows.assign(_version=number, _country=country.map(keyed), _month=month)
        if len(held):
            again = pd.MultiIndex.from_frame(held[keys]).isin(pd.MultiIndex.from_frame(rows[keys]))
            gone = again | _replaced(held, version, versions)
            held = held[~gone]
        held = pd.concat([held, rows], ignore_index=True) if len(held) else rows
    return _without_named(held, store, source, content)


def _replaced(
    held: pd.DataFrame, version: Manifest, versions: list[Manifest]
) -> npt.NDArray[np.bool_]:
    """Say which held rows lie where a version stands alone."""
    claim = coverage_of(version)
    first, last = claim.first, claim.last
    if version["content"] == "figures":
        first, last = version["first_date"], version["last_date"]
    if not version["whole"] or first is None or last is None:
        return np.zeros(len(held), dtype=bool)
    named = {country_key(name) for name in claim.countries}
    since = {country_key(name): month for name, month in claim.since}
    part = version.get("together")
    gone = []
    for month, country, number in zip(
        held["_month"], held["_country"], held["_version"], strict=True
    ):
        other = versions[number]
        theirs = {country_key(name) for name in other["coverage"]["countries"]}
        stray = theirs and theirs <= named and country not in theirs
        inside = first <= month <= last or (
            month == claim.partial and month > str(coverage_of(other).last or "")
        )
        inside = inside and month >= since.get(country, "")
        beside = part is not None and other.get("together") == part
        gone.append(inside and (not named or country in named or bool(stray)) and not beside)
    return np.array(gone, dtype=bool)


def _without_named(held: pd.DataFrame, store: Store, source: str, content: str) -> pd.DataFrame:
    """Leave out the events that their source named as withdrawn."""
    for manifest in store.manifests(source=source) if content == "events" else ():
        named = read_table(store.folder, manifest, "withdrawn")
        if named is not None:
            until = release_order(manifest["release"])
            early = [release_order(release) <= until for release in held["release"]]
            held = held[~(held["event_id"].isin(named["event_id"]) & np.array(early, dtype=bool))]
    return held


def _figure_bounds(
    rows: pd.DataFrame, counts: RegionMonths, places: PanelRegions
) -> Mapping[str, tuple[Floats, Floats]]:
    """Return the figures, laid out by region and month.

    Where regions change, those of before stand in the first row, since only sums are compared; of a
    merged region whose other part is unknown nothing may be known.
    """
    place = {region: row for row, region in enumerate(counts.regions["region_id"])}
    changes = () if places.changes is None else places.changes.changes
    merged = {region for change in changes if change.kind == "merge" for region in change.old}
    shape = len(place), len(counts.months)
    bounds = {}
    for measure in (name for name in (EVENTS, DEATHS) if name in rows and name in counts.measures):
        least, most = np.full(shape, np.nan), np.full(shape, np.nan)
        for region, month, value in zip(
            rows["region_id"], rows["month"], rows[measure], strict=True
        ):
            column = month_number(month) - month_number(counts.months[0])
            known = region in place or bool(changes)
            if known and 0 <= column < shape[1] and not pd.isna(value):
                cell = place.get(region, 0), column
                least[cell] = np.nansum([least[cell], 0 if region in merged else value])
                most[cell] = np.nansum([most[cell], value])
        bounds[measure] = least, most
    return bounds


def _event_bounds(
    rows: pd.DataFrame, counts: RegionMonths, places: PanelRegions
) -> Mapping[str, tuple[Floats, Floats]]:
    """Return the least and the most events and deaths of every region and month.

    The last column of the deaths is the region's sum over all months.
    """
    rows = rows.reset_index(drop=True)
    held, near = _regions_of(rows, counts, places)
    start, width = month_number(counts.months[0]), len(counts.months)
    opened, closed = (rows[name].dt.strftime("%Y-%m").tolist() for name in _DAYS)
    begins = [month_number(month) - start for month in opened]
    ends = [month_number(month) - start for month in closed]
    tolls = rows["deaths_best"].to_numpy(np.float64, na_value=np.nan)
    least, most, least_deaths, most_deaths = (
        np.zeros((len(counts.regions), width + 1)) for _ in range(4)
    )
    for sure, pairs in ((True, held), (False, near)):
        for row, event in pairs:
            first, last, toll = begins[event], ends[event], tolls[event]
            if 0 <= first < width:
                most[row, first] += 1
                least[row, first] += sure
            columns = range(max(first, 0), min(last, width - 1) + 1)
            for column in [*columns, width] if columns else ():
                most_deaths[row, column] += toll
            inside = sure and (first >= 0 and last < width)
            for column in columns if sure and (first == last or np.isnan(toll)) else ():
                least_deaths[row, column] += toll
            least_deaths[row, width] += toll if inside else 0
    unseen = counts.status != STATUSES.index(OBSERVED)
    for side in (least, most):
        side[:, :width][unseen] = 0
    # Deaths that may be unknown have no most.
    may_be_unknown = np.isnan(most_deaths) & ~np.isnan(least_deaths)
    most_deaths = np.where(may_be_unknown, np.inf, most_deaths)
    return {
        EVENTS: (least[:, :width], most[:, :width]),
        DEATHS: (least_deaths, most_deaths),
    }


def _shapes_of(regions: pd.DataFrame, places: PanelRegions) -> list[Any]:
    """Return the polygon of each region; without boundaries a cell of half a degree."""
    if places.boundaries is not None and len(places.boundaries.polygons) == len(regions):
        return list(places.boundaries.polygons)
    return [
        shapely.box(lon - 0.25, lat - 0.25, lon + 0.25, lat + 0.25)
        for lon, lat in zip(regions["longitude"], regions["latitude"], strict=True)
    ]


def _inside(shape: Any, cell: int | None, east: Floats, north: Floats) -> npt.NDArray[np.bool_]:
    """Say which points lie in a polygon, or in a cell where its number is given."""
    if cell is not None:
        return np.asarray((north + 90) * 2 // 1 * 720 + (east + 180) * 2 // 1 + 1 == cell)
    # The meridian of 180 degrees is that of -180.
    line = np.abs(east) == 180
    here, across = (shapely.intersects_xy(shape, x, north) for x in (east, -east))
    return np.asarray(here | (line & across))


def _regions_of(
    rows: pd.DataFrame, counts: RegionMonths, places: PanelRegions
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Return which region holds which event, and which may have it where none holds it."""
    regions = counts.regions.reset_index(drop=True)
    owners = [country_key(name) for name in regions["country"]]
    keys = [country_key(name) for name in rows["country"]]
    if counts.scale == "country":
        place = {owner: row for row, owner in enumerate(owners)}
        return [(place[key], event) for event, key in enumerate(keys) if key in place], []
    fine = rows["location_precision"].fillna("").isin(_USABLE.get(counts.scale, _POINTS))
    east = (rows["longitude"].to_numpy(np.float64) + 180) % 360 - 180
    north = rows["latitude"].to_numpy(np.float64)
    usable = np.flatnonzero(fine.to_numpy() & ~np.isnan(east) & ~np.isnan(north))
    holding: dict[int, list[int]] = {}
    beside: dict[int, list[int]] = {}
    for row, shape in enumerate(_shapes_of(regions, places)):
        west, south, right, top = shape.bounds
        close = (east[usable] >= west - _NEAR_DEGREES) & (east[usable] <= right + _NEAR_DEGREES)
        close |= np.abs(east[usable]) > 180 - _NEAR_DEGREES
        close &= (north[usable] >= south - _NEAR_DEGREES) & (north[usable] <= top + _NEAR_DEGREES)
        events = usable[close]
        cell = int(regions["region_id"][row]) if counts.scale == "priogrid" else None
        inside = _inside(shape, cell, east[events], north[events])
        for event in events[inside]:
            holding.setdefault(int(event), []).append(row)
        own = [event for event in events[~inside] if keys[event] == owners[row]]
        turns = [shapely.points(east[own] + turn, north[own]) for turn in (0, 360, -360)]
        distances = np.min([shapely.distance(shape, points) for points in turns], axis=0)
        for event, distance in zip(own, distances, strict=True):
            if distance <= _NEAR_DEGREES:
                beside.setdefault(int(event), []).append(row)
    held = [
        (min(found, key=lambda row: (owners[row] != keys[event], row)), event)
        for event, found in holding.items()
    ]
    near = [
        (row, event) for event, found in beside.items() if event not in holding for row in found
    ]
    return held, near
