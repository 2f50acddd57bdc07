"""What an ingest would store, after every check and before anything is written.

Owns the order of the checks: the same file again, another meaning under one name, an unclear
replacement. Which rows count belongs to ``data.store.merge_releases``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import pandas as pd

from data.errors import SourceError
from data.reading import ReadResult
from data.schema import EVENT_COLUMNS, EVENT_TYPES
from data.store.manifest_making import is_repeat, make_manifest
from data.store.manifests import Manifest, RowChanges, published_on, win_order
from data.store.merge_releases import KEYS, Snapshot
from data.store.replacement import ask_about_replacement, check_meaning, no_longer_listed
from data.store.snapshots import fingerprint, folder_name, snapshot_tables
from data.store.supersession import changes_of, count_fates

__all__ = ["Plan", "countries_of", "plan_ingest"]

Tables = Mapping[str, bytes]
Read = Callable[[Sequence[Manifest]], list[Snapshot]]


@dataclass(frozen=True)
class Plan:
    """What is to be stored of one file.

    Attributes:
        manifest: Its manifest; of a file that is stored already, the one in the store.
        changes: How its rows compare with what is held.
        tables: Its Parquet files by name; none of a file that is stored already.
        gone: Rows of earlier versions that it takes away or moves.
    """

    manifest: Manifest
    changes: RowChanges
    tables: Tables = field(default_factory=dict)
    gone: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def new(self) -> bool:
        """Whether there is anything to store."""
        return bool(self.tables)


@dataclass(frozen=True, eq=False)
class _Draft:
    """A file that is not yet in the store: its result, its rows and its tables."""

    reading: ReadResult
    snapshot: Snapshot
    tables: Tables


def plan_ingest(
    readings: Sequence[ReadResult],
    everything: Sequence[Manifest],
    read: Read,
    *,
    retrieved_at: datetime,
    published: date | None,
    replace: bool | None,
) -> list[Plan]:
    """Return what is to be stored of each result.

    Args:
        readings: What readers returned.
        everything: The manifests of the store.
        read: Reads their snapshots.
        retrieved_at: When the files were obtained, in UTC.
        published: When they were published; None for the usual day.
        replace: True: they are the new version, False: they are added; None: as can be told.

    Raises:
        SourceError: One is refused.
        ConfigError: One cannot have been published then.
    """
    number = 1 + max((manifest["number"] for manifest in everything), default=0)
    together = number if sum(reading.parts for reading in readings) > 1 else None
    plans: list[Plan | _Draft] = []
    for reading in readings:
        drafts = [plan for plan in plans if isinstance(plan, _Draft)]
        draft = _draft(reading, number + len(drafts), retrieved_at, published)
        if together is not None and reading.parts:
            draft.snapshot.manifest["together"] = together
        also = [other.snapshot.manifest for other in drafts]
        plans.append(_repeated(draft, everything, also, published, read) or draft)
    known = _Known(everything, read)
    drafts = [plan for plan in plans if isinstance(plan, _Draft)]
    checked = iter([_checked(draft, drafts, known, replace=replace) for draft in drafts])
    return [next(checked) if isinstance(plan, _Draft) else plan for plan in plans]


class _Known:
    """The snapshots of each source: those of the store, and what is to be stored before."""

    def __init__(self, everything: Sequence[Manifest], read: Read) -> None:
        self._everything = everything
        self._read = read
        self._known: dict[str, list[Snapshot]] = {}

    def of(self, source: str) -> list[Snapshot]:
        """Return the snapshots of a source, the winning one last."""
        if source not in self._known:
            own = [m for m in self._everything if m["source"] == source]
            self._known[source] = self._read(sorted(own, key=win_order))
        return self._known[source]

    def add(self, snapshot: Snapshot) -> None:
        """Put in what is to be stored."""
        known = self.of(snapshot.source)
        known.append(snapshot)
        known.sort(key=lambda other: win_order(other.manifest))


def _draft(
    reading: ReadResult, number: int, retrieved_at: datetime, published: date | None
) -> _Draft:
    frame = _canonical_rows(reading)
    tables = snapshot_tables(frame, reading)
    manifest = make_manifest(
        reading,
        RowChanges(),
        number=number,
        folder=folder_name(number, reading.source, reading.release, reading.sha256),
        digest=fingerprint(tables),
        retrieved_at=retrieved_at,
        published=published_on(
            reading.source, reading.release, given=published, retrieved_at=retrieved_at
        ),
    )
    return _Draft(reading, Snapshot(manifest, frame, countries_of(reading.regions)), tables)


def _checked(
    draft: _Draft, drafts: Sequence[_Draft], held: _Known, *, replace: bool | None
) -> Plan:
    """Compare a file with the store and with what is stored before it."""
    reading, snapshot, first = draft.reading, draft.snapshot, draft.snapshot.manifest
    of_source = held.of(reading.source)
    check_meaning(snapshot, of_source, replace=replace)
    known = [other for other in of_source if other.content == snapshot.content]
    parts = [snapshot, *(o.snapshot for o in drafts if _part_of(o.snapshot, snapshot))]
    ask_about_replacement(snapshot, known, parts, replace=replace)
    changes, gone = changes_of(snapshot, known)
    lacking = no_longer_listed(snapshot, known)
    manifest = make_manifest(
        dataclasses.replace(reading, warnings=(*reading.warnings, *lacking)),
        changes,
        number=first["number"],
        folder=first["folder"],
        digest=first["digest"],
        retrieved_at=datetime.fromisoformat(first["retrieved_at"]),
        published=None if first["published"] is None else date.fromisoformat(first["published"]),
        earlier=[other.rows for other in known],
    )
    if "together" in first:
        manifest["together"] = first["together"]
    if len(gone):
        manifest["superseded"] = count_fates(gone)
    held.add(snapshot)
    return Plan(manifest, changes, draft.tables, gone)


def _part_of(other: Snapshot, snapshot: Snapshot) -> bool:
    """Say whether another file came with this one and belongs to the same list."""
    same = (other.source, other.content) == (snapshot.source, snapshot.content)
    return other is not snapshot and same and other.beside(snapshot)


def _repeated(
    draft: _Draft,
    stored: Sequence[Manifest],
    also: Sequence[Manifest],
    published: date | None,
    read: Read,
) -> Plan | None:
    """Return the plan of a file that is stored already: nothing; None for another file."""
    for manifest in (*stored, *also):
        if is_repeat(manifest, draft.reading, draft.snapshot.manifest["digest"], published):
            wanted = [manifest[name] for name in ("content", "source", "release")]
            release = [
                m
                for m in stored
                if [m["content"], m["source"], m["release"]] == wanted
                and m["number"] >= manifest["number"]
            ]
            if len(release) > 1 and manifest in stored:
                _refuse_corrected(draft.snapshot.rows, manifest, release, read)
            return Plan(manifest, RowChanges(unchanged=manifest["accepted"]))
    return None


def _refuse_corrected(
    frame: pd.DataFrame, manifest: Manifest, release: Sequence[Manifest], read: Read
) -> None:
    """Refuse a file that is already stored and was corrected by a later one of its release.

    Args:
        frame: Its rows.
        manifest: Its manifest in the store.
        release: The manifests of its release from this one on.
        read: Reads their snapshots.

    Raises:
        SourceError: Its rows are not those that win.
    """
    held = read(sorted(release, key=win_order))
    changes, _ = changes_of(Snapshot({**manifest, "whole": False}, frame), held)
    differing = changes.revised + changes.new
    if differing:
        later = held[-1].manifest
        raise SourceError(
            f"this file is already in the store as ingest {manifest['number']}, and"
            f" {later['file']} (ingest {later['number']}) of the same release"
            f" {manifest['release']} corrected {differing:,} of its rows: nothing was"
            " changed; to return to this file, give it the name of a later release",
            file=manifest["file"],
        )


def countries_of(regions: pd.DataFrame | None) -> dict[str, str]:
    """Return region id to country, of a region table."""
    if regions is None or "country" not in regions:
        return {}
    named = regions[regions["country"].fillna("") != ""]
    return dict(zip(named["region_id"], named["country"], strict=True))


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
