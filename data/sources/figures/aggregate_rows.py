"""Rows of HDX's monthly counts from text to types, with every broken rule listed.

What a row counts and where it stands is decided here; choosing a level and adding up belongs to
``aggregates``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.schema import DEATHS, EVENTS
from data.sources.figures.figure_rules import count_rules, month_rules
from data.tabular.delimited import Delimited
from data.tabular.validation import (
    Faults,
    Place,
    decode_columns,
    fault_rows,
    refuse_above,
    torn_rows,
)
from data.tabular.values import Parser, choice_parser, known_text, parse_count, parse_month
from data.tabular.values import parse_unknown_count as parse_toll

__all__ = ["HDX_TYPES", "Part", "TypedRows", "region_ids", "type_rows"]

HDX_TYPES = ("political_violence", "civilian_targeting", "demonstration")
_TEXTS = ("country", "admin1_id", "admin1", "admin2_id", "admin2")
_PARSERS: dict[str, tuple[Parser, str]] = {
    "event_type": (choice_parser(HDX_TYPES), "object"),
    "level": (choice_parser(("0", "1", "2")), "object"),
    "month": (parse_month, "object"),
    EVENTS: (parse_count, "float64"),
    DEATHS: (parse_toll, "float64"),
} | dict.fromkeys(_TEXTS, (known_text, "object"))


@dataclass(frozen=True)
class Part:
    """Rows of one file, or of one sheet of a workbook.

    Attributes:
        table: Text columns ``iso3, country, admin1_id, admin1, admin2_id, admin2, level,
            event_type, month, events, deaths``.
        label: Put before a column's name in a report, such as ``HRP_1!``.
        names: The columns' names in the file.
    """

    table: Delimited
    label: str
    names: dict[str, str]

    def column(self, name: str) -> str:
        """Return a column's name in a report."""
        return self.label + self.names.get(name, name)


@dataclass(frozen=True)
class TypedRows:
    """The accepted rows of one part.

    Attributes:
        rows: Typed columns of ``Part``, ``unit`` (the row's own region), ``placed`` (whether that
            has a code or a name), ``line``, and the names of two columns in a report: ``counted``
            (events) and ``located`` (country).
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
        limit: Share of rows, 0 to 1, that may be invalid.

    Raises:
        SourceError: Too many rows are invalid.
    """
    part, others = _of_type(part, event_type)
    table = part.table
    faults: list[Faults] = [
        frame.assign(column=[part.label + str(name) for name in frame["column"]])
        for frame in torn_rows(table, ())
    ]
    names = {name: part.column(name) for name in map(str, table.text)}
    values, broken = decode_columns(table.text, _PARSERS, names=names)
    faults += broken
    rows = pd.DataFrame(values)
    rows = _with_units(rows, part)
    faults.append(
        fault_rows(
            (rows["iso3"] == "").to_numpy(),
            column=part.column("iso3"),
            rule="expected a country, got none",
            value=table.text["iso3"],
        )
    )
    rules = [
        *month_rules(values["month"], today=date.today()),
        *count_rules(values, names=(EVENTS, DEATHS)),
    ]
    faults += [
        fault_rows(
            r.invalid, column=part.column(r.column), rule=r.words, value=table.text[r.column]
        )
        for r in rules
    ]
    invalid, quarantine = refuse_above(limit, faults, place=Place(table.file, table.lines))
    return TypedRows(rows[~invalid], quarantine, int(invalid.sum()), others)


def _with_units(rows: pd.DataFrame, part: Part) -> pd.DataFrame:
    """Add the columns of ``TypedRows.rows`` that say which region a row is of, and where it stood.

    What has no code and no name, such as a sea, is told apart by the wider names that it has.
    """
    own = np.select(
        [rows["level"] == "2", rows["level"] == "1"],
        [region_ids(rows, 2), region_ids(rows, 1)],
        rows["iso3"],
    )
    wider = rows["iso3"] + ":" + rows["admin1"] + ":" + rows["admin2"]
    return rows.assign(
        placed=own != "",
        unit=np.where(own != "", own, wider),
        line=part.table.lines,
        counted=part.column(EVENTS),
        located=part.column("iso3"),
    )


def region_ids(rows: pd.DataFrame, level: int) -> npt.NDArray[np.object_]:
    """Return the id of each row's region at a level, (rows,).

    At level 0 it is the country's ISO3 code; below it the p-code or, where there is none, country
    and names joined by ``:``; empty where the row has neither.
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
    """Return the rows that are not of another known type, and the number of the others."""
    table = part.table
    cells = table.text["event_type"].str.strip()
    other = (cells.isin(HDX_TYPES) & (cells != event_type)).to_numpy()
    own = Delimited(
        table.file,
        table.header,
        table.text[~other].reset_index(drop=True),
        table.lines[~other],
        table.short[~other],
        table.ended,
    )
    return Part(own, part.label, part.names), int(other.sum())
