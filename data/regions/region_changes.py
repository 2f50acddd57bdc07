"""The table of region changes: regions that were split, merged, renamed, appeared or ended.

Owns reading and checking the table. Applying it to region tables and polygons belongs to
``data.regions.carried_regions``, to counts to ``data.counting.carried_counts``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.errors import SourceError
from data.tabular.table_files import read_table_file, unused_columns
from data.tabular.validation import (
    Faults,
    Place,
    decode_columns,
    fault_rows,
    refuse_above,
    torn_rows,
)
from data.tabular.values import Parser, choice_parser, parse_month

__all__ = ["Change", "RegionChanges", "read_region_changes", "unread_in_region_changes"]

_CHANGE_KINDS = ("split", "merge", "rename", "appear", "end")
_SHARE_DIGITS = 6
_REQUIRED = ("kind", "old_id", "new_id", "valid_from")
_OPTIONAL = ("share", "new_name")
# Which of the cells a kind needs: old_id, new_id, valid_from, share; None where it may be empty.
_NEEDS: dict[str, tuple[bool, bool, bool | None, bool]] = {
    "split": (True, True, None, True),
    "merge": (True, True, None, False),
    "rename": (True, True, None, False),
    "appear": (False, True, True, False),
    "end": (True, False, True, False),
}


@dataclass(frozen=True)
class Change:
    """One change, whatever the number of its lines.

    Attributes:
        kind: Out of ``_CHANGE_KINDS``.
        old: Ids before; none where a region appears.
        new: Ids after; none where a region ends.
        shares: One a new id, adding up to 1 exactly.
        valid_from: First month after the change; None where the old ids are replaced in every
            month.
        names: Names of the new ids; empty where the table gives none.
        line: Its first line in the file.
    """

    kind: str
    old: tuple[str, ...]
    new: tuple[str, ...]
    shares: tuple[Fraction, ...]
    valid_from: str | None
    names: tuple[str, ...]
    line: int

    @property
    def gone(self) -> tuple[str, ...]:
        """Old ids that are not also new ones."""
        return tuple(name for name in self.old if name not in self.new)


@dataclass(frozen=True)
class RegionChanges:
    """All changes of a table, in the order in which they took effect.

    Attributes:
        file: The table.
        changes: Sorted by ``valid_from``, those of every month first, then by line.
    """

    file: Path
    changes: tuple[Change, ...]

    def refuse(self, change: Change, problem: str, column: str | None = None) -> SourceError:
        """Return the error that names the file and the line of a change."""
        return SourceError(problem, file=self.file, line=change.line, column=column)


def read_region_changes(path: Path) -> RegionChanges:
    """Read a table of region changes from CSV or Parquet.

    Args:
        path: Holds ``kind, old_id, new_id, valid_from`` and may hold ``share`` and ``new_name``.
            A split has one line a new region, a merge one line an old region; ``valid_from`` is
            the first month after the change.

    Raises:
        SourceError: A cell breaks a rule, the shares of a split do not add up to 1, or a region
            changes twice in a month; file, line, column and rule are named.
        SchemaError: A column is absent.
    """
    table = read_table_file(path, required=_REQUIRED, optional=_OPTIONAL)
    text = table.text.astype("str")
    for name in _OPTIONAL:
        if name not in text:
            text[name] = ""
    place = Place(path, table.lines)
    values, faults = _typed(text)
    faults += torn_rows(table, {"valid_from", "share"})
    refuse_above(0.0, faults, place=place)
    rows = values.assign(line=table.lines).drop_duplicates(list(text))
    ordered = sorted(_grouped(rows), key=lambda change: (change.valid_from or "", change.line))
    changes = RegionChanges(path, tuple(ordered))
    for change in changes.changes:
        _check(changes, change)
    _refuse_twice(changes)
    return changes


def unread_in_region_changes(path: Path) -> tuple[str, ...]:
    """Return a sentence that names columns that are not read, if there are any."""
    return unused_columns(path, (*_REQUIRED, *_OPTIONAL))


def _typed(text: pd.DataFrame) -> tuple[pd.DataFrame, list[Faults]]:
    parsers: dict[str, tuple[Parser, str]] = {
        "kind": (choice_parser(_CHANGE_KINDS), "object"),
        "valid_from": (lambda cell: parse_month(cell) if cell.strip() else "", "object"),
        "share": (_share, "object"),
    }
    values, faults = decode_columns(text, parsers)
    frame = pd.DataFrame(values, dtype=object)
    for place, name in enumerate(("old_id", "new_id", "valid_from", "share")):
        needs = frame["kind"].map(lambda kind, at=place: _NEEDS.get(kind, (None,) * 4)[at])
        filled = (frame[name] != "").to_numpy()
        for wanted, rule in ((True, "must be given"), (False, "must be empty")):
            wrong = (needs == wanted).to_numpy() & (filled != wanted)
            rules = np.array(
                [f"{rule} where kind is {kind}" for kind in frame["kind"]], dtype=object
            )
            faults.append(fault_rows(wrong, column=name, rule=rules, value=text[name]))
    return frame, faults


def _share(cell: str) -> Fraction | str:
    if not cell.strip():
        return ""
    whole, _, part = cell.strip().partition(".")
    if not (whole.isdecimal() and (part.isdecimal() or not part) and len(part) <= _SHARE_DIGITS):
        raise ValueError(f"must be a decimal number with at most {_SHARE_DIGITS} places")
    share = Fraction(cell.strip().rstrip("."))
    if not 0 < share <= 1:
        raise ValueError("must be above 0 and at most 1")
    return share


def _grouped(rows: pd.DataFrame) -> list[Change]:
    """Put the lines of one change together: by its old id, of a merge by its new one."""

    def key(row: Any) -> tuple[str, str, str]:
        whose = row.new_id if row.kind in ("merge", "appear") else row.old_id
        return row.kind, str(whose), row.valid_from

    ordered = sorted(rows.itertuples(index=False), key=lambda row: (key(row), row.line))
    return [_change(list(group)) for _, group in groupby(ordered, key=key)]


def _change(rows: Sequence[Any]) -> Change:
    kind = rows[0].kind
    heirs = rows[:1] if kind == "merge" else rows
    new = tuple(row.new_id for row in heirs if row.new_id)
    return Change(
        kind=kind,
        old=tuple(dict.fromkeys(row.old_id for row in rows if row.old_id)),
        new=new,
        shares=tuple(row.share or Fraction(1) for row in heirs[: len(new)]),
        valid_from=rows[0].valid_from or None,
        names=tuple(
            next((row.new_name for row in rows if row.new_id == name and row.new_name), "")
            for name in new
        ),
        line=int(min(row.line for row in rows)),
    )


def _check(changes: RegionChanges, change: Change) -> None:
    old, new = change.old, change.new
    if len(set(new)) < len(new):
        raise changes.refuse(
            change,
            f'duplicate new region "{max(new, key=new.count)}": give each new region one line',
            "new_id",
        )
    if change.kind == "split" and (len(new) < 2 or sum(change.shares) != 1):
        raise changes.refuse(
            change,
            f'the shares of "{old[0]}" must be of at least two regions and add up to 1, got'
            f" {' + '.join(str(float(share)) for share in change.shares)}",
            "share",
        )
    if change.kind == "merge" and len(old) < 2:
        raise changes.refuse(
            change, f'a merge into "{new[0]}" needs at least two old regions', "old_id"
        )
    if change.kind == "rename" and (len(new) > 1 or old == new):
        raise changes.refuse(
            change,
            f'a rename of "{old[0]}" needs exactly one new id, other than the old one',
            "new_id",
        )
    if set(old) & set(new) and change.valid_from is None:
        raise changes.refuse(
            change, "must be given where an id remains in use after the change", "valid_from"
        )


def _refuse_twice(changes: RegionChanges) -> None:
    seen: dict[tuple[str, str | None], Change] = {}
    for change in changes.changes:
        for region_id in change.old:
            first = seen.setdefault((region_id, change.valid_from), change)
            if first is not change:
                raise changes.refuse(
                    change,
                    f'"{region_id}" changes twice in one month, here and on line {first.line}:'
                    " keep one",
                    "old_id",
                )
