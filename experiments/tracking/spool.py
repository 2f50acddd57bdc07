"""What is not tracked yet: one small file an item in the workspace's ``spool`` folder.

An item is noted before it is sent and forgotten after the tracking server has confirmed it, so
that a crash between the two loses nothing. Knows nothing of MLflow.
"""

from __future__ import annotations

import contextlib
import fcntl
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, cast

from data.errors import RuntimeEnvironmentError
from data.files import sha256_of
from data.records import read_record, write_record
from data.workspace import Workspace

__all__ = ["SCORES", "Item", "Kind", "forget", "make_item", "note", "pending", "sending", "waits"]

Kind = Literal["backtest", "issue", "champion", "tuning", "score"]

_LOCK = ".tracking.lock"
_LOOK_AGAIN = 0.1
# The file of an issue's scores, beside the issue.
SCORES = "scores.json"


@dataclass(frozen=True)
class Item:
    """One finished folder that belongs into the tracking server.

    Attributes:
        kind: What the folder holds; ``score`` for the scores of an issue.
        folder: The folder, absolute.
        key: Names the folder's content: the same content sent twice has the same key.
    """

    kind: Kind
    folder: Path
    key: str


def make_item(kind: Kind, folder: Path) -> Item:
    """Return the item of a folder whose last file is written: its manifest, or an issue's scores.

    Raises:
        RuntimeEnvironmentError: The folder does not hold that file: it is not complete.
    """
    last = folder / (SCORES if kind == "score" else "manifest.json")
    if not last.is_file():
        raise RuntimeEnvironmentError(f"{folder} holds no {last.name}: it is not complete")
    return Item(kind, folder.resolve(), f"{kind}/{folder.name}/{sha256_of(last)[:16]}")


def note(workspace: Workspace, item: Item, reason: str) -> Path:
    """Write an item into the spool, with why it is there; a second note replaces the first.

    What waited of the same folder with an older content is forgotten: it is there no longer.

    Returns:
        The file that was written.
    """
    # A damaged note is named by whoever reads the spool; it must not keep this one out.
    with contextlib.suppress(RuntimeEnvironmentError):
        for older, _ in pending(workspace):
            if (older.kind, older.folder) == (item.kind, item.folder) and older.key != item.key:
                forget(workspace, older)
    path = _path(workspace, item)
    write_record(path, {**asdict(item), "folder": str(item.folder), "reason": reason})
    return path


def forget(workspace: Workspace, item: Item) -> None:
    """Take an item out of the spool; nothing happens when it is not there."""
    _path(workspace, item).unlink(missing_ok=True)


def pending(workspace: Workspace) -> list[tuple[Item, str]]:
    """Return what waits in the spool, with the reasons, oldest name first.

    Raises:
        RuntimeEnvironmentError: A file of the spool is damaged; it is named.
    """
    waiting = []
    for path in sorted(workspace.spool.glob("*.json")):
        fields = read_record(path, advice="remove it")
        try:
            item = Item(cast("Kind", fields["kind"]), Path(fields["folder"]), fields["key"])
            waiting.append((item, str(fields["reason"])))
        except (KeyError, TypeError) as error:
            raise RuntimeEnvironmentError(
                f"{path} is not a spool item ({error}): remove it"
            ) from None
    return waiting


def waits(workspace: Workspace, item: Item) -> bool:
    """Say whether an item is in the spool."""
    return _path(workspace, item).exists()


@contextlib.contextmanager
def sending(workspace: Workspace, *, seconds: float) -> Iterator[bool]:
    """Hold the right to send what waits, which one process has at a time.

    Whoever gets it after another one looks first at what still waits, so that nothing is sent by
    two.

    Args:
        workspace: Whose spool it is.
        seconds: How long another process that has the right is waited for.

    Yields:
        Whether this process has it.

    Raises:
        RuntimeEnvironmentError: The workspace cannot be written to.
    """
    ends = time.monotonic() + seconds
    try:
        stream = (workspace.root / _LOCK).open("a")
    except OSError as error:
        raise RuntimeEnvironmentError(
            f"{workspace.root / _LOCK} could not be written: {error.strerror}"
        ) from error
    with stream:
        while not (held := _locked(stream.fileno())) and time.monotonic() < ends:
            time.sleep(_LOOK_AGAIN)
        yield held


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _path(workspace: Workspace, item: Item) -> Path:
    return workspace.spool / f"{item.key.replace('/', '.')}.json"
