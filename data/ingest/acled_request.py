"""What the command line asks of ACLED, as values, and the questions that follow from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from data.errors import ConfigError
from data.http.settings import HttpLimits, limits_from_environment
from data.months import add_months, month_number
from data.sources.acled.api import AcledQuery
from data.sources.acled.claims import AcledClaim
from data.store.manifests import Manifest

__all__ = ["FIRST_MONTH", "AcledRequest", "queries_of"]

# ACLED's data begin here, for Africa.
FIRST_MONTH = "1997-01"


@dataclass(frozen=True)
class AcledRequest:
    """What is asked for or claimed.

    Attributes:
        first: First month; None for none (files) or January 1997 (fetch).
        last: Last month; None for the last one released.
        countries: By name; empty for all.
        release: Release of files without time stamps.
        encoding: Encoding of files.
        changes: Whether to fetch only what changed since the last fetch.
        limit: Share of rows, 0 to 1, that may be bad.
        limits: Time and bytes.
    """

    first: str | None
    last: str | None
    countries: tuple[str, ...]
    release: str | None
    encoding: str
    changes: bool
    limit: float
    limits: HttpLimits

    @classmethod
    def of(
        cls,
        first: str | None,
        last: str | None,
        asked: Mapping[str, Any],
    ) -> AcledRequest:
        """Return the request that options make.

        Raises:
            ConfigError: A month is none, or they are in the wrong order.
        """
        for month in filter(None, (first, last)):
            month_number(month)
        if first and last and first > last:
            raise ConfigError("--from is later than --until: give the earlier month first")
        if last and not first:
            raise ConfigError("--until needs --from: a claim has a first and a last month")
        limits = limits_from_environment(
            seconds=asked["max_seconds"], total_bytes=int(asked["max_mb"] * 2**20)
        )
        return cls(
            first=first,
            last=last,
            countries=asked["countries"],
            release=asked["release"] or None,
            encoding=asked["encoding"],
            changes=asked["changes"],
            limit=asked["limit"],
            limits=limits,
        )

    def claim(self, embargo: date | None = None) -> AcledClaim:
        """Return what is vouched for."""
        return AcledClaim(self.first, self.last, self.countries, embargo)


def queries_of(request: AcledRequest, base: Manifest | None, today: date) -> list[AcledQuery]:
    """Return what to ask: everything; or what changed, and the days not released last time."""
    if base is None:
        first = f"{request.first or FIRST_MONTH}-01"
        last = today.isoformat() if request.last is None else _last_day(request.last)
        return [AcledQuery(request.countries, first, last)]
    since = base["fetch"]["changed_until"]
    newest = f"{add_months(str(base['coverage']['last']), 1)}-01"
    return [
        AcledQuery(request.countries, since=since),
        AcledQuery(request.countries, newest, today.isoformat()),
    ]


def _last_day(month: str) -> str:
    following = date.fromisoformat(f"{add_months(month, 1)}-01")
    return (following - timedelta(days=1)).isoformat()
