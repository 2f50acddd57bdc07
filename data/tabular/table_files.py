"""A table of this project's own layout from CSV or Parquet, told apart by its first bytes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data.errors import SchemaError, SourceError
from data.tabular.archives import open_plain
from data.tabular.delimited import Delimited, read_delimited
from data.tabular.headers import choose_columns

__all__ = ["read_table_file"]


def read_table_file(path: Path, *, required: Sequence[str], optional: Sequence[str]) -> Delimited:
    """Read chosen columns of a CSV or Parquet file, found by name.

    Args:
        path: The file.
        required: Columns that must be there.
        optional: Columns that are taken where they are there.

    Returns:
        Cells as text from CSV; from Parquet numbers as they are, all else as text, and row
        numbers from 1 for lines.

    Raises:
        SourceError: The file cannot be taken as a whole.
        SchemaError: A required column is absent, a name stands twice, or ids are decimal numbers.
    """
    with open_plain(path) as stream:
        if not stream.peek(4).startswith(b"PAR1"):
            return read_delimited(path, required=required, optional=optional)
    try:
        header = tuple(pq.read_schema(path).names)
        chosen = choose_columns(header, required, optional, path)
        frame: pd.DataFrame = pq.read_table(path, columns=chosen).to_pandas()
    except (pa.ArrowException, OSError) as error:
        raise SourceError(f"the Parquet file is damaged ({error})", file=path) from None
    if frame.empty:
        raise SourceError("the file holds no rows", file=path)
    text = pd.DataFrame({name: _readable(frame[name], name, path) for name in chosen})
    rows = len(text)
    return Delimited(path, header, text, np.arange(1, rows + 1), np.zeros(rows, dtype=bool), True)


def _readable(column: pd.Series, name: str, path: Path) -> pd.Series:
    """Leave numbers as they are; turn all else, and ids, into text."""
    identifies = name.endswith("_id")
    if identifies and pd.api.types.is_float_dtype(column.dtype):
        raise SchemaError("ids must be text, got decimal numbers", file=path, column=name)
    number = pd.api.types.is_numeric_dtype(column.dtype)
    if number and not identifies and not pd.api.types.is_bool_dtype(column.dtype):
        return column
    return column.astype("str").where(column.notna(), "").astype("str")
