"""The map by which an own event list is read: typed, from TOML, never guessed.

Owns the keys of a map and which of them are required. Reading by a map belongs to ``own_csv``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from data.errors import ConfigError
from data.months import month_number
from data.reading import Coverage
from data.schema import DATE_PRECISIONS, EVENT_COLUMNS, KINDS, LOCATION_PRECISIONS
from data.settings import build_settings, closest, read_toml

__all__ = ["CODES", "CoverageMap", "DateMap", "DeathsMap", "EventMap", "build_map", "read_map"]

CODES = {
    "kind": KINDS,
    "date_precision": DATE_PRECISIONS,
    "location_precision": LOCATION_PRECISIONS,
}
_READ_ELSEWHERE = ("source", "release", "date_start", "date_end")
_MAPPABLE = tuple(name for name in EVENT_COLUMNS if name not in _READ_ELSEWHERE)
_NEEDED = ("event_id", "latitude", "longitude", "country", "kind", "location_precision")
_PROBE = datetime(2003, 11, 22)


@dataclass(frozen=True)
class DateMap:
    """The columns of an event's dates.

    Attributes:
        column: Column of the first day; or use year, month and day.
        end_column: Column of the last day; without it, or where empty, the first day.
        format: ``iso`` (YYYY-MM-DD, a time of day allowed) or a format of strptime.
        year: Column of the year.
        month: Column of the month, 1 to 12; without it events are known by year.
        day: Column of the day; without it events are known by month.
    """

    column: str | None = None
    end_column: str | None = None
    format: str = "iso"
    year: str | None = None
    month: str | None = None
    day: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The file's columns that hold dates."""
        named = (self.column, self.end_column, self.year, self.month, self.day)
        return tuple(name for name in named if name)

    @property
    def precision(self) -> str:
        """How exactly dates are known where no column gives their precision."""
        if self.column or self.day:
            return "day"
        return "month" if self.month else "year"


@dataclass(frozen=True)
class DeathsMap:
    """Whether a toll may be unknown: then an empty cell is missing, never 0."""

    may_be_unknown: bool = False


@dataclass(frozen=True)
class CoverageMap:
    """What the list claims to cover; the key ``from`` of the file is ``first`` here.

    Attributes:
        complete: Whether a month without a row means that nothing happened.
        first: First covered month.
        through: Last covered month.
        countries: Covered countries; empty means the whole world.
        since: Country to its first covered month, where that is later than ``first``.
    """

    complete: bool = False
    first: str | None = None
    through: str | None = None
    countries: tuple[str, ...] = ()
    since: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class EventMap:
    """How the columns and words of a list become canonical events.

    Attributes:
        source: Short name of the source.
        columns: Canonical column to the file's column.
        date: The columns of dates.
        release: Release of the source.
        provider: ``ucdp`` accepts rows with low > best or best > high, as UCDP publishes them.
        delimiter: The character between fields.
        decimal: The character before the fraction of degrees; counts of people have none.
        translate: Canonical column to a table of the file's words and their meaning.
        constants: Canonical column to the one value that all rows have.
        deaths: Whether tolls may be unknown.
        coverage: What the list claims to cover.
    """

    source: str
    columns: dict[str, str]
    date: DateMap
    release: str = "unversioned"
    provider: Literal["ucdp"] | None = None
    delimiter: str = ","
    decimal: Literal[".", ","] = "."
    translate: dict[str, dict[str, str]] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    deaths: DeathsMap = field(default_factory=DeathsMap)
    coverage: CoverageMap = field(default_factory=CoverageMap)

    @property
    def wanted(self) -> tuple[str, ...]:
        """The file's columns that the map reads, each once."""
        return tuple(dict.fromkeys((*self.columns.values(), *self.date.columns)))

    def claim(self) -> Coverage:
        """Return the coverage in the form of the store."""
        stated = self.coverage
        return Coverage(
            stated.complete,
            stated.first,
            stated.through,
            stated.countries,
            since=tuple(sorted(stated.since.items())),
        )


def read_map(path: Path) -> EventMap:
    """Read a map from a TOML file.

    Args:
        path: The file.

    Raises:
        ConfigError: The file is absent or no TOML, a key is unknown, missing or of another type,
            or it is not enough to read events.
    """
    return build_map(read_toml(path), where=str(path))


def build_map(table: dict[str, Any], *, where: str) -> EventMap:
    """Build a map from a parsed TOML table.

    Args:
        table: As ``read_toml`` returns it.
        where: What to name in an error.

    Raises:
        ConfigError: As ``read_map``.
    """
    coverage = table.get("coverage")
    if isinstance(coverage, dict):
        table = table | {"coverage": _coverage_keys(coverage, f"{where} [coverage]")}
    event_map = build_settings(EventMap, table, where=where)
    _check_columns(event_map, where)
    _check_codes(event_map, where)
    _check_date(event_map.date, f"{where} [date]")
    _check_coverage(event_map.coverage, f"{where} [coverage]")
    if len(event_map.delimiter) != 1 or event_map.delimiter in '\r\n"':
        raise ConfigError(f"{where} delimiter: expected one character, got {table['delimiter']!r}")
    return event_map


def _coverage_keys(coverage: dict[str, Any], where: str) -> dict[str, Any]:
    """Rename the key ``from``, a keyword of Python, to the field's name."""
    known = ("complete", "from", "through", "countries", "since")
    for key in coverage:
        if key not in known:
            raise ConfigError(f'{where}: unknown key "{key}"{closest(key, known)}')
    return {("first" if key == "from" else key): value for key, value in coverage.items()}


def _check_columns(event_map: EventMap, where: str) -> None:
    _check_names(event_map.columns, f"{where} [columns]")
    _check_names(event_map.constants, f"{where} [constants]")
    _check_names(event_map.translate, f"{where} [translate]")
    needed = list(_NEEDED)
    if not event_map.deaths.may_be_unknown:
        needed.append("deaths_best")
    for name in needed:
        if name not in event_map.columns and name not in event_map.constants:
            raise ConfigError(
                f'{where}: "{name}" is missing: name its column in [columns] or one value for all'
                " rows in [constants]"
            )
    if "event_id" in event_map.constants:
        raise ConfigError(
            f"{where} [constants] event_id: each event needs its own id: name its column in"
            " [columns]"
        )
    both = sorted(set(event_map.columns) & set(event_map.constants))
    if both:
        raise ConfigError(
            f'{where}: "{both[0]}" is both in [columns] and in [constants]: remove one'
        )


def _check_names(names: Iterable[str], where: str) -> None:
    for name in names:
        if name not in _MAPPABLE:
            hint = "dates belong in [date]" if name in _READ_ELSEWHERE else closest(name, _MAPPABLE)
            raise ConfigError(f'{where}: "{name}" is not a column of an event: {hint.lstrip(": ")}')


def _check_codes(event_map: EventMap, where: str) -> None:
    for name, codes in CODES.items():
        stated = dict(event_map.translate.get(name, {}))
        if name in event_map.constants:
            stated["[constants]"] = event_map.constants[name]
        for word, code in stated.items():
            if code not in codes:
                raise ConfigError(
                    f'{where} {name} "{word}": unknown code "{code}"{closest(code, codes)}'
                )


def _check_date(date: DateMap, where: str) -> None:
    parts = date.year or date.month or date.day
    if bool(date.column) == bool(parts) or (parts and not date.year):
        raise ConfigError(f"{where}: expected either column, or year with month and day")
    if date.day and not date.month:
        raise ConfigError(f"{where}: a day needs a month: name the column of the month")
    if parts and date.format != "iso":
        raise ConfigError(
            f"{where} format: only a single column has one: remove it, or use column in place of"
            " year, month and day"
        )
    if date.format != "iso" and not _gives_dates(date.format):
        raise ConfigError(
            f'{where} format: expected iso or a format such as "%d/%m/%Y" with day, month and year,'
            f' got "{date.format}"'
        )


def _gives_dates(form: str) -> bool:
    try:
        return datetime.strptime(_PROBE.strftime(form), form).date() == _PROBE.date()
    except ValueError:
        return False


def _check_coverage(coverage: CoverageMap, where: str) -> None:
    for month in filter(None, (coverage.first, coverage.through, *coverage.since.values())):
        try:
            month_number(month)
        except ConfigError as error:
            raise ConfigError(f"{where}: {error}") from None
    if coverage.first and coverage.through and coverage.first > coverage.through:
        raise ConfigError(f"{where}: from is later than through: give the earlier month first")
    if coverage.complete and not (coverage.first and coverage.through):
        raise ConfigError(f"{where}: complete = true needs from and through")
