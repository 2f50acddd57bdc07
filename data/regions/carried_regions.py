"""Region changes applied to region tables and polygons: old regions go, new ones come.

Where boundaries hold the regions of today, every event of the past lies in one of them already and
nothing is to be done. Where they hold the old ones, merged and renamed regions become one polygon;
the counts of a region that was split belong to ``data.counting.carried_counts``.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from data.errors import SourceError
from data.regions.boundaries import Boundaries, regroup
from data.regions.location import Locator
from data.regions.region_changes import Change, RegionChanges
from data.schema import DISTANCE_COLUMNS

__all__ = ["carry_boundaries", "carry_table", "check_changes", "life_spans"]

Spans = Mapping[str, tuple[str | None, str | None]]


def carry_table(regions: pd.DataFrame, changes: RegionChanges) -> pd.DataFrame:
    """Return a region table without old regions and with all new ones.

    A new region that the table does not describe is described by its old ones: the centre weighted
    by area, the area by its share, and all their neighbours.

    Args:
        regions: Region table; it may hold old regions, new ones or both.
        changes: The table of region changes.

    Raises:
        SourceError: Neither old nor new regions of a change are in the table.
    """
    for change in changes.changes:
        known = set(regions["region_id"])
        lacking = [name for name in change.new if name not in known]
        if change.kind in ("appear", "end"):
            if not {*change.old, *change.new} <= known:
                raise _incomplete(change, changes)
            continue
        held = regions[regions["region_id"].isin(change.old)]
        if lacking and len(held) < len(change.old):
            raise _incomplete(change, changes)
        # An id that stays in use is described anew as well, unless all new regions are there.
        fresh = [name for name in change.new if name in lacking or (lacking and name in known)]
        made = [_described(held, change, name) for name in fresh]
        others = regions[~regions["region_id"].isin({*change.gone, *fresh})]
        regions = _renamed(pd.concat([others, *made]), change)
    return regions.sort_values("region_id", ignore_index=True)


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
    """Refuse changes by which events cannot be counted.

    Args:
        changes: The table of region changes.
        locator: Finds the region of an event, in boundaries to which the changes are applied.

    Raises:
        SourceError: Countries or cells are to be split, merged or renamed, or a region that
            appears or ends is not there.
    """
    known = set(locator.regions["region_id"])
    for change in changes.changes:
        if change.kind in ("appear", "end"):
            if not {*change.old, *change.new} <= known:
                named = ", ".join((*change.old, *change.new))
                raise changes.refuse(change, f'there is no region "{named}": check the id', "kind")
        elif locator.scale in ("country", "priogrid"):
            raise changes.refuse(
                change,
                f"a {change.kind} applies to polygons and to figures, not to events at the scale"
                f" {locator.scale}: remove the row",
                "kind",
            )


def carry_boundaries(
    boundaries: Boundaries, changes: RegionChanges
) -> tuple[Boundaries, tuple[Change, ...]]:
    """Merge and rename polygons where the boundaries hold the old regions.

    Args:
        boundaries: Polygons of old regions or of new ones.
        changes: The table of region changes.

    Returns:
        The boundaries, and the splits whose counts are to be divided by share.

    Raises:
        SourceError: The boundaries hold only part of the regions of a change, or regions of several
            countries are merged.
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


def _incomplete(change: Change, changes: RegionChanges) -> SourceError:
    names = ", ".join((*change.old, *change.new))
    return changes.refuse(change, f"the region table or boundaries lack some of {names}: add them")


def _described(held: pd.DataFrame, change: Change, name: str) -> pd.DataFrame:
    """Return the row of a new region, described by its old ones."""
    place = change.new.index(name)
    weight = held["area_km2"].to_numpy(np.float64)
    weight = weight if np.isfinite(weight).all() and weight.sum() > 0 else np.ones(len(held))
    row = held.iloc[[0]].assign(
        region_id=name,
        region=change.names[place] or (held["region"].iloc[0] if len(held) == 1 else name),
        area_km2=held["area_km2"].sum(skipna=False) * float(change.shares[place]),
        neighbours=";".join(dict.fromkeys(";".join(held["neighbours"].fillna("")).split(";"))),
    )
    for column in ("latitude", "longitude", *DISTANCE_COLUMNS):
        if column in held:
            row[column] = np.average(held[column].to_numpy(np.float64), weights=weight)
    if change.kind == "split":
        sisters = [other for other in change.new if other != name]
        row["neighbours"] = ";".join(filter(None, (row["neighbours"].iloc[0], *sisters)))
    return row


def _renamed(regions: pd.DataFrame, change: Change) -> pd.DataFrame:
    """Replace ids that are gone by the new ones in all columns of neighbours."""
    gone = set(change.gone)

    def joined(text: str, own: str) -> str:
        names: list[str] = []
        for name in filter(None, text.split(";")):
            names += change.new if name in gone else [name]
        return ";".join(sorted({name for name in names if name != own}))

    rows = zip(regions["neighbours"].fillna(""), regions["region_id"], strict=True)
    touched = {*gone, *change.new}
    texts = [
        joined(text, own) if own in touched or gone & set(text.split(";")) else text
        for text, own in rows
    ]
    return regions.assign(neighbours=pd.Series(texts, index=regions.index, dtype="str"))


def _refuse_two_countries(boundaries: Boundaries, change: Change, changes: RegionChanges) -> None:
    table: pd.DataFrame = boundaries.regions
    owners = sorted(set(table.loc[table["region_id"].isin(change.old), "country"]))
    if len(owners) > 1:
        raise changes.refuse(
            change, f"regions of {' and '.join(owners)} cannot be merged into one", "old_id"
        )


def _in_part(change: Change, changes: RegionChanges) -> SourceError:
    named = ", ".join(dict.fromkeys((*change.old, *change.new)))
    return changes.refuse(
        change,
        f"the boundaries hold only part of {named}: give boundaries of before the change or of"
        " after it",
    )
