"""HDX HAPI's conflict events as CSV: yearly files, or the pages of one query.

The API truncates a page at 10,000 rows without notice, so a page of exactly that length must be
followed by a shorter one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from data.errors import SourceError
from data.regions.countries import country_of
from data.schema import DEATHS, EVENTS
from data.sources.figures.aggregate_rows import Part
from data.tabular.delimited import Delimited, delimiter_of, read_delimited

__all__ = ["HAPI_COLUMNS", "PAGE_ROWS", "read_hapi_pages"]

PAGE_ROWS = 10_000
HAPI_COLUMNS = {
    "iso3": "location_code",
    "level": "admin_level",
    "event_type": "event_type",
    EVENTS: "events",
    DEATHS: "fatalities",
    "month": "reference_period_start",
}
_OPTIONAL = (
    "location_name",
    *("admin1_code", "admin1_name", "admin2_code", "admin2_name"),
    *("provider_admin1_name", "provider_admin2_name", "reference_period_end", "error"),
)


def read_hapi_pages(paths: Sequence[Path]) -> list[Part]:
    """Read yearly files or pages, in their order.

    Args:
        paths: CSV files with the columns of HAPI, with or without a row of HXL tags.

    Raises:
        SourceError: A file is refused, or a page of 10,000 rows is the last one.
    """
    pages = [_read(path, alone=len(paths) == 1) for path in paths]
    if len(pages[-1].lines) == PAGE_ROWS:
        raise SourceError(
            f"the file holds exactly {PAGE_ROWS:,} rows, at which the provider truncates a page"
            " without notice: fetch the next page (offset) too and give all pages together",
            file=paths[-1],
            line=int(pages[-1].lines[-1]),
        )
    labels = [f"{path.name}!" if len(paths) > 1 else "" for path in paths]
    return [
        _part(page, label) for page, label in zip(pages, labels, strict=True) if len(page.lines)
    ]


def _read(path: Path, *, alone: bool) -> Delimited:
    """Read a page; the last one of several may be empty."""
    required = tuple(HAPI_COLUMNS.values())
    return read_delimited(
        path,
        required=required,
        optional=_OPTIONAL,
        delimiter=delimiter_of(path),
        allow_empty=not alone,
    )


def _part(table: Delimited, label: str) -> Part:
    text = table.text
    blank = pd.Series("", index=text.index, dtype="str")
    own = {name: text.get(name, blank) for name in _OPTIONAL}
    columns = {name: text[column] for name, column in HAPI_COLUMNS.items()}
    columns["country"] = _country_names(text["location_code"], own["location_name"])
    for level in ("admin1", "admin2"):
        columns[f"{level}_id"] = own[f"{level}_code"]
        named, provider = own[f"{level}_name"], own[f"provider_{level}_name"]
        columns[level] = named.where(named.str.strip() != "", provider)
    columns["month"] = _months(text["reference_period_start"], own["reference_period_end"])
    return Part(replace(table, text=pd.DataFrame(columns)), label, dict(HAPI_COLUMNS))


def _months(start: pd.Series[str], end: pd.Series[str]) -> pd.Series[str]:
    """Return the month of a period of one month; another period unchanged, to be refused."""
    first, last = start.str.strip().str[:7], end.str.strip().str[:7]
    one = (last == "") | (first == last)
    return first.where(one, start + " to " + end)


def _country_names(codes: pd.Series[str], given: pd.Series[str]) -> pd.Series[str]:
    """Return the country's name: from the table of countries, otherwise as given or its code."""
    known = {code: country_of(code.strip()) for code in codes.unique()}
    names = {code: country.country if country else "" for code, country in known.items()}
    names_of_codes = codes.map(names).astype("str")
    plain = given.where(given.str.strip() != "", codes)
    return names_of_codes.where(names_of_codes != "", plain)
