"""UCDP GED as Uppsala and HDX publish it: the 49-column layout, the older one, and copies.

Columns are found by name, so their order and additions do not matter. Owns UCDP's codes; what a
release is called and covers belongs to ``data.sources.release_names``, the rules for rows to
``data.sources.own``.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd

from data.errors import SourceError
from data.reading import ReadResult
from data.sources.own.map_words import numbered
from data.sources.own.mapping import CoverageMap, DateMap, EventMap
from data.sources.own.own_csv import read_events
from data.sources.release_names import release_coverage, release_of
from data.tabular.delimited import (
    TAGS_SKIPPED,
    Delimited,
    delimiter_of,
    first_record,
    read_delimited,
)
from data.tabular.table_files import with_decimal_points

__all__ = ["GED_COLUMNS", "header_of", "read_ucdp"]

_COLUMNS = {
    "event_id": "id",
    "date_precision": "date_prec",
    "latitude": "latitude",
    "longitude": "longitude",
    "location_precision": "where_prec",
    "country": "country",
    "admin1": "adm_1",
    "admin2": "adm_2",
    "place": "where_coordinates",
    "kind": "type_of_violence",
    "side_a": "side_a",
    "side_b": "side_b",
    "deaths_low": "low",
    "deaths_best": "best",
    "deaths_high": "high",
    "civilians": "deaths_civilians",
}
_CODES = {
    "kind": "type_of_violence",
    "date_precision": "date_prec",
    "location_precision": "where_prec",
}
_FEW_COUNTRIES = 20
# In the order of the files; source: UCDP GED Codebook and the published files since 21.1.
GED_COLUMNS = (
    "id",
    "relid",
    "year",
    "active_year",
    "code_status",
    "type_of_violence",
    "conflict_dset_id",
    "conflict_new_id",
    "conflict_name",
    "dyad_dset_id",
    "dyad_new_id",
    "dyad_name",
    "side_a_dset_id",
    "side_a_new_id",
    "side_a",
    "side_b_dset_id",
    "side_b_new_id",
    "side_b",
    "number_of_sources",
    "source_article",
    "source_office",
    "source_date",
    "source_headline",
    "source_original",
    "where_prec",
    "where_coordinates",
    "where_description",
    "adm_1",
    "adm_2",
    "latitude",
    "longitude",
    "geom_wkt",
    "priogrid_gid",
    "country",
    "country_id",
    "region",
    "event_clarity",
    "date_prec",
    "date_start",
    "date_end",
    "deaths_a",
    "deaths_b",
    "deaths_civilians",
    "deaths_unknown",
    "best",
    "high",
    "low",
    "gwnoa",
    "gwnob",
)
_SHAPE = {
    "id": re.compile(r"\d+"),
    "year": re.compile(r"(?:19|20)\d\d"),
    "type_of_violence": re.compile(r"[1-4]"),
    "where_prec": re.compile(r"[1-7]"),
    "latitude": re.compile(r"-?\d+(?:\.\d+)?"),
    "longitude": re.compile(r"-?\d+(?:\.\d+)?"),
    "date_start": re.compile(r"\d{4}-\d\d-\d\d.*"),
    "date_end": re.compile(r"\d{4}-\d\d-\d\d.*"),
    "best": re.compile(r"\d+"),
}


def read_ucdp(path: Path, *, release: str | None, limit: float = 0.01) -> ReadResult:
    """Read a file of UCDP GED events.

    Codes: ``type_of_violence`` 1 state-based, 2 non-state, 3 one-sided. ``where_prec`` 1 exact,
    2 near, 3 admin2, 4 admin1, 5 area (a line or an estimated spot), 6 country, 7 area
    (international waters or airspace). ``date_prec`` 1 day, 2 (two to six days) and 3 (a week)
    week, 4 month, 5 (more than a month) year.

    Args:
        path: An official file or a copy as HDX gives it out, plain or compressed.
        release: Such as ``24.1``, ``26.0.8`` or ``26.01.26.06``; None takes it from the name.
        limit: Share of rows, 0 to 1, that may be invalid before the file is refused.

    Returns:
        Events of source ``ucdp``. Rows with low > best or best > high are kept, as published.

    Raises:
        SourceError: The file is refused as a whole, or its release is not known.
        ConfigError: The release is not in a form that UCDP uses.

    Source:
        UCDP GED Codebook, the sections on the variables named above.
    """
    header = header_of(path)
    delimiter = delimiter_of(path)
    table = read_delimited(
        path, required=_layout().wanted, optional=(), delimiter=delimiter, header=header
    )
    table = with_decimal_points(table) if delimiter == ";" else table
    named = release or release_of(path.name)
    if named is None:
        raise SourceError(
            "expected the release of UCDP GED in the file's name, got none: give it, such as"
            " --release 24.1",
            file=path,
        )
    # A copy of HDX has an index column without a name, a row of tags, or both.
    copied = table.header[0] == "" or TAGS_SKIPPED in table.fixed
    first, last = release_coverage(named)
    countries = tuple(sorted(set(table.text["country"].str.strip()) - {""}))
    coverage = CoverageMap(True, first, last, countries if copied and len(countries) == 1 else ())
    event_map = replace(_layout(), release=named, coverage=coverage)
    reading = read_events(_with_plain_ids(table), event_map, limit=limit)
    if header is not None:
        note = "the file has no header row: its columns were read in the official order"
        reading = replace(reading, warnings=(*reading.warnings, note))
    return _checked_for_cuts(reading, len(countries))


def _layout() -> EventMap:
    return EventMap(
        source="ucdp",
        columns=dict(_COLUMNS),
        date=DateMap(column="date_start", end_column="date_end"),
        provider="ucdp",
        translate={name: numbered(column) for name, column in _CODES.items()},
    )


def _with_plain_ids(table: Delimited) -> Delimited:
    """Write ids that a copy turned into decimal numbers (``15960.0``) as whole numbers."""
    ids: pd.Series[str] = table.text["id"].str.strip().str.removesuffix(".0")
    return replace(table, text=table.text.assign(id=ids))


def _checked_for_cuts(reading: ReadResult, countries: int) -> ReadResult:
    """Warn of a release of the world with few countries."""
    reading = replace(reading, parts=False)
    if reading.coverage.countries or countries >= _FEW_COUNTRIES:
        return reading
    warning = (
        f"only {countries} countries have events, yet the release covers the world: if rows were"
        " removed, read the file with `ingest csv` and a map that names its countries"
    )
    return replace(reading, warnings=(*reading.warnings, warning))


def header_of(path: Path) -> tuple[str, ...] | None:
    """Return the official column names where a file begins with a row in the official layout.

    Args:
        path: Delimited by commas, plain or compressed.

    Returns:
        The 49 names; None where the first line is something else, such as a header.

    Raises:
        SourceError: The file cannot be opened.
    """
    first = first_record(path)
    if len(first) != len(GED_COLUMNS):
        return None
    cells = dict(zip(GED_COLUMNS, first, strict=True))
    fits = all(shape.fullmatch(cells[name]) for name, shape in _SHAPE.items())
    return GED_COLUMNS if fits else None
