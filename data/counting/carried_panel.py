"""Polygons and counted panels carried over a map table of changes, with every total kept.

Events have points, so polygons decide: where the boundaries hold the regions of today, every event
of the past lies in one of them already and nothing is to be done. Where they hold the old ones,
merged and renamed regions become one polygon; a region that was split is counted as it was and
its counts are parted by share.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.counting.carried_figures import ADDED, largest_remainder
from data.counting.carried_regions import carry_table
from data.counting.region_months import RegionMonths
from data.errors import EvidenceError, SourceError
from data.regions.boundaries import Boundaries, regroup
from data.regions.location import Locator
from data.regions.region_changes import Change, RegionChanges

__all__ = ["carry_boundaries", "check_changes", "life_spans", "split_counts"]

Floats = npt.NDArray[np.float64]
Spans = Mapping[str, tuple[str | None, str | None]]


def life_spans(changes: RegionChanges) -> Spans:
    """Return region ids to the month in which they appeared and the one in which they were gone."""
    spans: dict[str, tuple[str | None, str | None]] = {}
    for change in changes.changes:
        if change.kind == "appear":
            spans[change.new[0]] = change.valid_from, spans.get(change.new[0], (None, None))[1]
        elif change.kind == "end":
            spans[change.old[0]] = spans.get(change.old[0], (None, None))[0], change.valid_from
    return spans


def check_changes(changes: RegionChanges, locator: Locator) -> None:
    """Make sure that events can be counted by the changes.

    Args:
        changes: The map table.
        locator: Finds the region of an event, in boundaries that are carried already.

    Raises:
        SourceError: Countries or cells are to be split, merged or renamed, or a region that
            appears or ends is not there.
    """
    known = set(locator.regions["region_id"])
    for change in changes.changes:
        if change.kind in ("appear", "end"):
            if not {*change.old, *change.new} <= known:
                named = ", ".join((*change.old, *change.new))
                raise changes.refuse(change, f'there is no region "{named}"', "kind")
        elif locator.scale in ("country", "priogrid"):
            raise changes.refuse(
                change,
                f"at the scale {locator.scale} events say themselves where they belong: a"
                f" {change.kind} is for polygons and for figures",
                "kind",
            )


def carry_boundaries(
    boundaries: Boundaries, changes: RegionChanges
) -> tuple[Boundaries, tuple[Change, ...]]:
    """Merge and rename polygons as far as the boundaries hold the old regions.

    Args:
        boundaries: Polygons of old regions or of new ones.
        changes: The map table.

    Returns:
        The boundaries, and the splits whose counts are to be parted by share.

    Raises:
        SourceError: A change names regions of which the boundaries hold but a part, or regions of
            several countries are merged.
    """
    splits = []
    for change in changes.changes:
        known = set(boundaries.regions["region_id"])
        if change.kind in ("appear", "end"):
            continue
        if set(change.new) <= known and not set(change.gone) & known:
            continue
        if not set(change.old) <= known or (set(change.new) - set(change.old)) & known:
            raise _in_part(change, changes)
        if change.kind == "split":
            splits.append(change)
            continue
        _refuse_two_countries(boundaries, change, changes)
        names = {change.new[0]: change.names[0]} if change.names[0] else {}
        boundaries = regroup(boundaries, dict.fromkeys(change.old, change.new[0]), names=names)
    return boundaries, tuple(splits)


def split_counts(counts: RegionMonths, splits: RegionChanges) -> RegionMonths:
    """Part the counts of old regions among their new ones.

    Measures that are no sums, such as the largest event or the number of attackers, are not known
    of a part. The reconciliation keeps naming the region in which an event was placed.

    Args:
        counts: Counted by the old regions.
        splits: Changes of the kind ``split``, whose old regions are in the counts.

    Raises:
        EvidenceError: A total is not what it was.
    """
    for change in splits.changes:
        counts = _split(counts, change, splits)
    return counts


def _split(counts: RegionMonths, change: Change, splits: RegionChanges) -> RegionMonths:
    row = int(np.flatnonzero(counts.regions["region_id"] == change.old[0])[0])
    kept = np.delete(np.arange(len(counts.regions)), row)
    ids = [*counts.regions["region_id"].to_numpy()[kept], *change.new]
    order = np.argsort(np.array(ids, dtype=object))
    regions = carry_table(counts.regions, replace(splits, changes=(change,)))
    measures = {}
    for name, values in counts.measures.items():
        if name in ADDED:
            whole = values[row].astype(np.float64)
            parts = largest_remainder(whole, change.shares)
            _check(name, whole, parts)
        else:
            parts = np.full((len(change.new), values.shape[1]), np.nan)
        measures[name] = np.concatenate([values[kept], parts.astype(values.dtype)])[order]
    status = np.concatenate([counts.status[kept], counts.status[[row] * len(change.new)]])[order]
    return replace(counts, regions=regions, measures=measures, status=status)


def _check(name: str, before: Floats, parts: Floats) -> None:
    if not np.array_equal(parts.sum(axis=0), before, equal_nan=True):
        raise EvidenceError(f"the split of a region does not keep its {name}")


def _refuse_two_countries(boundaries: Boundaries, change: Change, changes: RegionChanges) -> None:
    table: pd.DataFrame = boundaries.regions
    owners = sorted(set(table.loc[table["region_id"].isin(change.old), "country"]))
    if len(owners) > 1:
        raise changes.refuse(
            change, f"regions of {' and '.join(owners)} cannot become one region", "old_id"
        )


def _in_part(change: Change, changes: RegionChanges) -> SourceError:
    named = ", ".join(dict.fromkeys((*change.old, *change.new)))
    return changes.refuse(
        change,
        f"the boundaries hold none or a part of {named} only: give those of before the change or"
        " those of after it",
    )
