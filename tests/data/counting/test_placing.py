import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from data.counting.placing import (
    BEFORE,
    COUNTED,
    OUTSIDE,
    UNLOCATED,
    UNOBSERVED,
    month_parts,
    place_parts,
    spread_counts,
)
from data.months import month_text
from data.regions.location import PolygonLocator
from tests.data.geography import event_on, frame_of, square_field

DAYS = st.dates(pd.Timestamp("1989-01-01").date(), pd.Timestamp("2024-12-31").date())
EVENTS = st.lists(
    st.tuples(DAYS, st.integers(0, 400), st.integers(0, 100_000)), min_size=1, max_size=8
)


def test_every_part_has_one_fate(tmp_path):
    events = frame_of(
        event_on("long", 1.5, "2020-01-31", 9, end="2020-04-01"),
        event_on("wide", 1.5, "2020-02-01", 9, location_precision="area"),
        event_on("far", 50, "2020-02-01", 9, country="Ghana"),
    )
    location = PolygonLocator(square_field(tmp_path), "admin1").locate(events)
    status = np.zeros((3, 2), dtype=np.int8)
    status[1, 1] = 1
    placed = place_parts(events, location, ("2020-02", "2020-03"), status)
    assert placed.parts.event.tolist() == [0, 0, 0, 0, 1, 2]
    fates = [BEFORE, COUNTED, UNOBSERVED, UNOBSERVED, UNLOCATED, OUTSIDE]
    assert placed.fate.tolist() == fates
    assert placed.cell.tolist() == [-1, 2, -1, -1, -1, -1]
    assert placed.counted.tolist() == [False, True, False, False, False, False]


def _parts(*spans):
    start = pd.Series(pd.to_datetime([span[0] for span in spans]))
    return month_parts(start, pd.Series(pd.to_datetime([span[1] for span in spans])))


def _spread(start, end, deaths):
    parts = _parts((start, end))
    months = [month_text(month) for month in parts.month]
    return dict(zip(months, spread_counts(parts, np.array([deaths])).tolist(), strict=True))


def test_deaths_follow_the_days():
    # 2, 29 and 2 of 33 days: 33 deaths fall one a day.
    assert _spread("2020-01-30", "2020-03-02", 33) == {"2020-01": 2, "2020-02": 29, "2020-03": 2}


def test_what_has_died_by_the_end_of_a_month_is_rounded():
    # Shares of 10: 0.61, 8.79, 0.61; by the end of each month 0.61, 9.39 and 10.
    assert _spread("2020-01-30", "2020-03-02", 10) == {"2020-01": 1, "2020-02": 8, "2020-03": 1}


def test_halves_favour_the_earlier_month():
    assert _spread("2020-01-31", "2020-02-01", 1) == {"2020-01": 1, "2020-02": 0}
    assert _spread("2020-01-31", "2020-02-01", 7) == {"2020-01": 4, "2020-02": 3}


def test_a_year_border_and_a_leap_day():
    assert _spread("2019-12-31", "2020-01-01", 4) == {"2019-12": 2, "2020-01": 2}
    assert _parts(("2020-02-01", "2020-03-01")).days.tolist() == [29, 1]


def test_an_event_of_a_day_is_one_part():
    parts = _parts(("2020-05-31", "2020-05-31"), ("2020-05-31", None))
    assert parts.event.tolist() == [0, 1]
    assert parts.days.tolist() == parts.total.tolist() == [1, 1]
    assert parts.first.all()


def test_no_events_make_no_parts():
    assert spread_counts(_parts(), np.array([], dtype=np.int64)).size == 0


def _slow(start, end, deaths):
    """Spread one event by a plain loop over its days."""
    days = pd.date_range(start, end).strftime("%Y-%m")
    share, so_far, given_out = {}, 0, 0
    for month in sorted(set(days)):
        so_far += int((days == month).sum())
        reached = (2 * deaths * so_far + len(days)) // (2 * len(days))
        share[month], given_out = reached - given_out, reached
    return share


@settings(deadline=None)
@given(st.integers(1, 80), st.integers(1, 27), st.integers(0, 3), st.integers(0, 2))
def test_shares_hold_over_the_events_of_a_region(count, before, deaths, more):
    """Events of few deaths, so many days before a month's end as given and 28 in all."""
    months = pd.date_range("2019-01-01", periods=count, freq="MS")
    start = pd.Series(months - pd.to_timedelta(before, unit="D"))
    parts = month_parts(start, start + pd.to_timedelta(27, unit="D"), groups=np.zeros(count, int))
    tolls = np.full(count, deaths)
    spread = spread_counts(parts, tolls)
    assert np.bincount(parts.event, spread, count).tolist() == tolls.tolist()
    assert abs(spread[parts.first].sum() - count * deaths * before / 28) < 2.5
    assert (spread_counts(parts, tolls + more) >= spread).all()


@settings(deadline=None)
@given(EVENTS)
def test_totals_are_kept_and_a_slow_loop_agrees(rows):
    start = pd.Series(pd.to_datetime([row[0] for row in rows]))
    end = start + pd.to_timedelta([row[1] for row in rows], unit="D")
    deaths = np.array([row[2] for row in rows])
    parts = month_parts(start, end)
    spread = spread_counts(parts, deaths)
    assert np.bincount(parts.event, spread, len(rows)).tolist() == deaths.tolist()
    assert np.bincount(parts.event[parts.first], minlength=len(rows)).tolist() == [1] * len(rows)
    for place in range(len(rows)):
        own = parts.event == place
        found = dict(zip(map(month_text, parts.month[own]), spread[own].tolist(), strict=True))
        assert found == _slow(start[place], end[place], int(deaths[place]))
