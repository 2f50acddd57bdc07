"""The regions of watched attacks: those of a panel, or the list's own words for them."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.regions.countries import country_keys
from data.regions.location import Locator

__all__ = ["Area", "Ground", "GroundOf", "located", "own_words"]

Rows = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Area:
    """A region with its country, or a country as a whole where ``region`` is None."""

    region: str | None
    country: str


@dataclass(frozen=True)
class Ground:
    """Where the attacks of a list lie.

    Attributes:
        area: (attacks,) row in ``areas``, -1 where it is not known.
        areas: The regions; countries where the list names no region.
        inside: (attacks,) whether the attack lies in the field that is asked about.
        countries: Key to name of the field's countries.
    """

    area: Rows
    areas: tuple[Area, ...]
    inside: Flags
    countries: dict[str, str]


GroundOf = Callable[[pd.DataFrame], Ground]


def own_words(wanted: Collection[str] = ()) -> GroundOf:
    """Return a finder of regions by the events' own admin1 and country, whatever their case.

    Args:
        wanted: Keys of the countries asked about; empty for all.
    """

    def ground(events: pd.DataFrame) -> Ground:
        keys = country_keys(events["country"])
        names = _first_spelling(keys, events["country"])
        admin1 = events["admin1"].fillna("")
        codes, spelled = pd.factorize(admin1)
        words = np.array([*map(_plain, spelled), ""], dtype=object)[codes]
        finer = bool((words != "").any())
        table = pd.DataFrame({"key": keys, "word": words, "region": admin1})
        table = table[(words != "") if finer else (keys != "")]
        known = table.groupby(["key", "word"], sort=True)["region"].min()
        rows = pd.MultiIndex.from_arrays([keys, words])
        area = known.index.get_indexer(rows).astype(np.intp)
        areas = tuple(
            Area(" ".join(region.split()) if finer else None, names.get(key, ""))
            for (key, _), region in known.items()
        )
        inside = _among(keys, wanted) if wanted else np.ones(len(keys), dtype=bool)
        return Ground(area, areas, inside, names)

    return ground


def located(regions: pd.DataFrame, locator: Locator) -> GroundOf:
    """Return a finder of a panel's regions.

    Args:
        regions: Region table of the panel.
        locator: Finds the rows of that very table.
    """
    areas = tuple(
        Area(str(row["region"]), str(row["country"]))
        for row in regions[["region", "country"]].to_dict("records")
    )
    names = _first_spelling(country_keys(regions["country"]), regions["country"])

    def ground(events: pd.DataFrame) -> Ground:
        inside = _among(country_keys(events["country"]), names)
        area = np.full(len(events), -1, dtype=np.intp)
        area[inside] = locator.locate(events[inside].reset_index(drop=True)).region
        return Ground(area, areas, inside, names)

    return ground


def _among(keys: npt.NDArray[np.object_], wanted: Collection[str]) -> Flags:
    return pd.Series(keys, dtype="str").isin(list(wanted)).to_numpy(dtype=bool)


def _first_spelling(keys: npt.NDArray[np.object_], names: pd.Series) -> dict[str, str]:
    """Return each key with the first of its spellings in the alphabet."""
    pairs = pd.DataFrame({"key": keys, "name": names.to_numpy(dtype=object)}).drop_duplicates()
    found = pairs[pairs["key"] != ""].groupby("key", sort=True)["name"].min()
    return {str(key): str(name) for key, name in found.items()}


def _plain(word: str) -> str:
    return " ".join(unicodedata.normalize("NFC", word).casefold().split())
