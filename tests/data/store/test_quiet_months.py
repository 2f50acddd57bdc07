"""Months without any event: quiet where the list is quiet, a hole where it is busy."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.months import month_range, month_spans
from data.reading import Coverage
from data.store.quiet_months import BUSY, silence_warnings, silent_months


def events(counts, first="2019-01"):
    """Return events that begin on the tenth, so many a month."""
    months = month_range(first, "2100-12")[: len(counts)]
    days = [
        f"{month}-10" for month, count in zip(months, counts, strict=True) for _ in range(count)
    ]
    return pd.DataFrame({"date_start": pd.to_datetime(days)})


def found(counts, *, last=None, first="2019-01"):
    covered = month_range(first, "2100-12")[: len(counts)]
    claim = Coverage(True, first, last or covered[-1])
    return [(s.month, s.suspect) for s in silent_months(events(counts, first), [claim])]


BUSY_YEAR = [BUSY + 5] * 12


def test_a_silent_month_among_busy_ones_is_doubted():
    counts = [*BUSY_YEAR[:6], 0, *BUSY_YEAR[:6]]
    assert found(counts) == [("2019-07", True)]


def test_a_silent_month_among_quiet_ones_is_quiet():
    assert found([1, 0, 2, 1, 0, 3, 1, 1, 1, 2, 0, 1]) == [
        ("2019-02", False),
        ("2019-05", False),
        ("2019-11", False),
    ]


@pytest.mark.parametrize("length", [1, 5, 60])
def test_a_hole_of_any_length_and_at_either_end_is_one(length):
    hole = [0] * length
    for counts in (BUSY_YEAR + hole + BUSY_YEAR, hole + BUSY_YEAR, BUSY_YEAR + hole):
        assert [suspect for _, suspect in found(counts)] == [True] * length


def test_few_busy_months_are_no_ground_for_doubt():
    assert found([0, 99, 0, 99, 0, 99, 0, 99, 0, 99, 0]) == [
        (month, False) for month in month_range("2019-01", "2019-11")[::2]
    ]


def test_only_covered_months_are_looked_at():
    counts = events([*BUSY_YEAR, 0, 0, *BUSY_YEAR])
    apart = [Coverage(True, "2019-01", "2019-12"), Coverage(True, "2020-03", "2020-12")]
    assert silent_months(counts, apart) == []
    assert silent_months(counts, [Coverage(False, "2019-01", "2020-12")]) == []


def test_an_event_that_spans_a_hole_does_not_hide_it():
    rows = events([*BUSY_YEAR, 0, *BUSY_YEAR]).assign(date_end=pd.Timestamp("2021-01-05"))
    silences = silent_months(rows, [Coverage(True, "2019-01", "2021-01")])
    assert [(s.month, s.suspect, s.usual) for s in silences] == [("2020-01", True, BUSY + 5)]


def test_holes_and_quiet_months_are_told_apart():
    one = silent_months(events([*BUSY_YEAR, 0, *BUSY_YEAR]), [Coverage(True, "2019-01", "2021-01")])
    other = silent_months(events([1, 0, 0, 1, 0, 1]), [Coverage(True, "2019-01", "2019-06")])
    hole, quiet = silence_warnings([*one, *other])
    assert hole.startswith(
        "no event anywhere in 2020-01, with busy months around: counted as missing"
    )
    assert "--data-through" in hole
    assert "--quiet" in hole
    assert quiet.startswith("no event anywhere in 2019-02 to 2019-03, 2019-05: counted as quiet")
    assert silence_warnings([]) == []


def test_many_spans_are_cut_short():
    months = month_range("2019-01", "2020-12")[::2]
    assert month_spans(months).endswith("2019-07 and 8 more spans")


@given(st.lists(st.integers(0, 30), min_size=1, max_size=40))
def test_silent_months_are_those_of_a_plain_loop(counts):
    months = month_range("2019-01", "2100-12")[: len(counts)]
    assert [month for month, _ in found(counts)] == [
        month for month, count in zip(months, counts, strict=True) if not count
    ]
