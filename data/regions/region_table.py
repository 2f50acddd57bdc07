"""The region table that goes with figures: read from a file, or made from the figures' columns."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.errors import SourceError
from data.schema import DISTANCE_COLUMNS, REGION_COLUMNS
from data.tabular.delimited import Delimited
from data.tabular.table_files import read_table_file, unused_columns
from data.tabular.validation import (
    Faults,
    Place,
    decode_columns,
    fault_rows,
    refuse_above,
    repeated_rows,
)
from data.tabular.values import (
    Parser,
    parse_id,
    parse_latitude,
    parse_longitude,
    parse_measure,
)

__all__ = ["DESCRIBED", "read_region_table", "table_from_figures", "unread_in_region_table"]

Values = npt.NDArray[Any]

DESCRIBED = ("region", "country", "latitude", "longitude")
_COLUMNS = (*REGION_COLUMNS, *DISTANCE_COLUMNS)
# Another name of the column region.
_NAME = "name"
_NUMBERS: Mapping[str, Parser] = {
    "latitude": parse_latitude,
    "longitude": parse_longitude,
    "area_km2": parse_measure,
    **dict.fromkeys(DISTANCE_COLUMNS, parse_measure),
}


def read_region_table(path: Path) -> pd.DataFrame:
    """Read a region table from CSV or Parquet.

    Args:
        path: Holds ``region_id`` and any other of ``REGION_COLUMNS`` and ``DISTANCE_COLUMNS``;
            ``neighbours`` joins ids with ``;``; ``name`` is taken for an absent ``region``.

    Returns:
        Columns of ``REGION_COLUMNS`` and those distances that the file holds, sorted by
        ``region_id``; degrees, square kilometres, kilometres.

    Raises:
        SourceError: A value breaks a rule, an id is repeated, or a neighbour is not a region.
    """
    table = read_table_file(path, required=("region_id",), optional=(*_COLUMNS[1:], _NAME))
    text = table.text
    text = text.drop(columns=_NAME, errors="ignore") if "region" in text else text
    text = text.rename(columns={_NAME: "region"})
    values, faults = _typed(text)
    place = Place(path, table.lines)
    refuse_above(0.0, faults, place=place)
    repeated = repeated_rows(text.astype("str"), ("region_id",), place=place)
    frame = _complete(values)[~repeated].sort_values("region_id", ignore_index=True)
    _check_neighbours(frame, path)
    return frame


def unread_in_region_table(path: Path) -> tuple[str, ...]:
    """Return a sentence that names columns that are not read, if there are any."""
    return unused_columns(path, _COLUMNS, others={_NAME: "region"})


def table_from_figures(figures: Delimited, rows: npt.NDArray[np.intp]) -> pd.DataFrame:
    """Make a region table from the columns of figures that describe their regions.

    Args:
        figures: Holds ``region_id`` and any of ``DESCRIBED``.
        rows: Row numbers of the accepted figures.

    Returns:
        Columns of ``REGION_COLUMNS``, sorted by ``region_id``; what the figures do not give is
        empty or missing, and a region without a name is called by its id.

    Raises:
        SourceError: A region is described in two ways, or a description breaks a rule.
    """
    named = [name for name in ("region_id", *DESCRIBED) if name in figures.text]
    place = Place(figures.file, figures.lines[rows])
    text = figures.text[named].iloc[rows].astype("str")
    first = ~text.duplicated()
    distinct, lines = text[first], Place(place.file, place.lines[first])
    values, faults = _typed(distinct)
    refuse_above(0.0, faults, place=lines)
    repeated_rows(distinct, ("region_id",), place=lines)
    return _complete(values).sort_values("region_id", ignore_index=True)


def _typed(text: pd.DataFrame) -> tuple[dict[str, Values], list[Faults]]:
    parsers: dict[str, tuple[Parser, str]] = {
        "region_id": (parse_id, "object"),
        **{name: (parse, "float64") for name, parse in _NUMBERS.items()},
    }
    cells = {name: text[name].astype("str").where(text[name].notna(), "") for name in text}
    values, faults = decode_columns(pd.DataFrame(cells), parsers)
    if {"latitude", "longitude"} <= set(values):
        half = np.isnan(values["latitude"]) != np.isnan(values["longitude"])
        rule = "latitude and longitude must both be given or both be empty"
        faults.append(fault_rows(half, column="latitude", rule=rule, value=text["latitude"]))
    return values, faults


def _complete(values: Mapping[str, Values]) -> pd.DataFrame:
    """Return all columns of a region table; what is not given is empty or missing."""
    count = len(values["region_id"])
    columns = {
        name: pd.Series(
            values.get(name, np.full(count, np.nan if name in _NUMBERS else "")),
            dtype="float64" if name in _NUMBERS else "str",
        )
        for name in (*REGION_COLUMNS, *(name for name in DISTANCE_COLUMNS if name in values))
    }
    named = columns["region"] != ""
    return pd.DataFrame(columns | {"region": columns["region"].where(named, columns["region_id"])})


def _check_neighbours(frame: pd.DataFrame, path: Path) -> None:
    known = set(frame["region_id"])
    for region_id, joined in zip(frame["region_id"], frame["neighbours"], strict=True):
        unknown = set(filter(None, joined.split(";"))) - known
        if unknown:
            raise SourceError(
                f'region "{region_id}" names the neighbour "{min(unknown)}", which is not a region'
                " of this table: add it or remove it",
                file=path,
                column="neighbours",
            )
