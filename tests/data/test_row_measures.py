"""Measures of event rows: against plain loops, by hand, and never from a later row."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.counting.actor_measures import actor_measures
from data.counting.attacks import Attacks
from data.counting.counting import count_events
from data.counting.link_measures import link_measures
from data.counting.site_measures import site_measures
from data.months import month_range
from data.reading import Coverage
from data.regions.location import PolygonLocator
from data.schema import ACTOR_MEASURES, LINK_MEASURES, ROW_MEASURES, SITE_MEASURES
from tests.data.geography import at, frame_of, sahel, square_field, ucdp_events
from tests.data.slow_rows import slow_actors, slow_links, slow_sites

NAN = float("nan")
MONTHS = 30
THREE_YEARS = Coverage(complete=True, first="2018-01", last="2020-12")
NEIGHBOURS = np.array([[0, 1, 1, 2], [1, 0, 2, 1]])
NEAR = {0: {1}, 1: {0, 2}, 2: {1}}


def attack_rows(rows, actors):
    """Return attacks from (day, region, latitude, longitude, attackers, at point, to the day)."""
    rows = sorted(rows, key=lambda row: (row[0], row[2], row[3]))
    day = np.array([row[0] for row in rows], dtype=np.int64)
    pairs = [(place, actor) for place, row in enumerate(rows) for actor in sorted(row[4])]
    attack, actor = np.array(pairs, dtype=np.intp).reshape(-1, 2).T
    return Attacks(
        region=np.array([row[1] for row in rows], dtype=np.intp),
        month=np.array([row[0] // 30 - 4 for row in rows], dtype=np.intp),
        day=day,
        latitude=np.array([row[2] for row in rows]),
        longitude=np.array([row[3] for row in rows]),
        at_point=np.array([row[5] for row in rows]),
        to_the_day=np.array([row[6] for row in rows]),
        attack=attack,
        actor=actor,
        actors=actors,
    )


def made_up(rng):
    """Return rows of few places and attackers; in half of the cases also of few days."""
    count, step = int(rng.integers(1, 70)), int(rng.choice([1, 60]))
    return [
        (
            int(rng.integers(0, 30 * (MONTHS + 4))) // step * step,
            int(rng.integers(0, 3)),
            float(rng.choice([10.0, 10.04, 10.08, 10.3, 11.5])),
            float(rng.choice([0.0, 0.03, 5.0, 12.0])),
            set(rng.choice(4, int(rng.integers(0, 3)), replace=False).tolist()),
            bool(rng.random() < 0.8),
            bool(rng.random() < 0.8),
        )
        for _ in range(count)
    ]


@pytest.mark.parametrize("seed", range(24))
def test_every_measure_equals_a_plain_loop_over_the_attacks(seed):
    rows = made_up(np.random.default_rng(seed))
    attacks, shape = attack_rows(rows, 4), (3, MONTHS)
    observed = np.ones(shape, dtype=bool)
    found = (
        actor_measures(attacks, observed, NEIGHBOURS)
        | site_measures(attacks, observed)
        | link_measures(attacks, observed)
    )
    slow = (
        slow_actors(attacks, shape, NEAR) | slow_sites(attacks, shape) | slow_links(attacks, shape)
    )
    for name, values in found.items():
        window = 1 if name in LINK_MEASURES else 24
        window = {"actors": 1, "actors_3": 3, "actors_12": 12, "sites_3": 3}.get(name, window)
        window = 12 if name == "sites_12" else window
        assert np.isnan(values[:, : window - 1]).all(), name
        np.testing.assert_array_equal(values[:, window - 1 :], slow[name][:, window - 1 :], name)


def counted(tmp_path, *rows, coverages=(THREE_YEARS,), **span):
    place = PolygonLocator(square_field(tmp_path), "admin1")
    return count_events(frame_of(*rows), coverages, place, **span)


def hit(event_id, day, longitude, latitude=0.5, **more):
    """Return an attack on civilians by JNIM in one of the squares a, b (Mali) and c (Niger)."""
    sides = {"kind": "one-sided", "side_a": "JNIM", "side_b": "Civilians"}
    when = {"date_start": pd.Timestamp(day), "date_end": pd.Timestamp(day)}
    return at(event_id, latitude, longitude, **(sides | when | more))


def month_of(counts, name, month):
    return counts.measures[name][:, counts.months.index(month)].tolist()


def test_measures_by_hand(tmp_path):
    counts = counted(
        tmp_path,
        hit("1", "2019-02-10", 0.5),
        hit("2", "2020-03-01", 0.51),
        hit("3", "2020-03-05", 0.5),
        hit("4", "2020-03-05", 1.5, side_a="IS"),
        hit("5", "2020-03-05", 2.5, country="Niger"),
    )
    assert month_of(counts, "actors", "2020-03") == [1, 1, 1]
    assert month_of(counts, "actors_new", "2020-03") == [0, 1, 1]
    assert month_of(counts, "actor_main", "2020-03") == [3, 1, 1]
    assert month_of(counts, "actor_elsewhere", "2020-03") == [1, 0, 2]
    assert month_of(counts, "actor_nearby", "2020-03") == [0, 0, 0]  # a and c do not touch
    assert month_of(counts, "actor_reach", "2020-03") == [1, 0, 1]
    assert month_of(counts, "site_repeats", "2020-03") == [2, 0, 0]
    days = 385 + 4  # 10 February 2019 to 1 March 2020, and on to 5 March
    assert month_of(counts, "site_days", "2020-03") == [days, 0, 0]
    assert month_of(counts, "site_hits", "2020-03") == [3, 1, 1]
    assert month_of(counts, "site_span", "2020-03") == [days, 0, 0]
    assert month_of(counts, "sites_3", "2020-03") == [1, 1, 1]
    assert month_of(counts, "simultaneous", "2020-03") == [1, 0, 1]
    assert month_of(counts, "simultaneous_far", "2020-03") == [1, 0, 1]
    assert month_of(counts, "linked_places", "2020-03") == [1, 0, 1]
    assert month_of(counts, "linked_km", "2020-03") == [222, 0, 222]


def test_a_place_five_kilometres_away_is_the_same_and_six_is_another(tmp_path):
    for step, repeats in ((0.0449, 1), (0.0451, 0)):  # 4.99 and 5.01 km
        rows = hit("1", "2020-02-01", 0.5), hit("2", "2020-02-02", 0.5, latitude=0.5 + step)
        counts = counted(tmp_path, *rows)
        assert month_of(counts, "site_repeats", "2020-02")[0] == repeats
        assert month_of(counts, "sites_3", "2020-02")[0] == 2 - repeats


@pytest.mark.parametrize(
    ("gone", "more"),
    [
        (SITE_MEASURES, {"location_precision": "admin1"}),
        (SITE_MEASURES, {"date_precision": "month"}),
        (ACTOR_MEASURES, {"side_a": None}),
        (LINK_MEASURES, {"side_a": "unknown"}),
        (LINK_MEASURES, {"date_precision": "week"}),
        (LINK_MEASURES, {"date_end": pd.Timestamp("2020-02-02")}),
    ],
)
def test_what_no_row_tells_is_absent_and_never_zero(tmp_path, gone, more):
    counts = counted(tmp_path, hit("1", "2020-02-01", 0.5, **more))
    assert not set(gone) & set(counts.measures)
    assert counts.measures["events"].sum() == 1


def test_a_window_with_an_unobserved_month_is_missing(tmp_path):
    mali = Coverage(True, "2018-01", "2020-12", ("Mali",))
    niger = Coverage(True, "2018-01", "2020-02", ("Niger",))
    rows = hit("1", "2020-01-01", 1.5), hit("2", "2020-01-09", 2.5, country="Niger")
    counts = counted(tmp_path, *rows, coverages=(mali, niger))
    assert month_of(counts, "actors_3", "2020-03")[:2] == [0, 1]
    for name in ROW_MEASURES:
        assert np.isnan(month_of(counts, name, "2020-03")[2]), name
    # Region b has c as a neighbour, which is not observed from March on.
    assert month_of(counts, "actor_nearby_3", "2020-02") == [0, 1, 1]
    assert np.isnan(month_of(counts, "actor_nearby", "2020-03")[1])
    # Two of the three regions are observed: enough for sums over all.
    assert month_of(counts, "actor_elsewhere_3", "2020-03")[1] == 1


def test_attacks_before_the_panel_are_known_in_it(tmp_path):
    rows = hit("1", "2018-01-01", 0.5), hit("2", "2020-12-05", 0.5)
    counts = counted(tmp_path, *rows, first_month="2018-06")
    assert month_of(counts, "actors_new", "2020-12")[0] == 0
    assert counts.reconciliation.before.events == 1


def assert_same_up_to(cut, whole, last):
    """Compare all measures of event rows up to a month, bit by bit."""
    stop = whole.months.index(last) + 1
    assert set(ROW_MEASURES) <= set(whole.measures)
    for name in ROW_MEASURES:
        one, other = cut.measures[name][:, :stop], whole.measures[name][:, :stop]
        assert one.tobytes() == np.ascontiguousarray(other).tobytes(), name


@pytest.mark.parametrize("last", ["2009-11", "2014-12", "2017-06"])
def test_no_measure_reads_a_later_event(last):
    """The real Sahel: counted from the events up to a month, and from all of them."""
    frame, coverages = ucdp_events()
    place = PolygonLocator(sahel(), "admin1")
    held = frame[frame["longitude"].between(-20, 30) & frame["latitude"].between(0, 40)]
    early = held[held["date_start"] < pd.Timestamp(last) + pd.offsets.MonthBegin(1)]
    span = {"first_month": "2000-01", "last_month": "2018-12"}
    whole = count_events(held.reset_index(drop=True), coverages, place, **span)
    cut = count_events(early.reset_index(drop=True), coverages, place, **span)
    assert len(early) < len(held)
    assert_same_up_to(cut, whole, last)


def test_the_order_of_rows_changes_nothing(tmp_path):
    rng = np.random.default_rng(4)
    days = pd.Timestamp("2018-01-01") + pd.to_timedelta(rng.integers(0, 1000, 80), "D")
    rows = [
        hit(str(n), day, float(lon), side_a=str(side), country="Mali")
        for n, (day, lon, side) in enumerate(
            zip(
                days, rng.choice([0.1, 0.5, 1.5, 2.5], 80), rng.choice(list("abc"), 80), strict=True
            )
        )
    ]
    one = counted(tmp_path, *rows)
    other = counted(tmp_path, *(rows[place] for place in rng.permutation(80)))
    for name in ROW_MEASURES:
        np.testing.assert_array_equal(one.measures[name], other.measures[name], name)
    assert len(one.months) == len(month_range("2018-01", "2020-12"))
