"""Countries: the project's table and a user's over it, and one key for every spelling of a name.

Owns ``samples/countries.csv``: a country as UCDP writes it, its ISO codes, Gleditsch-Ward number
and VIEWS id, plain name, other names, territories whose events UCDP counts to it, the first month
as a state of its own (where that is after 1989) and its capital. Regions belong to
``data.regions.regions``.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.errors import SourceError
from data.files import SAMPLES
from data.tabular.table_files import read_table_file, unused_columns
from data.tabular.validation import (
    Faults,
    Place,
    decode_columns,
    fault_rows,
    refuse_above,
    torn_rows,
)
from data.tabular.values import Parser, folded, parse_latitude, parse_longitude, parse_month
from data.workspace import COUNTRIES_VARIABLE

__all__ = [
    "Country",
    "capitals",
    "countries",
    "country_key",
    "country_keys",
    "country_of",
    "country_of_iso2",
    "country_of_views",
    "own_table",
    "place_key",
    "unread_in_countries",
    "with_user_table",
]

Floats = npt.NDArray[np.float64]

_CODES = ("gw", "views")
_LISTS = ("other_names", "territories")
_MISSING = "NA"
_OPTIONAL = ("iso2", *_CODES, "country", "name", *_LISTS, "since", "latitude", "longitude")


@dataclass(frozen=True)
class Country:
    """One state as UCDP counts states.

    Attributes:
        iso3: ISO 3166-1 code of three letters (XKX for Kosovo, which has none).
        iso2: ISO 3166-1 code of two letters; empty where a user's table gives none.
        gw: Gleditsch-Ward number; None where a user's table gives none.
        views: VIEWS country id; None for the four states that VIEWS leaves out.
        country: Name as UCDP GED writes it.
        name: Plain name for tables and pages.
        other_names: Further spellings.
        territories: Places whose events UCDP counts to this country.
        since: First month as a state of its own; None where that is before 1989.
        latitude: Of the capital, degrees; NaN where a user's table gives none.
        longitude: Of the capital, degrees; NaN where a user's table gives none.
    """

    iso3: str
    iso2: str
    gw: int | None
    views: int | None
    country: str
    name: str
    other_names: tuple[str, ...]
    territories: tuple[str, ...]
    since: str | None
    latitude: float
    longitude: float

    @property
    def spellings(self) -> tuple[str, ...]:
        """All names and codes of this country, the Gleditsch-Ward number as text included.

        Namibia's NA is none of them: in tables of rows it more often stands for a missing value.
        """
        number = () if self.gw is None else (str(self.gw),)
        short = (self.iso2,) if self.iso2 not in ("", _MISSING) else ()
        names = (self.country, self.name, *self.other_names, *self.territories)
        return (self.iso3, *short, *number, *names)


def countries() -> tuple[Country, ...]:
    """Return all countries, sorted by ISO3 code: the project's own, with a user's table over them.

    The user's table is the file that ``ESCALATION_COUNTRIES`` names; the command line sets it from
    ``[panel] countries``, so that worker processes read the same.
    """
    return _read(_user_table())


def country_key(name: object) -> str:
    """Return one key for all spellings of a country.

    Case, accents, Unicode form and surplus spaces never matter.

    Args:
        name: A name, an ISO code of two or three letters or a Gleditsch-Ward number in digits; None
            or NaN counts as no name.

    Returns:
        The ISO3 code; for a name that is not in the table the name itself in small letters
        without accents; empty where there is no name.

    Example:
        >>> country_key("Côte d’Ivoire "), country_key("437"), country_key("Atlantis")
        ('CIV', 'CIV', 'atlantis')
    """
    if not isinstance(name, str):
        return ""
    plain = _plain(name)
    return _spellings(_user_table()).get(plain, plain)


def country_keys(names: Iterable[object]) -> npt.NDArray[np.object_]:
    """Return the key of every name, (names,); each distinct spelling is looked up once."""
    codes, spellings = pd.factorize(np.asarray(pd.Series(names, dtype=object)))
    keys = np.array([*map(country_key, spellings), ""], dtype=object)
    return np.asarray(keys[codes])


def country_of(name: object) -> Country | None:
    """Return the table's entry for a name or a code; None where there is none."""
    key = country_key(name)
    return next((country for country in countries() if country.iso3 == key), None)


def place_key(name: object) -> str:
    """Return the key of a country, but for a territory within one its own name.

    Example:
        >>> place_key("France"), place_key("Guadeloupe")
        ('FRA', 'guadeloupe')
    """
    country = country_of(name)
    plain = _plain(name) if isinstance(name, str) else ""
    inner = country is not None and plain in map(_plain, country.territories)
    return plain if inner else country_key(name)


def capitals(names: Iterable[object]) -> tuple[Floats, Floats]:
    """Return latitude and longitude of each country's capital, (names,) degrees; NaN if unknown."""
    codes, spellings = pd.factorize(np.asarray(pd.Series(names, dtype=object)))
    owners = [*map(country_of, spellings), None]
    points = np.array([(c.latitude, c.longitude) if c else (np.nan, np.nan) for c in owners])
    return points[codes, 0], points[codes, 1]


def country_of_views(number: int) -> Country | None:
    """Return the country of a VIEWS country id; None where there is none.

    Example:
        >>> country_of_views(50).iso3
        'MLI'
    """
    return next((country for country in countries() if country.views == number), None)


def country_of_iso2(code: str) -> Country | None:
    """Return the country of an ISO 3166-1 code of two letters, NA among them; None for others.

    Example:
        >>> country_of_iso2("na").iso3, country_of_iso2("Mali")
        ('NAM', None)
    """
    wanted = code.upper() or None
    return next((country for country in countries() if country.iso2 == wanted), None)


def own_table() -> tuple[Country, ...]:
    """Return the project's own countries, sorted by ISO3 code.

    Source:
        Names after the UCDP GED codebook; numbers after Gleditsch and Ward (1999), "A revised
        list of independent states since the Congress of Vienna", International Interactions 25;
        ids after the VIEWS 2023/24 Prediction Challenge.
    """
    with (SAMPLES / "countries.csv").open(encoding="utf-8", newline="") as stream:
        return tuple(_country(row) for row in csv.DictReader(stream))


def with_user_table(path: Path, base: tuple[Country, ...]) -> tuple[Country, ...]:
    """Return countries with those of a user's table added or replaced.

    Args:
        path: CSV with ``iso3`` and any other column of the project's own table. For a known
            country an empty cell keeps what is known, and names are added to its own.
        base: Countries to begin from.

    Raises:
        SourceError: A cell breaks a rule, a code or a spelling is repeated, or a new country has
            no name.
        SchemaError: The column iso3 is absent.
    """
    table = read_table_file(path, required=("iso3",), optional=_OPTIONAL)
    place = Place(path, table.lines)
    known = {country.iso3: country for country in base}
    rows, faults = _typed(table.text.astype("str"), set(known))
    faults += torn_rows(table, {"latitude", "longitude", *_CODES})
    refuse_above(0.0, faults, place=place)
    given = [_merged(row, known.get(str(row["iso3"]))) for row in rows]
    _refuse_shared(given, place)
    return tuple(sorted((known | {c.iso3: c for c in given}).values(), key=lambda c: c.iso3))


def unread_in_countries(path: Path) -> tuple[str, ...]:
    """Return a sentence that names columns that are not read, if there are any."""
    return unused_columns(path, ("iso3", *_OPTIONAL))


def _typed(text: pd.DataFrame, known: set[str]) -> tuple[list[dict[str, Any]], list[Faults]]:
    parsers: dict[str, Parser] = {
        "iso3": _iso3,
        **dict.fromkeys(_CODES, partial(_optional, parse=_number)),
        "since": partial(_optional, parse=parse_month),
        "latitude": partial(_optional, parse=parse_latitude),
        "longitude": partial(_optional, parse=parse_longitude),
    }
    values, faults = decode_columns(
        text, {name: (parse, "object") for name, parse in parsers.items()}
    )
    codes = pd.Series(values["iso3"])
    repeated = codes.duplicated().to_numpy()
    faults.append(
        fault_rows(
            repeated,
            column="iso3",
            rule="duplicate key: give each country one row",
            value=text["iso3"],
        )
    )
    named = values.get("country", np.full(len(codes), "", dtype=object))
    nameless = ~codes.isin(known).to_numpy() & (named == "")
    rule = "a country that the built-in table lacks needs a name in the column country"
    faults.append(fault_rows(nameless, column="iso3", rule=rule, value=text["iso3"]))
    rows = [{name: values[name][row] for name in values} for row in range(len(text))]
    return rows, faults


def _merged(row: Mapping[str, Any], known: Country | None) -> Country:
    """Return a country as its row gives it; empty cells keep what is known."""
    given = {name: value for name, value in row.items() if value not in ("", None)}
    for name in _LISTS:
        listed = tuple(filter(None, map(str.strip, str(row.get(name, "")).split(";"))))
        given[name] = (*(getattr(known, name) if known else ()), *listed)
    nothing = {
        "iso2": "",
        "gw": None,
        "views": None,
        "since": None,
        "latitude": np.nan,
        "longitude": np.nan,
    }
    before = dict(vars(known)) if known else {**nothing, "name": row["country"]}
    if known and "country" in given:
        given["other_names"] = (*given["other_names"], known.country)
    return Country(**{**before, **given})


def _refuse_shared(given: list[Country], place: Place) -> None:
    owner: dict[str, str] = {}
    for line, country in zip(place.lines, given, strict=True):
        for spelling in {name.casefold() for name in country.spellings}:
            if owner.setdefault(spelling, country.iso3) != country.iso3:
                raise SourceError(
                    f'the name "{spelling}" belongs to {owner[spelling]} and to {country.iso3}:'
                    " remove it from one of them",
                    file=place.file,
                    line=int(line),
                )


def _iso3(cell: str) -> str:
    if not re.fullmatch("[A-Z]{3}", cell.strip()):
        raise ValueError("must be three capital letters")
    return cell.strip()


def _number(cell: str) -> int:
    if not cell.strip().isdecimal():
        raise ValueError("must be a whole number")
    return int(cell)


def _optional(cell: str, parse: Parser) -> object:
    return parse(cell) if cell.strip() else None


def _country(row: dict[str, str]) -> Country:
    return Country(
        iso3=row["iso3"],
        iso2=row["iso2"],
        gw=int(row["gw"]),
        views=int(row["views"]) if row["views"] else None,
        country=row["country"],
        name=row["name"],
        other_names=tuple(filter(None, row["other_names"].split(";"))),
        territories=tuple(filter(None, row["territories"].split(";"))),
        since=row["since"] or None,
        latitude=float(row["latitude"]),
        longitude=float(row["longitude"]),
    )


@cache
def _read(path: str) -> tuple[Country, ...]:
    return with_user_table(Path(path), own_table()) if path else own_table()


def _user_table() -> str:
    return os.environ.get(COUNTRIES_VARIABLE, "")


@cache
def _spellings(path: str) -> dict[str, str]:
    # What a user's table says comes last and wins: it may take a territory from a country.
    own = set(own_table())
    ordered = sorted(_read(path), key=lambda country: country not in own)
    return {_plain(name): country.iso3 for country in ordered for name in country.spellings}


def _plain(name: str) -> str:
    return " ".join(folded(name.replace("’", "'").replace("‘", "'")).split())
