"""What the command line asks of ACLED, as values, and the questions that follow from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from data.errors import ConfigError
from data.http.limits import HttpLimits, limits_from_environment
from data.months import add_months
from data.sources.acled.claims import AcledClaim
from data.sources.acled.query import AcledQuery
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
        first: datetime | None,
        last: datetime | None,
        asked: Mapping[str, str | bool | float | None],
    ) -> AcledRequest:
        """Return the request that options make.

        Raises:
            ConfigError: The months are in the wrong order.
        """
        months = [f"{day:%Y-%m}" if day else None for day in (first, last)]
        if months[0] and months[1] and months[0] > months[1]:
            raise ConfigError("--from is later than --until: give the earlier month first")
        if months[1] and not months[0]:
            raise ConfigError("--until needs --from: a claim has a first and a last month")
        names = str(asked["countries"] or "").split(",")
        limits = limits_from_environment(
            seconds=float(asked["max_seconds"] or 0),
            total_bytes=int(float(asked["max_mb"] or 0) * 2**20),
        )
        return cls(
            first=months[0],
            last=months[1],
            countries=tuple(name.strip() for name in names if name.strip()),
            release=str(asked["release"]) if asked["release"] else None,
            encoding=str(asked["encoding"]),
            changes=bool(asked["changes"]),
            limit=float(asked["limit"] or 0),
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
