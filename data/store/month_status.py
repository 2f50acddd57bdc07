"""Which month is known from which source: one status a source and month, with its release."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import NamedTuple, TypedDict

import pandas as pd

from data.months import add_months, month_range
from data.reading import Coverage
from data.schema import OBSERVED, STATUSES
from data.store.manifests import Manifest, coverage_of, instant, win_order
from data.store.quiet_months import Silence, silent_months
from data.store.store import Store

__all__ = ["LISTED", "MonthStatus", "month_statuses", "shown_months", "silences_of"]

# So many months after the last one that any source speaks of are shown as not released.
_AFTER = 2
LISTED = "list"
_NONE = "not_covered"


class MonthStatus(TypedDict):
    """One source in one month.

    ``status`` is one of ``STATUSES``, or ``list`` where only a list that is not complete speaks of
    the month. ``countries`` is how many a list names that does not cover the world.
    """

    month: str
    source: str
    content: str
    status: str
    release: str | None
    countries: int | None
    events: int


def shown_months(store: Store, count: int, *, today: date | datetime) -> list[str]:
    """Return the last months that are worth a look, at the most up to the one under way.

    Args:
        store: As known on the day that is asked about.
        count: How many.
        today: The day that is asked about.
    """
    spoken = [m for m in map(_last_spoken, store.manifests()) if m is not None]
    if not spoken or count < 1:
        return []
    last = min(add_months(max(spoken), _AFTER), f"{instant(today):%Y-%m}")
    return month_range(add_months(last, 1 - count), last)


def silences_of(store: Store, source: str, events: pd.DataFrame | None = None) -> list[Silence]:
    """Return the covered months without any event of a source that nobody called quiet.

    Args:
        store: As known on the day that is asked about.
        source: The source.
        events: Winning rows of its complete lists, where they are at hand.
    """
    claims = [
        (m, coverage_of(m))
        for m in store.manifests()
        if (m["source"], m["content"]) == (source, "events") and m["coverage"]["complete"]
    ]
    if not claims:
        return []
    rows = store.events(source=source) if events is None else events
    quiet = [claim for m, claim in claims if m["quiet"]]
    found = silent_months(rows, [claim for _, claim in claims])
    return [silence for silence in found if not any(_holds(c, silence.month) for c in quiet)]


def month_statuses(
    manifests: Sequence[Manifest],
    rows: pd.DataFrame,
    months: Sequence[str],
    *,
    doubted: Collection[str],
) -> list[MonthStatus]:
    """Return the status of one source in each month.

    Args:
        manifests: Its ingests, all of one content, as known on the day that is asked about.
        rows: Its winning rows: ``month``, ``events`` and, of figures, ``status``.
        months: Text months.
        doubted: Months that are more likely holes than quiet.
    """
    ordered = sorted(manifests, key=win_order)
    events = rows.groupby("month")["events"].sum()
    figures = ordered[0]["content"] == "figures"
    found = [
        _of_figures(month, rows, ordered) if figures else _of_lists(month, ordered, doubted)
        for month in months
    ]
    return [
        MonthStatus(
            month=month,
            source=ordered[0]["source"],
            content=ordered[0]["content"],
            status=said.status,
            release=said.release,
            countries=said.countries,
            events=int(events.get(month, 0)),
        )
        for month, said in zip(months, found, strict=True)
    ]


class _Said(NamedTuple):
    """What a source says of a month."""

    status: str
    release: str | None = None
    countries: int | None = None


def _of_lists(month: str, manifests: Sequence[Manifest], doubted: Collection[str]) -> _Said:
    """Return what lists say of a month; the later release speaks before the earlier."""
    claims = [(m, coverage_of(m)) for m in reversed(manifests)]
    complete = [(m, claim) for m, claim in claims if claim.complete]
    for m, claim in complete:
        if _holds(claim, month):
            status = "failed" if month in doubted else OBSERVED
            return _Said(status, m["release"], _widest(complete, month))
    for m, claim in complete:
        if claim.partial == month:
            return _Said("partial", m["release"], len(claim.countries) or None)
    if not complete:
        return _Said(LISTED) if any(_spoken_of(m, month) for m, _ in claims) else _Said(_NONE)
    last = max(str(claim.last) for _, claim in complete)
    return _Said("not_released" if month > last else _NONE)


def _of_figures(month: str, rows: pd.DataFrame, manifests: Sequence[Manifest]) -> _Said:
    """Return the best status that any region has in a month."""
    own = rows.loc[rows["month"] == month, "status"]
    if not len(own):
        return _Said("not_released" if month > rows["month"].max() else _NONE)
    best = min(own.map(STATUSES.index))
    told = [m["release"] for m in manifests if _spoken_of(m, month)]
    return _Said(STATUSES[best], told[-1] if told else None)


def _widest(claims: Sequence[tuple[Manifest, Coverage]], month: str) -> int | None:
    """Return how many countries are covered in a month; None for the world."""
    held = [claim for _, claim in claims if _holds(claim, month)]
    if not all(claim.countries for claim in held):
        return None
    return len({name for claim in held for name in claim.countries})


def _holds(coverage: Coverage, month: str) -> bool:
    return bool(coverage.first and coverage.last) and (
        str(coverage.first) <= month <= str(coverage.last)
    )


def _spoken_of(manifest: Manifest, month: str) -> bool:
    first, last = manifest["first_date"], manifest["last_date"]
    return first is not None and last is not None and first[:7] <= month <= last[:7]


def _last_spoken(manifest: Manifest) -> str | None:
    """Return the last month that an ingest says anything about."""
    claim = coverage_of(manifest)
    rows = manifest["last_date"]
    said = [claim.partial, claim.last if claim.complete else None, rows[:7] if rows else None]
    return max(filter(None, said), default=None)
