"""Small files in the layout of the VIEWS challenge."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd


def draws_frame(months=(457, 458), units=(1, 7), size=3, base=0) -> pd.DataFrame:
    """Draws that tell month, unit and number apart."""
    return pd.DataFrame(
        [
            (month, unit, base + draw, month - 457 + unit * 10 + draw)
            for month in months
            for unit in units
            for draw in range(size)
        ],
        columns=["month_id", "country_id", "draw", "outcome"],
    )


def actuals_frame(months=(457, 458), units=(1, 7)) -> pd.DataFrame:
    return pd.DataFrame(
        [(month, unit, month + unit) for month in months for unit in units],
        columns=["month_id", "country_id", "outcome"],
    )


def written(frame: pd.DataFrame, path: Path) -> Path:
    """Write a frame as its path's ending says; an index of a Parquet file stays an index."""
    if path.suffix == ".csv":
        frame.to_csv(path, index=False)
    else:
        frame.to_parquet(path)
    return path


def cell(frame: pd.DataFrame, row: int, column: str, value: object) -> pd.DataFrame:
    """Return a copy with one other cell."""
    text = isinstance(value, str)
    changed = frame.astype({column: object if text else np.float64})
    changed.loc[row, column] = value
    return changed.astype({column: "str"}) if text else changed
