"""The country-month history behind the windows of the VIEWS challenge, from the files of a folder.

State-based deaths come from the country-month file up to the October before the first window, and
from the November of the year before that on from the challenge's own files: the conflictology
benchmark of a window holds each country's own last twelve months in order, the actuals the window.
Other kinds come from the country-month file as far as it goes. What no file holds is unknown. A
country lies at its capital; the challenge has no borders, so its neighbours are the countries with
the nearest capitals.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from data.errors import ConfigError, SourceError
from data.regions.countries import country_of, country_of_views
from data.regions.geodesy import unit_vectors
from data.regions.neighbours import join_neighbours
from data.schema import DEATHS, OBSERVED, REGION_COLUMNS, STATUSES, kind_measure
from data.sources.views.files import challenge_month, month_of, read_actuals, read_draws
from data.tabular.delimited import read_delimited
from data.tabular.table_files import read_number_columns
from data.workspace import CHALLENGE_VARIABLE

__all__ = [
    "NEAREST",
    "STATE_BASED",
    "ChallengeHistory",
    "challenge_folder",
    "challenge_regions",
    "challenge_windows",
    "read_challenge_history",
]

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

STATE_BASED = kind_measure(DEATHS, "state-based")
_COUNTRY_MONTHS = "ucdp_ged241_country_months_1989_2020-10.csv.gz"
_KINDS = {
    STATE_BASED: "sb_fatalities",
    kind_measure(DEATHS, "non-state"): "ns_fatalities",
    kind_measure(DEATHS, "one-sided"): "osv_fatalities",
}
_ACTUALS = re.compile(r"actuals_(\d{4})\.parquet")
_YEAR = 12
# About as many as a country has land neighbours on average.
NEAREST = 4


@dataclass(frozen=True)
class ChallengeHistory:
    """Known deaths of every country of the challenge and month.

    Attributes:
        regions: Region table with the columns of ``REGION_COLUMNS``; ids are VIEWS country ids.
        months: Text months without a gap, 1989 to the last month of the last window.
        measures: Measure name to (regions, months), counts a month; NaN where not known.
        status: (regions, months) int8, positions in ``data.schema.STATUSES``: observed where
            state-based deaths are known.
        windows: Years of the windows whose actuals are there.
        pooled: Ids of countries that the country-month file lacks: they have just the twelve months
            of the challenge's own files.
        folder: Folder of the challenge's own files.
    """

    regions: pd.DataFrame
    months: tuple[str, ...]
    measures: Mapping[str, Floats]
    status: npt.NDArray[np.int8]
    windows: tuple[int, ...]
    pooled: tuple[str, ...]
    folder: Path


def challenge_folder(named: Path | None) -> Path:
    """Return the folder of the challenge's files, once it is known to hold them.

    Args:
        named: As ESCALATION_CHALLENGE or the settings name it; None where nothing does.

    Raises:
        ConfigError: No folder is named, or it lacks the files.
    """
    advice = (
        f"set {CHALLENGE_VARIABLE}, or folder in [challenge] of escalation.toml, to the folder that"
        f" holds views_challenge/ and {_COUNTRY_MONTHS}"
    )
    if named is None:
        raise ConfigError(f"no folder is named for the files of the VIEWS challenge: {advice}")
    for needed in (named / "views_challenge", named / _COUNTRY_MONTHS):
        if not needed.exists():
            raise ConfigError(f"{needed} does not exist: {advice}")
    return named


def challenge_windows(folder: Path) -> tuple[int, ...]:
    """Return the years whose actuals lie in a folder, ascending.

    Raises:
        SourceError: There are none.
    """
    matches = (_ACTUALS.fullmatch(path.name) for path in folder.glob("actuals_*.parquet"))
    years = sorted(int(match[1]) for match in matches if match)
    if not years:
        raise SourceError(
            "expected files actuals_YYYY.parquet, got none: fetch the challenge's files",
            file=folder,
        )
    return tuple(years)


def read_challenge_history(folder: Path) -> ChallengeHistory:
    """Read the history from the files of a folder.

    Args:
        folder: Holds the country-month file and ``views_challenge/``; from ``challenge_folder``.

    Raises:
        SourceError: A file is absent or damaged, or two files contradict each other.
    """
    challenge = folder / "views_challenge"
    windows = challenge_windows(challenge)
    regions, ids = challenge_regions(challenge / "country_list.csv")
    start = challenge_month("1989-01")
    end = challenge_month(f"{windows[-1]}-12")
    shape = (len(ids), end - start + 1)
    until = challenge_month(f"{windows[0] - 1}-10")
    measures, held = _country_months(folder / _COUNTRY_MONTHS, ids, start, shape)
    measures[STATE_BASED][:, until - start + 1 :] = np.nan
    own = _own_months(challenge, windows, ids, start, shape)
    measures[STATE_BASED] = np.where(np.isnan(own), measures[STATE_BASED], own)
    known = np.isfinite(measures[STATE_BASED])
    codes = STATUSES.index("not_covered"), STATUSES.index(OBSERVED)
    return ChallengeHistory(
        regions=regions,
        months=tuple(month_of(month) for month in range(start, end + 1)),
        measures={**measures, DEATHS: np.sum(list(measures.values()), axis=0)},
        status=np.where(known, codes[1], codes[0]).astype(np.int8),
        windows=windows,
        pooled=tuple(regions["region_id"][~held]),
        folder=challenge,
    )


def _country_months(
    path: Path, ids: Whole, start: int, shape: tuple[int, int]
) -> tuple[dict[str, Floats], npt.NDArray[np.bool_]]:
    """Return deaths by kind, and which countries the file has."""
    table = read_number_columns(path, required=("month_id", "views_country_id", *_KINDS.values()))
    for column in _KINDS.values():
        table.refuse_where(table.values[column] < 0, "expected a count >= 0", column)
    units = table.values["views_country_id"].astype(np.int64)
    months = table.values["month_id"].astype(np.int64)
    repeated = pd.Series(units << 32 | months).duplicated().to_numpy()
    table.refuse_where(repeated, "duplicate key: expected every country and month once", "month_id")
    measures = {
        measure: _placed(path, months, units, table.values[column], ids, start, shape)
        for measure, column in _KINDS.items()
    }
    return measures, np.isin(ids, units)


def _own_months(
    folder: Path, windows: tuple[int, ...], ids: Whole, start: int, shape: tuple[int, int]
) -> Floats:
    """Return state-based deaths of the months in the challenge's own files."""
    own = np.full(shape, np.nan)
    for year in windows:
        actuals = read_actuals(folder / f"actuals_{year}.parquet")
        parts = [(actuals.file, actuals.months, actuals.units, actuals.observed)]
        before = folder / f"bm_conflictology_{year}.parquet"
        if before.exists():
            parts.append(_last_twelve(before, year))
        for path, months, units, values in parts:
            deaths = _placed(path, months, units, values, ids, start, shape)
            differ = np.isfinite(own) & np.isfinite(deaths) & (own != deaths)
            if differ.any():
                row, column = np.argwhere(differ)[0]
                raise SourceError(
                    f"expected {own[row, column]:g} deaths in country {ids[row]} in"
                    f" {month_of(start + column)} as in another file of the folder, got"
                    f" {deaths[row, column]:g}: fetch the challenge's files again",
                    file=path,
                )
            own = np.where(np.isfinite(deaths), deaths, own)
    return own


def _last_twelve(path: Path, year: int) -> tuple[Path, Whole, Whole, Floats]:
    """Return the twelve months that are the draws of a conflictology benchmark, in order."""
    forecast = read_draws(path)
    if forecast.draws.shape[1] != _YEAR:
        raise SourceError(f"expected 12 draws a row, got {forecast.draws.shape[1]}", file=path)
    first = forecast.months == forecast.months.min()
    units = np.repeat(forecast.units[first], _YEAR)
    begins = challenge_month(f"{year - 2}-11")
    months = np.tile(np.arange(begins, begins + _YEAR), int(first.sum()))
    return path, months, units, forecast.draws[first].ravel()


def _placed(
    path: Path,
    months: Whole,
    units: Whole,
    values: Floats,
    ids: Whole,
    start: int,
    shape: tuple[int, int],
) -> Floats:
    """Return values as (regions, months); months outside the panel are left out."""
    rows = pd.Index(ids).get_indexer(pd.Index(units))
    if (rows < 0).any():
        unknown = units[rows < 0][0]
        raise SourceError(f"country {unknown} is not in country_list.csv: add it there", file=path)
    inside = (months >= start) & (months < start + shape[1])
    out = np.full(shape, np.nan)
    out[rows[inside], months[inside] - start] = values[inside]
    return out


def challenge_regions(path: Path) -> tuple[pd.DataFrame, npt.NDArray[np.int64]]:
    """Read the challenge's list of countries.

    Args:
        path: CSV with ``country_id`` (a whole number) and ``name``.

    Returns:
        Columns of ``REGION_COLUMNS``, sorted by ``region_id`` (the number as text), and the
        numbers in that order.

    Raises:
        SourceError: The file cannot be read, or an id is not a whole number or is repeated.
    """
    text = read_delimited(path, required=("country_id", "name"), optional=()).text
    wrong = [cell for cell in text["country_id"] if not cell.isdecimal()]
    if wrong:
        raise SourceError(f'expected a whole number, got "{wrong[0]}"', file=path)
    by_id = {
        str(int(cell)): name for cell, name in zip(text["country_id"], text["name"], strict=True)
    }
    if len(by_id) < len(text):
        raise SourceError("duplicate country_id: keep one of the rows", file=path)
    region_ids = sorted(by_id)
    names = [by_id[region_id] for region_id in region_ids]
    known = [
        country_of(name) or country_of_views(int(region_id))
        for name, region_id in zip(names, region_ids, strict=True)
    ]
    latitude = np.array([c.latitude if c else np.nan for c in known])
    longitude = np.array([c.longitude if c else np.nan for c in known])
    table = pd.DataFrame(
        {
            "region_id": region_ids,
            "region": names,
            "country": [c.country if c else n for c, n in zip(known, names, strict=True)],
            "latitude": latitude,
            "longitude": longitude,
            "area_km2": np.nan,
            "neighbours": join_neighbours(region_ids, _nearest(latitude, longitude)),
        },
        columns=list(REGION_COLUMNS),
    )
    texts = ("region_id", "region", "country", "neighbours")
    return table.astype(dict.fromkeys(texts, "str")), np.array(region_ids, dtype=np.int64)


def _nearest(
    latitude: npt.NDArray[np.float64], longitude: npt.NDArray[np.float64]
) -> npt.NDArray[np.intp]:
    """Return pairs (2, pairs) of each capital and the nearest ones, in both directions."""
    placed = np.flatnonzero(np.isfinite(latitude) & np.isfinite(longitude))
    points = unit_vectors(latitude[placed], longitude[placed])
    count = min(NEAREST + 1, len(placed))
    _, nearest = cKDTree(points).query(points, k=range(1, count + 1))
    rows = np.repeat(np.arange(len(placed)), count)
    pairs = np.stack([rows, nearest.ravel()])
    pairs = pairs[:, pairs[0] != pairs[1]]
    return np.unique(placed[np.hstack([pairs, pairs[::-1]])], axis=1)
