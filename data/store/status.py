"""What the store holds, as plain data: sources, coverage, quarantine and exact yearly totals.

Sources are never added up: two of them may list the same attack.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypedDict

import pandas as pd

from data.months import add_months
from data.schema import DEATHS, EVENTS, OBSERVED
from data.settings import check_number
from data.store.manifests import CoverageClaim, Manifest, claims_of
from data.store.month_status import MonthStatus, month_statuses, shown_months, silences_of
from data.store.quiet_months import silence_warnings
from data.store.store import Store

__all__ = ["SourceStatus", "StoreStatus", "YearTotal", "store_status"]


class SourceStatus(TypedDict):
    """One source: its releases and winning rows, its coverage and quarantine."""

    source: str
    content: str
    releases: list[str]
    ingests: int
    rows: int
    events: int
    deaths: int
    deaths_unknown: int
    first_month: str | None
    last_month: str | None
    complete: bool
    complete_through: str | None
    coverage: list[CoverageClaim]
    quarantined: int
    duplicates: int


class YearTotal(TypedDict):
    """Events and known deaths of one source, country and year.

    An event counts whole in the year in which it began, in the country its source names.
    """

    source: str
    country: str
    year: int
    events: int
    deaths: int
    deaths_unknown: int


class StoreStatus(TypedDict):
    """The whole answer of ``escalation status --json``."""

    as_of: str | None
    last_complete_month: str | None
    quarantined: int
    warnings: list[str]
    months: list[MonthStatus]
    sources: list[SourceStatus]
    ingests: list[Manifest]
    totals: list[YearTotal]


def store_status(store: Store, *, months: int = 18) -> StoreStatus:
    """Return what the store holds, in whole numbers.

    Args:
        store: As it was known on its day, where it has one.
        months: How many months the table of months and sources holds.

    Raises:
        ConfigError: ``months`` is not between 0 and 1200.
        RuntimeEnvironmentError: A snapshot is damaged.
    """
    check_number("months", months, low=0, high=1200)
    manifests = store.manifests()
    sources = sorted({(m["content"], m["source"]) for m in manifests})
    rows = {key: _counted_rows(store, *key) for key in sources}
    shown = shown_months(store, months, today=store.as_of or datetime.now(UTC))
    known: list[MonthStatus] = []
    warnings: list[str] = []
    complete: list[str] = []
    for content, source in sources:
        own = store.manifests(source=source, content=content)
        silences = silences_of(store, source) if content == "events" else []
        suspect = {silence.month for silence in silences if silence.suspect}
        known += month_statuses(own, rows[content, source], shown, suspect=suspect)
        warnings += [f"{source}: {warning}" for warning in silence_warnings(silences)]
        complete += _last_complete(own, suspect)
    return {
        "as_of": None if store.as_of is None else str(store.as_of),
        "last_complete_month": max(complete, default=None),
        "quarantined": sum(m["quarantined"] for m in manifests),
        "warnings": warnings,
        "months": known,
        "sources": [_source_status(store, *key, rows[key]) for key in sources],
        "ingests": manifests,
        "totals": [
            total for (_, source), frame in rows.items() for total in _totals(source, frame)
        ],
    }


def _last_complete(manifests: list[Manifest], suspect: set[str]) -> list[str]:
    """Return the last complete month of each ingest that is not suspect."""
    months = []
    for m in manifests:
        month = m["complete_through"]
        while month is not None and month in suspect:
            month = add_months(month, -1)
        months += [month] if month is not None else []
    return months


def _counted_rows(store: Store, content: str, source: str) -> pd.DataFrame:
    """Return winning rows as ``country, month, events, deaths, deaths_unknown, status``."""
    status = None
    if content == "events":
        rows = store.events(source=source, complete_only=False)
        country, month = rows["country"], rows["date_start"].dt.strftime("%Y-%m")
        events, deaths = pd.Series(1, index=rows.index), rows["deaths_best"]
    else:
        rows, regions = store.figures(source=source)
        country, month = _figure_countries(rows, regions), rows["month"]
        events, deaths = (_whole(rows, name) for name in (EVENTS, DEATHS))
        status = rows.get("status")
    return pd.DataFrame(
        {
            "country": country.fillna(""),
            "month": month,
            "events": events.astype("Int64").fillna(0).astype("int64"),
            "deaths": deaths.fillna(0).astype("int64"),
            "deaths_unknown": deaths.isna().astype("int64"),
            "status": OBSERVED if status is None else status.fillna(OBSERVED),
        }
    )


def _figure_countries(rows: pd.DataFrame, regions: pd.DataFrame | None) -> pd.Series[str]:
    """Return each figure's country: its own column, otherwise that of the region table."""
    if "country" in rows:
        return rows["country"]
    if regions is None:
        return pd.Series("", index=rows.index, dtype="str")
    return rows["region_id"].map(regions.set_index("region_id")["country"])


def _whole(rows: pd.DataFrame, name: str) -> pd.Series[int]:
    """Return a measure of figures as nullable whole numbers; absent means unknown."""
    if name not in rows:
        return pd.Series(pd.NA, index=rows.index, dtype="Int64")
    return rows[name].astype("Int64")


def _source_status(store: Store, content: str, source: str, rows: pd.DataFrame) -> SourceStatus:
    manifests = store.manifests(source=source, content=content)
    through = [m["complete_through"] for m in manifests if m["complete_through"] is not None]
    return {
        "source": source,
        "content": content,
        "releases": list(dict.fromkeys(m["release"] for m in manifests)),
        "ingests": len(manifests),
        "rows": len(rows),
        "events": int(rows["events"].sum()),
        "deaths": int(rows["deaths"].sum()),
        "deaths_unknown": int(rows["deaths_unknown"].sum()),
        "first_month": str(rows["month"].min()) if len(rows) else None,
        "last_month": str(rows["month"].max()) if len(rows) else None,
        "complete": any(m["coverage"]["complete"] for m in manifests),
        "complete_through": max(through, default=None),
        "coverage": [
            claims_of(claim) for claim in store.coverages(source=source, complete_only=False)
        ],
        "quarantined": sum(m["quarantined"] for m in manifests),
        "duplicates": sum(m["duplicates"] for m in manifests),
    }


def _totals(source: str, rows: pd.DataFrame) -> list[YearTotal]:
    """Return one total a country and year, sorted by both."""
    years = rows.assign(year=rows["month"].str[:4].astype("int64"))
    sums = years.groupby(["country", "year"])[["events", "deaths", "deaths_unknown"]].sum()
    return [
        {
            "source": source,
            "country": str(country),
            "year": int(year),
            "events": int(events),
            "deaths": int(deaths),
            "deaths_unknown": int(unknown),
        }
        for (country, year), (events, deaths, unknown) in zip(
            sums.index, sums.to_numpy("int64").tolist(), strict=True
        )
    ]
