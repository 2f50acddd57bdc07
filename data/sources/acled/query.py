"""What ACLED is asked for, and whether a row is an answer to it: a filter is never trusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from data.errors import SourceError
from data.regions.countries import country_key
from data.sources.acled.codes import acled_name

__all__ = ["AcledQuery"]


_key = cache(country_key)


@dataclass(frozen=True)
class AcledQuery:
    """A question.

    Attributes:
        countries: By name, as the user writes them; empty for the world.
        first: First day of events, ``YYYY-MM-DD``; None for any.
        last: Last day.
        since: Rows changed at or after this time, unix seconds; None for all.
    """

    countries: tuple[str, ...] = ()
    first: str | None = None
    last: str | None = None
    since: int | None = None

    def params(self) -> dict[str, str]:
        """Return the query's parameters, without paging."""
        asked: dict[str, str] = {}
        if self.countries:
            asked["country"] = "|".join(acled_name(name) for name in self.countries)
        if self.first and self.last:
            asked |= {"event_date": f"{self.first}|{self.last}", "event_date_where": "BETWEEN"}
        if self.since is not None:
            asked |= {"timestamp": str(self.since), "timestamp_where": ">="}
        return asked

    def wants(self, row: Mapping[str, Any]) -> bool:
        """Say whether a row is to be kept.

        A row of a country whose name holds an asked one (Nigeria for Niger) comes where ACLED
        compares names by LIKE; it is passed over.

        Raises:
            SourceError: The row answers another question.
        """
        name, day = str(row.get("country", "")), str(row.get("event_date", ""))
        if self.first and self.last and not self.first <= day <= self.last:
            raise self._wrong(row, f"event_date {day}", f"{self.first} to {self.last}")
        changed = str(row.get("timestamp", ""))
        if self.since is not None and not (changed.isdecimal() and int(changed) >= self.since):
            raise self._wrong(row, f"timestamp {changed}", f"{self.since} or later")
        if not self.countries or _key(name) in map(_key, self.countries):
            return True
        if any(acled_name(asked).lower() in name.lower() for asked in self.countries):
            return False
        raise self._wrong(row, f"country {name}", ", ".join(self.countries))

    def _wrong(self, row: Mapping[str, Any], got: str, wanted: str) -> SourceError:
        return SourceError(
            f"ACLED answered with what was not asked for: event {row.get('event_id_cnty')} has"
            f" {got[:60]}, asked was {wanted[:200]}: nothing was kept"
        )
