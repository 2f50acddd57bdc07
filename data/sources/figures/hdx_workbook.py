"""HDX's monthly Excel files of political violence, attacks on civilians and demonstrations.

Sheets are identified by their header, never by their position: terms of use may come first.
"""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.errors import SourceError
from data.regions.countries import country_of, place_key
from data.schema import DEATHS, EVENTS
from data.sources.figures.aggregate_rows import HDX_TYPES, Part
from data.tabular.delimited import Delimited
from data.tabular.workbooks import cell_text, sheets_of

__all__ = ["as_of_name", "read_workbook", "type_of_name"]

_NAMES = {
    "country": "Country",
    "iso3": "ISO3",
    "admin1": "Admin1",
    "admin1_id": "Admin1 Pcode",
    "admin2": "Admin2",
    "admin2_id": "Admin2 Pcode",
    "month": "Month",
    "year": "Year",
    EVENTS: "Events",
    DEATHS: "Fatalities",
}
_NEEDED = ("Country", "Month", "Year", "Events")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
_AS_OF = re.compile(r"as.of.(\d{4}-\d{2}-\d{2}|\d{1,2}[a-z]{3}\d{4})", re.IGNORECASE)
_HEADER_ROWS = 20

Row = tuple[int, tuple[Any, ...]]


def type_of_name(name: str) -> str | None:
    """Return the event type in a file's name, or None.

    Example:
        >>> type_of_name("political-violence-events-and-fatalities-as-of-2025-01-10.xlsx")
        'political_violence'
    """
    plain = re.sub(r"[^a-z]+", "_", name.lower())
    kinds = [kind for kind in HDX_TYPES if kind in plain]
    return kinds[0] if len(kinds) == 1 else None


def as_of_name(name: str) -> str | None:
    """Return the as-of day (YYYY-MM-DD) in a file's name, or None.

    Example:
        >>> as_of_name("demonstration_events_as-of-10jan2025.xlsx")
        '2025-01-10'
    """
    match = _AS_OF.search(name)
    for form in ("%Y-%m-%d", "%d%b%Y") if match else ():
        try:
            return datetime.strptime(match[1], form).date().isoformat() if match else None
        except ValueError:
            continue
    return None


def read_workbook(path: Path, event_type: str) -> list[Part]:
    """Read every sheet that has a header of counts a month.

    Args:
        path: An Excel workbook (.xlsx).
        event_type: What it counts; only the file's name may give it.

    Raises:
        SourceError: The workbook is damaged, unpacks beyond the limits or has no such sheet.
    """
    parts, others = [], []
    for title, rows in sheets_of(path).items():
        header = _header(rows)
        if header is None:
            others.append(title)
        else:
            parts.append(_part(path, title, rows[header], rows[header + 1 :], event_type))
    if not any(len(part.table.lines) for part in parts):
        raise SourceError(
            f"expected a sheet with rows under the columns {', '.join(_NEEDED)}, got only the"
            f" sheets {', '.join(others)}",
            file=path,
            line=1,
        )
    return [part for part in parts if len(part.table.lines)]


def _header(rows: list[Row]) -> int | None:
    """Return the position of the first row that names the columns, or None."""
    for place, (_, cells) in enumerate(rows[:_HEADER_ROWS]):
        if set(_NEEDED) <= {cell_text(cell).strip() for cell in cells}:
            return place
    return None


def _part(path: Path, title: str, header: Row, rows: list[Row], event_type: str) -> Part:
    names = [cell_text(cell).strip() for cell in header[1]]
    twice = sorted(name for name in _NAMES.values() if names.count(name) > 1)
    if twice:
        raise SourceError(
            f'duplicate column "{twice[0]}": the header has it {names.count(twice[0])} times;'
            " give each column its own name",
            file=path,
            line=header[0],
            column=f"{title}!{twice[0]}",
        )
    places = {name: names.index(own) for name, own in _NAMES.items() if own in names}
    text = _columns(places, rows)
    text = text.assign(
        iso3=_codes(text["country"], text["iso3"]),
        month=_months(text["month"], text["year"]),
        level="2" if "admin2" in places else "1" if "admin1" in places else "0",
        event_type=event_type,
    ).drop(columns="year")
    lines = np.array([number for number, _ in rows], dtype=np.int64)
    whole = np.zeros(len(rows), dtype=bool)
    return Part(Delimited(path, tuple(names), text, lines, whole, True), f"{title}!", dict(_NAMES))


def _columns(places: dict[str, int], rows: list[Row]) -> pd.DataFrame:
    """Return all columns of ``_NAMES`` as text; those that the sheet lacks are empty."""
    columns = {
        name: [cell_text(cells[place]) if place < len(cells) else "" for _, cells in rows]
        for name, place in places.items()
    }
    blank = dict.fromkeys((name for name in _NAMES if name not in places), "")
    return pd.DataFrame(columns, index=range(len(rows)), dtype="str").assign(**blank)


def _months(names: pd.Series[str], years: pd.Series[str]) -> pd.Series[str]:
    """Return months as YYYY-MM; what is not an English name of a month stays unchanged."""
    numbers = {name.lower(): f"{number:02d}" for number, name in enumerate(_MONTHS, start=1)}
    month = names.map(lambda name: numbers.get(name.strip().lower(), name))
    return (years.str.strip() + "-" + month).astype("str")


def _codes(countries: pd.Series[str], given: pd.Series[str]) -> pd.Series[str]:
    """Return ISO3 codes: as given, otherwise by the country's name, otherwise the name itself.

    A territory within a country stands alone under its name.
    """
    known = {name: country_of(name) for name in countries.unique()}
    codes = {
        name: country.iso3 if country and country.iso3 == place_key(name) else name.strip()
        for name, country in known.items()
    }
    return given.where(given.str.strip() != "", countries.map(codes).astype("str"))
