"""The first record of a delimited file, to tell its layout before it is read."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from data.tabular.archives import open_plain

__all__ = ["first_record"]


def first_record(path: Path, *, encoding: str = "utf-8-sig") -> list[str]:
    """Return the cells of the first line that holds any; empty where it is no CSV.

    Args:
        path: Delimited by commas, plain or compressed.
        encoding: How the bytes are to be read as text; what does not fit is replaced.

    Raises:
        SourceError: The file cannot be opened.
    """
    with open_plain(path) as stream:
        text = io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="")
        try:
            first = next(filter(None, csv.reader(text)), [])
        except csv.Error:
            return []
    return [cell.strip().removeprefix("\ufeff") for cell in first]
