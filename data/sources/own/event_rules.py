"""From text to canonical events: the type of each column, and the rules between columns.

Owns which rows are invalid. What a file's columns mean comes from its map.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.schema import EVENT_TYPES
from data.sources.own.mapping import CODES, CoverageMap, EventMap
from data.tabular.validation import Faults, decode_columns, fault_rows
from data.tabular.values import (
    Parser,
    choice_parser,
    clean_text,
    date_parser,
    decimal_comma,
    known_text,
    parse_count,
    parse_id,
    parse_latitude,
    parse_longitude,
    parse_unknown_count,
    translated,
)

__all__ = ["TypedEvents", "type_events"]

Values = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]

_PARSERS: dict[str, tuple[Parser, str]] = {
    "event_id": (parse_id, "object"),
    "latitude": (parse_latitude, "float64"),
    "longitude": (parse_longitude, "float64"),
} | {name: (choice_parser(codes), "object") for name, codes in CODES.items()}
_FIRST_YEAR = 1900
_LONGEST_DAYS = 731
# So many months outside what a list claims to cover a date is a slip of the pen.
_FAR_MONTHS = 120
_WITHOUT_POINT = ("country", "area")


@dataclass(frozen=True)
class TypedEvents:
    """All rows of a file as typed columns, invalid ones included.

    Attributes:
        values: Canonical column to (rows,) values; columns that the file lacks are absent.
        faults: Which rule each invalid row breaks.
        disordered: (rows,) bool, low > best or best > high.
    """

    values: Mapping[str, Values]
    faults: tuple[Faults, ...]
    disordered: Mask


class _Rule(NamedTuple):
    """Rows that break a rule between columns, and the column that a report names for it."""

    column: str
    words: str
    invalid: Mask


def type_events(text: pd.DataFrame, event_map: EventMap, *, today: date) -> TypedEvents:
    """Type the columns of events and find every fault.

    Args:
        text: (rows,) canonical columns as text.
        event_map: What words mean, how dates are written and whether a toll may be unknown; the
            provider ``ucdp`` may publish rows whose tolls are out of order.
        today: No event may begin after it.
    """
    names = _file_names(event_map)
    parsers = {name: _parser(name, event_map) for name in map(str, text)}
    values, faults = decode_columns(text, parsers, names=names)
    disordered = _order_rules(values)
    rules = [
        *_date_rules(values, today),
        *_far_rules(values, event_map.coverage, today),
        *_point_rules(values, _faulty(faults, len(text))),
    ]
    if event_map.provider != "ucdp":
        rules += [*disordered, *_civilian_rules(values)]
    for rule in rules:
        cells = text[rule.column]
        faults.append(
            fault_rows(rule.invalid, column=names[rule.column], rule=rule.words, value=cells)
        )
    values["date_end"] = _last_days(values, event_map.date.precision)
    wrong = [np.zeros(len(text), dtype=bool), *(rule.invalid for rule in disordered)]
    return TypedEvents(values, tuple(faults), np.logical_or.reduce(wrong))


def _file_names(event_map: EventMap) -> dict[str, str]:
    """Return what each canonical column is called in the file."""
    dates = event_map.date
    first = dates.column or "-".join(filter(None, (dates.year, dates.month, dates.day)))
    known = {name: name for name in EVENT_TYPES} | event_map.columns
    return known | {"date_start": first, "date_end": dates.end_column or first}


def _parser(name: str, event_map: EventMap) -> tuple[Parser, str]:
    """Return the parser and the numpy type of one canonical column."""
    parse, dtype = _plain_parser(name, event_map)
    return translated(parse, event_map.translate.get(name, {})), dtype


def _plain_parser(name: str, event_map: EventMap) -> tuple[Parser, str]:
    if name in _PARSERS:
        parse, dtype = _PARSERS[name]
        comma = dtype == "float64" and event_map.decimal == ","
        return (decimal_comma(parse) if comma else parse), dtype
    if name in ("date_start", "date_end"):
        parse = date_parser(event_map.date.format)
        return (parse if name == "date_start" else _or_missing(parse)), "datetime64[D]"
    if EVENT_TYPES[name] != "Int64":
        return (clean_text if name == "country" else known_text), "object"
    unknown = name != "deaths_best" or event_map.deaths.may_be_unknown
    return (parse_unknown_count if unknown else parse_count), "float64"


def _or_missing(parse: Parser) -> Parser:
    return lambda text: parse(text) if text.strip() else None


def _date_rules(values: Mapping[str, Values], today: date) -> list[_Rule]:
    start = values["date_start"]
    between = f"must be between {_FIRST_YEAR} and today"
    rules = [_Rule("date_start", between, ~_possible(start, today) & ~np.isnat(start))]
    if "date_end" in values:
        end, late = values["date_end"], np.datetime64(f"{today.year}-12-31")
        rules += [
            _Rule("date_end", "the last day must not be before the first", end < start),
            _Rule("date_end", f"must not be after {today.year}", end > late),
            _Rule(
                "date_end",
                "must not be more than two years after the first day",
                (end - start > np.timedelta64(_LONGEST_DAYS, "D")) & (end <= late),
            ),
        ]
    return rules


def _far_rules(values: Mapping[str, Values], coverage: CoverageMap, today: date) -> list[_Rule]:
    """Return the rule for dates far outside what the list claims to cover."""
    months = values["date_start"].astype("datetime64[M]")
    possible = _possible(values["date_start"], today)
    far = np.zeros(len(months), dtype=bool)
    margin = np.timedelta64(_FAR_MONTHS, "M")
    if coverage.first:
        far |= months < np.datetime64(coverage.first) - margin
    if coverage.through:
        far |= months > np.datetime64(coverage.through) + margin
    span = " to ".join(filter(None, (coverage.first, coverage.through)))
    words = f"lies ten years or more outside the list's months, {span}"
    return [_Rule("date_start", words, far & possible)]


def _possible(days: Values, today: date) -> Mask:
    return np.asarray(
        (days >= np.datetime64(f"{_FIRST_YEAR}-01-01")) & (days <= np.datetime64(today))
    )


def _faulty(faults: Sequence[Faults], rows: int) -> Mask:
    faulty = np.zeros(rows, dtype=bool)
    for frame in faults:
        faulty[frame["row"].to_numpy(dtype=np.intp)] = True
    return faulty


def _point_rules(values: Mapping[str, Values], faulty: Mask) -> list[_Rule]:
    """Return the rules for points; an unreadable one is not also reported as missing."""
    north, east = values["latitude"], values["longitude"]
    missing = np.isnan(north) | np.isnan(east)
    named = ~np.isin(values["location_precision"].astype("U"), _WITHOUT_POINT)
    return [
        _Rule("latitude", "0, 0 is not a place of an attack", (north == 0) & (east == 0)),
        _Rule("latitude", "latitude and longitude must both be given", missing & named & ~faulty),
    ]


def _order_rules(values: Mapping[str, Values]) -> list[_Rule]:
    if "deaths_best" not in values:
        return []
    best, rules = values["deaths_best"], []
    if "deaths_low" in values:
        low = values["deaths_low"]
        rules.append(_Rule("deaths_low", "must not be above the best estimate", low > best))
    if "deaths_high" in values:
        high = values["deaths_high"]
        rules.append(_Rule("deaths_high", "must not be below the best estimate", high < best))
    return rules


def _civilian_rules(values: Mapping[str, Values]) -> list[_Rule]:
    if "civilians" not in values or "deaths_best" not in values:
        return []
    best = values["deaths_best"]
    most = values.get("deaths_high", best)
    most = np.where(np.isnan(most), best, most)
    return [_Rule("civilians", "must not be above the deaths", values["civilians"] > most)]


def _last_days(values: Mapping[str, Values], precision: str) -> Values:
    """Return the last days: as given, otherwise the first day or the end of its month or year."""
    first = values["date_start"]
    if "date_end" in values:
        return np.where(np.isnat(values["date_end"]), first, values["date_end"])
    if precision == "day":
        return first
    unit = {"month": "datetime64[M]", "year": "datetime64[Y]"}[precision]
    return (first.astype(unit) + 1).astype("datetime64[D]") - 1
