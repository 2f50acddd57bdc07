"""The lists to watch: which a store holds, what they cover, and in which regions their rows lie.

Regions are those of a panel, or the names that the list itself gives.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.months import month_number, month_range, month_text
from data.regions.countries import country_keys
from data.regions.coverage import coverage_status
from data.regions.location import Locator
from data.store.month_status import silences_of
from data.store.store import Store
from forecast.watch.event_rows import Area, Covered, EventRegions, EventRows, events_until

__all__ = [
    "RegionFinder",
    "event_sources",
    "last_event_month",
    "lists_to_watch",
    "named_regions",
    "panel_regions",
]

RegionFinder = Callable[[pd.DataFrame], EventRegions]


def event_sources(store: Store) -> list[str]:
    """Return the sources that have event rows, sorted."""
    return sorted({m["source"] for m in store.manifests() if m["content"] == "events"})


def last_event_month(store: Store) -> str | None:
    """Return the month of the last event that any list holds; None without any."""
    last = [m["last_date"] for m in store.manifests() if m["content"] == "events"]
    return max((day[:7] for day in last if day), default=None)


def lists_to_watch(
    store: Store, month: str, find_regions: RegionFinder, *, counted: str | None = None
) -> list[EventRows]:
    """Return the lists of a store up to a month, complete ones first, those without a row left out.

    Args:
        store: As it was known on a day where it says so.
        month: The last month.
        find_regions: Finds the regions of events.
        counted: The complete source to take; None for all of them. Lists that are not complete
            are always taken.
    """
    number = month_number(month)

    def read(source: str, events: pd.DataFrame, complete: bool) -> EventRows:
        known, left_out = events_until(events, number)
        covered = _covered(store, source, known, number) if complete else None
        return EventRows(source, number, known, find_regions(known), covered, left_out)

    lists = []
    for source in event_sources(store):
        whole = store.events(source=source)
        if len(whole) and counted in (None, source):
            lists.append(read(source, whole, complete=True))
        if _has_incomplete(store, source):
            rows = store.events(source=source, complete_only=False)
            others = rows[~rows["event_id"].isin(whole["event_id"])].reset_index(drop=True)
            lists.append(read(source, others, complete=False))
    filled = [events for events in lists if len(events.table)]
    return sorted(filled, key=lambda events: (not events.complete, events.source))


def named_regions(wanted: Collection[str] = ()) -> RegionFinder:
    """Return a finder of regions by the events' own admin1 and country, whatever their case.

    Args:
        wanted: Keys of the countries asked about; empty for all.
    """

    def find(events: pd.DataFrame) -> EventRegions:
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
        return EventRegions(area, areas, inside, names)

    return find


def panel_regions(regions: pd.DataFrame, locator: Locator) -> RegionFinder:
    """Return a finder of a panel's regions.

    Args:
        regions: Region table of the panel.
        locator: Finds the rows of that very table.
    """
    areas = tuple(map(Area, regions["region"].astype(str), regions["country"].astype(str)))
    names = _first_spelling(country_keys(regions["country"]), regions["country"])

    def find(events: pd.DataFrame) -> EventRegions:
        inside = _among(country_keys(events["country"]), names)
        area = np.full(len(events), -1, dtype=np.intp)
        area[inside] = locator.locate(events[inside].reset_index(drop=True)).region
        return EventRegions(area, areas, inside, names)

    return find


def _has_incomplete(store: Store, source: str) -> bool:
    return any(
        (m["source"], m["content"]) == (source, "events") and not m["coverage"]["complete"]
        for m in store.manifests()
    )


def _covered(store: Store, source: str, events: pd.DataFrame, month: int) -> Covered | None:
    """Return what the complete lists of a source cover up to a month; None where they do not say.

    Claims of later months are cut off: what a list says later must not change what is said here.
    """
    last = month_text(month)
    claims = [
        replace(claim, last=min(str(claim.last), last), partial=None)
        for claim in store.coverages(source=source)
        if claim.first is not None and claim.last is not None and claim.first <= last
    ]
    if not claims:
        return None
    suspect = [silence.month for silence in silences_of(store, source, events) if silence.suspect]
    keys = sorted(set(country_keys(events["country"])) - {""})
    months = month_range(min(str(claim.first) for claim in claims), last)
    table = pd.DataFrame({"country": keys}, dtype="str")
    status = coverage_status(table, months, claims, scale="country", suspect=suspect)
    return Covered(tuple(keys), month_number(months[0]), status)


def _among(keys: npt.NDArray[np.object_], wanted: Collection[str]) -> npt.NDArray[np.bool_]:
    return pd.Series(keys, dtype="str").isin(list(wanted)).to_numpy(dtype=bool)


def _first_spelling(keys: npt.NDArray[np.object_], names: pd.Series) -> dict[str, str]:
    """Return each key with the first of its spellings in the alphabet."""
    pairs = pd.DataFrame({"key": keys, "name": names.to_numpy(dtype=object)}).drop_duplicates()
    first = pairs[pairs["key"] != ""].groupby("key", sort=True)["name"].min()
    return {str(key): str(name) for key, name in first.items()}


def _plain(word: str) -> str:
    return " ".join(unicodedata.normalize("NFC", word).casefold().split())
