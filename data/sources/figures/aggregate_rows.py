"""Rows of HDX's counts a month under names of our own, typed, with every broken rule kept.

What the rows add up to belongs to ``aggregates``, where they come from to ``hapi_csv`` and
``hdx_workbook``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.schema import DEATHS, EVENTS
from data.tabular.delimited import Delimited
from data.tabular.validation import Faults, Place, decode, fault_rows, refuse_above, torn_rows
from data.tabular.values import Parser, choice_parser, clean_text, parse_count, parse_month
from data.tabular.values import parse_unknown_count as parse_toll

__all__ = ["HDX_TYPES", "Part", "TypedRows", "region_ids", "type_rows"]

HDX_TYPES = ("political_violence", "civilian_targeting", "demonstration")

_PARSERS: dict[str, tuple[Parser, str]] = {
    "event_type": (choice_parser(HDX_TYPES), "object"),
    "level": (choice_parser(("0", "1", "2")), "object"),
    "month": (parse_month, "object"),
    EVENTS: (parse_count, "float64"),
    DEATHS: (parse_toll, "float64"),
}
_TEXTS = ("iso3", "country", "admin1_id", "admin1", "admin2_id", "admin2")


@dataclass(frozen=True)
class Part:
    """Rows of one file, or of one sheet of a workbook.

    Attributes:
        table: Text columns ``iso3, country, admin1_id, admin1, admin2_id, admin2, level,
            event_type, month, events, deaths``.
        label: What stands before a column's name in a report, such as ``HRP_1!``.
        names: What the columns are called in the file.
    """

    table: Delimited
    label: str
    names: dict[str, str]

    def column(self, name: str) -> str:
        """Return how a report calls a column."""
        return self.label + self.names.get(name, name)


@dataclass(frozen=True)
class TypedRows:
    """The good rows of one part.

    Attributes:
        rows: Typed columns of ``Part``, ``unit`` (the row's own region), ``line`` and ``counted``
            (how a report calls the column of events).
        quarantine: Its refused rows, with the columns of ``QUARANTINE_COLUMNS``.
        quarantined: How many they are.
        others: Rows of other event types.
    """

    rows: pd.DataFrame
    quarantine: pd.DataFrame
    quarantined: int
    others: int


def type_rows(part: Part, event_type: str, *, limit: float) -> TypedRows:
    """Type the rows of one event type.

    Args:
        part: Text rows of any event types.
        event_type: One of ``HDX_TYPES``.
        limit: Share of rows, 0 to 1, that may be bad.

    Raises:
        SourceError: Too many rows are bad.
    """
    part, others = _of_type(part, event_type)
    table, values = part.table, {}
    faults: list[Faults] = [
        frame.assign(column=[part.label + str(name) for name in frame["column"]])
        for frame in torn_rows(table, ())
    ]
    for name in map(str, table.text):
        parse, dtype = _PARSERS.get(name, (clean_text, "object"))
        cells = table.text[name]
        values[name], found = decode(cells, parse, column=part.column(name), dtype=dtype)
        faults.append(found)
    rows = pd.DataFrame(values)
    own = np.select(
        [rows["level"] == "2", rows["level"] == "1"],
        [region_ids(rows, 2), region_ids(rows, 1)],
        rows["iso3"],
    )
    rows = rows.assign(unit=own, line=table.lines, counted=part.column(EVENTS))
    unnamed = ((rows["unit"] == "") | (rows["iso3"] == "")).to_numpy()
    rule = "the row names no region: expected a country and, below it, a code or a name"
    faults.append(fault_rows(unnamed, column=part.column("iso3"), rule=rule, value=rows["unit"]))
    bad, quarantine = refuse_above(limit, faults, place=Place(table.file, table.lines))
    return TypedRows(rows[~bad], quarantine, int(bad.sum()), others)


def region_ids(rows: pd.DataFrame, level: int) -> npt.NDArray[np.object_]:
    """Return the id of each row's region at a level, (rows,).

    At level 0 it is the country's ISO3 code; below it the p-code or, where there is none, country
    and names joined by ``:``; empty where the row does not say.
    """
    if level == 0:
        return rows["iso3"].to_numpy(object)
    named = [rows["iso3"], rows["admin1"], *([rows["admin2"]] if level == 2 else [])]
    joined = named[0]
    for name in named[1:]:
        joined = joined + ":" + name
    code = rows[f"admin{level}_id"]
    ids = code.where(code != "", joined.where(named[-1] != "", ""))
    return ids.to_numpy(object)


def _of_type(part: Part, event_type: str) -> tuple[Part, int]:
    """Return the rows that are not of another known type, and how many are."""
    table = part.table
    cells = table.text["event_type"].str.strip()
    other = (cells.isin(HDX_TYPES) & (cells != event_type)).to_numpy()
    kept = Delimited(
        table.file,
        table.header,
        table.text[~other].reset_index(drop=True),
        table.lines[~other],
        table.short[~other],
        table.ended,
    )
    return Part(kept, part.label, part.names), int(other.sum())
