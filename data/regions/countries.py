"""Country names: one key for every way in which sources and polygons write a country.

The table itself belongs to ``data.regions.country_table``, regions to ``data.regions.regions``.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.regions.country_table import Country, own_table, with_user_table
from data.workspace import COUNTRIES_VARIABLE

__all__ = [
    "Country",
    "countries",
    "country_key",
    "country_keys",
    "country_of",
    "country_of_views",
]


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
        name: A name, an ISO3 code or a Gleditsch-Ward number in digits; None or NaN counts as no
            name.

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
    """Return the table's entry for a name or an ISO3 code; None where there is none."""
    key = country_key(name)
    return next((country for country in countries() if country.iso3 == key), None)


def country_of_views(number: int) -> Country | None:
    """Return the country of a VIEWS country id; None where there is none.

    Example:
        >>> country_of_views(50).iso3
        'MLI'
    """
    return next((country for country in countries() if country.views == number), None)


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
    letters = unicodedata.normalize("NFKD", name.replace("’", "'").replace("‘", "'"))
    kept = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(kept.casefold().split())
