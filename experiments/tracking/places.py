"""Addresses of databases and folders whose paths hold letters that mean something in an address.

MLflow takes ``%20`` for a blank and ``?`` for the start of a query: such a path is reached through
a link of a plain name.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["database_of", "reachable"]

_SQLITE = "sqlite:///"
_MEANS_SOMETHING = frozenset("%?")


def database_of(uri: str) -> Path | None:
    """Return the file of a SQLite address; None for other addresses."""
    return Path(uri.removeprefix(_SQLITE)) if uri.startswith(_SQLITE) else None


@contextmanager
def reachable(uri: str) -> Iterator[str]:
    """Yield an address by which MLflow reaches what is meant, as long as it is needed."""
    database = database_of(uri)
    if database is None or not _MEANS_SOMETHING.intersection(str(database.parent)):
        yield uri
        return
    with tempfile.TemporaryDirectory() as folder:
        link = Path(folder) / "runs"
        link.symlink_to(database.parent.resolve(), target_is_directory=True)
        yield f"{_SQLITE}{link / database.name}"
