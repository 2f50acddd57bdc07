"""When a release was out: the day from which the store counts its rows as known.

A file may be ingested years after it was published. What was known on a day follows from the day
of publication where that is told or usual, and from the day of the ingest elsewhere; an ingest is
never known later than it was made.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from data.errors import ConfigError
from data.months import add_months
from data.sources.release_names import is_yearly, release_coverage
from data.store.manifests import Manifest, instant

__all__ = ["known_at", "last_day", "published_on", "usual_publication"]

_UCDP = "ucdp"
_YEARLY_MONTH = "06"


def usual_publication(source: str, release: str) -> date | None:
    """Return the day by which such a release is out as a rule; None where there is no rule.

    UCDP's candidates come some weeks after their last month: they count from the last day of the
    month after it. A yearly release counts from 30 June of the year after its last one.

    Example:
        >>> usual_publication("ucdp", "23.0.10"), usual_publication("ucdp", "24.1")
        (datetime.date(2023, 11, 30), datetime.date(2024, 6, 30))
    """
    if source != _UCDP:
        return None
    try:
        _, last = release_coverage(release)
    except ConfigError:
        return None
    if is_yearly(release):
        return last_day(f"{int(last[:4]) + 1}-{_YEARLY_MONTH}")
    return last_day(add_months(last, 1))


def published_on(
    source: str, release: str, *, given: date | None, retrieved_at: datetime
) -> date | None:
    """Return the day of publication: as given, else the usual one; never after the ingest.

    Args:
        source: Short name of the source.
        release: Its release.
        given: What the user said; None for nothing.
        retrieved_at: When the file was obtained, in UTC.

    Raises:
        ConfigError: The given day lies after the ingest.
    """
    today = retrieved_at.date()
    if given is None:
        usual = usual_publication(source, release)
        return None if usual is None else min(usual, today)
    if given > today:
        raise ConfigError(
            f"{source} {release} cannot have been published on {given}, after it was read on"
            f" {today}: give the day on which it came out"
        )
    return given


def known_at(manifest: Manifest) -> datetime:
    """Return the moment from which an ingest counts as known, in UTC."""
    retrieved = instant(manifest["retrieved_at"])
    if manifest["published"] is None:
        return retrieved
    return min(retrieved, instant(date.fromisoformat(manifest["published"])))


def last_day(month: str) -> date:
    """Return the last day of a month.

    Example:
        >>> last_day("2024-02")
        datetime.date(2024, 2, 29)
    """
    return date.fromisoformat(f"{add_months(month, 1)}-01") - timedelta(days=1)
