"""Pages of an unfinished fetch: stored on disk until the set is proven complete.

A page is written whole or not at all. When a fetch breaks, the next one of the same request
continues after the last page; pages older than a day are fetched again, as the source may have
changed.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.errors import RuntimeEnvironmentError
from data.files import write_bytes

__all__ = ["Page", "PageFolder", "ReportProgress", "remove_leftovers"]

_DAY = 86_400.0

Row = dict[str, Any]
# Called with rows fetched and rows in all (0 where that is not known).
ReportProgress = Callable[[int, int], None]


@dataclass(frozen=True)
class Page:
    """One page of an answer.

    Attributes:
        rows: Its rows; numbers are text as the source wrote them.
        envelope: The rest of the answer.
        sha256: Fingerprint of the answer's bytes.
        following: Address of the next page; empty for the last one.
    """

    rows: list[Row]
    envelope: dict[str, Any]
    sha256: str
    following: str = ""


@dataclass(frozen=True)
class PageFolder:
    """The pages of one request in their order.

    Attributes:
        folder: A folder of their own; it need not exist yet.
    """

    folder: Path

    @classmethod
    def of(cls, parent: Path, name: str, request: object) -> PageFolder:
        """Return the folder of a request: another request, another folder."""
        digest = hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()
        return cls(parent / f"{name}-{digest[:12]}")

    def count(self) -> int:
        """Return how many pages are stored without a gap, after removing a set that is too old."""
        first = self._path(0)
        if first.exists() and time.time() - first.stat().st_mtime > _DAY:
            self.clear()
        number = 0
        while self._read(number) is not None:
            number += 1
        return number

    def store(self, number: int, page: Page) -> None:
        """Write a page, counted from 0.

        Raises:
            RuntimeEnvironmentError: The page cannot be written.
        """
        content = json.dumps(vars(page), ensure_ascii=False).encode()
        write_bytes(self._path(number), gzip.compress(content, compresslevel=3, mtime=0))

    def page(self, number: int) -> Page:
        """Return a stored page.

        Raises:
            RuntimeEnvironmentError: It is absent or damaged.
        """
        page = self._read(number)
        if page is None:
            raise RuntimeEnvironmentError(f"{self._path(number)} is absent or damaged: fetch again")
        return page

    def pages(self) -> Iterator[Page]:
        """Yield all pages in order, one in memory at a time."""
        number = 0
        while (page := self._read(number)) is not None:
            yield page
            number += 1

    def _read(self, number: int) -> Page | None:
        """Return a stored page; None where it is absent or damaged, so that it is fetched again."""
        try:
            return Page(**json.loads(gzip.decompress(self._path(number).read_bytes())))
        except (OSError, EOFError, zlib.error, ValueError, TypeError, RecursionError):
            return None

    def clear(self) -> None:
        """Remove the pages."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, number: int) -> Path:
        return self.folder / f"page-{number:06d}.json.gz"


def remove_leftovers(parent: Path) -> None:
    """Remove what earlier fetches left: files, and folders unchanged for a day."""
    for path in parent.iterdir():
        if path.is_dir() and time.time() - path.stat().st_mtime > _DAY:
            shutil.rmtree(path, ignore_errors=True)
        elif path.is_file() and not path.name.startswith("."):
            path.unlink()
