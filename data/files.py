"""Writing that never leaves half a file, fingerprints, locks, and where the samples lie.

Every file is written under a temporary name in its own folder, flushed to disk and moved into
place, so that a reader sees either the old file or the new one; and so is every folder whose files
belong together. What the kill of a writer leaves has a hidden name that ends in its number and
``.tmp``, and is swept away later.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.errors import RuntimeEnvironmentError

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "SAMPLES",
    "flush_folder",
    "locked",
    "put_in_place",
    "read_json",
    "read_parquet",
    "sha256_of",
    "sweep",
    "temporary_name",
    "write_bytes",
    "write_folder",
    "write_json",
    "write_text",
    "write_with",
]

# The files that come with the project: sample data, maps and the table of countries.
SAMPLES = Path(__file__).resolve().parent / "samples"

_BLOCK = 1 << 20
# How the hidden name of a folder ends that another one is about to replace.
_ASIDE = ".old.tmp"
# Arguments of Linux's renameat2: paths relative to the current folder, both names exchanged.
_HERE, _EXCHANGE = -100, 2


def write_with(path: Path, write: Callable[[Path], None]) -> None:
    """Write a file through ``write(temporary)`` and move it into place.

    Args:
        path: The file; its folder is made when absent.
        write: Writes the whole content to the temporary path it is given.

    Raises:
        RuntimeEnvironmentError: The disk is full, read-only or fails otherwise.
    """
    temporary = temporary_name(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(temporary)
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        temporary.replace(path)
        flush_folder(path.parent)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def temporary_name(path: Path) -> Path:
    """Return the hidden name beside a file or folder under which this process writes it."""
    return path.with_name(f".{path.name}.{os.getpid()}.tmp")


def write_folder(
    folder: Path, write: Callable[[Path], None], *, keep: Callable[[str], bool] | None = None
) -> None:
    """Write the files of a folder through ``write(temporary)`` and put them in place in one step.

    Args:
        folder: The folder; one that is there is replaced whole.
        write: Writes all files into the empty folder that it is given.
        keep: Says which files of the old folder, by name, the new one takes over.

    Raises:
        RuntimeEnvironmentError: The disk is full, read-only or fails otherwise; the old folder is
            as it was.
    """
    fresh = temporary_name(folder)
    try:
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        write(fresh)
        for path in folder.iterdir() if keep and folder.is_dir() else ():
            if keep and keep(path.name) and path.is_file() and not (fresh / path.name).exists():
                shutil.copy2(path, fresh / path.name)
        put_in_place(fresh, folder)
    except OSError as error:
        raise _unwritable(folder, error) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def put_in_place(fresh: Path, folder: Path) -> None:
    """Give a folder beside another one its name; the other one takes the first's.

    It is one step where the system can exchange two names, as Linux can; elsewhere there are two,
    and what a kill between them leaves hidden is put back by ``sweep``.

    Raises:
        OSError: The disk fails.
    """
    flush_folder(fresh)
    if not folder.exists():
        fresh.rename(folder)
    elif not _exchanged(fresh, folder):
        aside = fresh.with_name(fresh.name.removesuffix(".tmp") + _ASIDE)
        folder.rename(aside)
        fresh.rename(folder)
        shutil.rmtree(aside, ignore_errors=True)
    flush_folder(folder.parent)


def _exchanged(one: Path, other: Path) -> bool:
    """Exchange two names in one step, where the system and its file system can do so."""
    exchange = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if exchange is None:
        return False
    if exchange(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0:
        return True
    if (number := ctypes.get_errno()) in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
        return False
    raise OSError(number, os.strerror(number), str(other))


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
    except RecursionError:
        raise RuntimeEnvironmentError(f"{path} could not be read: it is nested too deep") from None
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
    """Remove the temporary files and folders below a folder whose writers have ended.

    A folder that was set aside for a new one that never came gets its name back.

    Where the system does not show which processes run, nothing is removed.
    """
    if not Path("/proc/self").exists():
        return
    for temporary in list(folder.rglob(".*.tmp")):
        name, _, writer = temporary.name.removesuffix(".tmp").removesuffix(".old").rpartition(".")
        if not writer.isdigit() or Path(f"/proc/{writer}").exists():
            continue
        place = temporary.with_name(name.removeprefix("."))
        if temporary.name.endswith(_ASIDE) and not place.exists():
            temporary.rename(place)
        elif temporary.is_dir() and not temporary.is_symlink():
            shutil.rmtree(temporary, ignore_errors=True)
        else:
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
        RuntimeEnvironmentError: Another process holds the lock, whose number is named; or the disk
            is full or read-only.
    """
    with _opened(path) as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            stream.seek(0)
            owner = stream.read().decode(errors="replace").strip() or "unknown"
            raise RuntimeEnvironmentError(
                f"{path.parent} is locked by process {owner}: wait for it to end"
            ) from None
        _own(stream, path)
        yield


def _opened(path: Path) -> FileIO:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("a+b", buffering=0)
    except OSError as error:
        raise _unwritable(path, error) from error


def _own(stream: FileIO, path: Path) -> None:
    """Write this process's number into a lock."""
    try:
        stream.truncate(0)
        stream.write(str(os.getpid()).encode())
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> RuntimeEnvironmentError:
    return RuntimeEnvironmentError(f"{path} could not be written: {error.strerror or error}")


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as stream:
        stream.write(content)
