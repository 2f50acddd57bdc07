"""What a later version of a list takes away, and how a new file compares with what is held.

A row that its key still has, but in another month or more than 10 km away, has ``moved``. A row
that a later version lacks was ``renumbered`` where that version has the same days, place and toll
under another id, ``merged`` where one of its new or changed events spans the day within 10 km, and
otherwise ``withdrawn``. Which rows count belongs to ``data.store.merge_releases``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.regions.geodesy import great_circle, unit_vectors
from data.store.manifests import RowChanges, release_order
from data.store.merge_releases import KEYS, Merged, Snapshot, merged_rows, winning_rows

__all__ = ["FATES", "SAME_EVENT", "changes_of", "count_fates", "superseded_by", "superseded_rows"]

FATES = ("withdrawn", "merged", "renumbered", "moved")
SAME_EVENT = ["date_start", "date_end", "latitude", "longitude", "deaths_best"]
_MOVED_KM = 10.0
_SHOWN = {
    "events": ["event_id", "date_start", "country", "admin1", "place", "deaths_best"],
    "figures": ["region_id", "month", "events", "deaths"],
}

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


def superseded_rows(snapshots: Sequence[Snapshot]) -> pd.DataFrame:
    """Return the rows that later versions took away or moved.

    Args:
        snapshots: Of one source and content, in the order of ``win_order``.

    Returns:
        ``what`` (one of ``FATES``), ``by`` (position of the later snapshot), ``release``,
        ``by_release``, and what identifies the row and says how large it is.
    """
    merged, content = merged_rows(snapshots), snapshots[0].content
    gone = np.flatnonzero(merged.last & (merged.gone_by >= 0))
    what = np.full(len(gone), "withdrawn", dtype=object)
    by = merged.gone_by[gone]
    if content == "events":
        for place in np.unique(by):
            own = by == place
            what[own] = fates_of(
                merged.rows.iloc[gone[own]],
                merged.rows[merged.rank == place],
                merged.rows[merged.rank < place],
            )
        old, new = _moved(merged)
        gone = np.concatenate([gone, old])
        by = np.concatenate([by, merged.rank[new]])
        what = np.concatenate([what, np.full(len(old), "moved", dtype=object)])
    rows = merged.rows.iloc[gone]
    releases = np.array([snapshot.release for snapshot in snapshots], dtype=object)
    shown = [name for name in _SHOWN[content] if name in rows]
    table = pd.DataFrame(
        {"what": what, "by": by, "release": releases[merged.rank[gone]], "by_release": releases[by]}
    ).astype({"what": "str", "release": "str", "by_release": "str"})
    table[shown] = rows[shown].reset_index(drop=True)
    if content == "events":
        table["date_start"] = table["date_start"].dt.strftime("%Y-%m-%d").astype("str")
    return table.sort_values(["by", "what", *KEYS[content]], ignore_index=True)


def superseded_by(table: pd.DataFrame, place: int) -> pd.DataFrame:
    """Return what one snapshot took away or moved, out of ``superseded_rows``."""
    return table[table["by"] == place].drop(columns="by").reset_index(drop=True)


def count_fates(table: pd.DataFrame) -> dict[str, int]:
    """Return how many rows met each fate, those that none met left out."""
    counts = table["what"].value_counts()
    return {what: int(counts[what]) for what in FATES if what in counts}


def fates_by_release(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return what superseded what: a record a release, a later one and a fate, in their order.

    Args:
        table: From ``superseded_rows``.

    Returns:
        ``release``, ``by_release``, ``what``, ``events`` (rows) and known ``deaths``.
    """
    measure = "deaths_best" if "deaths_best" in table else "deaths"
    deaths = table[measure] if measure in table else pd.Series(0, index=table.index)
    keys = ["release", "by_release", "what"]
    sums = (
        deaths.fillna(0).astype("int64").groupby([table[key] for key in keys]).agg(["size", "sum"])
    )
    records = [
        dict(zip((*keys, "events", "deaths"), (*key, int(size), int(toll)), strict=True))
        for key, (size, toll) in zip(sums.index, sums.to_numpy().tolist(), strict=True)
    ]
    return sorted(records, key=lambda r: [release_order(r[k]) for k in ("by_release", "release")])


def changes_of(snapshot: Snapshot, known: Sequence[Snapshot]) -> tuple[RowChanges, pd.DataFrame]:
    """Count how the rows of a new file compare with the rows known before.

    Args:
        snapshot: The file, not yet stored.
        known: Snapshots of the same source and content in the order of ``win_order``.

    Returns:
        The counts, and the rows that it takes away or moves.
    """
    here = release_order(snapshot.release)
    earlier = [s for s in known if release_order(s.release) <= here]
    later = [s for s in known if release_order(s.release) > here]
    frame, keys = snapshot.rows, KEYS[snapshot.content]
    outdated = np.zeros(len(frame), dtype=bool)
    if later:
        merged = merged_rows([*earlier, snapshot, *later])
        outdated = ~merged.standing[merged.rank == len(earlier)]
    held, same = np.zeros(len(frame), dtype=bool), np.zeros(len(frame), dtype=bool)
    gone = pd.DataFrame({"what": pd.Series(dtype="str"), "by": pd.Series(dtype="int64")})
    if earlier:
        rows = winning_rows(earlier)
        places = _places(frame, rows, keys)
        held = places >= 0
        same[held] = _same_content(frame[held], rows.iloc[places[held]])
        gone = superseded_rows([*earlier, snapshot])
    taken = superseded_by(gone, len(earlier))
    changes = RowChanges(
        new=int((~outdated & ~held).sum()),
        revised=int((~outdated & held & ~same).sum()),
        unchanged=int((~outdated & same).sum()),
        outdated=int(outdated.sum()),
        withdrawn=int((taken["what"] != "moved").sum()),
    )
    return changes, taken


def fates_of(
    gone: pd.DataFrame, theirs: pd.DataFrame, before: pd.DataFrame
) -> npt.NDArray[np.object_]:
    """Return what became of events that a later version lacks, (gone,) of ``FATES``.

    Args:
        gone: The events.
        theirs: All events of the later version.
        before: All events of the versions before it.
    """
    rows = gone.reset_index(drop=True)
    fresh = theirs[~theirs["event_id"].isin(set(before["event_id"]))]
    fate = np.full(len(rows), "withdrawn", dtype=object)
    fate[_merged_into(rows, _changed(theirs, before))] = "merged"
    twins = pd.MultiIndex.from_frame(fresh[SAME_EVENT])
    fate[pd.MultiIndex.from_frame(rows[SAME_EVENT]).isin(twins)] = "renumbered"
    return fate


def _changed(theirs: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """Return the events that are new or have other days or another toll than before."""
    told = ["event_id", *SAME_EVENT]
    same = pd.MultiIndex.from_frame(theirs[told]).isin(pd.MultiIndex.from_frame(before[told]))
    return theirs[~same]


def _merged_into(rows: pd.DataFrame, changed: pd.DataFrame) -> Mask:
    """Say which rows begin within the days of a changed event at their place."""
    spans = changed.assign(last=changed["date_end"].dt.to_period("M").astype("str"))
    spans = spans.assign(month=changed["date_start"].dt.to_period("M").astype("str"))
    late = spans[spans["last"] != spans["month"]]
    spans = pd.concat([spans, late.assign(month=late["last"])])
    ours = rows.reset_index(names="row")
    ours = ours.assign(month=rows["date_start"].dt.to_period("M").astype("str"))
    wanted = ["country", "month", "date_start", "date_end", "latitude", "longitude"]
    pairs = ours.merge(spans[wanted], on=["country", "month"], suffixes=("", "_now"))
    inside = (pairs["date_start"] >= pairs["date_start_now"]) & (
        pairs["date_start"] <= pairs["date_end_now"]
    )
    pairs = pairs[inside]
    near = ~(_apart(pairs, "", "_now") > _MOVED_KM)
    into = np.zeros(len(rows), dtype=bool)
    into[pairs["row"].to_numpy()[near]] = True
    return into


def _moved(merged: Merged) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the positions of events before and after they moved, for events that still count."""
    ids = merged.rows["event_id"]
    several = np.flatnonzero(ids.duplicated(keep=False).to_numpy())
    several = several[ids.iloc[several].isin(ids[merged.standing]).to_numpy()]
    order = several[np.lexsort((merged.rank[several], pd.factorize(ids.iloc[several])[0]))]
    same = ids.iloc[order[1:]].to_numpy() == ids.iloc[order[:-1]].to_numpy()
    old, new = order[:-1][same], order[1:][same]
    moved = has_moved(merged.rows.iloc[old], merged.rows.iloc[new])
    return old[moved], new[moved]


def has_moved(before: pd.DataFrame, after: pd.DataFrame) -> Mask:
    """Say which events have another month, or a place more than 10 km away.

    Args:
        before: Events.
        after: The same events in the same order.
    """
    names = ["date_start", "latitude", "longitude"]
    left, right = (frame[names].reset_index(drop=True) for frame in (before, after))
    pairs = left.join(right.add_suffix("_now"))
    months = [pairs[name].dt.to_period("M") for name in ("date_start", "date_start_now")]
    other = (months[0] != months[1]).to_numpy(dtype=bool)
    return np.asarray(other | (_apart(pairs, "", "_now") > _MOVED_KM))


def _apart(pairs: pd.DataFrame, one: str, other: str) -> Floats:
    """Return the kilometres between two points of each row; NaN where one is missing."""
    points = [
        unit_vectors(
            pairs[f"latitude{side}"].to_numpy(np.float64),
            pairs[f"longitude{side}"].to_numpy(np.float64),
        )
        for side in (one, other)
    ]
    return np.asarray(great_circle(np.linalg.norm(points[0] - points[1], axis=1)))


def _places(frame: pd.DataFrame, rows: pd.DataFrame, keys: list[str]) -> npt.NDArray[np.intp]:
    """Return the position of each key of ``frame`` in ``rows``; -1 where it is not there."""
    return pd.MultiIndex.from_frame(rows[keys]).get_indexer(pd.MultiIndex.from_frame(frame[keys]))


def _same_content(ours: pd.DataFrame, theirs: pd.DataFrame) -> Mask:
    """Say row by row whether two frames agree in all but their source and release."""
    same = np.ones(len(ours), dtype=bool)
    for name in ours.columns.union(theirs.columns).difference(["source", "release"]):
        if name not in ours or name not in theirs:
            held = ours if name in ours else theirs
            same &= held[name].isna().to_numpy()
            continue
        left, right = ours[name].reset_index(drop=True), theirs[name].reset_index(drop=True)
        equal = (left == right).fillna(False).to_numpy(dtype=bool)
        same &= equal | (left.isna() & right.isna()).to_numpy()
    return same
