"""Rows of ACLED's API written as a file of its layout, for the reader of files."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from data.files import write_with
from data.sources.acled.export_csv import ACLED_COLUMNS

__all__ = ["write_rows"]


def write_rows(rows: Iterator[Mapping[str, Any]], path: Path) -> tuple[int, str]:
    """Write the columns that are read as a file of ACLED's layout.

    Returns:
        How many rows, and a fingerprint of them whatever their order.
    """
    digests: list[bytes] = []

    def write(temporary: Path) -> None:
        with temporary.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(ACLED_COLUMNS)
            for row in rows:
                cells = [_cell(row.get(column)) for column in ACLED_COLUMNS]
                writer.writerow(cells)
                digests.append(hashlib.sha256("\x1f".join(cells).encode()).digest())

    write_with(path, write)
    return len(digests), hashlib.sha256(b"".join(sorted(set(digests)))).hexdigest()


def _cell(value: object) -> str:
    return "" if value is None else str(value)
