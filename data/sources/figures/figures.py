"""Region-month counts that come ready made, for those who have no event rows.

A missing measure stays missing, and a missing region-month is unknown: neither is ever 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.errors import SchemaError, SourceError
from data.files import sha256_of
from data.reading import MEASURES, Coverage, ReadResult
from data.regions.region_table import (
    DESCRIBED,
    read_region_table,
    table_from_figures,
    unread_in_region_table,
)
from data.schema import FIGURE_MEASURES, STATUSES
from data.sources.figures.figure_rules import count_rules, month_rules
from data.tabular.delimited import Delimited
from data.tabular.table_files import read_table_file
from data.tabular.validation import (
    Faults,
    Place,
    decode,
    decode_columns,
    fault_rows,
    refuse_above,
    torn_rows,
)
from data.tabular.values import (
    CAP,
    Parser,
    choice_parser,
    clean_text,
    parse_id,
    parse_month,
    parse_unknown_count,
)

__all__ = ["read_figures"]

Values = npt.NDArray[Any]

_KEY = ("region_id", "month")
_STATUS = "status"
# Only a panel of this project has it beside the status.
_LARGEST = "largest_event"


def read_figures(
    path: Path,
    *,
    regions: Path | None,
    source: str = "figures",
    release: str | None = None,
    limit: float = 0.01,
) -> ReadResult:
    """Read region-month counts from CSV or Parquet, a written panel among them.

    Args:
        path: Holds ``region_id``, ``month`` (YYYY-MM), any of ``FIGURE_MEASURES`` (whole numbers,
            counts a month; empty where unknown) and optionally ``status``, ``region``,
            ``country``, ``latitude`` and ``longitude``.
        regions: Its region table; None makes one from the columns of the file.
        source: Short name of the source.
        release: Release of the source; None where it has none.
        limit: Share of rows, 0 to 1, that may be invalid before the file is refused.

    Returns:
        Figures with nullable counts and their region table. The coverage is not complete, because
        a region-month that is not there is not covered.

    Raises:
        SourceError: The file is refused as a whole; the message names the line.
        SchemaError: A column is absent.
    """
    table = read_table_file(path, required=_KEY, optional=(_STATUS, *DESCRIBED, *FIGURE_MEASURES))
    known = None if regions is None else read_region_table(regions)
    table = _with_one_spelling(
        table, ("region", "country"), () if known is None else known["region_id"]
    )
    measures = [name for name in FIGURE_MEASURES if name in table.text]
    if not measures:
        raise SchemaError(
            "expected a column events, deaths or one of their kinds, got none", file=path, line=1
        )
    values, faults = _typed(table, measures, known)
    faults += _broken_rules(table, values, measures)
    torn = torn_rows(table, {"month", "latitude", "longitude", *measures})
    invalid, quarantine = refuse_above(limit, [*torn, *faults], place=Place(path, table.lines))
    accepted = np.flatnonzero(~invalid)
    frame = _figure_frame(values, accepted)
    _refuse_duplicates(frame, Place(path, table.lines[accepted]))
    region_table = table_from_figures(table, accepted) if known is None else known
    return ReadResult(
        content="figures",
        source=source,
        release=release or "unversioned",
        frame=frame,
        quarantine=quarantine,
        rows=len(table.lines),
        quarantined=int(invalid.sum()),
        duplicates=0,
        coverage=_coverage(frame, region_table),
        meaning={MEASURES: " ".join(measures)},
        file=path,
        sha256=sha256_of(path),
        regions=region_table,
        warnings=(*_warnings(table, measures), *_unread(regions)),
        fixed=table.fixed,
    )


def _unread(regions: Path | None) -> tuple[str, ...]:
    return () if regions is None else unread_in_region_table(regions)


def _broken_rules(
    table: Delimited, values: Mapping[str, Values], measures: Sequence[str]
) -> list[Faults]:
    """Return the faults of months and counts that cannot be."""
    summed = {_STATUS, _LARGEST} <= set(table.text)
    rules = [
        *month_rules(values["month"], today=date.today()),
        *count_rules(values, names=measures, summed=summed),
    ]
    return [
        fault_rows(rule.invalid, column=rule.column, rule=rule.words, value=table.text[rule.column])
        for rule in rules
    ]


def _typed(
    table: Delimited, measures: list[str], known: pd.DataFrame | None
) -> tuple[dict[str, Values], list[Faults]]:
    text = table.text
    parsers: dict[str, tuple[Parser, str]] = {
        "region_id": (parse_id, "object"),
        "month": (parse_month, "object"),
        _STATUS: (choice_parser(STATUSES), "object"),
    }
    keys = text[[name for name in parsers if name in text]].astype("str")
    values, faults = decode_columns(keys, parsers)
    for name in measures:
        values[name], broken = _counts(text[name], name)
        faults.append(broken)
    if known is not None:
        named = pd.Series(values["region_id"])
        unknown = ~(named.isin(known["region_id"]) | (named == "")).to_numpy()
        rule = "the region is not in the region table"
        faults.append(fault_rows(unknown, column="region_id", rule=rule, value=text["region_id"]))
    return values, faults


def _counts(cells: pd.Series, name: str) -> tuple[Values, Faults]:
    """Return counts, NaN where unknown; numbers are checked as they are, text cell by cell."""
    if not pd.api.types.is_numeric_dtype(cells.dtype):
        return decode(cells, parse_unknown_count, column=name, dtype="float64")
    numbers = cells.to_numpy(dtype="float64", na_value=np.nan)
    whole = (numbers >= 0) & (numbers <= CAP) & (numbers == np.floor(numbers))
    rule = f"must be a whole number from 0 to {CAP:,}"
    return numbers, fault_rows(~whole & ~np.isnan(numbers), column=name, rule=rule, value=cells)


def _figure_frame(values: Mapping[str, Values], rows: npt.NDArray[np.intp]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            name: pd.Series(column[rows], dtype="str" if column.dtype == object else "Int64")
            for name, column in values.items()
        }
    )


def _refuse_duplicates(frame: pd.DataFrame, place: Place) -> None:
    twice = frame.duplicated(list(_KEY)).to_numpy()
    if not twice.any():
        return
    second = int(np.flatnonzero(twice)[0])
    region_id, month = (str(frame[name].iloc[second]) for name in _KEY)
    same = (frame["region_id"] == region_id) & (frame["month"] == month)
    raise SourceError(
        f'duplicate key: region "{region_id}" has {month} here and on line'
        f" {place.lines[int(np.flatnonzero(same)[0])]}: keep one of the two rows",
        file=place.file,
        line=int(place.lines[second]),
        column="region_id",
    )


def _coverage(frame: pd.DataFrame, regions: pd.DataFrame) -> Coverage:
    counted = regions[regions["region_id"].isin(frame["region_id"])]
    countries = tuple(sorted(set(counted["country"]) - {""}))
    return Coverage(False, str(frame["month"].min()), str(frame["month"].max()), countries)


def _warnings(table: Delimited, measures: list[str]) -> tuple[str, ...]:
    used = {*_KEY, _STATUS, *DESCRIBED, *measures}
    unused = [name for name in table.header if name and name not in used]
    return (f"columns that hold no figures are ignored: {', '.join(unused)}",) if unused else ()


def _cleaned(cells: pd.Series[str]) -> pd.Series[str]:
    if pd.api.types.is_numeric_dtype(cells.dtype):
        return cells
    return cells.map({cell: clean_text(cell) for cell in set(cells)}).astype("str")


def _first_spellings(words: pd.Series[str]) -> dict[str, str]:
    """Return each word by its small letters; the first one where several are alike."""
    return {word.casefold(): word for word in reversed(words.tolist())}


def _with_one_spelling(table: Delimited, names: Iterable[str], known: Iterable[str]) -> Delimited:
    """Return figures with one spelling for each region, and say in ``fixed`` what was changed.

    Ids that differ only in capital letters become the known one, otherwise the first of the file;
    two known ids that differ so are left alone.

    Args:
        table: Holds ``region_id`` as text.
        names: Columns of names: spaces around them are removed, and Unicode is composed (NFC).
        known: Ids of the user's region table, if there is one.
    """
    before = table.text["region_id"].astype("str")
    plain = _cleaned(before)
    spelt = {
        **_first_spellings(plain.drop_duplicates()),
        **_first_spellings(pd.Series(list(known))),
    }
    same = set(known)
    after = plain.map(
        {word: word if word in same else spelt[word.casefold()] for word in set(plain)}
    )
    columns = {name: _cleaned(table.text[name]) for name in names if name in table.text}
    text = table.text.assign(region_id=after.astype("str"), **columns)
    changed = int((before != after).sum())
    repairs = [f"region ids brought into one spelling: {changed:,}"] if changed else []
    return replace(table, text=text, fixed=(*table.fixed, *repairs))
