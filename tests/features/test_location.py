from __future__ import annotations

import numpy as np
import pytest

from features.field import Country
from features.frequency import MonthsSince
from features.location import FirstHit, NearestHit, Neighbours, Pressure
from features.moving import MovingSum, Now
from features.signals import Measure
from features.table import build_features
from tests.features.panels import column, panel_of, rich_panel

NAN = float("nan")
EVENTS = Measure("events")
DEGREE = 111.19508  # km, on a sphere of radius 6371.0088


def test_neighbour_sums_by_hand():
    panel = panel_of(
        neighbours=("b", "a;c", "b"), events=[[1, 0, 2, 0], [0, 5, 0, 0], [3, 0, NAN, 1]]
    )
    one, two = (Neighbours(EVENTS, order) for order in (1, 2))
    assert MovingSum(one, 1).name == "neighbours1_events_sum_1"
    np.testing.assert_array_equal(
        column(panel, MovingSum(one, 1)), [[0, 5, 0, 0], [4, 0, NAN, 1], [0, 5, 0, 0]]
    )
    np.testing.assert_array_equal(
        column(panel, MovingSum(one, 2)), [[NAN, 5, 5, 0], [NAN, 4, NAN, NAN], [NAN, 5, 5, 0]]
    )
    np.testing.assert_array_equal(
        column(panel, MovingSum(two, 1)), [[3, 0, NAN, 1], [0, 0, 0, 0], [1, 0, 2, 0]]
    )


def test_pressure_by_hand():
    panel = panel_of(latitude=(0.0, 1.0, 3.0), events=[[1, 0], [0, 2], [0, 4]])
    near, far = np.exp(-DEGREE / 100), np.exp(-2 * DEGREE / 100)
    farthest = np.exp(-3 * DEGREE / 100)
    np.testing.assert_allclose(
        column(panel, Now(Pressure(EVENTS, 100))),
        [[0, 2 * near + 4 * farthest], [near, 4 * far], [farthest, 2 * far]],
        rtol=1e-5,
    )


def test_pressure_ends_at_four_scales():
    panel = panel_of(latitude=(0.0, 4.0), events=[[1, 1], [1, 1]])
    np.testing.assert_array_equal(column(panel, Now(Pressure(EVENTS, 100))), [[0, 0], [0, 0]])


def test_distance_to_the_nearest_other_region_hit_by_hand():
    panel = panel_of(latitude=(0.0, 1.0, 3.0), events=[[1, 0, 0, 0], [0, 2, 0, 0], [0, 0, NAN, 0]])
    feature = Now(NearestHit(EVENTS, 2))
    assert feature.name == "nearest_events_2"
    expected = [
        [NAN, DEGREE, DEGREE, 2000],
        [NAN, DEGREE, 2000, 2000],
        [NAN, 2 * DEGREE, NAN, NAN],
    ]
    np.testing.assert_allclose(column(panel, feature), expected, rtol=1e-5)


@pytest.mark.parametrize(
    "signal",
    [
        Neighbours(EVENTS, 1),
        Neighbours(EVENTS, 2),
        Pressure(EVENTS, 250),
        NearestHit(EVENTS, 3),
        Country(EVENTS, own=False),
    ],
)
def test_the_own_count_never_reaches_what_lies_around(signal):
    panel = rich_panel(np.random.default_rng(2), gaps=False, months=40)
    before = column(panel, Now(signal))
    panel.measures["events"][4, 10:] += 1000
    after = column(panel, Now(signal))
    np.testing.assert_array_equal(after[4], before[4])
    assert not np.array_equal(after, before, equal_nan=True)


def test_location_without_coordinates_or_neighbours_is_absent_and_named():
    panel = panel_of(events=[[1, 2], [0, 0]])
    panel.regions["latitude"] = NAN
    features = (Now(Neighbours(EVENTS, 1)), Now(Pressure(EVENTS, 100)), Now(EVENTS))
    table = build_features(panel, features)
    assert table.names == ("events",)
    assert table.absent == {
        "location": "no region has a neighbour in the region table; some regions have no latitude"
        " and longitude"
    }


def test_neighbours_reached_for_the_first_time_are_counted_once():
    panel = panel_of(
        neighbours=("b;c", "a", "a"),
        events=[[0, 5, 0, 0, 0], [0, 2, 1, 0, 3], [0, 0, 1, 0, 0]],
    )
    reached = Neighbours(FirstHit(Measure("events")), 1)
    np.testing.assert_array_equal(
        column(panel, MovingSum(reached, 2)),
        [[NAN, 1, 2, 1, 0], [NAN, 1, 1, 0, 0], [NAN, 1, 1, 0, 0]],
    )
    np.testing.assert_array_equal(column(panel, MonthsSince(reached))[0], [1, 0, 0, 1, 2])
