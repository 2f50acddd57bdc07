from __future__ import annotations

import numpy as np
import pytest

from features.history import EverMean, EverShare, FirstWithin, MonthsInto, YearsSum
from features.signals import Measure
from tests.features.panels import column, panel_of

NAN = float("nan")
EVENTS = Measure("events")
PANEL = panel_of(events=[[0, 4, 0, 0], [0, 0, 0, 0], [NAN, 3, NAN, 1]])


@pytest.mark.parametrize(
    ("feature", "name", "family", "expected"),
    [
        (
            EverMean(EVENTS),
            "events_ever_mean",
            "history",
            [[0, 2, 4 / 3, 1], [0, 0, 0, 0], [NAN, 3, NAN, 2]],
        ),
        (
            EverShare(EVENTS),
            "events_ever_share",
            "history",
            [[0, 0.5, 1 / 3, 0.25], [0, 0, 0, 0], [NAN, 1, NAN, 1]],
        ),
        (
            MonthsInto(EVENTS),
            "events_months_since_first",
            "location",
            [[0, 1, 2, 3], [0, 0, 0, 0], [NAN, 1, NAN, 3]],
        ),
        (
            FirstWithin(EVENTS, 2),
            "events_first_within_2",
            "location",
            [[0, 1, 1, 0], [0, 0, 0, 0], [NAN, 1, NAN, 0]],
        ),
    ],
)
def test_columns_by_hand(feature, name, family, expected):
    assert (feature.name, feature.family) == (name, family)
    np.testing.assert_allclose(column(PANEL, feature), expected, rtol=1e-6)


def test_sums_over_years_count_in_months():
    panel = panel_of(events=[[1.0] * 60 + [7.0]])
    feature = YearsSum(EVENTS, 5)
    assert feature.name == "events_sum_60"
    values = column(panel, feature)
    assert np.isnan(values[0, :59]).all()
    np.testing.assert_array_equal(values[0, 59:], [60, 66])
