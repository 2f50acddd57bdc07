"""The official layout of UCDP GED, which some releases are published in without a header row."""

from __future__ import annotations

import re
from pathlib import Path

from data.tabular.delimited import first_record

__all__ = ["GED_COLUMNS", "header_of"]

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


def header_of(path: Path) -> tuple[str, ...] | None:
    """Return the official names where a file begins with a row of the official shape.

    Args:
        path: Delimited by commas, plain or compressed.

    Returns:
        The 49 names; None where the first line is anything else, such as a header.

    Raises:
        SourceError: The file cannot be opened.
    """
    first = first_record(path)
    if len(first) != len(GED_COLUMNS):
        return None
    cells = dict(zip(GED_COLUMNS, first, strict=True))
    fits = all(shape.fullmatch(cells[name]) for name, shape in _SHAPE.items())
    return GED_COLUMNS if fits else None
