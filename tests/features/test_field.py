from __future__ import annotations

import numpy as np

from features.composition import Share
from features.field import Country, Whole
from features.moving import MovingSum, Now
from features.signals import Hit, Measure
from features.table import build_features
from tests.features.panels import column, panel_of

NAN = float("nan")
EVENTS = Measure("events")
PANEL = panel_of(country=("Mali", "Mali", "Niger"), events=[[1, 0, 2], [3, 4, NAN], [5, 6, 7]])


def test_country_sums_with_and_without_the_region_itself():
    assert MovingSum(Country(EVENTS), 1).name == "country_events_sum_1"
    # In the last month half of Mali's regions are observed: their 2 stand for the other as well.
    np.testing.assert_array_equal(
        column(PANEL, Now(Country(EVENTS))), [[4, 4, 4], [4, 4, 4], [5, 6, 7]]
    )
    np.testing.assert_array_equal(
        column(PANEL, Now(Country(EVENTS, own=False))), [[3, 4, NAN], [1, 0, 2], [0, 0, 0]]
    )


def test_share_of_the_country_by_hand():
    feature = Share(EVENTS, Country(EVENTS), 2, "location")
    assert feature.family == "location"
    np.testing.assert_allclose(
        column(PANEL, feature), [[NAN, 1 / 8, 2 / 8], [NAN, 7 / 8, NAN], [NAN, 1, 1]]
    )


def test_the_whole_field_is_the_same_for_every_region():
    feature = MovingSum(Whole(EVENTS), 2)
    assert (feature.name, feature.family) == ("whole_events_sum_2", "field")
    np.testing.assert_array_equal(column(PANEL, feature), [[NAN, 19, 23.5]] * 3)


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
