"""Country names: one key for every way in which sources and polygons write a country.

Owns the table ``samples/countries.csv``: a country as UCDP writes it, its Gleditsch-Ward number,
ISO3 code, plain name, other names, territories whose events UCDP counts to it, the first month as
a state of its own (where that is after 1989) and its capital. Regions belong to ``data.regions``.
"""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["Country", "countries", "country_key", "country_keys", "country_of"]

_TABLE = Path(__file__).parent / "samples" / "countries.csv"


@dataclass(frozen=True)
class Country:
    """One state as UCDP counts states.

    Attributes:
        iso3: ISO 3166-1 code of three letters (XKX for Kosovo, which has none).
        gw: Gleditsch-Ward number.
        country: Name as UCDP GED writes it.
        name: Plain name for tables and pages.
        other_names: Further spellings.
        territories: Places whose events UCDP counts to this country.
        since: First month as a state of its own; None where that is before 1989.
        latitude: Of the capital, degrees.
        longitude: Of the capital, degrees.
    """

    iso3: str
    gw: int
    country: str
    name: str
    other_names: tuple[str, ...]
    territories: tuple[str, ...]
    since: str | None
    latitude: float
    longitude: float


@cache
def countries() -> tuple[Country, ...]:
    """Return all countries, sorted by ISO3 code.

    Source:
        Names after the UCDP GED codebook; numbers after Gleditsch and Ward (1999), "A revised
        list of independent states since the Congress of Vienna", International Interactions 25.
    """
    with _TABLE.open(encoding="utf-8", newline="") as stream:
        return tuple(_country(row) for row in csv.DictReader(stream))


def country_key(name: object) -> str:
    """Return one key for all spellings of a country.

    Case, accents, Unicode form and surplus spaces never matter.

    Args:
        name: A name or an ISO3 code; None or NaN counts as no name.

    Returns:
        The ISO3 code; for a name that is not in the table the name itself in small letters
        without accents; empty where there is no name.

    Example:
        >>> country_key("Côte d’Ivoire "), country_key("Ivory Coast"), country_key("Atlantis")
        ('CIV', 'CIV', 'atlantis')
    """
    if not isinstance(name, str):
        return ""
    plain = _plain(name)
    return _spellings().get(plain, plain)


def country_keys(names: Iterable[object]) -> npt.NDArray[np.object_]:
    """Return the key of every name, (names,); each distinct spelling is looked up once."""
    codes, spellings = pd.factorize(np.asarray(pd.Series(names, dtype=object)))
    keys = np.array([*map(country_key, spellings), ""], dtype=object)
    return np.asarray(keys[codes])


def country_of(name: object) -> Country | None:
    """Return the table's entry for a name or an ISO3 code; None where there is none."""
    key = country_key(name)
    return next((country for country in countries() if country.iso3 == key), None)


@cache
def _spellings() -> dict[str, str]:
    return {
        _plain(spelling): country.iso3
        for country in countries()
        for spelling in (
            country.iso3,
            country.country,
            country.name,
            *country.other_names,
            *country.territories,
        )
    }


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.replace("’", "'").replace("‘", "'"))
    kept = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(kept.casefold().split())


def _country(row: dict[str, str]) -> Country:
    return Country(
        iso3=row["iso3"],
        gw=int(row["gw"]),
        country=row["country"],
        name=row["name"],
        other_names=tuple(filter(None, row["other_names"].split(";"))),
        territories=tuple(filter(None, row["territories"].split(";"))),
        since=row["since"] or None,
        latitude=float(row["latitude"]),
        longitude=float(row["longitude"]),
    )
