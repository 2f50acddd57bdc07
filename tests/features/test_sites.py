import numpy as np

from features.signals import Measure
from features.sites import DaysBetween
from tests.features.panels import column, panel_of


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
