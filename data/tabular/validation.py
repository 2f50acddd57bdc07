"""From text to typed columns, with every broken rule kept as a row of the quarantine.

Owns the passes that events and figures share: decoding a column, gathering faults, the share of
bad rows that refuses a whole file, and rows that repeat. The rules of single cells are in
``values``, those between the columns of an event in ``event_rules``.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.errors import SourceError
from data.schema import QUARANTINE_COLUMNS
from data.tabular.delimited import Delimited
from data.tabular.values import Parser
from data.terminal import in_percent

__all__ = [
    "Faults",
    "Place",
    "decode",
    "fault_rows",
    "refuse_above",
    "repeated_rows",
    "torn_rows",
]

Faults = pd.DataFrame
Mask = npt.NDArray[np.bool_]

_FAULT = ("row", "column", "rule", "value")
_SHOWN = 3
_VALUE_LENGTH = 200


@dataclass(frozen=True)
class Place:
    """Where the rows of a table stand in their file.

    Attributes:
        file: The file.
        lines: (rows,) int64, physical lines from 1; row numbers where a file has no lines.
    """

    file: Path
    lines: npt.NDArray[np.int64]


def decode(
    text: pd.Series[str], parse: Parser, *, column: str, dtype: str
) -> tuple[npt.NDArray[Any], Faults]:
    """Parse a column of text, each distinct cell once.

    Args:
        text: (rows,), cells as they stand.
        parse: Returns the value of a cell or raises ``ValueError`` with the rule it breaks.
        column: The column's name in the file, for the report.
        dtype: Numpy type of the values; a cell that breaks a rule becomes its missing value.

    Returns:
        Values (rows,), and the faults.
    """
    codes, cells = pd.factorize(text)
    missing: object = {"f": math.nan, "M": None}.get(np.dtype(dtype).kind, "")
    values, rules = np.empty(len(cells), dtype=object), np.full(len(cells), "", dtype=object)
    for place, cell in enumerate(cells.tolist()):
        try:
            values[place] = parse(cell)
        except ValueError as broken:
            values[place], rules[place] = missing, str(broken)
        if "\0" in cell:
            rules[place] = "must not hold a NUL character"
    found: Any = rules[codes]
    faults = fault_rows(found != "", column=column, rule=found, value=text)
    return values.astype(dtype)[codes], faults


def fault_rows(
    bad: Mask, *, column: str, rule: str | npt.NDArray[np.object_], value: pd.Series[str]
) -> Faults:
    """Return one fault for each row that is bad.

    Args:
        bad: (rows,), which rows break the rule.
        column: The column's name in the file.
        rule: One rule, or (rows,) rules.
        value: (rows,), the cells as they stand.
    """
    rows = np.flatnonzero(bad)
    if not len(rows):
        return _no_faults()
    rules = [rule] * len(rows) if isinstance(rule, str) else list(rule[rows])
    cells = [str(cell)[:_VALUE_LENGTH] for cell in value.iloc[rows]]
    return pd.DataFrame(dict(zip(_FAULT, (rows, [column] * len(rows), rules, cells), strict=True)))


@cache
def _no_faults() -> Faults:
    return pd.DataFrame({name: [] for name in _FAULT})


def torn_rows(table: Delimited, measured: Collection[str]) -> list[Faults]:
    """Return rows with too few fields, and a last row whose number or date may be cut off.

    Args:
        table: As it was read.
        measured: The file's columns that hold numbers or dates; a file that ends in the middle of
            a number without a line end would else pass with a smaller one.
    """
    last, rows = table.header[-1], len(table.lines)
    width = f"expected {len(table.header)} fields as in the header, got fewer"
    torn = [fault_rows(table.short, column=last, rule=width, value=table.text.iloc[:, 0])]
    if not table.ended and last in measured:
        cut = (np.arange(rows) == rows - 1) & ~table.short
        rule = "the file does not end with a line end, so this value may be cut off: add one"
        torn.append(fault_rows(cut, column=last, rule=rule, value=table.text[last]))
    return torn


def refuse_above(
    limit: float, faults: Sequence[Faults], *, place: Place
) -> tuple[Mask, pd.DataFrame]:
    """Turn faults into the quarantine, or refuse the file.

    Args:
        limit: Share of rows, 0 to 1, that may be bad.
        faults: From ``decode`` and ``fault_rows``.
        place: Where the rows stand.

    Returns:
        Which rows are bad (rows,), and their faults with the columns of ``QUARANTINE_COLUMNS``,
        sorted by line.

    Raises:
        SourceError: More than ``limit`` of the rows are bad; the first faults are named.
    """
    filled = [frame for frame in faults if len(frame)]
    bad = np.zeros(len(place.lines), dtype=bool)
    if not filled:
        return bad, pd.DataFrame({name: [] for name in QUARANTINE_COLUMNS}, dtype="str").astype(
            {"line": "int64"}
        )
    found = pd.concat(filled, ignore_index=True).sort_values("row", kind="stable")
    rows = found["row"].to_numpy()
    bad[rows] = True
    quarantine = found.assign(file=str(place.file), line=place.lines[rows])
    quarantine = quarantine[list(QUARANTINE_COLUMNS)].reset_index(drop=True)
    if bad.mean() > limit:
        raise _too_many(quarantine, bad, limit, place.file)
    return bad, quarantine


def repeated_rows(text: pd.DataFrame, key: Sequence[str], *, place: Place) -> Mask:
    """Return which rows repeat an earlier row to the letter.

    Args:
        text: Rows as they stand, all columns that are used.
        key: Columns that identify a row.
        place: Where the rows stand.

    Raises:
        SourceError: Two rows have the same key and other content; both lines are named.
    """
    repeated = np.zeros(len(text), dtype=bool)
    shared = np.flatnonzero(text.duplicated(list(key), keep=False))
    if not len(shared):
        return repeated
    group = text.iloc[shared]
    repeated[shared] = group.duplicated()
    clash = group.duplicated(list(key)).to_numpy() & ~repeated[shared]
    if clash.any():
        _refuse_clash(group, key, place, shared, int(np.flatnonzero(clash)[0]))
    return repeated


def _refuse_clash(
    group: pd.DataFrame,
    key: Sequence[str],
    place: Place,
    shared: npt.NDArray[np.intp],
    second: int,
) -> None:
    names = group[list(key)]
    first = int(np.flatnonzero((names == names.iloc[second]).all(axis=1))[0])
    columns = [str(name) for name in group if group[name].iloc[first] != group[name].iloc[second]]
    raise SourceError(
        f'"{" ".join(names.iloc[second])}" stands here and on line {place.lines[shared[first]]}'
        f" with other content ({', '.join(columns[:3])}): keep one of the two rows",
        file=place.file,
        line=int(place.lines[shared[second]]),
        column=" ".join(key),
    )


def _too_many(quarantine: pd.DataFrame, bad: Mask, limit: float, file: Path) -> SourceError:
    named = quarantine.head(_SHOWN)
    told = [f'{rule}, got "{cell}"' for rule, cell in zip(named.rule, named.value, strict=True)]
    where = [
        f"line {line} {column} " for line, column in zip(named.line, named.column, strict=True)
    ]
    more = "".join(f"; {spot}{text}" for spot, text in zip(where[1:], told[1:], strict=True))
    # A table that is wanted whole, such as one of regions, has no limit that could be raised.
    share = math.ceil(bad.mean() * 100) / 100
    other = f", or quarantine them with --limit {share:g}" if limit else ""
    return SourceError(
        f"{told[0]}{more}. {bad.sum()} of {len(bad)} rows"
        f" ({in_percent(bad.mean(), digits=1)}) are invalid and {in_percent(limit, digits=1)} are"
        f" allowed: repair them{other}",
        file=file,
        line=int(named["line"].iloc[0]),
        column=str(named["column"].iloc[0]),
    )
