from __future__ import annotations

import numpy as np
import pytest

from features.moving import ExponentialMean, Lag, MovingMax, MovingMean, MovingSum, Now
from features.signals import Measure
from tests.features.panels import column, panel_of

NAN = float("nan")
EVENTS = Measure("events")
PANEL = panel_of(events=[[1, 0, 4, 2], [0, 0, 0, 6], [5, NAN, 1, 1]])


@pytest.mark.parametrize(
    ("feature", "name", "expected"),
    [
        (Now(EVENTS), "events", [[1, 0, 4, 2], [0, 0, 0, 6], [5, NAN, 1, 1]]),
        (Lag(EVENTS, 0), "events_lag_0", [[1, 0, 4, 2], [0, 0, 0, 6], [5, NAN, 1, 1]]),
        (Lag(EVENTS, 2), "events_lag_2", [[NAN, NAN, 1, 0], [NAN, NAN, 0, 0], [NAN, NAN, 5, NAN]]),
        (
            MovingSum(EVENTS, 2),
            "events_sum_2",
            [[NAN, 1, 4, 6], [NAN, 0, 0, 6], [NAN, NAN, NAN, 2]],
        ),
        (
            MovingMean(EVENTS, 2),
            "events_mean_2",
            [[NAN, 0.5, 2, 3], [NAN, 0, 0, 3], [NAN, NAN, NAN, 1]],
        ),
        (
            MovingMean(EVENTS, 2, 1),
            "events_mean_2_before_1",
            [[NAN, NAN, 0.5, 2], [NAN, NAN, 0, 0], [NAN, NAN, NAN, NAN]],
        ),
        (
            MovingMax(EVENTS, 3),
            "events_max_3",
            [[NAN, NAN, 4, 4], [NAN, NAN, 0, 6], [NAN, NAN, NAN, NAN]],
        ),
        # a = 1/2: 1, .5, .5*4+.5*.5, .5*2+.5*2.25; c: (.25*5 + .5*1)/.75, (.125*5+.25+.5)/.875
        (
            ExponentialMean(EVENTS, 1),
            "events_ewm_1",
            [[1, 0.5, 2.25, 2.125], [0, 0, 0, 3], [5, NAN, 7 / 3, 11 / 7]],
        ),
        (
            ExponentialMean(EVENTS, 1, 1),
            "events_ewm_1_before_1",
            [[NAN, 1, 0.5, 2.25], [NAN, 0, 0, 0], [NAN, 5, NAN, 7 / 3]],
        ),
    ],
)
def test_columns_by_hand(feature, name, expected):
    assert feature.name == name
    assert feature.family == "frequency"
    np.testing.assert_allclose(column(PANEL, feature), expected, rtol=1e-6)


def test_formulas_say_when_the_window_ends():
    assert MovingMean(EVENTS, 3, 1).formula == "mean of events over the 3 months up to t - 1"
    assert "up to t," in ExponentialMean(EVENTS, 6).formula
