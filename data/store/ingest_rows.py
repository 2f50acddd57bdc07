"""The rows of one ingest on their way into the store, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from data.errors import SourceError
from data.reading import ReadResult
from data.schema import EVENT_COLUMNS, EVENT_TYPES
from data.store.manifests import Manifest, RowChanges
from data.store.merge_releases import KEYS, Snapshot, changes_of

__all__ = ["IngestReport", "canonical_rows", "refuse_corrected"]


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


def canonical_rows(reading: ReadResult) -> pd.DataFrame:
    """Return the accepted rows, labelled, typed and sorted by their key.

    Raises:
        SourceError: A key stands twice.
    """
    keys = KEYS[reading.content]
    frame = reading.frame.assign(source=reading.source, release=reading.release)
    twice = frame.duplicated(keys)
    if twice.any():
        first = " ".join(map(str, frame.loc[twice, keys].iloc[0]))
        raise SourceError(f"{' and '.join(keys)} {first} stands more than once", file=reading.file)
    if reading.content == "events":
        frame = frame[list(EVENT_COLUMNS)].astype(EVENT_TYPES)
    return frame.sort_values(keys, ignore_index=True)


def refuse_corrected(frame: pd.DataFrame, manifest: Manifest, release: Sequence[Snapshot]) -> None:
    """Refuse a file that is kept already and was corrected by a later one of its release.

    Args:
        frame: Its rows.
        manifest: Under which it is kept.
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
            f"this very file is in the store as ingest {manifest['number']}, and"
            f" {later['file']} (ingest {later['number']}) of the same release"
            f" {manifest['release']} corrected {changes.revised} of its rows: nothing was"
            " changed; to go back to this file, give it the name of a later release",
            file=manifest["file"],
        )
