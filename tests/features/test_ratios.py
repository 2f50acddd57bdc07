from __future__ import annotations

import numpy as np

from features.ratios import Concentration, DaysBetween, PerEvent, Share, Spread
from features.signals import Measure, of_kind
from tests.features.panels import column, panel_of

NAN = float("nan")


def test_share_of_a_kind_over_a_window_by_hand():
    panel = panel_of(
        events=[[2, 2, 4, 0], [0, 0, 1, 0], [1, NAN, 1, 1]],
        events_one_sided=[[1, 0, 3, 0], [0, 0, 1, 0], [1, NAN, 0, 1]],
    )
    feature = Share(of_kind("events", "one-sided"), Measure("events"), 2)
    assert feature.name == "events_one_sided_share_of_events_2"
    assert feature.family == "composition"
    np.testing.assert_allclose(
        column(panel, feature),
        [[NAN, 0.25, 0.5, 0.75], [NAN, 0, 1, 1], [NAN, NAN, NAN, 0.5]],
    )


def test_the_main_attackers_share_is_of_all_attacks_of_two_years():
    events = [[1.0] + [0.0] * 22 + [3.0, 2.0], [0.0] * 25]
    main = [[0.0] * 23 + [3.0, 4.0], [0.0] * 25]
    panel = panel_of(events=events, actor_main=main)
    share = column(panel, Concentration(Measure("actor_main"), Measure("events")))
    assert np.isnan(share[:, :23]).all()
    np.testing.assert_allclose(share[:, 23:], [[3 / 4, 4 / 5], [0, 0]], rtol=1e-6)


def test_deaths_an_event_over_a_window_by_hand():
    panel = panel_of(events=[[1, 3, 0], [0, 0, 0]], deaths=[[6, 6, 0], [0, 0, 0]])
    feature = PerEvent(Measure("deaths"), Measure("events"), 2)
    assert feature.name == "deaths_per_events_2"
    assert feature.family == "severity"
    np.testing.assert_array_equal(column(panel, feature), [[NAN, 3, 2], [NAN, 0, 0]])


def test_spread_is_relative_to_the_high_count():
    panel = panel_of(deaths_low=[[1, 2, 0, 0]], deaths_high=[[1, 5, 5, NAN]])
    feature = Spread(Measure("deaths_low"), Measure("deaths_high"), 2)
    assert feature.name == "deaths_spread_2"
    np.testing.assert_allclose(column(panel, feature), [[NAN, 0.5, 0.8, NAN]], rtol=1e-6)


def test_days_between_hits_are_those_of_the_windows_repeats():
    panel = panel_of(
        events=[[1.0] * 4],
        site_repeats=[[0.0, 1.0, 0.0, 3.0]],
        site_days=[[0.0, 41.0, 0.0, 27.0]],
    )
    days = column(panel, DaysBetween(Measure("site_days"), Measure("site_repeats"), 2))
    np.testing.assert_array_equal(days, [[np.nan, 41, 41, 9]])


def test_a_region_without_a_repeat_stands_at_two_years():
    panel = panel_of(
        events=[[1.0] * 4],
        site_repeats=[[1.0, 0.0, 0.0, 0.0]],
        site_days=[[9.0, 0.0, 0.0, 0.0]],
    )
    days = column(panel, DaysBetween(Measure("site_days"), Measure("site_repeats"), 2))
    np.testing.assert_array_equal(days, [[np.nan, 9, 731, 731]])
