"""Which months without an attack an answer of ACLED covers.

None that its weekly release or the account's tier has not reached yet, and none of a country that
has no row in the first year of the request.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from data.months import add_months
from data.reading import Coverage
from data.regions.countries import country_key

__all__ = ["FIRST_MONTH", "AcledClaim", "released_through", "supported_claim"]

# ACLED's data begin here, for Africa.
FIRST_MONTH = "1997-01"
_QUIET_MONTHS = 12
_RELEASE_DAYS = 5
_FRIDAY = 4


@dataclass(frozen=True)
class AcledClaim:
    """The months and countries that the user claims, or requested of ACLED.

    Attributes:
        first: First month; None claims nothing.
        last: Last month; None for as far as ACLED has released.
        countries: By name; empty for those that have rows.
        embargo: Last day that the account's tier shows; None where it shows all.
    """

    first: str | None = None
    last: str | None = None
    countries: tuple[str, ...] = ()
    embargo: date | None = None


def released_through(accessed: date, embargo: date | None) -> str:
    """Return the last whole month that ACLED shows.

    ACLED releases by Wednesday what happened up to the Friday before.

    Args:
        accessed: Day of the request.
        embargo: Last day that the account's tier shows.

    Example:
        >>> released_through(date(2026, 12, 2), None), released_through(date(2026, 12, 9), None)
        ('2026-10', '2026-11')
        >>> released_through(date(2026, 8, 29), date(2025, 8, 29))
        '2025-07'
    """
    known = accessed - timedelta(days=_RELEASE_DAYS)
    last = known - timedelta(days=(known.weekday() - _FRIDAY) % 7)
    if embargo is not None:
        last = min(last, embargo)
    return add_months(f"{last + timedelta(days=1):%Y-%m}", -1)


def supported_claim(
    claim: AcledClaim, countries: pd.Series[str], months: pd.Series[str], accessed: date
) -> tuple[Coverage, tuple[str, ...]]:
    """Return the coverage that rows support, and warnings about the rest.

    Args:
        claim: What is claimed.
        countries: (rows,) of all events, protests too.
        months: (rows,) their months.
        accessed: Day of the request.
    """
    possible = (months >= FIRST_MONTH) & (months <= f"{accessed:%Y-%m}")
    rows = pd.DataFrame({"country": countries.str.strip(), "month": months})[possible].dropna()
    firsts = rows.groupby("country")["month"].min()
    seen = dict(zip(map(str, firsts.index), map(str, firsts), strict=True))
    if claim.first is None:
        unclaimed = (
            "no months are claimed, so the list makes no zeros and trains nothing: state what it"
            " covers with --from, --until and --countries"
        )
        return Coverage(countries=tuple(sorted(seen))), (unclaimed,)
    asked = {country_key(name) for name in claim.countries}
    too_late = add_months(claim.first, _QUIET_MONTHS)
    ours = {name: m for name, m in seen.items() if not asked or country_key(name) in asked}
    covered = {name for name, month in ours.items() if month < too_late}
    through = released_through(accessed, claim.embargo)
    last = min(claim.last or through, through)
    warnings = _uncovered(claim, ours, covered)
    if claim.last and last < claim.last:
        late = f"{add_months(last, 1)} to {claim.last} are not released yet: unknown, not zero"
        warnings = (*warnings, late)
    complete = bool(covered) and claim.first <= last
    return Coverage(complete, claim.first, last, tuple(sorted(covered))), warnings


def _uncovered(claim: AcledClaim, seen: dict[str, str], covered: set[str]) -> tuple[str, ...]:
    """Return warnings about countries that are not counted as covered."""
    keys = {country_key(name) for name in seen}
    absent = [name for name in claim.countries if country_key(name) not in keys]
    later = [f"{name} ({month})" for name, month in sorted(seen.items()) if name not in covered]
    warnings = []
    if absent:
        warnings.append(f"no row of {', '.join(absent)}: not counted as covered")
    if later and claim.first:
        warnings.append(
            f"first row more than a year after {claim.first}, so not counted as covered:"
            f" {', '.join(later)}: read these countries with a later --from"
        )
    return tuple(warnings)
