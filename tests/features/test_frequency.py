from __future__ import annotations

import numpy as np
import pytest

from features.frequency import Acceleration, MonthsSince, MonthsWith, Recency, Surge, Trend
from features.signals import Measure
from tests.features.panels import column, panel_of

NAN = float("nan")
EVENTS = Measure("events")
PANEL = panel_of(events=[[0, 0, 3, 1, 0, 0], [0, 0, 0, 0, 0, 2], [4, NAN, 0, 0, 0, 8]])


@pytest.mark.parametrize(
    ("feature", "name", "expected"),
    [
        (
            MonthsWith(EVENTS, 2),
            "events_months_with_2",
            [[NAN, 0, 0.5, 1, 0.5, 0], [NAN, 0, 0, 0, 0, 0.5], [NAN, NAN, NAN, 0, 0, 0.5]],
        ),
        (
            MonthsSince(EVENTS),
            "events_months_since_1",
            [[1, 2, 0, 0, 1, 2], [1, 2, 3, 4, 5, 0], [0, NAN, 2, 3, 4, 0]],
        ),
        (
            Recency(EVENTS, 3, 1),
            "events_recency_3_1",
            [[0, 0, 1, 0.5, 0.25, 0.125], [0] * 6, [1, NAN, 0.25, 0.125, 0.0625, 1]],
        ),
        (
            Trend(EVENTS, 1, 3),
            "events_trend_1_3",
            [
                [NAN, NAN, 2, -1 / 3, -4 / 3, -1 / 3],
                [NAN, NAN, 0, 0, 0, 4 / 3],
                [NAN, NAN, NAN, NAN, 0, 16 / 3],
            ],
        ),
        (
            Acceleration(EVENTS, 1),
            "events_acceleration_1",
            [[NAN, NAN, 3, -5, 1, 1], [NAN, NAN, 0, 0, 0, 2], [NAN, NAN, NAN, NAN, 0, 8]],
        ),
        (
            Surge(EVENTS, 1, 2),
            "events_surge_1_2",
            [[NAN, NAN, 3, 0, 0, 0], [NAN, NAN, 0, 0, 0, 2], [NAN, NAN, NAN, NAN, 0, 8]],
        ),
    ],
)
def test_columns_by_hand(feature, name, expected):
    assert feature.name == name
    np.testing.assert_allclose(column(PANEL, feature), expected, rtol=1e-6, atol=1e-6)
