"""Which releases make the newest series, whatever is out and whatever the day."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import SourceError
from data.months import month_range
from data.sources.release_names import newest_releases, release_coverage
from data.store.manifests import release_order

MONTHS = range(1, 13)
YEARS = (24, 25, 26)
OUT = [
    *(f"{year}.1" for year in YEARS),
    *(f"{year}.0.{month}" for year in YEARS for month in MONTHS),
    *(f"{year}.01.{year}.{month:02d}" for year in YEARS for month in MONTHS),
]


def series(out: set[str], today: date) -> tuple[tuple[str, ...], tuple[str, ...]]:
    found = newest_releases(out.__contains__, today=today)
    return found.names, found.missing


def test_a_candidate_year_before_the_newest_is_taken_too() -> None:
    out = {"24.1", "25.1", "25.01.25.12", "25.01.25.09", "25.0.12", "26.0.1", "26.0.2"}
    names = ("25.1", "25.01.25.12", "26.0.1", "26.0.2")
    assert series(out, date(2026, 3, 9)) == (names, ())
    assert series(out, date(2026, 1, 9)) == (names[:2], ())


def test_without_a_yearly_release_there_is_no_series() -> None:
    with pytest.raises(SourceError, match="expected a yearly release of UCDP GED of 2023 to 2026"):
        series({"26.0.3"}, date(2026, 5, 1))


@given(
    st.sets(st.sampled_from(OUT)),
    st.dates(min_value=date(2026, 1, 1), max_value=date(2026, 12, 31)),
)
def test_every_month_is_held_once_by_the_newest_or_is_named_missing(
    out: set[str], today: date
) -> None:
    out = out | {"24.1"}
    names, missing = series(out, today)
    yearly = max(name for name in out if name.count(".") == 1)
    assert names[0] == yearly
    spans = [release_coverage(name) for name in names]
    months = [month for span in spans for month in month_range(*span)] + list(missing)
    assert len(months) == len(set(months))
    last = max(last for _, last in spans)
    assert sorted(months) == month_range("1989-01", last)
    assert last <= max(release_coverage(yearly)[1], f"{today:%Y-%m}")
    assert set(names) <= out
    assert [release_coverage(name)[1] for name in names] == sorted(s[1] for s in spans)
    assert all(release_order(name) for name in names)
