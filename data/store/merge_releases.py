"""Which rows win among the snapshots of a source, and how a new file's rows compare with them.

The later release wins, and within a release the later ingest. A whole release, one that has all
rows of what it covers, also withdraws rows of earlier releases that it covers and lacks. A source
may also withdraw ids by name: that ends the rows of releases up to that one, and a row of a later
release counts again. All of this depends on the set of snapshots, never on the order of ingest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.months import month_number, month_numbers
from data.reading import Coverage
from data.regions.countries import country_key, country_keys
from data.store.manifests import Manifest, RowChanges, coverage_of, release_order

__all__ = [
    "KEYS",
    "WITHDRAWN",
    "Snapshot",
    "changes_of",
    "last_by",
    "standing_rows",
    "winning_rows",
    "withdrawn_table",
]

# What identifies a row within its source.
KEYS = {"events": ["event_id"], "figures": ["region_id", "month"]}
_RELEASE = "release"

Mask = npt.NDArray[np.bool_]

WITHDRAWN = "withdrawn"

Order = tuple[int, ...]


@dataclass(frozen=True)
class Snapshot:
    """The rows of one ingest with its manifest."""

    manifest: Manifest
    rows: pd.DataFrame

    @property
    def source(self) -> str:
        """The source of its rows."""
        return self.manifest["source"]

    @property
    def release(self) -> str:
        """The release of its rows."""
        return self.manifest["release"]

    @property
    def whole(self) -> bool:
        """Whether it has every row of its release in its coverage."""
        return self.manifest["whole"]


def winning_rows(snapshots: Sequence[Snapshot]) -> pd.DataFrame:
    """Return the rows that count, sorted by source and key.

    Args:
        snapshots: All of one content, in the order of ``win_order``.
    """
    content = snapshots[0].manifest["content"]
    rows = last_by([s.rows for s in snapshots], ["source", *KEYS[content]])
    if content != "events" or not any(s.whole for s in snapshots):
        return rows
    gone = _withdrawing(snapshots, rows)
    return rows[~gone].reset_index(drop=True)


def changes_of(
    frame: pd.DataFrame,
    known: Sequence[Snapshot],
    *,
    content: str,
    release: str,
    whole: Coverage | None,
) -> RowChanges:
    """Count how the rows of a new file compare with the rows known before.

    Args:
        frame: Its accepted rows.
        known: Snapshots of the same source and content in the order of ``win_order``.
        content: ``events`` or ``figures``.
        release: The file's release.
        whole: The file's coverage where it has all rows in it; otherwise None.
    """
    here, keys = release_order(release), KEYS[content]
    later = [s for s in known if release_order(s.release) > here]
    earlier = [s for s in known if release_order(s.release) <= here]
    outdated = _places(frame, winning_rows(later), keys) >= 0 if later else _none(frame)
    held, same, withdrawn = _none(frame), _none(frame), 0
    if earlier:
        rows = winning_rows(earlier)
        places = _places(frame, rows, keys)
        held = places >= 0
        same[held] = _same_content(frame[held], rows.iloc[places[held]])
        if whole is not None:
            old = np.array([release_order(r) < here for r in rows[_RELEASE]], dtype=bool)
            lacking = old & _covers_rows(whole, rows)
            lacking[places[held]] = False
            withdrawn = int(_accepted(lacking, int(held.sum())).sum())
    return RowChanges(
        new=int((~outdated & ~held).sum()),
        revised=int((~outdated & held & ~same).sum()),
        unchanged=int((~outdated & same).sum()),
        outdated=int(outdated.sum()),
        withdrawn=withdrawn,
    )


def _withdrawing(snapshots: Sequence[Snapshot], rows: pd.DataFrame) -> Mask:
    """Return the rows that a later whole release of their source covers and lacks."""
    gone = _none(rows)
    for source, release in dict.fromkeys((s.source, s.release) for s in snapshots if s.whole):
        own = [s for s in snapshots if s.source == source]
        parts = [s for s in own if s.release == release and s.whole]
        before = [s for s in own if release_order(s.release) < release_order(release)]
        if not before:
            continue
        names = sorted({s.release for s in before})
        earlier = (rows["source"] == source) & rows[_RELEASE].isin(names)
        covered = np.logical_or.reduce([_covers_rows(coverage_of(s.manifest), rows) for s in parts])
        lacking = earlier.to_numpy() & covered
        if lacking.any():
            gone |= _accepted(lacking, _shared(parts, before))
    return gone


def _accepted(lacking: Mask, held: int) -> Mask:
    """Return the withdrawn rows; none where more lack than are held, as in part of a file."""
    return lacking if int(lacking.sum()) <= held else np.zeros_like(lacking)


def _shared(parts: Sequence[Snapshot], before: Sequence[Snapshot]) -> int:
    """Return how many events of a release were known before it."""
    now = pd.Index(pd.concat([s.rows["event_id"] for s in parts])).unique()
    then = pd.Index(pd.concat([s.rows["event_id"] for s in before])).unique()
    return int(now.isin(then).sum())


def last_by(parts: Sequence[pd.DataFrame], keys: list[str]) -> pd.DataFrame:
    """Return the last row of every key, sorted by key."""
    if len(parts) == 1:
        return parts[0]
    rows = pd.concat(parts, ignore_index=True).drop_duplicates(keys, keep="last")
    return rows.sort_values(keys, ignore_index=True)


def _places(frame: pd.DataFrame, rows: pd.DataFrame, keys: list[str]) -> npt.NDArray[np.intp]:
    """Return the position of each key of ``frame`` in ``rows``; -1 where it is not there."""
    return pd.MultiIndex.from_frame(rows[keys]).get_indexer(pd.MultiIndex.from_frame(frame[keys]))


def _same_content(ours: pd.DataFrame, theirs: pd.DataFrame) -> Mask:
    """Say row by row whether two frames agree in all but their source and release."""
    same = np.ones(len(ours), dtype=bool)
    for name in ours.columns.union(theirs.columns).difference(["source", _RELEASE]):
        if name not in ours or name not in theirs:
            held = ours if name in ours else theirs
            same &= held[name].isna().to_numpy()
            continue
        left, right = ours[name].reset_index(drop=True), theirs[name].reset_index(drop=True)
        equal = (left == right).fillna(False).to_numpy(dtype=bool)
        same &= equal | (left.isna() & right.isna()).to_numpy()
    return same


def _none(frame: pd.DataFrame) -> Mask:
    return np.zeros(len(frame), dtype=bool)


def withdrawn_table(ids: Sequence[str]) -> pd.DataFrame:
    """Return the table of a snapshot that names withdrawn ids."""
    return pd.DataFrame({"event_id": sorted(set(ids))}, dtype="str")


def standing_rows(
    rows: pd.DataFrame,
    withdrawn: Sequence[tuple[str, Order, pd.DataFrame]],
    orders: Mapping[str, Order],
) -> pd.DataFrame:
    """Leave out the rows that their source withdrew.

    Args:
        rows: Winning rows with ``source``, ``release`` and ``event_id``.
        withdrawn: Source, order of the release and table of each snapshot that names ids.
        orders: The order of every release among the rows.
    """
    gone = pd.Series(False, index=rows.index)
    for source, order, table in withdrawn:
        earlier = {name for name, own in orders.items() if own <= order}
        named = rows["event_id"].isin(table["event_id"])
        gone |= named & (rows["source"] == source) & rows["release"].isin(earlier)
    return rows[~gone].reset_index(drop=True) if gone.any() else rows


def _covers_rows(coverage: Coverage, rows: pd.DataFrame) -> Mask:
    """Say which events lie in a coverage, by their own country and first month."""
    if not coverage.complete or coverage.first is None or coverage.last is None:
        return _none(rows)
    month = month_numbers(rows["date_start"])
    inside = (month >= month_number(coverage.first)) & (month <= month_number(coverage.last))
    if not coverage.countries:
        return np.asarray(inside)
    names = {country_key(name) for name in coverage.countries}
    return np.asarray(inside & np.isin(country_keys(rows["country"]), sorted(names)))
