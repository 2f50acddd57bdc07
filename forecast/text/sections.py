"""Sections: small tables with a title and a sentence, printed alike by the page and every writer.

What changed, what to watch, how earlier forecasts did and the like are each a ``Section``, made
once when the forecast is issued and stored with it as ``sections.json``. A cell holds the raw
value; its column says how it is printed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from data.errors import ConfigError
from forecast.text.wording import MISSING, expected, percent, points, score, share, whole

__all__ = [
    "FORMS",
    "Cell",
    "Column",
    "Section",
    "cells_of",
    "sections_from_json",
    "sections_to_json",
    "shown",
]

Cell = str | int | float | None

_WORDS = {
    "whole": whole,
    "count": expected,
    "percent": percent,
    "share": share,
    "points": points,
    "score": score,
}
# How a cell is printed: as text, as a whole number, with one decimal, as a probability in percent
# (never a flat 0 or 100), as a share of what was observed in percent, as a change of a probability
# in percentage points, as a score with four decimals.
FORMS = ("text", *_WORDS)


@dataclass(frozen=True)
class Column:
    """One column of a section.

    Attributes:
        name: Its name in files, such as ``p_attack``.
        title: Its heading for readers.
        meaning: What it holds and in what unit, one sentence for the dictionary.
        form: One of ``FORMS``.
    """

    name: str
    title: str
    meaning: str
    form: str = "text"

    def __post_init__(self) -> None:
        if self.form not in FORMS:
            raise ConfigError(
                f"column {self.name}: expected a form of {', '.join(FORMS)}, got {self.form!r}"
            )


@dataclass(frozen=True)
class Section:
    """A small table with what a reader must know to read it.

    Attributes:
        name: Its name in files, unique within an issue, such as ``movers_up``.
        title: Its heading.
        note: What it says and from what; where there are no rows, why there are none.
        columns: Its columns.
        rows: Raw cells, one a column; None where there is none.
    """

    name: str
    title: str
    note: str
    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()

    def __post_init__(self) -> None:
        for number, row in enumerate(self.rows, start=1):
            if len(row) != len(self.columns):
                raise ConfigError(
                    f"section {self.name}, row {number}: expected {len(self.columns)} cells,"
                    f" got {len(row)}"
                )

    def records(self) -> list[dict[str, Cell]]:
        """Return the rows as column to raw cell."""
        names = [column.name for column in self.columns]
        return [dict(zip(names, row, strict=True)) for row in self.rows]

    def texts(self) -> list[list[str]]:
        """Return the rows as they are printed."""
        return [
            [shown(cell, column.form) for cell, column in zip(row, self.columns, strict=True)]
            for row in self.rows
        ]


def cells_of(rows: pd.DataFrame, columns: Sequence[Column]) -> tuple[tuple[Cell, ...], ...]:
    """Return a frame's cells, row by row in the order of the columns; None where one is missing."""
    names = [column.name for column in columns]
    return tuple(
        tuple(_cell(row[name]) for name in names) for row in rows[names].to_dict("records")
    )


def shown(cell: Cell, form: str) -> str:
    """Return a cell as it is printed.

    Example:
        >>> shown(0.634, "percent"), shown(3, "whole"), shown(None, "text"), shown("Soum", "text")
        ('63 %', '3', '–', 'Soum')
    """
    if cell is None:
        return MISSING
    return str(cell) if form == "text" else _WORDS[form](float(cell))


def sections_to_json(sections: Sequence[Section]) -> str:
    """Return sections as JSON; the same sections give the same bytes."""
    return json.dumps([asdict(section) for section in sections], ensure_ascii=False, indent=1)


def sections_from_json(text: str) -> tuple[Section, ...]:
    """Return the sections that a JSON text holds.

    Raises:
        TypeError: It is no list.
        KeyError: A section lacks a part.
    """
    values = json.loads(text)
    if not isinstance(values, list):
        raise TypeError(f"expected a list of sections, got {type(values).__name__}")
    return tuple(_section(value) for value in values)


def _section(value: Mapping[str, Any]) -> Section:
    return Section(
        name=value["name"],
        title=value["title"],
        note=value["note"],
        columns=tuple(Column(**column) for column in value["columns"]),
        rows=tuple(tuple(row) for row in value["rows"]),
    )


def _cell(value: object) -> Cell:
    if pd.isna(value):  # type: ignore[call-overload]
        return None
    cell: Cell = value.item() if isinstance(value, np.generic) else value  # type: ignore[assignment]
    return cell
