"""Region-month statuses from what the lists claim to cover: a zero is a claim.

A region-month is observed where a complete list covers the region's country and the whole month,
and nowhere else. Rows do not matter: a covered month without an event is a real zero, and an event
in a month that no list covers makes nothing observed. Months in which a busy source has no event at
all are suspect (``data.store.quiet_months``) and count as failed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.errors import EvidenceError
from data.months import month_number
from data.reading import Coverage
from data.regions.countries import country_key, country_keys, country_of
from data.schema import OBSERVED, STATUSES

__all__ = ["coverage_status", "covered_countries", "covered_months"]

Status = npt.NDArray[np.int8]


def covered_months(coverages: Sequence[Coverage]) -> tuple[str, str]:
    """Return the first and the last month that any complete list covers, wholly or in part.

    Raises:
        EvidenceError: No list is complete, or a complete one does not state its months.
    """
    complete = _complete_coverages(coverages)
    last = max(c.partial or str(c.last) for c in complete)
    return min(str(c.first) for c in complete), last


def covered_countries(coverages: Sequence[Coverage]) -> tuple[str, ...]:
    """Return the countries of complete lists by name; empty where one covers the world.

    Raises:
        EvidenceError: No list is complete, or a complete one does not state its months.
    """
    complete = _complete_coverages(coverages)
    if not all(coverage.countries for coverage in complete):
        return ()
    return tuple(sorted({name for coverage in complete for name in coverage.countries}))


def coverage_status(
    regions: pd.DataFrame,
    months: Sequence[str],
    coverages: Sequence[Coverage],
    *,
    scale: str,
    suspect: Collection[str] = (),
) -> Status:
    """Return the status of every region and month.

    A month that a complete list covers in part is ``partial``. After the last covered month the
    status is ``not_released``; elsewhere without cover it is ``not_covered``. At the scale
    ``country`` a state's months before its independence are ``not_covered``: its events are listed
    under another name.

    Args:
        regions: Region table.
        months: Text months without a gap.
        coverages: Of all lists; those that are not complete make nothing observed.
        scale: Name of the spatial scale.
        suspect: Covered months that are more likely missing than quiet; they are ``failed``.

    Returns:
        (regions, months) int8, positions in ``STATUSES``.

    Raises:
        EvidenceError: No list is complete, or a complete one does not state its months.
    """
    keys, rows = np.unique(country_keys(regions["country"]), return_inverse=True)
    numbers = np.array([month_number(month) for month in months])
    complete = _complete_coverages(coverages)
    observed, partial = _covered(keys, numbers, complete)
    if scale == "country":
        states = numbers >= np.array([_since(key) for key in keys])[:, None]
        observed, partial = observed & states, partial & states
    holes = observed & np.isin(numbers, [month_number(month) for month in suspect])
    seen_yet = np.logical_or.accumulate(observed, axis=1)
    seen_later = np.logical_or.accumulate(observed[:, ::-1], axis=1)[:, ::-1]
    status = np.full(observed.shape, STATUSES.index("not_covered"), dtype=np.int8)
    status[seen_yet & ~seen_later] = STATUSES.index("not_released")
    status[partial & ~observed] = STATUSES.index("partial")
    status[observed] = STATUSES.index(OBSERVED)
    status[holes] = STATUSES.index("failed")
    return status[rows]


def _covered(
    keys: npt.NDArray[np.object_], numbers: npt.NDArray[np.int64], coverages: Sequence[Coverage]
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return which countries and months are covered wholly, and which in part."""
    observed = np.zeros((len(keys), len(numbers)), dtype=bool)
    partial = np.zeros_like(observed)
    for coverage in coverages:
        names = {country_key(name) for name in coverage.countries}
        held = np.array([not names or key in names for key in keys], dtype=bool)
        late = {country_key(name): month_number(month) for name, month in coverage.since}
        first = month_number(str(coverage.first))
        begin = np.array([max(first, late.get(key, first)) for key in keys])
        begun = held[:, None] & (numbers >= begin[:, None])
        observed |= begun & (numbers <= month_number(str(coverage.last)))
        if coverage.partial is not None:
            partial |= begun & (numbers == month_number(coverage.partial))
    return observed, partial


def _since(key: str) -> int:
    country = country_of(key)
    return month_number(country.since) if country and country.since else 0


def _complete_coverages(coverages: Sequence[Coverage]) -> list[Coverage]:
    """Return the coverages of complete lists with a first and a last month.

    Raises:
        EvidenceError: None is complete, or a complete one does not state its first and last month.
    """
    complete = [coverage for coverage in coverages if coverage.complete]
    if not complete:
        raise EvidenceError(
            "no list in the store is complete, so a month without an event is not known to be zero:"
            " ingest a complete source, or set [coverage] complete in the map"
        )
    if any(coverage.first is None or coverage.last is None for coverage in complete):
        raise EvidenceError(
            "a complete list must state its first and last month: set [coverage] from and through"
            " in the map and ingest it again"
        )
    return complete
