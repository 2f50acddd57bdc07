"""The append-only store: what it holds, what was known on a day, and what a new file changes.

A row is identified by its source and key. Nothing is ever overwritten, so what was known on a day
can always be read. Which rows win belongs to ``data.store.merge_releases``. Callers hold the
workspace's lock while they add.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pandas as pd

from data.reading import Coverage, ReadResult
from data.schema import EVENT_TYPES
from data.store.manifests import (
    Manifest,
    RowChanges,
    coverage_of,
    instant,
    known_at,
    release_order,
    win_order,
)
from data.store.merge_releases import (
    KEYS,
    WITHDRAWN,
    Snapshot,
    last_by,
    standing_rows,
    winning_rows,
)
from data.store.planning import Plan, countries_of, plan_ingest
from data.store.snapshots import clean_snapshots, read_manifests, read_table, write_snapshot
from data.store.supersession import superseded_rows

__all__ = ["IngestReport", "Store"]


@dataclass(frozen=True)
class IngestReport:
    """The result of one ingest.

    Attributes:
        manifest: Manifest of the snapshot that holds the file's rows.
        folder: That snapshot's folder.
        repeated: The same file was already in the store, so nothing was written.
        changes: How the file's rows compare with what was known before.
        gone: Rows of earlier versions that it took away or moved, as ``superseded_rows`` has them.
    """

    manifest: Manifest
    folder: Path
    repeated: bool
    changes: RowChanges
    gone: pd.DataFrame


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
        return dataclasses.replace(self, as_of=as_of or self.as_of, release=release or self.release)

    def add(
        self,
        reading: ReadResult,
        *,
        retrieved_at: datetime,
        published: date | None = None,
        replace: bool | None = None,
    ) -> IngestReport:
        """Store a result of reading as a new snapshot, unless the same one is already stored.

        Args:
            reading: What a reader returned.
            retrieved_at: When the file was obtained; UTC where it has no time zone.
            published: When the release was published; None for the usual day, if there is one.
            replace: True: it is the new version of what is held, False: it is added to it; None
                refuses what cannot be told.

        Raises:
            SourceError: A key is repeated, the same file is already stored and was corrected by a
                later one of its release, or it is not clear what it replaces.
            ConfigError: It cannot have been published then.
            RuntimeEnvironmentError: The disk fails; the store is unchanged.
        """
        return self.add_all(
            [reading], retrieved_at=retrieved_at, published=published, replace=replace
        )[0]

    def add_all(
        self,
        readings: Sequence[ReadResult],
        *,
        retrieved_at: datetime,
        published: date | None = None,
        replace: bool | None = None,
    ) -> list[IngestReport]:
        """Store results of reading in their order; where one is refused, none is stored.

        Args:
            readings: What readers returned.
            retrieved_at: As for ``add``.
            published: As for ``add``.
            replace: As for ``add``.

        Raises:
            SourceError: As for ``add``.
            ConfigError: As for ``add``.
            RuntimeEnvironmentError: The disk fails; the snapshots before are stored.
        """
        if replace is False:
            readings = [dataclasses.replace(reading, whole=False) for reading in readings]
        planned = plan_ingest(
            readings,
            self.everything(),
            self._snapshots,
            retrieved_at=instant(retrieved_at),
            published=published,
            replace=replace,
        )
        if any(plan.new for plan in planned):
            clean_snapshots(self.folder)
        return [
            self._written(plan, reading) for plan, reading in zip(planned, readings, strict=True)
        ]

    def _written(self, plan: Plan, reading: ReadResult) -> IngestReport:
        """Write what is planned."""
        folder = self.folder / plan.manifest["folder"]
        if plan.new:
            folder = write_snapshot(
                self.folder, plan.manifest, plan.tables, reading.quarantine, plan.gone
            )
        return IngestReport(plan.manifest, folder, not plan.new, plan.changes, plan.gone)

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

    def superseded(self, *, source: str, content: str) -> pd.DataFrame:
        """Return the rows of a source that later versions took away or moved.

        Args:
            source: The source.
            content: ``events`` (of complete lists) or ``figures``.

        Returns:
            As ``superseded_rows``; no rows where there is at most one version.
        """
        chosen = self._chosen(content, source, None, complete_only=content == "events")
        if len(chosen) < 2:
            return pd.DataFrame({"what": [], "release": [], "by_release": []}, dtype="str")
        return superseded_rows(self._snapshots(chosen))

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

    def _winners(self, manifests: Sequence[Manifest]) -> pd.DataFrame:
        """Return the winning row of each key from snapshots of one content."""
        return winning_rows(self._snapshots(manifests))

    def _snapshots(self, manifests: Sequence[Manifest]) -> list[Snapshot]:
        return [
            Snapshot(m, rows, self._countries(m))
            for m in manifests
            if (rows := read_table(self.folder, m, m["content"])) is not None
        ]

    def _countries(self, manifest: Manifest) -> dict[str, str]:
        """Return the countries of the regions that came with figures."""
        if manifest["content"] != "figures":
            return {}
        return countries_of(read_table(self.folder, manifest, "regions"))
