"""From text to typed columns, with every broken rule listed as a row of the quarantine.

Owns the passes that events and figures share: decoding columns, gathering faults, the share of
invalid rows above which a file is refused, and duplicate keys. The rules of single cells are in
``values``, those between the columns of an event in ``event_rules``.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
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
from data.tabular.values import Parser, clean_text
from data.terminal import in_percent

__all__ = [
    "Faults",
    "Place",
    "decode",
    "decode_columns",
    "fault_rows",
    "refuse_above",
    "repeated_rows",
    "torn_rows",
]

Faults = pd.DataFrame
Mask = npt.NDArray[np.bool_]

Values = npt.NDArray[Any]

_FAULT = ("row", "column", "rule", "value")
_SHOWN = 3
_VALUE_LENGTH = 200


@dataclass(frozen=True)
class Place:
    """Where the rows of a table are in their file.

    Attributes:
        file: The file.
        lines: (rows,) int64, physical lines from 1; row numbers where a file has no lines.
    """

    file: Path
    lines: npt.NDArray[np.int64]


def decode(
    text: pd.Series[str], parse: Parser, *, column: str, dtype: str
) -> tuple[Values, Faults]:
    """Parse a column of text, each distinct cell once.

    Args:
        text: (rows,), cells as the file holds them.
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
    broken_rules: Any = rules[codes]
    faults = fault_rows(broken_rules != "", column=column, rule=broken_rules, value=text)
    return values.astype(dtype)[codes], faults


def decode_columns(
    text: pd.DataFrame,
    parsers: Mapping[str, tuple[Parser, str]],
    *,
    names: Mapping[str, str] | None = None,
) -> tuple[dict[str, Values], list[Faults]]:
    """Parse every column of a table of text.

    Args:
        text: Columns of text.
        parsers: Column to its parser and the numpy type of its values; columns without one are
            cleaned text.
        names: What a report calls a column, where that is not its name.

    Returns:
        Column to its values (rows,), and the faults.
    """
    values: dict[str, Values] = {}
    faults = []
    for name in map(str, text):
        parse, dtype = parsers.get(name, (clean_text, "object"))
        shown = (names or {}).get(name, name)
        values[name], broken = decode(text[name], parse, column=shown, dtype=dtype)
        faults.append(broken)
    return values, faults


def fault_rows(
    invalid: Mask, *, column: str, rule: str | npt.NDArray[np.object_], value: pd.Series[str]
) -> Faults:
    """Return one fault for each invalid row.

    Args:
        invalid: (rows,), which rows break the rule.
        column: The column's name in the file.
        rule: One rule, or (rows,) rules.
        value: (rows,), the cells as the file holds them.
    """
    rows = np.flatnonzero(invalid)
    if not len(rows):
        return _no_faults()
    rules = [rule] * len(rows) if isinstance(rule, str) else list(rule[rows])
    cells = [str(cell)[:_VALUE_LENGTH] for cell in value.iloc[rows]]
    return pd.DataFrame(dict(zip(_FAULT, (rows, [column] * len(rows), rules, cells), strict=True)))


@cache
def _no_faults() -> Faults:
    return pd.DataFrame({name: [] for name in _FAULT})


def torn_rows(table: Delimited, measured: Collection[str]) -> list[Faults]:
    """Return rows with too few fields, and a last row whose number or date may be truncated.

    Args:
        table: As it was read.
        measured: The file's columns that hold numbers or dates: a file that ends in the middle of
            a number would otherwise pass with a smaller one.
    """
    last, rows = table.header[-1], len(table.lines)
    width = f"expected {len(table.header)} fields as in the header, got fewer"
    torn = [fault_rows(table.short, column=last, rule=width, value=table.text.iloc[:, 0])]
    if not table.ended and last in measured:
        cut = (np.arange(rows) == rows - 1) & ~table.short
        rule = "the file does not end with a line break, so this value may be truncated: add one"
        torn.append(fault_rows(cut, column=last, rule=rule, value=table.text[last]))
    return torn


def refuse_above(
    limit: float, faults: Sequence[Faults], *, place: Place
) -> tuple[Mask, pd.DataFrame]:
    """Turn faults into the quarantine, or refuse the file.

    Args:
        limit: Share of rows, 0 to 1, that may be invalid.
        faults: From ``decode`` and ``fault_rows``.
        place: Where the rows are.

    Returns:
        Which rows are invalid (rows,), and their faults with the columns of
        ``QUARANTINE_COLUMNS``, sorted by line.

    Raises:
        SourceError: More than ``limit`` of the rows are invalid; the first faults are named.
    """
    filled = [frame for frame in faults if len(frame)]
    invalid = np.zeros(len(place.lines), dtype=bool)
    if not filled:
        return invalid, pd.DataFrame({name: [] for name in QUARANTINE_COLUMNS}, dtype="str").astype(
            {"line": "int64"}
        )
    joined = pd.concat(filled, ignore_index=True).sort_values("row", kind="stable")
    rows = joined["row"].to_numpy()
    invalid[rows] = True
    quarantine = joined.assign(file=str(place.file), line=place.lines[rows])
    quarantine = quarantine[list(QUARANTINE_COLUMNS)].reset_index(drop=True)
    if invalid.mean() > limit:
        raise _too_many(quarantine, invalid, limit, place.file)
    return invalid, quarantine


def repeated_rows(text: pd.DataFrame, key: Sequence[str], *, place: Place) -> Mask:
    """Return which rows repeat an earlier row exactly.

    Args:
        text: Rows as the file holds them, all columns that are used.
        key: Columns that identify a row.
        place: Where the rows are.

    Raises:
        SourceError: Two rows have the same key but different content; both lines are named.
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
        f'duplicate key "{" ".join(names.iloc[second])}": line {place.lines[shared[first]]} has it'
        f" too, with different content ({', '.join(columns[:3])}): keep one of the two rows",
        file=place.file,
        line=int(place.lines[shared[second]]),
        column=" ".join(key),
    )


def _too_many(quarantine: pd.DataFrame, invalid: Mask, limit: float, file: Path) -> SourceError:
    named = quarantine.head(_SHOWN)
    broken = [f'{rule}, got "{cell}"' for rule, cell in zip(named.rule, named.value, strict=True)]
    where = [
        f"line {line} {column} " for line, column in zip(named.line, named.column, strict=True)
    ]
    more = "".join(f"; {spot}{rule}" for spot, rule in zip(where[1:], broken[1:], strict=True))
    # A table that is needed whole, such as one of regions, has no limit that could be raised.
    share = math.ceil(invalid.mean() * 100) / 100
    other = f", or quarantine them with --limit {share:g}" if limit else ""
    return SourceError(
        f"{broken[0]}{more}. {invalid.sum():,} of {len(invalid):,} rows"
        f" ({in_percent(invalid.mean(), digits=1)}) are invalid and"
        f" {in_percent(limit, digits=1)} are allowed: repair them{other}",
        file=file,
        line=int(named["line"].iloc[0]),
        column=str(named["column"].iloc[0]),
    )
