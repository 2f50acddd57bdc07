"""Region tables carried over a map table of changes: old regions go, new ones come."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.errors import SourceError
from data.regions.region_changes import Change, RegionChanges
from data.schema import DISTANCE_COLUMNS

__all__ = ["carry_table"]


def carry_table(regions: pd.DataFrame, changes: RegionChanges) -> pd.DataFrame:
    """Return a region table without old regions and with all new ones.

    A new region that the table does not describe takes its place from its old ones: the centre
    weighted by area, the area by its share, and all their neighbours.

    Args:
        regions: Region table; it may hold old regions, new ones or both.
        changes: The map table.

    Raises:
        SourceError: Neither old nor new regions of a change are in the table.
    """
    for change in changes.changes:
        known = set(regions["region_id"])
        lacking = [name for name in change.new if name not in known]
        if change.kind in ("appear", "end"):
            if not {*change.old, *change.new} <= known:
                raise _stranger(change, changes)
            continue
        held = regions[regions["region_id"].isin(change.old)]
        if lacking and len(held) < len(change.old):
            raise _stranger(change, changes)
        # An id that stays in use is described anew as well, unless all new regions are there.
        fresh = [name for name in change.new if name in lacking or (lacking and name in known)]
        made = [_described(held, change, name) for name in fresh]
        others = regions[~regions["region_id"].isin({*change.gone, *fresh})]
        regions = _renamed(pd.concat([others, *made]), change)
    return regions.sort_values("region_id", ignore_index=True)


def _stranger(change: Change, changes: RegionChanges) -> SourceError:
    names = ", ".join((*change.old, *change.new))
    return changes.refuse(change, f"no region table or boundaries hold all of {names}")


def _described(held: pd.DataFrame, change: Change, name: str) -> pd.DataFrame:
    """Return the row of a new region as its old ones let it be described."""
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
    """Put new ids for those that are gone in everybody's neighbours."""
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
