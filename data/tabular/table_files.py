"""Tables from CSV or Parquet, told apart by their first bytes.

``read_table_file`` is for tables whose cells are checked one by one; ``read_number_columns`` for
files that hold nothing but numbers and may have millions of rows.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data.errors import SchemaError, SourceError
from data.tabular.archives import open_plain
from data.tabular.delimited import Delimited, delimiter_of, read_delimited, read_header
from data.tabular.headers import choose_columns
from data.tabular.values import is_decimal

__all__ = [
    "NumberColumns",
    "is_parquet",
    "read_number_columns",
    "read_table_file",
    "unused_columns",
    "with_decimal_points",
]

Floats = npt.NDArray[np.float64]
Lines = npt.NDArray[np.int64]

_DECIMAL_COMMA = r"\s*[+-]?\d+,\d+\s*"
_NAMED = 20


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
    lines: Lines

    def refuse_where(self, invalid: npt.NDArray[np.bool_], rule: str, column: str) -> None:
        """Refuse the file when a row breaks a rule; the first such row is named.

        Raises:
            SourceError: A row is invalid.
        """
        if invalid.any():
            row = int(np.flatnonzero(invalid)[0])
            count = int(invalid.sum())
            more = f" ({count:,} such rows in all)" if count > 1 else ""
            raise SourceError(
                f"{rule}, got {self.values[column][row]:.12g}{more}",
                file=self.file,
                line=int(self.lines[row]),
                column=column,
            )


def is_parquet(path: Path) -> bool:
    """Say whether a file is a Parquet file, by its first bytes.

    Raises:
        SourceError: It cannot be opened or is empty.
    """
    with open_plain(path) as stream:
        return stream.peek(4).startswith(b"PAR1")


def read_table_file(path: Path, *, required: Sequence[str], optional: Sequence[str]) -> Delimited:
    """Read chosen columns of a CSV or Parquet file, found by name.

    Commas, semicolons, tabs or bars may separate the columns of a CSV; where they are semicolons,
    a comma is the decimal mark.

    Args:
        path: The file.
        required: Columns that must be there.
        optional: Columns that are taken where they are there.

    Returns:
        Cells as text from CSV; from Parquet numbers as they are, all else as text, and row
        numbers from 1 for lines.

    Raises:
        SourceError: The file cannot be read as a whole.
        SchemaError: A required column is absent, a name is repeated, or ids are decimal numbers.
    """
    if not is_parquet(path):
        return _read_csv(path, required, optional)
    header, table = _parquet(path, required, optional)
    frame: pd.DataFrame = table.to_pandas()
    rows = len(frame)
    text = pd.DataFrame({name: _readable(frame[name], name, path) for name in table.column_names})
    return Delimited(path, header, text, np.arange(1, rows + 1), np.zeros(rows, dtype=bool), True)


def read_number_columns(
    path: Path, *, required: Sequence[str], optional: Sequence[str] = ()
) -> NumberColumns:
    """Read columns of numbers by name; in Parquet the index of a frame counts as columns.

    Args:
        path: A CSV (plain or compressed) or Parquet file.
        required: Columns that must be there.
        optional: Columns that are taken where they are there.

    Raises:
        SourceError: The file cannot be read, holds no rows, or a cell is not a finite number.
        SchemaError: A required column is absent, or a column does not hold numbers.
    """
    if is_parquet(path):
        _, table = _parquet(path, required, optional)
        lines = np.arange(1, table.num_rows + 1)
        values = {name: _numbers(table, name, path) for name in table.column_names}
    else:
        delimited = _read_csv(path, required, optional)
        lines = delimited.lines
        values = {str(n): _parsed(delimited.text[n], str(n), path, lines) for n in delimited.text}
    for name, column in values.items():
        _refuse_infinite(column, name, path, lines)
    return NumberColumns(path, values, lines)


def unused_columns(
    path: Path, known: Collection[str], *, others: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """Return a sentence that names the columns of a table that nothing reads; none where all are.

    Args:
        path: A CSV or Parquet file.
        known: Names of the columns that are read.
        others: Other names of columns, each read where the known one is absent.
    """
    if is_parquet(path):
        header: Sequence[str] = pq.read_schema(path).names
    else:
        header = read_header(path, delimiter=delimiter_of(path))
    taken = {*known, *(other for other, name in (others or {}).items() if name not in header)}
    unused = [name for name in header if name and name not in taken]
    if not unused:
        return ()
    more = f" and {len(unused) - _NAMED} more" if len(unused) > _NAMED else ""
    named = f"{', '.join(unused[:_NAMED])}{more}"
    return (f"{path.name}: columns that are not read: {named} (known: {', '.join(known)})",)


def _read_csv(path: Path, required: Sequence[str], optional: Sequence[str]) -> Delimited:
    delimiter = delimiter_of(path)
    table = read_delimited(path, required=required, optional=optional, delimiter=delimiter)
    return with_decimal_points(table) if delimiter == ";" else table


def with_decimal_points(table: Delimited) -> Delimited:
    """Return a table in which the numbers with a decimal comma have a point; ids stay."""
    text = table.text.copy()
    for name in text:
        if not str(name).endswith("_id"):
            decimal = text[name].str.fullmatch(_DECIMAL_COMMA)
            text[name] = text[name].mask(decimal, text[name].str.replace(",", "."))
    return replace(table, text=text)


def _parquet(
    path: Path, required: Sequence[str], optional: Sequence[str]
) -> tuple[tuple[str, ...], pa.Table]:
    """Return all column names of a Parquet file, and the chosen columns."""
    try:
        header = tuple(pq.read_schema(path).names)
        table = pq.read_table(path, columns=choose_columns(header, required, optional, path))
    except (pa.ArrowException, OSError) as error:
        raise SourceError(
            f"the Parquet file is damaged ({error}): fetch or write it again", file=path
        ) from None
    if not table.num_rows:
        raise SourceError("the file holds no rows: expected at least one", file=path)
    return header, table


def _readable(column: pd.Series, name: str, path: Path) -> pd.Series:
    """Leave numbers as they are; turn all else, and ids, into text."""
    identifies = name.endswith("_id")
    if identifies and pd.api.types.is_float_dtype(column.dtype):
        raise SchemaError(
            "ids must be text, got decimal numbers: write the column as text",
            file=path,
            column=name,
        )
    number = pd.api.types.is_numeric_dtype(column.dtype)
    if number and not identifies and not pd.api.types.is_bool_dtype(column.dtype):
        return column
    return column.astype("str").where(column.notna(), "").astype("str")


def _numbers(table: pa.Table, name: str, path: Path) -> Floats:
    kind = table.schema.field(name).type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        raise SchemaError(
            f"expected numbers, got {kind}: write the column as numbers", file=path, column=name
        )
    values: Floats = table.column(name).to_numpy().astype(np.float64)
    return values


def _parsed(cells: pd.Series[str], name: str, path: Path, lines: Lines) -> Floats:
    """Return the numbers of a column of text; each distinct cell is read once."""
    codes, distinct = pd.factorize(cells)
    fits = [is_decimal(cell.strip()) for cell in distinct]
    numbers = [float(cell) if good else 0.0 for cell, good in zip(distinct, fits, strict=True)]
    invalid = ~np.array(fits, dtype=bool)[codes]
    if invalid.any():
        shown = f'a number, got "{cells.iloc[int(np.argmax(invalid))]}"'
        raise _invalid(invalid, shown, name, path, lines)
    return np.array(numbers, dtype=np.float64)[codes]


def _refuse_infinite(column: Floats, name: str, path: Path, lines: Lines) -> None:
    invalid = ~np.isfinite(column)
    if invalid.any():
        value = column[int(np.argmax(invalid))]
        shown = "no number" if np.isnan(value) else f"{value}"
        raise _invalid(invalid, f"a finite number, got {shown}", name, path, lines)


def _invalid(
    invalid: npt.NDArray[np.bool_], expected: str, name: str, path: Path, lines: Lines
) -> SourceError:
    return SourceError(
        f"expected {expected} ({int(invalid.sum()):,} such rows in all): correct or remove the row",
        file=path,
        line=int(lines[int(np.argmax(invalid))]),
        column=name,
    )
