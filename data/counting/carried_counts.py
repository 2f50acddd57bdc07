"""Region changes applied to figures and counted panels, with every total preserved.

A count goes to the new regions of a split by their shares, as ``data.counting.dividing`` says.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.counting.dividing import divide_counts
from data.counting.region_months import RegionMonths
from data.errors import EvidenceError
from data.regions.carried_regions import carry_table
from data.regions.region_changes import Change, RegionChanges
from data.schema import DEATHS, EVENTS, FIGURE_MEASURES, OBSERVED

__all__ = ["ADDED", "Carried", "carry_figures", "split_counts"]

Floats = npt.NDArray[np.float64]

_MOST = "largest_event"

ADDED = tuple(name for name in FIGURE_MEASURES if name != _MOST)


@dataclass(frozen=True)
class Carried:
    """Figures in today's regions.

    Attributes:
        frame: ``region_id, month``, measures and, where there was one, ``status``.
        rows: How many rows of old regions were carried over.
        held_back: Events and deaths of merged region-months of which a part is unknown: the whole
            is unknown, so they are in no figure.
    """

    frame: pd.DataFrame
    rows: int
    held_back: dict[str, int]


def carry_figures(frame: pd.DataFrame, changes: RegionChanges) -> Carried:
    """Move the figures of old regions to new ones, change by change.

    Args:
        frame: Figures: ``region_id, month``, any of ``FIGURE_MEASURES``, optional ``status``.
        changes: The table of region changes.

    Returns:
        Figures without any old region; each total of a month and measure is what it was, less
        what is held back. The largest event of a region that was split is unknown.

    Raises:
        SourceError: A region has figures for a time at which it did not exist, or both an old
            region and its new one have figures for a month.
        EvidenceError: A total has changed.
    """
    before = _totals(frame)
    rows, held_back = 0, pd.DataFrame()
    for change in changes.changes:
        carried, rest = _of_old(frame, change, changes)
        if change.kind in ("appear", "end"):
            frame = rest
            continue
        rows += len(carried)
        _refuse_both(carried, rest, change, changes)
        if change.kind == "split":
            made = _split(carried, change)
        else:
            made, lost = _merged(carried, change)
            held_back = held_back.add(lost, fill_value=0)
        frame = pd.concat([rest, made], ignore_index=True) if len(carried) else rest
    _check_totals(before, _totals(frame).add(held_back, fill_value=0))
    sums = {name: int(held_back[name].sum()) for name in (EVENTS, DEATHS) if name in held_back}
    return Carried(frame.reset_index(drop=True), rows, sums)


def split_counts(counts: RegionMonths, splits: RegionChanges) -> RegionMonths:
    """Divide the counts of old regions among their new ones.

    Measures that are not sums, such as the largest event or the number of attackers, are unknown
    for a part. The reconciliation still names the region in which an event was placed.

    Args:
        counts: Counted by the old regions.
        splits: Changes of the kind ``split``, whose old regions are in the counts.

    Raises:
        EvidenceError: A total is not what it was.
    """
    for change in splits.changes:
        counts = _split_region(counts, change, splits)
    return counts


def _of_old(
    frame: pd.DataFrame, change: Change, changes: RegionChanges
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Separate the rows to be moved from all others; refuse rows that must not exist."""
    start = change.valid_from or "9999-12"
    early = frame["month"] < start
    old, new = frame["region_id"].isin(change.old), frame["region_id"].isin(change.new)
    wrong = old & ~new & ~early if change.kind != "appear" else new & early
    positive = frame[[name for name in ADDED if name in frame]].fillna(0).gt(0).any(axis=1)
    if (wrong & positive).any():
        row = frame[wrong & positive].iloc[0]
        when = "appeared" if change.kind == "appear" else "ended"
        raise changes.refuse(
            change,
            f'region "{row.region_id}" has figures for {row.month}, but it {when} in {start}:'
            " correct the table or the figures",
            "valid_from",
        )
    if change.kind in ("appear", "end"):
        return frame[:0], frame[~wrong]
    return frame[old & early], frame[~(old & early) & ~wrong]


def _refuse_both(
    carried: pd.DataFrame, rest: pd.DataFrame, change: Change, changes: RegionChanges
) -> None:
    own = rest[rest["region_id"].isin(change.new)]
    both = own["month"].isin(set(carried["month"]))
    if both.any():
        row = own[both].iloc[0]
        raise changes.refuse(
            change,
            f'region "{row.region_id}" has figures for {row.month}, and so has'
            f" {' and '.join(change.old)}: the month would count twice, so remove one of them",
        )


def _split(carried: pd.DataFrame, change: Change) -> pd.DataFrame:
    carried = carried.sort_values("month", ignore_index=True)
    divided = divide_counts(_numbers(carried), change.shares) if len(carried) else {}
    parts = []
    for place, name in enumerate(change.new):
        own = {measure: values[place] for measure, values in divided.items()}
        parts.append(carried.assign(region_id=name, **own))
        if _MOST in carried:
            parts[-1][_MOST] = np.nan
    return pd.concat(parts, ignore_index=True)


def _numbers(frame: pd.DataFrame) -> dict[str, Floats]:
    return {
        name: frame[name].to_numpy(np.float64, na_value=np.nan) for name in ADDED if name in frame
    }


def _merged(carried: pd.DataFrame, change: Change) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return one row a month, and by month the known parts of unknown totals."""
    names = [name for name in FIGURE_MEASURES if name in carried]
    held = carried.astype(dict.fromkeys(names, "float64")).groupby("month", sort=True)
    whole = held.size() == len(change.old)
    if "status" in carried:
        unseen = carried["status"].fillna(OBSERVED) != OBSERVED
        whole &= ~unseen.groupby(carried["month"].to_numpy()).any()
    made = pd.DataFrame({"region_id": change.new[0], "month": whole.index}, index=whole.index)
    lost = pd.DataFrame(index=whole.index)
    for name in names:
        known = whole & (held[name].count() == len(change.old))
        total = held[name].max() if name == _MOST else held[name].sum()
        made[name] = total.where(known)
        if name != _MOST:
            lost[name] = total.where(~known, 0.0)
    made["status"] = np.where(whole, OBSERVED, "not_covered")
    return made.reset_index(drop=True), lost


def _totals(frame: pd.DataFrame) -> pd.DataFrame:
    names = [name for name in ADDED if name in frame]
    values = frame[names].astype("float64").fillna(0.0)
    return values.groupby(frame["month"].astype("str")).sum()


def _check_totals(before: pd.DataFrame, after: pd.DataFrame) -> None:
    after = after.reindex(index=before.index, columns=before.columns).fillna(0.0)
    differs = (before - after).to_numpy() != 0
    if differs.any():
        row, column = np.argwhere(differs)[0]
        raise EvidenceError(
            f"the changes of regions change the total of {before.columns[column]} in"
            f" {before.index[row]}: expected {before.iloc[row, column]:g}, got"
            f" {after.iloc[row, column]:g}"
        )


def _split_region(counts: RegionMonths, change: Change, splits: RegionChanges) -> RegionMonths:
    row = int(np.flatnonzero(counts.regions["region_id"] == change.old[0])[0])
    others = np.delete(np.arange(len(counts.regions)), row)
    ids = [*counts.regions["region_id"].to_numpy()[others], *change.new]
    order = np.argsort(np.array(ids, dtype=object))
    regions = carry_table(counts.regions, replace(splits, changes=(change,)))
    whole = {n: v[row].astype(np.float64) for n, v in counts.measures.items() if n in ADDED}
    divided = divide_counts(whole, change.shares)
    measures = {}
    for name, values in counts.measures.items():
        parts = divided.get(name, np.full((len(change.new), values.shape[1]), np.nan))
        if name in whole:
            _check_split(name, whole[name], parts)
        measures[name] = np.concatenate([values[others], parts.astype(values.dtype)])[order]
    status = np.concatenate([counts.status[others], counts.status[[row] * len(change.new)]])[order]
    return replace(counts, regions=regions, measures=measures, status=status)


def _check_split(name: str, before: Floats, parts: Floats) -> None:
    if not np.array_equal(parts.sum(axis=0), before, equal_nan=True):
        raise EvidenceError(
            f"the split of a region changes its total of {name}: this panel must not be used"
        )
