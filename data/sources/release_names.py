"""UCDP's releases of GED: their names, the months they cover, and which make up the newest series.

Lies below the readers, as the store and the proposal of a map need names without reading a file.
How a release is known to be published belongs to who asks.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from data.errors import ConfigError, SourceError

__all__ = ["NewestReleases", "is_yearly", "newest_releases", "release_coverage", "release_of"]

_YEARLY = re.compile(r"(\d{2})\.[1-9]")
_MONTHLY = re.compile(r"(\d{2})\.0\.([1-9]|1[0-2])")
_CUMULATIVE = re.compile(r"(\d{2})\.01\.\1\.(0[1-9]|1[0-2])")
_NAMED = re.compile(r"(?:v|candidate_|ged_?)(\d{2}(?:[_.]\d{1,2}){1,3})(?!\d)")
_JOINED = re.compile(r"ged_?(\d{2})([1-9])(?!\d)")
_FIRST_MONTH = "1989-01"
_YEARS_BACK = 4


def release_of(name: str) -> str | None:
    """Return the release in a file's name, or None.

    Example:
        >>> release_of("ged241-csv.zip"), release_of("GEDEvent_v26_0_8.csv")
        ('24.1', '26.0.8')
    """
    lower = name.lower().replace("-", "_")
    named = _NAMED.search(lower)
    if named:
        return named[1].replace("_", ".")
    joined = _JOINED.search(lower)
    return f"{joined[1]}.{joined[2]}" if joined else None


def release_coverage(release: str) -> tuple[str, str]:
    """Return the first and last month that a release of UCDP GED covers.

    Args:
        release: Yearly ``YY.1`` reaches to the end of the year before; a monthly candidate
            ``YY.0.M`` holds that month; a cumulative one ``YY.01.YY.MM`` January to that month.

    Raises:
        ConfigError: The release has another form.

    Example:
        >>> release_coverage("21.1"), release_coverage("23.0.10")
        (('1989-01', '2020-12'), ('2023-10', '2023-10'))
    """
    if match := _YEARLY.fullmatch(release):
        return _FIRST_MONTH, f"{1999 + int(match[1])}-12"
    if match := _MONTHLY.fullmatch(release):
        month = f"20{match[1]}-{int(match[2]):02d}"
        return month, month
    if match := _CUMULATIVE.fullmatch(release):
        return f"20{match[1]}-01", f"20{match[1]}-{match[2]}"
    raise ConfigError(
        f'expected a release of UCDP GED such as 24.1, 26.0.8 or 26.01.26.06, got "{release}"'
    )


def is_yearly(release: str) -> bool:
    """Say whether a release is a yearly one such as ``24.1``."""
    return _YEARLY.fullmatch(release) is not None


@dataclass(frozen=True)
class NewestReleases:
    """The releases to load.

    Attributes:
        names: Yearly, then for each later year cumulative and monthly candidates, oldest first.
        missing: Months between them that no release holds, as ``YYYY-MM``.
    """

    names: tuple[str, ...]
    missing: tuple[str, ...]


def newest_releases(released: Callable[[str], bool], *, today: date) -> NewestReleases:
    """Return the newest yearly release and the candidates after it.

    Args:
        released: Says whether a release is published.
        today: No candidate can hold a month that has not ended.

    Raises:
        SourceError: No yearly release is published.

    Example:
        >>> published = {"25.1", "26.1", "26.01.26.03", "26.0.3", "26.0.4", "26.0.6"}
        >>> newest = newest_releases(published.__contains__, today=date(2026, 8, 9))
        >>> newest.names, newest.missing
        (('26.1', '26.01.26.03', '26.0.4', '26.0.6'), ('2026-05',))
    """
    years = range(today.year, today.year - _YEARS_BACK, -1)
    newest = next((year for year in years if released(f"{year % 100:02d}.1")), None)
    if newest is None:
        raise SourceError(
            f"expected a yearly release of UCDP GED of {years[-1]} to {years[0]}, got none: name"
            " the releases with --release, or read files"
        )
    names, missing = [f"{newest % 100:02d}.1"], []
    for year in range(newest, today.year + 1):
        last = 12 if year < today.year else today.month - 1
        candidates, without = _candidates(released, year, last)
        names += candidates
        missing += without
    return NewestReleases(tuple(names), _before_last(missing, names))


def _candidates(
    released: Callable[[str], bool], year: int, last: int
) -> tuple[list[str], list[str]]:
    """Return the candidates of one year, and its months up to ``last`` that none of them holds."""
    short = f"{year % 100:02d}"
    cumulative = {month: f"{short}.01.{short}.{month:02d}" for month in range(last, 0, -1)}
    through = next((month for month, name in cumulative.items() if released(name)), 0)
    names = [cumulative[through]] if through else []
    missing = []
    for month in range(through + 1, last + 1):
        name = f"{short}.0.{month}"
        if released(name):
            names.append(name)
        else:
            missing.append(f"{year}-{month:02d}")
    return names, missing


def _before_last(missing: list[str], names: list[str]) -> tuple[str, ...]:
    """Leave out the months after the last release: they are not published yet, so not missing."""
    parts = [int(part) for part in names[-1].split(".")]
    through = f"{1999 + parts[0]}-12" if len(parts) == 2 else f"20{parts[0]:02d}-{parts[-1]:02d}"
    return tuple(month for month in missing if month < through)
