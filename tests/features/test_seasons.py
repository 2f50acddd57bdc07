from __future__ import annotations

import numpy as np

from features.moving import Now
from features.seasons import MonthOfYear
from tests.features.panels import column, panel_of


def test_december_leads_over_to_january():
    panel = panel_of("2019-10", events=[[0.0] * 7, [1.0] * 7])
    sine, cosine = (column(panel, Now(MonthOfYear(wave))) for wave in ("sin", "cos"))
    half = np.sqrt(3) / 2
    october_to_april = [-1, -half, -0.5, 0, 0.5, half, 1]
    np.testing.assert_allclose(sine, [october_to_april] * 2, atol=1e-6)
    np.testing.assert_allclose(cosine[0], [0, 0.5, half, 1, half, 0.5, 0], atol=1e-6)
    assert Now(MonthOfYear("sin")).family == "calendar"
