"""From a frame to the cells of a section."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from forecast.text.sections import Cell, Column

__all__ = ["cells_of"]


def cells_of(rows: pd.DataFrame, columns: Sequence[Column]) -> tuple[tuple[Cell, ...], ...]:
    """Return the rows' cells in the order of the columns; None where one is missing."""
    names = [column.name for column in columns]
    return tuple(
        tuple(_cell(row[name]) for name in names) for row in rows[names].to_dict("records")
    )


def _cell(value: object) -> Cell:
    if pd.isna(value):  # type: ignore[call-overload]
        return None
    cell: Cell = value.item() if isinstance(value, np.generic) else value  # type: ignore[assignment]
    return cell
