"""The append-only store: which rows win among the snapshots, and what a new file changes.

A row is identified by its source and key. The later release wins, and within a release the later
ingest; nothing is ever overwritten, so what was known on a day can be asked for. Callers hold the
workspace's lock while they add.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.errors import SourceError
from data.manifests import (
    Manifest,
    RowChanges,
    coverage_of,
    instant,
    is_repeat,
    make_manifest,
    release_order,
    win_order,
)
from data.reading import Coverage, Reading
from data.schema import EVENT_COLUMNS, EVENT_TYPES
from data.snapshots import (
    clean_snapshots,
    fingerprint,
    folder_name,
    read_manifests,
    read_table,
    snapshot_tables,
    write_snapshot,
)
from data.withdrawals import WITHDRAWN, standing_rows

__all__ = ["IngestReport", "Store"]

# What identifies a row within its source.
_KEYS = {"events": ["event_id"], "figures": ["region_id", "month"]}


@dataclass(frozen=True)
class IngestReport:
    """What one ingest did.

    Attributes:
        manifest: Manifest of the snapshot that holds the file's rows.
        folder: That snapshot's folder.
        repeated: The very same file was in the store already, so nothing was written.
        changes: How the file's rows stand to what was known before.
    """

    manifest: Manifest
    folder: Path
    repeated: bool
    changes: RowChanges


@dataclass(frozen=True)
class Store:
    """The snapshots of one workspace.

    Attributes:
        folder: ``store/`` of the workspace; it need not exist yet.
    """

    folder: Path

    def add(self, reading: Reading, *, retrieved_at: datetime) -> IngestReport:
        """Keep a reading as a new snapshot, unless the very same one is kept already.

        Args:
            reading: What a reader returned.
            retrieved_at: When the file was obtained; taken as UTC where it has no zone.

        Raises:
            SourceError: A key stands twice in the reading.
            MachineError: The disk is full or in the way; the store is as it was.
        """
        frame = _canonical(reading)
        tables = snapshot_tables(frame, reading)
        digest = fingerprint(tables)
        known = self.manifests()
        for manifest in known:
            if is_repeat(manifest, reading, digest):
                same = RowChanges(unchanged=manifest["accepted"])
                return IngestReport(manifest, self.folder / manifest["folder"], True, same)
        clean_snapshots(self.folder)
        number = 1 + max((manifest["number"] for manifest in known), default=0)
        manifest = make_manifest(
            reading,
            self._changes(frame, reading),
            number=number,
            folder=folder_name(number, reading.source, reading.release, reading.sha256),
            digest=digest,
            retrieved_at=instant(retrieved_at),
        )
        folder = write_snapshot(self.folder, manifest, tables, reading.quarantine)
        changes = RowChanges(
            **{name: manifest[name] for name in ("new", "revised", "unchanged", "outdated")}
        )
        return IngestReport(manifest, folder, False, changes)

    def manifests(self, as_of: date | datetime | None = None) -> list[Manifest]:
        """Return the manifests of whole snapshots in order of ingest.

        Args:
            as_of: Only what was retrieved until then; a plain date includes that whole day (UTC).
        """
        found = read_manifests(self.folder)
        if as_of is None:
            return found
        return [m for m in found if instant(m["retrieved_at"]) <= instant(as_of)]

    def events(
        self,
        *,
        source: str | None = None,
        as_of: date | datetime | None = None,
        complete_only: bool = True,
    ) -> pd.DataFrame:
        """Return the winning event rows, sorted by source and event id.

        Args:
            source: Only this source; None for all of them, although two sources may tell of the
                same attack.
            as_of: Only what was retrieved until then.
            complete_only: Leave out lists that do not claim to be complete.

        Returns:
            One row an event with the columns and types of ``EVENT_TYPES``.
        """
        chosen = self._chosen("events", source, as_of, complete_only=complete_only)
        if not chosen:
            return pd.DataFrame({name: pd.Series(dtype=t) for name, t in EVENT_TYPES.items()})
        return self._standing(self._winners(chosen), chosen, as_of)

    def figures(
        self, *, source: str | None = None, as_of: date | datetime | None = None
    ) -> tuple[pd.DataFrame, pd.DataFrame | None]:
        """Return the winning region-month figures and the region table that came with them.

        Returns:
            Figures sorted by source, region id and month (empty where there are none), and the
            latest row of each region's table entry; None where no region table came.
        """
        chosen = self._chosen("figures", source, as_of, complete_only=False)
        if not chosen:
            return pd.DataFrame(columns=["source", "release", *_KEYS["figures"]], dtype="str"), None
        read = [read_table(self.folder, m, "regions") for m in chosen]
        tables = [table for table in read if table is not None]
        return self._winners(chosen), _last_by(tables, ["region_id"]) if tables else None

    def coverages(
        self,
        *,
        source: str | None = None,
        as_of: date | datetime | None = None,
        complete_only: bool = True,
    ) -> list[Coverage]:
        """Return the distinct coverages of the stored lists, whatever the order of ingest."""
        found = {
            coverage_of(m)
            for m in self.manifests(as_of)
            if source in (None, m["source"]) and (m["coverage"]["complete"] or not complete_only)
        }
        return sorted(found, key=lambda c: (c.first or "", c.last or "", c.countries, c.complete))

    def _chosen(
        self,
        content: str,
        source: str | None,
        as_of: date | datetime | None,
        *,
        complete_only: bool,
    ) -> list[Manifest]:
        """Return the manifests asked for, the winning one last."""
        chosen = [
            m
            for m in self.manifests(as_of)
            if m["content"] == content
            and source in (None, m["source"])
            and (m["coverage"]["complete"] or not complete_only)
        ]
        return sorted(chosen, key=win_order)

    def _winners(self, manifests: Sequence[Manifest]) -> pd.DataFrame:
        """Return one row a key out of snapshots of one content, the winning snapshot last."""
        content = manifests[0]["content"]
        read = [read_table(self.folder, m, content) for m in manifests]
        return _last_by([part for part in read if part is not None], ["source", *_KEYS[content]])

    def _standing(
        self, rows: pd.DataFrame, chosen: Sequence[Manifest], as_of: date | datetime | None
    ) -> pd.DataFrame:
        """Leave out what any snapshot, also one that is not complete, names as taken back."""
        naming = [m for m in self.manifests(as_of) if m.get("taken_back")]
        tables = [read_table(self.folder, m, WITHDRAWN) for m in naming]
        withdrawn = [
            (m["source"], release_order(m["release"]), table)
            for m, table in zip(naming, tables, strict=True)
            if table is not None
        ]
        orders = {m["release"]: release_order(m["release"]) for m in chosen}
        return standing_rows(rows, withdrawn, orders)

    def _changes(self, frame: pd.DataFrame, reading: Reading) -> RowChanges:
        """Count how the rows of a reading stand to the rows known before."""
        known = self._chosen(reading.content, reading.source, None, complete_only=False)
        release = release_order(reading.release)
        later = [m for m in known if release_order(m["release"]) > release]
        earlier = [m for m in known if release_order(m["release"]) <= release]
        keys = _KEYS[reading.content]
        outdated = _places(frame, self._winners(later), keys) >= 0 if later else _none(frame)
        held, same = _none(frame), _none(frame)
        if earlier:
            rows = self._winners(earlier)
            places = _places(frame, rows, keys)
            held = places >= 0
            same[held] = _same_content(frame[held], rows.iloc[places[held]])
        return RowChanges(
            new=int((~outdated & ~held).sum()),
            revised=int((~outdated & held & ~same).sum()),
            unchanged=int((~outdated & same).sum()),
            outdated=int(outdated.sum()),
        )


def _canonical(reading: Reading) -> pd.DataFrame:
    """Return the accepted rows, labelled, typed and sorted by their key."""
    keys = _KEYS[reading.content]
    frame = reading.frame.assign(source=reading.source, release=reading.release)
    twice = frame.duplicated(keys)
    if twice.any():
        first = " ".join(map(str, frame.loc[twice, keys].iloc[0]))
        raise SourceError(f"{' and '.join(keys)} {first} stands more than once", file=reading.file)
    if reading.content == "events":
        frame = frame[list(EVENT_COLUMNS)].astype(EVENT_TYPES)
    return frame.sort_values(keys, ignore_index=True)


def _last_by(parts: Sequence[pd.DataFrame], keys: list[str]) -> pd.DataFrame:
    """Return the last row of every key, sorted by key."""
    if len(parts) == 1:
        return parts[0]
    rows = pd.concat(parts, ignore_index=True).drop_duplicates(keys, keep="last")
    return rows.sort_values(keys, ignore_index=True)


def _places(frame: pd.DataFrame, rows: pd.DataFrame, keys: list[str]) -> npt.NDArray[np.intp]:
    """Return where each key of ``frame`` stands in ``rows``; -1 where it does not."""
    return pd.MultiIndex.from_frame(rows[keys]).get_indexer(pd.MultiIndex.from_frame(frame[keys]))


def _same_content(ours: pd.DataFrame, theirs: pd.DataFrame) -> npt.NDArray[np.bool_]:
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


def _none(frame: pd.DataFrame) -> npt.NDArray[np.bool_]:
    return np.zeros(len(frame), dtype=bool)
