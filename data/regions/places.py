"""A user's list of sensitive places: bases, towns, roads, crossings; each a name, kind and point.

A place may have a first and a last month; outside them it does not exist, so that a forecast for
the past does not know of a base that was set up later.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.months import month_number
from data.schema import PLACE_KINDS
from data.tabular.table_files import read_table_file, unused_columns
from data.tabular.validation import (
    Faults,
    Place,
    decode_columns,
    fault_rows,
    refuse_above,
    repeated_rows,
    torn_rows,
)
from data.tabular.values import (
    Parser,
    choice_parser,
    parse_id,
    parse_latitude,
    parse_longitude,
    parse_month,
)

__all__ = ["Places", "read_places", "unread_in_places"]

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

_REQUIRED = ("name", "kind", "latitude", "longitude")
_SPAN = ("since", "until")
_FIRST, _LAST = 0, 12 * 10_000


@dataclass(frozen=True)
class Places:
    """Places in the order of their file.

    Attributes:
        names: (places,) names.
        kinds: (places,) out of ``PLACE_KINDS``.
        latitude: (places,) degrees.
        longitude: (places,) degrees.
        since: (places,) number of the first month.
        until: (places,) number of the last month.
    """

    names: npt.NDArray[np.object_]
    kinds: npt.NDArray[np.object_]
    latitude: Floats
    longitude: Floats
    since: Whole
    until: Whole


def read_places(path: Path) -> Places:
    """Read a list of places from CSV or Parquet.

    Args:
        path: Holds ``name, kind, latitude, longitude`` and may hold ``since`` and ``until``,
            months as YYYY-MM; empty means always.

    Raises:
        SourceError: A cell breaks a rule (line, column and rule are named), or two rows of one
            name and kind differ.
        SchemaError: A column is absent.
    """
    table = read_table_file(path, required=_REQUIRED, optional=_SPAN)
    text = table.text.astype("str")
    values, faults = _typed(text)
    faults += torn_rows(table, {"latitude", "longitude", *_SPAN})
    where = Place(path, table.lines)
    refuse_above(0.0, faults, place=where)
    first = ~repeated_rows(text, ("name", "kind", *(n for n in _SPAN if n in text)), place=where)
    return Places(
        names=values["name"][first],
        kinds=values["kind"][first],
        latitude=values["latitude"][first],
        longitude=values["longitude"][first],
        since=values["since"][first].astype(np.int64),
        until=values["until"][first].astype(np.int64),
    )


def unread_in_places(path: Path) -> tuple[str, ...]:
    """Return a sentence that names columns that are not read, if there are any."""
    return unused_columns(path, (*_REQUIRED, *_SPAN))


def _typed(text: pd.DataFrame) -> tuple[dict[str, npt.NDArray[Any]], list[Faults]]:
    parsers: dict[str, tuple[Parser, str]] = {
        "name": (parse_id, "object"),
        "kind": (choice_parser(PLACE_KINDS), "object"),
        "latitude": (_needed(parse_latitude), "float64"),
        "longitude": (_needed(parse_longitude), "float64"),
        "since": (partial(_month, ever=_FIRST), "float64"),
        "until": (partial(_month, ever=_LAST), "float64"),
    }
    always = {"since": np.full(len(text), _FIRST), "until": np.full(len(text), _LAST)}
    values, faults = decode_columns(text, parsers)
    values = always | values
    late, rule = values["until"] < values["since"], "must not be before since"
    if late.any():
        faults.append(fault_rows(late, column="until", rule=rule, value=text["until"]))
    return values, faults


def _needed(parse: Parser) -> Parser:
    def parsed(cell: str) -> object:
        if not cell.strip():
            raise ValueError("must be given")
        return parse(cell)

    return parsed


def _month(cell: str, ever: int) -> int:
    return month_number(parse_month(cell)) if cell.strip() else ever
