"""Attacks and deaths by month of regions and countries, for historic maxima and surges.

Where a month is not observed there is no number, never a zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.counting.placing import month_parts, spread_counts
from data.months import month_text
from data.regions.countries import country_keys
from data.schema import DEATHS, EVENTS, OBSERVED, STATUSES
from features.panel import Panel
from forecast.watch.event_rows import Area, Covered, EventRows

__all__ = ["AreaMonths", "months_of_list", "months_of_panel"]

Rows = npt.NDArray[np.intp]
Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True)
class AreaMonths:
    """Counts of areas that end with the last month.

    Attributes:
        source: Name of the source.
        areas: Regions and whole countries.
        months: Text months without a gap.
        counts: ``events`` and ``deaths`` to (areas, months), NaN where not observed or not known.
    """

    source: str
    areas: tuple[Area, ...]
    months: tuple[str, ...]
    counts: Mapping[str, Doubles]

    def ends_observed(self) -> bool:
        """Say whether the last month is observed anywhere."""
        return any(bool(np.isfinite(values[:, -1:]).any()) for values in self.counts.values())

    def has_regions(self) -> bool:
        """Say whether there are regions, not countries alone."""
        return any(area.region is not None for area in self.areas)


def months_of_panel(panel: Panel, source: str) -> AreaMonths:
    """Return the counts of a panel's regions and, where they are finer, of its countries.

    Args:
        panel: The past; its last month is the last one.
        source: What was counted in it.
    """
    regions = panel.regions
    areas = [*map(Area, regions["region"].astype(str), regions["country"].astype(str))]
    keys, group = np.unique(country_keys(regions["country"]).astype(str), return_inverse=True)
    counts = {
        name: np.asarray(panel.measures[name], dtype=np.float64)
        for name in (EVENTS, DEATHS)
        if name in panel.measures
    }
    if panel.scale == "country":
        whole = tuple(Area(None, area.country) for area in areas)
        return AreaMonths(source, whole, panel.months, counts)
    _, first, size = np.unique(group, return_index=True, return_counts=True)
    several = np.flatnonzero(size > 1)  # the total of a single region says nothing new
    countries = [Area(None, areas[first[place]].country) for place in several]
    joined = {
        name: np.concatenate((values, _summed(values, group, len(keys))[several]))
        for name, values in counts.items()
    }
    return AreaMonths(source, (*areas, *countries), panel.months, joined)


def months_of_list(events: EventRows) -> AreaMonths | None:
    """Count a list by its own regions and countries; None where it is not complete.

    An event counts in its first month; deaths are spread over the months that it spans.

    Args:
        events: The list.
    """
    covered = events.covered
    if covered is None:
        return None
    codes, names = pd.factorize(events.country, sort=True)
    rows = np.flatnonzero(events.regions.inside & (names != "")[codes])
    used, country = np.unique(codes[rows], return_inverse=True)
    keys = np.asarray(names[used], dtype=object)
    whole = [Area(None, events.regions.countries[key]) for key in keys]
    owner = np.arange(len(keys))
    counts = _counted(events, rows, country, owner, keys, covered)
    areas = whole
    if events.regions.areas and not events.regions.is_nameless():
        area = events.regions.area[rows]
        known = np.flatnonzero(area >= 0)
        used, region = np.unique(area[known], return_inverse=True)
        owner = country[known][np.unique(region, return_index=True)[1]]
        finer = _counted(events, rows[known], region, owner, keys, covered)
        counts = {name: np.concatenate((finer[name], counts[name])) for name in counts}
        areas = [*(events.regions.areas[place] for place in used), *whole]
    months = tuple(month_text(covered.first + m) for m in range(covered.status.shape[1]))
    return AreaMonths(events.source, tuple(areas), months, counts)


def _counted(
    events: EventRows,
    rows: Rows,
    area: Rows,
    owner: Rows,
    keys: npt.NDArray[np.object_],
    covered: Covered,
) -> dict[str, Doubles]:
    """Count attacks by area; each area has the status of the country that owns it."""
    place = np.array([covered.keys.index(key) for key in keys], dtype=np.intp)
    status = covered.status[place[owner]] if len(owner) else covered.status[:0]
    parts = month_parts(events.table["date_start"].iloc[rows], events.table["date_end"].iloc[rows])
    column = parts.month - covered.first
    inside = (column >= 0) & (column < status.shape[1])
    tolls = events.tolls[rows]
    deaths = spread_counts(parts, np.nan_to_num(tolls).astype(np.int64)).astype(np.float64)
    deaths[np.isnan(tolls)[parts.event]] = np.nan
    out = {EVENTS: np.zeros(status.shape), DEATHS: np.zeros(status.shape)}
    cell = area[parts.event], column
    np.add.at(out[EVENTS], tuple(part[inside & parts.first] for part in cell), 1.0)
    np.add.at(out[DEATHS], tuple(part[inside] for part in cell), deaths[inside])
    for values in out.values():
        values[status != STATUSES.index(OBSERVED)] = np.nan
    return out


def _summed(values: Doubles, group: Rows, groups: int) -> Doubles:
    sums = np.zeros((groups, values.shape[1]))
    np.add.at(sums, group, values)
    return sums
