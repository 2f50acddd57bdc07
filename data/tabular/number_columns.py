"""Columns of numbers from CSV or Parquet, every cell checked, no cell guessed.

For files that hold nothing but numbers and may have millions of rows. Tables of text, dates and
counts that may be quarantined belong to ``table_files`` and ``validation``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data.errors import SchemaError, SourceError
from data.tabular.archives import open_plain
from data.tabular.delimited import read_delimited
from data.tabular.headers import choose_columns

__all__ = ["NumberColumns", "read_number_columns"]

Floats = npt.NDArray[np.float64]

_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")


@dataclass(frozen=True)
class NumberColumns:
    """Chosen columns of one file, all of them numbers.

    Attributes:
        file: Where they were read from.
        values: Column name to (rows,) float64, finite.
        lines: (rows,) int64, physical lines of a CSV, row numbers of a Parquet file; from 1.
    """

    file: Path
    values: dict[str, Floats]
    lines: npt.NDArray[np.int64]

    def refuse_where(self, bad: npt.NDArray[np.bool_], rule: str, column: str) -> None:
        """Refuse the file when a row breaks a rule; the first such row is named.

        Raises:
            SourceError: A row is bad.
        """
        if bad.any():
            row = int(np.flatnonzero(bad)[0])
            count = int(bad.sum())
            more = f" ({count:,} such rows in all)" if count > 1 else ""
            raise SourceError(
                f"{rule}, got {self.values[column][row]:.12g}{more}",
                file=self.file,
                line=int(self.lines[row]),
                column=column,
            )


def read_number_columns(
    path: Path, *, required: Sequence[str], optional: Sequence[str] = ()
) -> NumberColumns:
    """Read columns by name; in Parquet the index of a frame counts as columns.

    Args:
        path: A CSV (plain or compressed) or Parquet file, told apart by its first bytes.
        required: Columns that must be there.
        optional: Columns that are taken where they are there.

    Raises:
        SourceError: The file cannot be read, holds no rows, or a cell is no finite number.
        SchemaError: A required column is absent, or a column does not hold numbers.
    """
    with open_plain(path) as stream:
        parquet = stream.peek(4).startswith(b"PAR1")
    if parquet:
        return _from_parquet(path, required, optional)
    table = read_delimited(path, required=required, optional=optional)
    values = {
        str(name): _parsed(table.text[name], str(name), path, table.lines) for name in table.text
    }
    return NumberColumns(path, values, table.lines)


def _from_parquet(path: Path, required: Sequence[str], optional: Sequence[str]) -> NumberColumns:
    try:
        names = tuple(pq.read_schema(path).names)
        chosen = choose_columns(names, required, optional, path)
        table = pq.read_table(path, columns=chosen)
    except (pa.ArrowException, OSError) as error:
        raise SourceError(f"the Parquet file is damaged ({error})", file=path) from None
    if not table.num_rows:
        raise SourceError("the file holds no rows", file=path)
    lines = np.arange(1, table.num_rows + 1)
    values: dict[str, Floats] = {}
    for name in chosen:
        kind = table.schema.field(name).type
        if not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
            raise SchemaError(
                f"expected numbers, got {kind}: write the column as numbers",
                file=path,
                column=name,
            )
        column = table.column(name).to_numpy().astype(np.float64)
        _refuse_infinite(column, name, path, lines)
        values[name] = column
    return NumberColumns(path, values, lines)


def _parsed(cells: pd.Series[str], name: str, path: Path, lines: npt.NDArray[np.int64]) -> Floats:
    """Return the numbers of a column of text; each distinct cell is read once."""
    codes, distinct = pd.factorize(cells)
    known = [bool(_NUMBER.fullmatch(cell.strip())) for cell in distinct]
    numbers = [float(cell) if good else 0.0 for cell, good in zip(distinct, known, strict=True)]
    bad = ~np.array(known, dtype=bool)[codes]
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise SourceError(
            f'expected a number, got "{cells.iloc[row]}" ({int(bad.sum()):,} such rows in all):'
            " mend or leave out the row",
            file=path,
            line=int(lines[row]),
            column=name,
        )
    column: Floats = np.array(numbers, dtype=np.float64)[codes]
    _refuse_infinite(column, name, path, lines)
    return column


def _refuse_infinite(column: Floats, name: str, path: Path, lines: npt.NDArray[np.int64]) -> None:
    bad = ~np.isfinite(column)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        shown = "no number" if np.isnan(column[row]) else f"{column[row]}"
        raise SourceError(
            f"expected a finite number, got {shown} ({int(bad.sum()):,} such rows in all):"
            " mend or leave out the row",
            file=path,
            line=int(lines[row]),
            column=name,
        )
