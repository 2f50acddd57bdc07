"""Watch lists from a store: which sources there are, what they cover, and where they lie."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from data.months import month_number, month_range, month_text
from data.regions.countries import country_keys
from data.regions.coverage import coverage_status
from data.store.month_status import silences_of
from data.store.store import Store
from forecast.watch.event_rows import Covered, EventRows, events_until
from forecast.watch.ground import GroundOf

__all__ = ["event_sources", "last_event_month", "watch_lists"]


def event_sources(store: Store) -> list[str]:
    """Return the sources that have event rows, sorted."""
    return sorted({m["source"] for m in store.manifests() if m["content"] == "events"})


def last_event_month(store: Store) -> str | None:
    """Return the month of the last event that any list holds; None without any."""
    last = [m["last_date"] for m in store.manifests() if m["content"] == "events"]
    return max((day[:7] for day in last if day), default=None)


def watch_lists(
    store: Store, month: str, ground_of: GroundOf, *, counted: str | None = None
) -> list[EventRows]:
    """Return the lists of a store up to a month, complete ones first; lists without a row are none.

    Args:
        store: As it was known on a day where it says so.
        month: The last month.
        ground_of: Finds the regions of events.
        counted: The complete source to take; None for all of them. Lists that are not complete
            are taken always.
    """
    number = month_number(month)
    found = []
    for source in event_sources(store):
        whole = store.events(source=source)
        if len(whole) and counted in (None, source):
            found.append(_list(store, source, whole, number, ground_of))
        if any(_incomplete(store, source)):
            rows = store.events(source=source, complete_only=False)
            others = rows[~rows["event_id"].isin(whole["event_id"])].reset_index(drop=True)
            known, left_out = events_until(others, number)
            found.append(EventRows(source, number, known, ground_of(known), None, left_out))
    kept = [listed for listed in found if len(listed.events)]
    return sorted(kept, key=lambda listed: (not listed.complete, listed.source))


def _list(
    store: Store, source: str, events: pd.DataFrame, month: int, ground_of: GroundOf
) -> EventRows:
    known, left_out = events_until(events, month)
    covered = _covered(store, source, known, month)
    return EventRows(source, month, known, ground_of(known), covered, left_out)


def _incomplete(store: Store, source: str) -> Iterator[bool]:
    for m in store.manifests():
        if (m["source"], m["content"]) == (source, "events"):
            yield not m["coverage"]["complete"]


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
    doubted = [silence.month for silence in silences_of(store, source, events) if silence.doubted]
    keys = sorted(set(country_keys(events["country"])) - {""})
    months = month_range(min(str(claim.first) for claim in claims), last)
    table = pd.DataFrame({"country": keys}, dtype="str")
    status = coverage_status(table, months, claims, scale="country", doubted=doubted)
    return Covered(tuple(keys), month_number(months[0]), status)
