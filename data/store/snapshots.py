"""The folder of one ingest: its tables, the quarantined rows and, written last, its manifest.

A snapshot is made in a temporary folder and moved into place whole, so that a folder with a
manifest is always complete; it is never changed afterwards and is checked against its fingerprint
whenever it is read.
"""

from __future__ import annotations

import hashlib
import io
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from data.csv_safety import csv_text
from data.errors import RuntimeEnvironmentError
from data.files import write_bytes, write_folder, write_text
from data.reading import ReadResult
from data.records import read_record, write_record
from data.store.manifests import ADDED_LATER, Manifest
from data.store.merge_releases import WITHDRAWN, withdrawn_table

__all__ = [
    "clean_snapshots",
    "fingerprint",
    "folder_name",
    "read_manifests",
    "read_table",
    "snapshot_tables",
    "write_snapshot",
]

MANIFEST_FILE = "manifest.json"
QUARANTINE_FILE = "quarantine.csv"
SUPERSEDED_FILE = "superseded.csv"
_SNAPSHOT = re.compile(r"\d{6,}-.+")
_ADVICE = "restore it from a copy, or delete the folder and ingest the file again"
_TEMPORARY = re.compile(r"\.\d{6,}-.+\.tmp")


def folder_name(number: int, source: str, release: str, sha256: str) -> str:
    """Return a snapshot's folder name, safe for any text in source and release.

    Example:
        >>> folder_name(7, "ucdp", "../24.1", "abcdef0123456789")
        '000007-ucdp-.._24.1-abcdef01'
    """
    words = [re.sub(r"[^A-Za-z0-9._]+", "_", word)[:40] or "_" for word in (source, release)]
    return f"{number:06d}-{words[0]}-{words[1]}-{sha256[:8]}"


def snapshot_tables(frame: pd.DataFrame, reading: ReadResult) -> dict[str, bytes]:
    """Return the Parquet files of a snapshot by file name.

    Args:
        frame: The accepted rows in the order in which they are stored.
        reading: Where they come from; its region table is stored too.
    """
    tables: dict[str, pd.DataFrame] = {reading.content: frame}
    if reading.regions is not None:
        tables["regions"] = reading.regions.sort_values("region_id", ignore_index=True)
    if reading.withdrawn:
        tables[WITHDRAWN] = withdrawn_table(reading.withdrawn)
    return {f"{name}.parquet": table.to_parquet(index=False) for name, table in tables.items()}


def fingerprint(tables: Mapping[str, bytes]) -> str:
    """Return the SHA-256 over the names and bytes of a snapshot's Parquet files."""
    digest = hashlib.sha256()
    for name in sorted(tables):
        digest.update(f"{name} {len(tables[name])}\n".encode())
        digest.update(tables[name])
    return digest.hexdigest()


def write_snapshot(
    store: Path,
    manifest: Manifest,
    tables: Mapping[str, bytes],
    quarantine: pd.DataFrame,
    gone: pd.DataFrame,
) -> Path:
    """Write a snapshot and return its folder.

    Args:
        store: The store's folder.
        manifest: Its manifest.
        tables: Its Parquet files by name.
        quarantine: Faults of its refused rows.
        gone: Rows of earlier versions that it took away or moved; without any, no file is written.

    Raises:
        RuntimeEnvironmentError: The disk fails; the store is unchanged.
    """
    folder = store / manifest["folder"]

    def write(fresh: Path) -> None:
        for name, content in tables.items():
            write_bytes(fresh / name, content)
        write_text(fresh / QUARANTINE_FILE, csv_text(quarantine.assign(file=manifest["file"])))
        if len(gone):
            write_text(fresh / SUPERSEDED_FILE, csv_text(gone))
        write_record(fresh / MANIFEST_FILE, manifest)

    write_folder(folder, write)
    return folder


def read_manifests(store: Path) -> list[Manifest]:
    """Return the manifests of all whole snapshots, in order of ingest.

    Raises:
        RuntimeEnvironmentError: A manifest is damaged.
    """
    if not store.is_dir():
        return []
    paths = [
        folder / MANIFEST_FILE for folder in store.iterdir() if _SNAPSHOT.fullmatch(folder.name)
    ]
    manifests = [_read_manifest(path) for path in paths]
    return sorted(manifests, key=lambda manifest: manifest["number"])


def read_table(store: Path, manifest: Manifest, name: str) -> pd.DataFrame | None:
    """Return one table of a snapshot; None where the snapshot has no such table.

    Args:
        store: The store's folder.
        manifest: The snapshot's manifest.
        name: ``events``, ``figures`` or ``regions``.

    Raises:
        RuntimeEnvironmentError: A file is missing or not the one that was written.
    """
    folder = store / manifest["folder"]
    try:
        tables = {path.name: path.read_bytes() for path in folder.glob("*.parquet")}
    except OSError as error:
        raise RuntimeEnvironmentError(
            f"{folder} could not be read: {error.strerror or error}"
        ) from error
    if fingerprint(tables) != manifest["digest"]:
        raise RuntimeEnvironmentError(
            f"{folder} does not match its manifest, so it was changed or damaged: {_ADVICE}"
        )
    content = tables.get(f"{name}.parquet")
    return None if content is None else pd.read_parquet(io.BytesIO(content))


def clean_snapshots(store: Path) -> None:
    """Remove the temporary folders that an interrupted ingest left."""
    if not store.is_dir():
        return
    for folder in store.iterdir():
        if _TEMPORARY.fullmatch(folder.name):
            shutil.rmtree(folder)


def _read_manifest(path: Path) -> Manifest:
    manifest = ADDED_LATER | read_record(path, advice=_ADVICE)
    if Manifest.__required_keys__ - manifest.keys():
        raise RuntimeEnvironmentError(
            f"{path}: expected a manifest of this store, got another file: {_ADVICE}"
        )
    # The folder may have been renamed by hand; its current name counts.
    return {**manifest, "folder": path.parent.name}  # type: ignore[typeddict-item]
