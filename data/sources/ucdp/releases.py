"""Which releases of UCDP GED make up the newest full series, oldest first.

Owns release names and their order; how a release is known to be out belongs to who asks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from data.errors import SourceError

__all__ = ["NewestReleases", "newest_releases"]

_YEARS_BACK = 4


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
        released: Says whether a release is out.
        today: No candidate can hold a month that is not over.

    Raises:
        SourceError: No yearly release is out.

    Example:
        >>> out = {"25.1", "26.1", "26.01.26.03", "26.0.3", "26.0.4", "26.0.6"}
        >>> found = newest_releases(out.__contains__, today=date(2026, 8, 9))
        >>> found.names, found.missing
        (('26.1', '26.01.26.03', '26.0.4', '26.0.6'), ('2026-05',))
    """
    years = range(today.year, today.year - _YEARS_BACK, -1)
    newest = next((year for year in years if released(f"{year % 100:02d}.1")), None)
    if newest is None:
        raise SourceError(
            f"no yearly release of UCDP GED of {years[-1]} to {years[0]} is to be found: name the"
            " releases with --release, or read files"
        )
    names, missing = [f"{newest % 100:02d}.1"], []
    for year in range(newest, today.year + 1):
        last = 12 if year < today.year else today.month - 1
        found, without = _candidates(released, year, last)
        names += found
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
    """Leave out the months after the last release: they are not out yet, so not missing."""
    parts = [int(part) for part in names[-1].split(".")]
    through = f"{1999 + parts[0]}-12" if len(parts) == 2 else f"20{parts[0]:02d}-{parts[-1]:02d}"
    return tuple(month for month in missing if month < through)
