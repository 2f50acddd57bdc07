"""The append-only store: what it holds, what was known on a day, and what a new file changes.

A row is identified by its source and key. Nothing is ever overwritten, so what was known on a day
can always be read. Which rows win belongs to ``data.store.merge_releases``. Callers hold the
workspace's lock while they add.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import pandas as pd

from data.errors import SourceError
from data.reading import Coverage, ReadResult
from data.schema import EVENT_COLUMNS, EVENT_TYPES
from data.store.manifest_making import is_repeat, make_manifest
from data.store.manifests import (
    Manifest,
    RowChanges,
    coverage_of,
    instant,
    known_at,
    published_on,
    release_order,
    win_order,
)
from data.store.merge_releases import (
    KEYS,
    WITHDRAWN,
    Snapshot,
    changes_of,
    last_by,
    standing_rows,
    winning_rows,
)
from data.store.snapshots import (
    clean_snapshots,
    fingerprint,
    folder_name,
    read_manifests,
    read_table,
    snapshot_tables,
    write_snapshot,
)

__all__ = ["IngestReport", "Store"]


@dataclass(frozen=True)
class IngestReport:
    """The result of one ingest.

    Attributes:
        manifest: Manifest of the snapshot that holds the file's rows.
        folder: That snapshot's folder.
        repeated: The same file was already in the store, so nothing was written.
        changes: How the file's rows compare with what was known before.
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
        as_of: Only what was known then is read; a date without a time includes that day (UTC).
        release: Only this release and those before it are read.
    """

    folder: Path
    as_of: date | datetime | None = None
    release: str | None = None

    def known(self, *, as_of: date | datetime | None = None, release: str | None = None) -> Store:
        """Return the same store as it was known on a day, or up to a release."""
        return replace(self, as_of=as_of or self.as_of, release=release or self.release)

    def add(
        self, reading: ReadResult, *, retrieved_at: datetime, published: date | None = None
    ) -> IngestReport:
        """Store a result of reading as a new snapshot, unless the same one is already stored.

        Args:
            reading: What a reader returned.
            retrieved_at: When the file was obtained; UTC where it has no time zone.
            published: When the release was published; None for the usual day, if there is one.

        Raises:
            SourceError: A key is repeated, or the same file is already stored and was corrected
                by a later one of its release.
            ConfigError: It cannot have been published then.
            RuntimeEnvironmentError: The disk fails; the store is unchanged.
        """
        frame = _canonical_rows(reading)
        tables = snapshot_tables(frame, reading)
        digest = fingerprint(tables)
        everything = self.everything()
        for manifest in everything:
            if is_repeat(manifest, reading, digest, published):
                release = self._of_release(manifest)
                if release[-1]["number"] > manifest["number"]:
                    _refuse_corrected(frame, manifest, self._snapshots(release))
                same = RowChanges(unchanged=manifest["accepted"])
                return IngestReport(manifest, self.folder / manifest["folder"], True, same)
        out = published_on(
            reading.source, reading.release, given=published, retrieved_at=instant(retrieved_at)
        )
        clean_snapshots(self.folder)
        number = 1 + max((manifest["number"] for manifest in everything), default=0)
        before = self._before(reading)
        changes = changes_of(
            frame,
            before,
            content=reading.content,
            release=reading.release,
            whole=reading.coverage if reading.whole else None,
        )
        manifest = make_manifest(
            reading,
            changes,
            number=number,
            folder=folder_name(number, reading.source, reading.release, reading.sha256),
            digest=digest,
            retrieved_at=instant(retrieved_at),
            published=out,
            earlier=[snapshot.rows for snapshot in before],
        )
        folder = write_snapshot(self.folder, manifest, tables, reading.quarantine)
        return IngestReport(manifest, folder, False, changes)

    def everything(self) -> list[Manifest]:
        """Return the manifests of all whole snapshots in order of ingest."""
        return read_manifests(self.folder)

    def manifests(
        self,
        as_of: date | datetime | None = None,
        *,
        source: str | None = None,
        content: str | None = None,
        complete_only: bool = False,
    ) -> list[Manifest]:
        """Return the manifests of what was known, in order of ingest.

        Args:
            as_of: Only what was known then; None for the store's own day. A release counts as
                known from its publication, what has no such day from its ingest.
            source: Only this source; None for all.
            content: Only ``events`` or ``figures``; None for both.
            complete_only: Leave out lists that do not claim to be complete.
        """
        day = as_of or self.as_of
        limit = None if self.release is None else release_order(self.release)
        return [
            m
            for m in self.everything()
            if (day is None or known_at(m) <= instant(day))
            and (limit is None or release_order(m["release"]) <= limit)
            and source in (None, m["source"])
            and content in (None, m["content"])
            and (m["coverage"]["complete"] or not complete_only)
        ]

    def events(
        self,
        *,
        source: str | None = None,
        as_of: date | datetime | None = None,
        complete_only: bool = True,
    ) -> pd.DataFrame:
        """Return the winning event rows, sorted by source and event id.

        Args:
            source: Only this source; None for all of them, although two sources may list the same
                attack.
            as_of: Only what was known then.
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
            latest row of each region; None where no region table came.
        """
        chosen = self._chosen("figures", source, as_of, complete_only=False)
        if not chosen:
            return pd.DataFrame(columns=["source", "release", *KEYS["figures"]], dtype="str"), None
        read = [read_table(self.folder, m, "regions") for m in chosen]
        tables = [table for table in read if table is not None]
        return self._winners(chosen), last_by(tables, ["region_id"]) if tables else None

    def coverages(
        self,
        *,
        source: str | None = None,
        as_of: date | datetime | None = None,
        complete_only: bool = True,
    ) -> list[Coverage]:
        """Return the distinct coverages of the stored lists, in order of their months.

        Among lists of one release with the same first month and countries, the one ingested last
        counts.
        """
        latest: dict[tuple[object, ...], Coverage] = {}
        for m in self.manifests(as_of, source=source, complete_only=complete_only):
            claim = coverage_of(m)
            same = (m["source"], m["release"], claim.complete, claim.first, claim.countries)
            latest[same] = claim
        return sorted(
            set(latest.values()),
            key=lambda c: (c.first or "", c.last or "", c.countries, c.complete, c.partial or ""),
        )

    def _chosen(
        self,
        content: str,
        source: str | None,
        as_of: date | datetime | None,
        *,
        complete_only: bool,
    ) -> list[Manifest]:
        """Return the chosen manifests, the winning one last."""
        chosen = self.manifests(as_of, source=source, content=content, complete_only=complete_only)
        return sorted(chosen, key=win_order)

    def _standing(
        self, rows: pd.DataFrame, chosen: Sequence[Manifest], as_of: date | datetime | None
    ) -> pd.DataFrame:
        """Leave out what any snapshot, complete or not, names as withdrawn."""
        naming = [m for m in self.manifests(as_of) if m.get("taken_back")]
        tables = [read_table(self.folder, m, WITHDRAWN) for m in naming]
        withdrawn = [
            (m["source"], release_order(m["release"]), table)
            for m, table in zip(naming, tables, strict=True)
            if table is not None
        ]
        orders = {m["release"]: release_order(m["release"]) for m in chosen}
        return standing_rows(rows, withdrawn, orders)

    def _before(self, reading: ReadResult) -> list[Snapshot]:
        """Return all snapshots of a result's source and content, the winning one last."""
        whole = Store(self.folder)
        return self._snapshots(
            whole._chosen(reading.content, reading.source, None, complete_only=False)
        )

    def _winners(self, manifests: Sequence[Manifest]) -> pd.DataFrame:
        """Return the winning row of each key from snapshots of one content."""
        return winning_rows(self._snapshots(manifests))

    def _snapshots(self, manifests: Sequence[Manifest]) -> list[Snapshot]:
        tables = ((m, read_table(self.folder, m, m["content"])) for m in manifests)
        return [Snapshot(m, rows) for m, rows in tables if rows is not None]

    def _of_release(self, manifest: Manifest) -> list[Manifest]:
        """Return the manifests of one content, source and release, the winning one last."""
        wanted = (manifest["content"], manifest["source"], manifest["release"])
        same = [m for m in self.everything() if (m["content"], m["source"], m["release"]) == wanted]
        return sorted(same, key=win_order)


def _canonical_rows(reading: ReadResult) -> pd.DataFrame:
    """Return the accepted rows, labelled, typed and sorted by their key.

    Raises:
        SourceError: A key is repeated.
    """
    keys = KEYS[reading.content]
    frame = reading.frame.assign(source=reading.source, release=reading.release)
    twice = frame.duplicated(keys)
    if twice.any():
        first = " ".join(map(str, frame.loc[twice, keys].iloc[0]))
        raise SourceError(
            f"duplicate key: several rows have the {' and '.join(keys)} {first}; keep one",
            file=reading.file,
        )
    if reading.content == "events":
        frame = frame[list(EVENT_COLUMNS)].astype(EVENT_TYPES)
    return frame.sort_values(keys, ignore_index=True)


def _refuse_corrected(frame: pd.DataFrame, manifest: Manifest, release: Sequence[Snapshot]) -> None:
    """Refuse a file that is already stored and was corrected by a later one of its release.

    Args:
        frame: Its rows.
        manifest: Its manifest in the store.
        release: All snapshots of its release, the winning one last.

    Raises:
        SourceError: Its rows are not those that win.
    """
    changes = changes_of(
        frame, release, content=manifest["content"], release=manifest["release"], whole=None
    )
    if changes.revised:
        later = release[-1].manifest
        raise SourceError(
            f"this file is already in the store as ingest {manifest['number']}, and"
            f" {later['file']} (ingest {later['number']}) of the same release"
            f" {manifest['release']} corrected {changes.revised:,} of its rows: nothing was"
            " changed; to return to this file, give it the name of a later release",
            file=manifest["file"],
        )
