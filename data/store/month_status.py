"""Which month is known from which source: a status for each source and month."""

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

# Number of months after the last one in any source that are shown as not released.
_AFTER = 2
LISTED = "list"
_NONE = "not_covered"


class MonthStatus(TypedDict):
    """One source in one month.

    ``status`` is one of ``STATUSES``, or ``list`` where only an incomplete list has the month.
    ``countries`` is how many countries a list names that does not cover the world.
    """

    month: str
    source: str
    content: str
    status: str
    release: str | None
    countries: int | None
    events: int


def shown_months(store: Store, count: int, *, today: date | datetime) -> list[str]:
    """Return the last months that any source has or will have, up to the current one.

    Args:
        store: As known on ``today``.
        count: How many.
        today: The day of the status.
    """
    last_months = [m for m in map(_last_month, store.manifests()) if m is not None]
    if not last_months or count < 1:
        return []
    last = min(add_months(max(last_months), _AFTER), f"{instant(today):%Y-%m}")
    return month_range(add_months(last, 1 - count), last)


def silences_of(store: Store, source: str, events: pd.DataFrame | None = None) -> list[Silence]:
    """Return the covered months without any event of a source that the user did not call quiet.

    Args:
        store: As known on some day.
        source: The source.
        events: Winning rows of its complete lists, where they are at hand.
    """
    complete = store.manifests(source=source, content="events", complete_only=True)
    claims = [(m, coverage_of(m)) for m in complete]
    if not claims:
        return []
    rows = store.events(source=source) if events is None else events
    quiet = [claim for m, claim in claims if m["quiet"]]
    silences = silent_months(rows, [claim for _, claim in claims])
    return [silence for silence in silences if not any(c.holds(silence.month) for c in quiet)]


def month_statuses(
    manifests: Sequence[Manifest],
    rows: pd.DataFrame,
    months: Sequence[str],
    *,
    suspect: Collection[str],
) -> list[MonthStatus]:
    """Return the status of one source in each month.

    Args:
        manifests: Its ingests, all of one content, as known on the day of the status.
        rows: Its winning rows: ``month``, ``events`` and, of figures, ``status``.
        months: Text months.
        suspect: Months that are more likely missing than quiet.
    """
    ordered = sorted(manifests, key=win_order)
    events = rows.groupby("month")["events"].sum()
    figures = ordered[0]["content"] == "figures"
    states = [
        _of_figures(month, rows, ordered) if figures else _of_lists(month, ordered, suspect)
        for month in months
    ]
    return [
        MonthStatus(
            month=month,
            source=ordered[0]["source"],
            content=ordered[0]["content"],
            status=state.status,
            release=state.release,
            countries=state.countries,
            events=int(events.get(month, 0)),
        )
        for month, state in zip(months, states, strict=True)
    ]


class _State(NamedTuple):
    """The status of a month in a source."""

    status: str
    release: str | None = None
    countries: int | None = None


def _of_lists(month: str, manifests: Sequence[Manifest], suspect: Collection[str]) -> _State:
    """Return the status of a month in lists; later releases go before earlier ones."""
    claims = [(m, coverage_of(m)) for m in reversed(manifests)]
    complete = [(m, claim) for m, claim in claims if claim.complete]
    for m, claim in complete:
        if claim.holds(month):
            status = "failed" if month in suspect else OBSERVED
            return _State(status, m["release"], _widest(complete, month))
    for m, claim in complete:
        if claim.partial == month:
            return _State("partial", m["release"], len(claim.countries) or None)
    if not complete:
        return _State(LISTED) if any(_has_rows(m, month) for m, _ in claims) else _State(_NONE)
    last = max(str(claim.last) for _, claim in complete)
    return _State("not_released" if month > last else _NONE)


def _of_figures(month: str, rows: pd.DataFrame, manifests: Sequence[Manifest]) -> _State:
    """Return the best status that any region has in a month."""
    own = rows.loc[rows["month"] == month, "status"]
    if not len(own):
        return _State("not_released" if month > rows["month"].max() else _NONE)
    best = min(own.map(STATUSES.index))
    releases = [m["release"] for m in manifests if _has_rows(m, month)]
    return _State(STATUSES[best], releases[-1] if releases else None)


def _widest(claims: Sequence[tuple[Manifest, Coverage]], month: str) -> int | None:
    """Return how many countries are covered in a month; None for the world."""
    held = [claim for _, claim in claims if claim.holds(month)]
    if not all(claim.countries for claim in held):
        return None
    return len({name for claim in held for name in claim.countries})


def _has_rows(manifest: Manifest, month: str) -> bool:
    first, last = manifest["first_date"], manifest["last_date"]
    return first is not None and last is not None and first[:7] <= month <= last[:7]


def _last_month(manifest: Manifest) -> str | None:
    """Return the last month that an ingest covers or has rows of."""
    claim = coverage_of(manifest)
    rows = manifest["last_date"]
    ends = [claim.partial, claim.last if claim.complete else None, rows[:7] if rows else None]
    return max(filter(None, ends), default=None)
