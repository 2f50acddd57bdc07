from __future__ import annotations

import numpy as np
import pytest

from features.signals import Hit, Measure, Signal, Sources, of_kind
from tests.features.panels import panel_of

NAN = float("nan")


def test_hit_is_missing_where_its_window_is():
    panel = panel_of(events=[[0, 2, 0, 0], [0, NAN, 0, 0]])
    series = Sources(panel, known=4).read(Hit(Measure("events"), 2))
    np.testing.assert_array_equal(series, [[NAN, 1, 1, 0], [NAN, NAN, NAN, 0]])


def test_a_measure_is_lacking_when_it_is_not_there_or_never_known():
    panel = panel_of(events=[[0, 2]], deaths=[[NAN, 5]])
    assert Measure("deaths").lack(Sources(panel, known=2)) is None
    unknown = Measure("deaths").lack(Sources(panel, known=1))
    assert unknown is not None
    assert unknown.reason == 'no month has a known value of "deaths"'
    missing = Hit(Measure("civilians"), 3).lack(Sources(panel, known=2))
    assert missing is not None
    assert (missing.subject, missing.reason) == (
        "civilians",
        'the panel has no measure "civilians"',
    )


def test_a_series_is_made_once_and_dropped_when_no_longer_wanted():
    sources = Sources(panel_of(events=[[0, 2]]), known=2)
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
        Signal().series(Sources(panel_of(events=[[1]]), known=1))
