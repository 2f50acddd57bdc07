"""The manifest of one ingest: what was read, from where, when, and what it changed.

Owns the manifest's keys, the order of releases and the day from which one counts as known: that
of its publication where it is given or usual, otherwise that of its ingest. Making one belongs to
``data.store.manifest_making``, files and folders of a snapshot to ``data.store.snapshots``, what
wins among snapshots to ``data.store.store``.
"""

from __future__ import annotations

import dataclasses
import re
from datetime import UTC, date, datetime, time
from typing import Any, NotRequired, TypedDict

from data.errors import ConfigError
from data.months import add_months, last_day
from data.reading import Coverage, Provenance
from data.sources.release_names import is_yearly, release_coverage

__all__ = [
    "ADDED_LATER",
    "CoverageClaim",
    "Manifest",
    "RowChanges",
    "SomeManifests",
    "claims_of",
    "coverage_of",
    "instant",
    "known_at",
    "published_on",
    "release_order",
    "usual_publication",
    "win_order",
]

_UCDP = "ucdp"
_YEARLY_MONTH = "06"


class CoverageClaim(TypedDict):
    """Coverage as the source states it, in JSON form."""

    complete: bool
    first: str | None
    last: str | None
    countries: list[str]
    partial: NotRequired[str]
    since: NotRequired[dict[str, str]]


@dataclasses.dataclass(frozen=True)
class RowChanges:
    """How the accepted rows of a file compare with what the store knew before.

    Attributes:
        new: Their key was not known.
        revised: Their key was known with different content; they win now.
        unchanged: They were known with the same content.
        outdated: A later release has their key and still wins, or covers and lacks them.
        withdrawn: Rows of earlier versions that this version covers and lacks.
    """

    new: int = 0
    revised: int = 0
    unchanged: int = 0
    outdated: int = 0
    withdrawn: int = 0


class SomeManifests(TypedDict, total=False):
    """Keys that only some ingests have.

    ``taken_back`` counts ids that the source withdrew by name, ``level`` is that of figures,
    ``fetch`` where fetched rows come from, ``together`` the number of the first of the parts that
    came together, ``meaning`` what is counted, ``superseded`` rows of earlier versions by fate.
    """

    taken_back: int
    level: str
    fetch: Provenance
    together: int
    meaning: dict[str, str]
    superseded: dict[str, int]


class Manifest(SomeManifests):
    """The keys of ``manifest.json``; counts are rows, dates and months are text."""

    number: int
    folder: str
    content: str
    source: str
    release: str
    file: str
    sha256: str
    digest: str
    rows: int
    accepted: int
    quarantined: int
    duplicates: int
    new: int
    revised: int
    unchanged: int
    outdated: int
    withdrawn: int
    events: int
    deaths: int
    deaths_unknown: int
    first_date: str | None
    last_date: str | None
    coverage: CoverageClaim
    complete_through: str | None
    partial: str | None
    data_through: str | None
    quiet: bool
    whole: bool
    published: str | None
    retrieved_at: str
    warnings: list[str]
    fixed: NotRequired[list[str]]


# Keys that were added later, with their values in manifests written before.
ADDED_LATER: dict[str, Any] = {
    "withdrawn": 0,
    "partial": None,
    "data_through": None,
    "quiet": False,
    "whole": False,
    "published": None,
}

_CUMULATIVE = re.compile(r"(\d{2})\.01\.\1\.(\d{2})")


def release_order(release: str) -> tuple[int, ...]:
    """Return the whole numbers in a release's name: later releases compare greater.

    A cumulative candidate of UCDP (``26.01.26.06``) comes right after the monthly one it ends with.

    Example:
        >>> release_order("23.1") < release_order("24.0.2") < release_order("24.0.10")
        True
        >>> release_order("24.0.12") < release_order("25.1")
        True
        >>> release_order("26.0.6") < release_order("26.01.26.06") < release_order("26.0.7")
        True
    """
    if match := _CUMULATIVE.fullmatch(release):
        return int(match[1]), 0, int(match[2]), 1
    return tuple(int(part) for part in re.findall(r"\d+", release))


def win_order(manifest: Manifest) -> tuple[tuple[int, ...], int]:
    """Return the key by which ingests are sorted so that the last one holding an id wins."""
    return release_order(manifest["release"]), manifest["number"]


def claims_of(coverage: Coverage) -> CoverageClaim:
    """Return a coverage in JSON form."""
    claim: CoverageClaim = {
        "complete": coverage.complete,
        "first": coverage.first,
        "last": coverage.last,
        "countries": list(coverage.countries),
    }
    if coverage.partial is not None:
        claim["partial"] = coverage.partial
    if coverage.since:
        claim["since"] = dict(coverage.since)
    return claim


def coverage_of(manifest: Manifest) -> Coverage:
    """Return the coverage a manifest supports.

    A complete list cannot cover months that had not ended when it was retrieved: its last month is
    at most the one before.
    """
    claim = manifest["coverage"]
    return Coverage(
        complete=claim["complete"],
        first=claim["first"],
        last=manifest["complete_through"] if claim["complete"] else claim["last"],
        countries=tuple(claim["countries"]),
        partial=manifest["partial"] if claim["complete"] else None,
        since=tuple(sorted(claim.get("since", {}).items())),
    )


def instant(moment: date | datetime | str) -> datetime:
    """Return a moment in UTC; a plain date means the end of that day.

    Example:
        >>> instant("2026-01-31T12:00:00+02:00").isoformat()
        '2026-01-31T10:00:00+00:00'
        >>> instant(date(2026, 1, 31)).isoformat()
        '2026-01-31T23:59:59.999999+00:00'
    """
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time.max)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def usual_publication(source: str, release: str) -> date | None:
    """Return the day by which such a release is usually published; None where none is usual.

    UCDP's candidates appear some weeks after their last month: they count from the last day of the
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
    """Return the day of publication: as given, otherwise the usual one; never after the ingest.

    Args:
        source: Short name of the source.
        release: Its release.
        given: What the user states; None for nothing.
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
            f"{source} {release}: expected a day of publication up to {today}, when it was read,"
            f" got {given}"
        )
    return given


def known_at(manifest: Manifest) -> datetime:
    """Return the moment from which an ingest counts as known, in UTC."""
    retrieved = instant(manifest["retrieved_at"])
    if manifest["published"] is None:
        return retrieved
    return min(retrieved, instant(date.fromisoformat(manifest["published"])))
