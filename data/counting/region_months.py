"""Counts of every region and month, with the proof that nothing was lost or made on the way.

The reconciliation is in whole numbers and exact: accepted = in the panel + unlocated + outside +
before + unobserved, and for deaths also those beside an unknown toll.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.counting.placing import (
    BEFORE,
    COUNTED,
    OUTSIDE,
    UNLOCATED,
    UNOBSERVED,
    PlacedParts,
    spread_counts,
)
from data.errors import EvidenceError
from data.regions.countries import country_keys, country_of
from data.regions.location import Location
from data.schema import DEATHS, EVENTS

__all__ = ["Reconciliation", "RegionMonths", "Tally", "reconcile", "reconcile_figures"]

Floats = npt.NDArray[np.float32]
Objects = npt.NDArray[np.object_]

_BORDER_TYPES = {
    "event_id": "str",
    "country": "str",
    "region_id": "str",
    "region_country": "str",
    EVENTS: "int64",
    DEATHS: "int64",
}
_FARTHEST = 3
_BESIDE_TYPES = {
    "event_id": "str",
    "country": "str",
    "latitude": "float64",
    "longitude": "float64",
    "region_id": "str",
    "km": "float64",
}
_SIDES = {"panel": COUNTED, "unlocated": UNLOCATED, "outside": OUTSIDE}


@dataclass(frozen=True)
class RegionMonths:
    """A rectangle of counts.

    Attributes:
        scale: Name of the spatial scale.
        regions: Region table with the columns of ``REGION_COLUMNS``, sorted by ``region_id``.
        months: Text months without a gap.
        measures: Measure name to (regions, months) float32 whole numbers, counts a month; NaN
            where the region-month is not observed or the measure is not known there. float32 holds
            whole numbers exactly up to 16,777,216, far above any toll of one month.
        status: (regions, months) int8, positions in ``data.schema.STATUSES``.
        reconciliation: Where all events and deaths went.
    """

    scale: str
    regions: pd.DataFrame
    months: tuple[str, ...]
    measures: Mapping[str, npt.NDArray[np.float32]]
    status: npt.NDArray[np.int8]
    reconciliation: Reconciliation


@dataclass(frozen=True)
class Tally:
    """Events and known deaths."""

    events: int
    deaths: int

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.events + other.events, self.deaths + other.deaths)


@dataclass(frozen=True)
class Reconciliation:
    """Where all accepted events and deaths are counted.

    Attributes:
        accepted: All that were accepted.
        panel: Added up from the finished measures.
        unlocated: Without a point, or located more widely than the scale.
        outside: In no region, and none of their own country is near.
        before: Before the panel's first month.
        unobserved: After its last month or in region-months that are not observed.
        unknown_tolls: Events with an unknown toll.
        beside_unknown: Deaths in observed region-months where another toll is unknown, so that
            the measure deaths is missing there.
        moved_events: Events in no region that went to the nearest one of their own country:
            ``event_id, country, latitude, longitude, region_id, km``, the farthest first.
        stray_events: Events outside although their country has regions; the same columns, with
            the kilometres to the nearest one and no region.
        countries: One row a country: ``accepted``, ``panel``, ``unlocated`` and ``outside`` by
            the events' own country, ``region`` in the panel by the region's country; each
            ``_events`` and ``_deaths``.
        border_events: Events in the panel whose own country is another than their region's:
            ``event_id, country, region_id, region_country, events, deaths`` (in the panel).
    """

    accepted: Tally
    panel: Tally
    unlocated: Tally
    outside: Tally
    before: Tally
    unobserved: Tally
    unknown_tolls: int
    beside_unknown: int
    moved_events: pd.DataFrame
    stray_events: pd.DataFrame
    countries: pd.DataFrame
    border_events: pd.DataFrame

    def check(self) -> None:
        """Refuse a reconciliation that does not add up to the last event and death.

        Raises:
            EvidenceError: It does not add up; both sides are named.
        """
        counted = self.panel + self.unlocated + self.outside + self.before + self.unobserved
        _equal(EVENTS, self.accepted.events, counted.events)
        _equal(DEATHS, self.accepted.deaths, counted.deaths + self.beside_unknown)
        self._check_countries()

    def summary(self) -> dict[str, Any]:
        """Return the totals as plain data for a manifest or for ``--json``."""
        names = ("accepted", "panel", "unlocated", "outside", "before", "unobserved")
        totals = {
            n: {EVENTS: getattr(self, n).events, DEATHS: getattr(self, n).deaths} for n in names
        }
        return {
            **totals,
            "unknown_tolls": self.unknown_tolls,
            "beside_unknown": self.beside_unknown,
            "nearest": len(self.moved_events),
            "farthest": self.moved_events.head(_FARTHEST).to_dict("records"),
            "stray": self._stray(),
            "border_events": len(self.border_events),
            "by_country": {side: self._by_country(side) for side in ("unlocated", "outside")},
        }

    def _stray(self) -> dict[str, dict[str, int]]:
        """Return countries with regions beside which events lie: outside, and all with a point."""
        outside = self.stray_events["country"].value_counts()
        table = self.countries.set_index("country")
        placed = table[f"accepted_{EVENTS}"] - table[f"unlocated_{EVENTS}"]
        of = placed.reindex(outside.index)
        return {
            str(name): {"outside": int(count), "of": int(whole)}
            for name, count, whole in zip(outside.index, outside, of, strict=True)
        }

    def _by_country(self, side: str) -> dict[str, dict[str, int]]:
        """Return events and deaths of one side by the events' own country, most events first."""
        columns = {EVENTS: f"{side}_{EVENTS}", DEATHS: f"{side}_{DEATHS}"}
        held = self.countries[self.countries[columns[EVENTS]] > 0]
        held = held.sort_values([columns[EVENTS], "country"], ascending=[False, True])
        return {
            str(row["country"]): {name: int(row[column]) for name, column in columns.items()}
            for row in held.to_dict("records")
        }

    def _check_countries(self) -> None:
        table = self.countries.set_index("country")
        for measure in (EVENTS, DEATHS):
            moved = self.border_events.groupby("region_country")[measure].sum()
            left = self.border_events.groupby("country")[measure].sum()
            expected = table[f"panel_{measure}"].add(moved, fill_value=0).sub(left, fill_value=0)
            pairs = zip(table.index, expected, table[f"region_{measure}"], strict=True)
            for country, moved_to, counted in pairs:
                _equal(f"{measure} of {country}", int(moved_to), int(counted))
            _equal(
                measure, getattr(self.accepted, measure), int(table[f"accepted_{measure}"].sum())
            )


def reconcile(
    events: pd.DataFrame,
    location: Location,
    placed: PlacedParts,
    *,
    regions: pd.DataFrame,
    measures: Mapping[str, Floats],
) -> Reconciliation:
    """Add up both sides: the accepted events and the finished measures.

    Args:
        events: Canonical events that were counted.
        location: Their regions.
        placed: Their parts.
        regions: Region table.
        measures: Finished measures, ``events`` and ``deaths`` among them.

    Raises:
        EvidenceError: The two sides do not agree.
    """
    own = _labels(events["country"])
    parts = _parts_frame(events, location, placed, own)
    hidden = np.isnan(measures[DEATHS]).ravel()[placed.cell] & placed.counted
    beside = int(parts[DEATHS][hidden].sum())
    parts[DEATHS] = parts[DEATHS].where(~hidden, 0)
    sums = parts.groupby("fate")[[EVENTS, DEATHS]].sum().reindex(range(5), fill_value=0)
    deaths = events["deaths_best"].fillna(0).astype("int64")
    result = Reconciliation(
        accepted=Tally(len(events), int(deaths.sum())),
        panel=_panel_tally(measures),
        unlocated=_tally(sums, UNLOCATED),
        outside=_tally(sums, OUTSIDE),
        before=_tally(sums, BEFORE),
        unobserved=_tally(sums, UNOBSERVED),
        unknown_tolls=int(events["deaths_best"].isna().sum()),
        beside_unknown=beside,
        moved_events=_events_beside(location.moved, events, location, own, regions),
        stray_events=_events_beside(location.astray, events, location, own, regions),
        countries=_countries(parts, _accepted(own, deaths), _region_sums(regions, measures)),
        border_events=_border_events(parts, events, regions),
    )
    result.check()
    return result


def reconcile_figures(regions: pd.DataFrame, measures: Mapping[str, Floats]) -> Reconciliation:
    """Return the reconciliation of ready counts: all of them are in the panel.

    Args:
        regions: Region table.
        measures: Finished measures; an absent one counts as 0.
    """
    panel, none = _panel_tally(measures), Tally(0, 0)
    sums = _region_sums(regions, measures)
    inside = {f"{side}_{name}": sums[name] for side in ("accepted", "panel") for name in sums}
    lost = {f"{side}_{name}": 0 * sums[name] for side in ("unlocated", "outside") for name in sums}
    countries = pd.DataFrame(inside | lost | {f"region_{name}": sums[name] for name in sums})
    return Reconciliation(
        accepted=panel,
        panel=panel,
        unlocated=none,
        outside=none,
        before=none,
        unobserved=none,
        unknown_tolls=0,
        beside_unknown=0,
        moved_events=_empty(_BESIDE_TYPES),
        stray_events=_empty(_BESIDE_TYPES),
        countries=countries.reset_index(),
        border_events=_empty(_BORDER_TYPES),
    )


def _equal(what: str, expected: int, counted: int) -> None:
    if expected != counted:
        raise EvidenceError(
            f"the reconciliation of {what} fails: expected {expected:,}, got {counted:,}; this"
            " panel must not be used"
        )


def _labels(names: pd.Series) -> Objects:
    """Return one name for each country: as UCDP writes it, otherwise the first spelling."""
    codes, spellings = pd.factorize(names.astype("str").fillna(""))
    first: dict[str, str] = {}
    for key, spelling in zip(country_keys(spellings), spellings, strict=True):
        known = country_of(key)
        first.setdefault(key, known.country if known else str(spelling))
    labels = [first[key] for key in country_keys(spellings)]
    return np.asarray(np.array([*labels, ""], dtype=object)[codes])


def _parts_frame(
    events: pd.DataFrame, location: Location, placed: PlacedParts, own: Objects
) -> pd.DataFrame:
    """Return one row a part: its event, country, region row, fate, events and known deaths."""
    deaths = events["deaths_best"].fillna(0).to_numpy(np.int64)
    return pd.DataFrame(
        {
            "event": placed.parts.event,
            "country": own[placed.parts.event],
            "row": location.region[placed.parts.event],
            "fate": placed.fate,
            EVENTS: placed.parts.first.astype(np.int64),
            DEATHS: spread_counts(placed.parts, deaths),
        }
    )


def _tally(sums: pd.DataFrame, fate: int) -> Tally:
    return Tally(int(sums[EVENTS][fate]), int(sums[DEATHS][fate]))


def _panel_tally(measures: Mapping[str, Floats]) -> Tally:
    return Tally(*(int(_row_sums(measures, name, 0).sum()) for name in (EVENTS, DEATHS)))


def _row_sums(measures: Mapping[str, Floats], name: str, rows: int) -> npt.NDArray[np.int64]:
    if name not in measures:
        return np.zeros(rows, dtype=np.int64)
    return np.asarray(np.nan_to_num(measures[name]).astype(np.int64).sum(axis=1))


def _region_sums(regions: pd.DataFrame, measures: Mapping[str, Floats]) -> pd.DataFrame:
    """Return events and deaths in the panel by the region's country."""
    sums = {name: _row_sums(measures, name, len(regions)) for name in (EVENTS, DEATHS)}
    return (
        pd.DataFrame(sums)
        .groupby(_labels(regions["country"]).astype("str"))
        .sum()
        .rename_axis("country")
    )


def _accepted(own: Objects, deaths: pd.Series) -> pd.DataFrame:
    frame = pd.DataFrame({EVENTS: 1, DEATHS: deaths.to_numpy(), "country": own})
    return frame.groupby("country").sum()


def _countries(
    parts: pd.DataFrame, accepted: pd.DataFrame, by_region: pd.DataFrame
) -> pd.DataFrame:
    columns = {f"accepted_{name}": accepted[name] for name in accepted}
    for side, fate in _SIDES.items():
        sums = parts[parts["fate"] == fate].groupby("country")[[EVENTS, DEATHS]].sum()
        columns |= {f"{side}_{name}": sums[name] for name in sums}
    columns |= {f"region_{name}": by_region[name] for name in by_region}
    table = pd.DataFrame(columns).fillna(0).astype("int64")
    return table.sort_index().rename_axis("country").reset_index()


def _border_events(
    parts: pd.DataFrame, events: pd.DataFrame, regions: pd.DataFrame
) -> pd.DataFrame:
    theirs = _labels(regions["country"])
    held = parts[parts["fate"] == COUNTED]
    held = held.assign(region_country=theirs[held["row"].to_numpy()])
    crossed = held[held["country"] != held["region_country"]]
    keys = ["event", "row", "country", "region_country"]
    sums = crossed.groupby(keys, as_index=False)[[EVENTS, DEATHS]].sum()
    frame = sums.assign(
        event_id=events["event_id"].to_numpy()[sums["event"]],
        region_id=regions["region_id"].to_numpy()[sums["row"]],
    )
    frame = frame[list(_BORDER_TYPES)].astype(_BORDER_TYPES)
    return frame.sort_values("event_id", ignore_index=True)


def _events_beside(
    chosen: npt.NDArray[np.bool_],
    events: pd.DataFrame,
    location: Location,
    own: Objects,
    regions: pd.DataFrame,
) -> pd.DataFrame:
    rows = np.flatnonzero(chosen)
    ids = np.append(regions["region_id"].to_numpy(dtype=object), "")
    frame = pd.DataFrame(
        {
            "event_id": events["event_id"].to_numpy()[rows],
            "country": own[rows],
            "latitude": events["latitude"].to_numpy()[rows],
            "longitude": events["longitude"].to_numpy()[rows],
            "region_id": ids[location.region[rows]],
            "km": location.away_km[rows].round(1),
        }
    ).astype(_BESIDE_TYPES)
    return frame.sort_values(["km", "event_id"], ascending=[False, True], ignore_index=True)


def _empty(types: Mapping[str, str]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in types.items()})
