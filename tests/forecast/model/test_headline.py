"""Headline figures and records."""

from __future__ import annotations

import numpy as np

from forecast.model.headline import headlines
from tests.features.panels import panel_of

NAN = float("nan")


def test_totals_and_mean_by_hand() -> None:
    panel = panel_of("2019-12", events=[[1.0] * 12 + [3.0], [0.0] * 12 + [2.0]])
    (events,) = headlines(panel)
    assert (events.now, events.before) == (5.0, 1.0)
    assert events.mean12 == (11 + 5) / 12


def test_a_record_names_the_last_month_that_was_as_high() -> None:
    panel = panel_of("2000-01", events=[[9.0] + [1.0] * 20 + [5.0]])
    assert headlines(panel)[0].record == "worst month since January 2000"


def test_the_highest_of_all_says_so() -> None:
    panel = panel_of("2000-01", events=[[1.0] * 20 + [5.0]])
    assert headlines(panel)[0].record == "worst month since the record begins in January 2000"


def test_within_a_year_there_is_no_record() -> None:
    panel = panel_of("2000-01", events=[[1.0] * 20 + [5.0] + [1.0] * 10 + [5.0]])
    assert headlines(panel)[0].record is None


def test_months_with_fewer_covered_regions_cannot_be_beaten() -> None:
    late = [NAN] * 15 + [0.0] * 9
    panel = panel_of("2000-01", events=[[1.0] * 23 + [5.0], late])
    assert headlines(panel)[0].record is None  # only nine months are alike


def test_a_month_that_nobody_covers_is_missing() -> None:
    panel = panel_of("2000-01", events=[[1.0] * 5 + [NAN, 2.0]])
    assert np.isnan(headlines(panel)[0].before)
