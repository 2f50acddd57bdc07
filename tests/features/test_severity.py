from __future__ import annotations

import numpy as np

from features.severity import PerEvent, Spread
from features.signals import Measure
from tests.features.panels import column, panel_of

NAN = float("nan")


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
