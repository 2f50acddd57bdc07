"""Writing that never leaves half a file, fingerprints, locks, and where the samples lie.

Every file is written under a temporary name in its own folder, flushed to disk and moved into
place, so that a reader sees either the old file or the new one.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.errors import RuntimeEnvironmentError

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "SAMPLES",
    "flush_folder",
    "locked",
    "read_json",
    "read_parquet",
    "sha256_of",
    "sweep",
    "write_bytes",
    "write_json",
    "write_text",
    "write_with",
]

# The files that come with the project: sample data, maps and the table of countries.
SAMPLES = Path(__file__).resolve().parent / "samples"

_BLOCK = 1 << 20


def write_with(path: Path, write: Callable[[Path], None]) -> None:
    """Write a file through ``write(temporary)`` and move it into place.

    Args:
        path: The file; its folder is made when absent.
        write: Writes the whole content to the temporary path it is given.

    Raises:
        RuntimeEnvironmentError: The disk is full, read-only or fails otherwise.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(temporary)
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        temporary.replace(path)
        flush_folder(path.parent)
    except OSError as error:
        raise RuntimeEnvironmentError(
            f"{path} could not be written: {error.strerror or error}"
        ) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def flush_folder(folder: Path) -> None:
    """Make sure that a folder's entries are on disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file of bytes."""
    write_with(path, lambda temporary: _write(temporary, content))


def write_text(path: Path, content: str) -> None:
    """Write a text file as UTF-8 with LF line breaks."""
    write_bytes(path, content.encode("utf-8"))


def write_json(path: Path, content: Any) -> None:
    """Write JSON with sorted keys, so that the same content gives the same bytes."""
    write_text(path, json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n")


def read_json(path: Path) -> Any:
    """Read a JSON file that this project wrote.

    Raises:
        RuntimeEnvironmentError: The file is absent or damaged.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RuntimeEnvironmentError(f"{path} could not be read: {error}") from error


def read_parquet(path: Path) -> pd.DataFrame:
    """Read a Parquet file that this project wrote.

    Raises:
        RuntimeEnvironmentError: The file is absent or damaged.
    """
    import pandas as pd
    from pyarrow import ArrowException

    try:
        return pd.read_parquet(path)
    except (OSError, ArrowException) as error:
        raise RuntimeEnvironmentError(f"{path} could not be read: {error}") from error


def sweep(folder: Path) -> None:
    """Remove the temporary files below a folder whose writers have ended.

    Where the system does not show which processes run, nothing is removed.
    """
    if not Path("/proc/self").exists():
        return
    for temporary in folder.rglob(".*.tmp"):
        writer = temporary.name.removesuffix(".tmp").rpartition(".")[2]
        if writer.isdigit() and not Path(f"/proc/{writer}").exists() and temporary.is_file():
            temporary.unlink(missing_ok=True)


def sha256_of(path: Path) -> str:
    """Return the hexadecimal SHA-256 of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on a file; the system releases it whenever the process ends.

    Raises:
        RuntimeEnvironmentError: Another process holds the lock; its number is named.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            stream.seek(0)
            owner = stream.read().strip() or "unknown"
            raise RuntimeEnvironmentError(
                f"{path.parent} is locked by process {owner}: wait for it to end"
            ) from None
        stream.seek(0)
        stream.truncate()
        stream.write(str(os.getpid()))
        stream.flush()
        yield


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as stream:
        stream.write(content)
