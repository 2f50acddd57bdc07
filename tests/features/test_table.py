from __future__ import annotations

import numpy as np
import pytest

from data.errors import ConfigError, EvidenceError
from features.catalogue import family_names, standard_features
from features.moving import Lag, MovingSum, Now
from features.ratios import Share
from features.signals import Measure, of_kind
from features.table import build_features
from tests.features.panels import panel_of, rich_panel

NAN = float("nan")
EVENTS = Measure("events")


def test_the_table_holds_every_feature_in_order():
    panel = panel_of(events=[[1, 0, 2, 4], [0, 0, 3, NAN], [5, 0, 0, 1]])
    table = build_features(panel, [MovingSum(EVENTS, 2), Lag(EVENTS, 1)])
    assert table.names == ("events_sum_2", "events_lag_1")
    assert table.families == ("frequency", "frequency")
    assert table.months == ("2000-01", "2000-02", "2000-03", "2000-04")
    assert table.values.dtype == np.float32
    np.testing.assert_array_equal(
        table.values,
        [
            [[NAN, 1, 2, 6], [NAN, 0, 3, NAN], [NAN, 5, 0, 1]],
            [[NAN, 1, 0, 2], [NAN, 0, 0, 3], [NAN, 5, 0, 0]],
        ],
    )


def test_many_blocks_of_regions_give_the_same_as_one(monkeypatch):
    panel = rich_panel(np.random.default_rng(3), months=50)
    whole = build_features(panel).values
    monkeypatch.setattr("features.table._BLOCK_CELLS", 120)
    np.testing.assert_array_equal(build_features(panel).values, whole)


def test_the_last_months_alone_still_look_back_before_them():
    panel = rich_panel(np.random.default_rng(4), months=80)
    whole = build_features(panel)
    part = build_features(panel, since="2005-06")
    assert part.months == whole.months[65:]
    assert part.names == whole.names
    assert part.values.tobytes() == np.ascontiguousarray(whole.values[:, :, 65:]).tobytes()


def test_a_month_outside_the_panel_is_refused():
    panel = panel_of(events=[[1, 2]])
    with pytest.raises(EvidenceError, match="month 1999-12 is outside the panel"):
        build_features(panel, since="1999-12")


def test_a_family_without_input_is_absent_and_named_never_zeros():
    panel = panel_of(events=[[1.0] * 40, [0.0] * 40], events_battles=[[1.0] * 40, [0.0] * 40])
    table = build_features(panel)
    assert "severity" not in table.families
    assert table.absent["severity"].startswith('the panel has no measure "deaths"')
    assert table.absent["composition/deaths"] == 'the panel has no measure "deaths"'
    assert table.absent["composition/events_one_sided"] == (
        'the panel has no measure "events_one_sided"'
    )
    assert "events_battles_share_of_events_12" in table.names
    assert table.absent["field/deaths"] == 'the panel has no measure "deaths"'
    assert set(table.families) | set(table.absent) >= {f.family for f in standard_features()}


def test_families_that_are_switched_off_leave_the_others_as_they_are():
    panel = rich_panel(np.random.default_rng(9), months=60)
    whole = build_features(panel)
    part = build_features(panel, without=("severity", "location"))
    kept = [place for place, f in enumerate(whole.families) if f not in ("severity", "location")]
    assert 0 < len(kept) < len(whole.names)
    assert part.names == tuple(whole.names[place] for place in kept)
    assert part.families == tuple(whole.families[place] for place in kept)
    assert part.values.tobytes() == whole.values[kept].tobytes()
    assert part.absent == {"severity": "switched off", "location": "switched off"}


def test_each_family_can_be_switched_off():
    panel = rich_panel(np.random.default_rng(9), months=30)
    for family in family_names():
        assert family not in build_features(panel, without=[family]).families


def test_a_family_that_does_not_exist_cannot_be_switched_off():
    panel = panel_of(events=[[1, 2]])
    with pytest.raises(ConfigError, match='no family of features "locatoin": did you mean "loc'):
        build_features(panel, without=("locatoin",))


def test_a_measure_unknown_over_the_training_months_is_absent():
    panel = panel_of(events=[[1, 2, 3]], events_one_sided=[[NAN, NAN, 1]])
    features = [Now(EVENTS), Share(of_kind("events", "one-sided"), EVENTS, 1)]
    assert build_features(panel, features).absent == {}
    table = build_features(panel, features, known_through="2000-02")
    assert table.names == ("events",)
    assert table.absent == {"composition": 'no month has a known value of "events_one_sided"'}


def test_the_panel_is_not_changed():
    panel = rich_panel(np.random.default_rng(5), months=40)
    digest = panel.digest()
    for values in panel.measures.values():
        values.flags.writeable = False
    build_features(panel)
    assert panel.digest() == digest


def test_a_panel_shorter_than_its_windows_has_missing_values_there():
    table = build_features(panel_of(events=[[3.0]], deaths=[[4.0]]))
    short = dict(zip(table.names, table.values[:, 0, 0], strict=True))
    assert short["events_lag_0"] == 3
    assert np.isnan(short["events_sum_2"])
    assert short["events_ewm_6"] == 3
