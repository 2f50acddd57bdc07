from __future__ import annotations

import numpy as np

from features.composition import Share
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
