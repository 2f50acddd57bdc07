from __future__ import annotations

import numpy as np
import pytest

from features.moving import Now
from features.signals import Hit, Measure, MonthOfYear, Signal, Sources, of_kind
from tests.features.panels import column, panel_of

NAN = float("nan")


def test_hit_is_missing_where_its_window_is():
    panel = panel_of(events=[[0, 2, 0, 0], [0, NAN, 0, 0]])
    series = Sources(panel, training_months=4).read(Hit(Measure("events"), 2))
    np.testing.assert_array_equal(series, [[NAN, 1, 1, 0], [NAN, NAN, NAN, 0]])


def test_a_measure_is_lacking_when_it_is_not_there_or_never_known():
    panel = panel_of(events=[[0, 2]], deaths=[[NAN, 5]])
    assert Measure("deaths").lack(Sources(panel, training_months=2)) is None
    unknown = Measure("deaths").lack(Sources(panel, training_months=1))
    assert unknown is not None
    assert unknown.reason == 'no month has a known value of "deaths"'
    missing = Hit(Measure("civilians"), 3).lack(Sources(panel, training_months=2))
    assert missing is not None
    assert (missing.subject, missing.reason) == (
        "civilians",
        'the panel has no measure "civilians"',
    )


def test_a_series_is_made_once_and_dropped_when_no_longer_wanted():
    sources = Sources(panel_of(events=[[0, 2]]), training_months=2)
    hit = Hit(Measure("events"), 1)
    first = sources.read(hit)
    assert sources.read(hit) is first
    sources.keep_only([Measure("events")])
    assert sources.read(hit) is not first


def test_families_and_kinds():
    assert of_kind("deaths", "one-sided") == Measure("deaths_one_sided")
    assert Measure("events_battles").family == "frequency"
    assert Measure("largest_event").family == Measure("civilians").family == "severity"
    with pytest.raises(NotImplementedError):
        Signal().series(Sources(panel_of(events=[[1]]), training_months=1))


def test_december_leads_over_to_january():
    panel = panel_of("2019-10", events=[[0.0] * 7, [1.0] * 7])
    sine, cosine = (column(panel, Now(MonthOfYear(wave))) for wave in ("sin", "cos"))
    half = np.sqrt(3) / 2
    october_to_april = [-1, -half, -0.5, 0, 0.5, half, 1]
    np.testing.assert_allclose(sine, [october_to_april] * 2, atol=1e-6)
    np.testing.assert_allclose(cosine[0], [0, 0.5, half, 1, half, 0.5, 0], atol=1e-6)
    assert Now(MonthOfYear("sin")).family == "calendar"
