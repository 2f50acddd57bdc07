from __future__ import annotations

import numpy as np
import pytest

from features.frequency import MonthsSince
from features.location import Country, FirstHit, NearestHit, Neighbours, Pressure, Whole
from features.moving import MovingSum, Now
from features.ratios import Share
from features.signals import Hit, Measure
from features.table import build_features
from tests.features.panels import column, panel_of, rich_panel

NAN = float("nan")
EVENTS = Measure("events")
COUNTRIES = panel_of(country=("Mali", "Mali", "Niger"), events=[[1, 0, 2], [3, 4, NAN], [5, 6, 7]])
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


def test_country_sums_with_and_without_the_region_itself():
    assert MovingSum(Country(EVENTS), 1).name == "country_events_sum_1"
    # In the last month half of Mali's regions are observed: their 2 stand for the other as well.
    np.testing.assert_array_equal(
        column(COUNTRIES, Now(Country(EVENTS))), [[4, 4, 4], [4, 4, 4], [5, 6, 7]]
    )
    np.testing.assert_array_equal(
        column(COUNTRIES, Now(Country(EVENTS, own=False))), [[3, 4, NAN], [1, 0, 2], [0, 0, 0]]
    )


def test_share_of_the_country_by_hand():
    feature = Share(EVENTS, Country(EVENTS), 2, "location")
    assert feature.family == "location"
    np.testing.assert_allclose(
        column(COUNTRIES, feature), [[NAN, 1 / 8, 2 / 8], [NAN, 7 / 8, NAN], [NAN, 1, 1]]
    )


def test_the_whole_field_is_the_same_for_every_region():
    feature = MovingSum(Whole(EVENTS), 2)
    assert (feature.name, feature.family) == ("whole_events_sum_2", "field")
    np.testing.assert_array_equal(column(COUNTRIES, feature), [[NAN, 19, 23.5]] * 3)


def test_share_of_regions_hit_in_the_last_months():
    panel = panel_of(events=[[1, 0, 0, 0], [0, 0, 2, 0], [0, 0, 0, 0], [0, 0, 3, 0]])
    feature = Now(Whole(Hit(EVENTS, 2), "mean"))
    assert feature.name == "whole_events_hit_2_share"
    np.testing.assert_array_equal(column(panel, feature), [[NAN, 0.25, 0.5, 0.5]] * 4)


def test_regions_never_observed_do_not_thin_out_a_mean():
    panel = panel_of(events=[[1, 1], [0, 1], [NAN, NAN]])
    feature = Now(Whole(Hit(EVENTS, 1), "mean"))
    np.testing.assert_array_equal(column(panel, feature), [[0.5, 1]] * 3)


def test_the_field_is_missing_where_less_than_half_of_it_is_observed():
    panel = panel_of(events=[[1, 1], [2, NAN], [3, NAN]])
    np.testing.assert_array_equal(column(panel, Now(Whole(EVENTS))), [[6, NAN]] * 3)


def test_field_without_countries_names_what_is_missing():
    panel = panel_of(events=[[1, 2]])
    panel.regions["country"] = None
    table = build_features(panel, (Now(Country(EVENTS)), Now(Whole(EVENTS))))
    assert table.names == ("whole_events",)
    assert table.absent == {"field/country": "some regions have no country"}
