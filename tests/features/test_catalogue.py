"""Laws that every standard feature obeys, each tested over the whole catalogue."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from features.catalogue import standard_features
from features.feature import Feature
from features.frequency import Acceleration, MonthsSince, MonthsWith, Recency, Surge, Trend
from features.history import EverMean, EverShare, FirstWithin, MonthsInto, YearsSum
from features.moving import ExponentialMean, Lag, MovingMax, MovingSum, Now
from features.panel import Panel
from features.ratios import Concentration, PerEvent, Spread
from features.signals import Measure
from features.table import FeatureTable, build_features
from tests.features.panels import rich_panel

FEATURES = standard_features()
PANEL = rich_panel(np.random.default_rng(1))
LONG = rich_panel(np.random.default_rng(7), regions=6, months=200)
ORIGINS = range(6, 150, 4)  # 36 of them


@pytest.fixture(scope="module")
def table() -> FeatureTable:
    return build_features(PANEL)


def poisoned(panel: Panel, origin: int, rng: np.random.Generator) -> Panel:
    """Return a copy with garbage in every month after the origin."""
    later = (len(panel.regions), len(panel.months) - origin - 1)
    measures = {}
    for name, values in panel.measures.items():
        garbage = rng.choice(np.array([1e6, np.nan, 0, 7], dtype=np.float32), later)
        measures[name] = np.concatenate((values[:, : origin + 1], garbage), axis=1)
    return replace(panel, measures=measures)


def changed(before: FeatureTable, after: FeatureTable, origin: int) -> list[str]:
    """Name the features whose bytes up to the origin differ."""
    return [
        name
        for name, one, other in zip(before.names, before.values, after.values, strict=True)
        if one[:, : origin + 1].tobytes() != other[:, : origin + 1].tobytes()
    ]


def test_the_rich_panel_lacks_nothing(table):
    assert table.absent == {}
    assert table.names == tuple(feature.name for feature in FEATURES)
    assert len(set(table.names)) == len(FEATURES) >= 70
    assert set(table.families) == {
        "frequency",
        "severity",
        "composition",
        "location",
        "calendar",
        "field",
        "history",
        "actors",
        "sites",
        "simultaneity",
    }


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_every_feature_states_its_formula(feature):
    assert len(feature.formula) > 10
    assert feature == replace(feature)
    assert hash(feature) == hash(replace(feature))


@pytest.mark.parametrize("origin", ORIGINS)
def test_months_after_the_origin_cannot_reach_any_feature(table, origin):
    after = build_features(poisoned(PANEL, origin, np.random.default_rng(origin)))
    assert after.names == table.names
    assert changed(table, after, origin) == []


@pytest.mark.parametrize("origin", [12, 50, 100])
def test_a_panel_without_gaps_is_as_safe_from_later_ones(origin):
    whole = rich_panel(np.random.default_rng(2), months=120, gaps=False)
    before = build_features(whole)
    after = build_features(poisoned(whole, origin, np.random.default_rng(origin)))
    assert changed(before, after, origin) == []


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_panel_cut_at_the_origin_gives_the_same_bytes(table, origin):
    cut = build_features(PANEL.up_to(PANEL.months[origin]))
    assert cut.names == table.names
    assert changed(table, cut, origin) == []


def test_the_poison_test_would_catch_a_leak(table):
    leaking = replace(table, values=table.values.copy())
    leaking.values[3, :, :-1] = table.values[3, :, 1:]
    assert changed(table, leaking, 60) == [table.names[3]]


def test_permuting_regions_permutes_every_feature(table):
    order = np.random.default_rng(3).permutation(len(PANEL.regions))
    mixed = replace(
        PANEL,
        regions=PANEL.regions.iloc[order].reset_index(drop=True),
        measures={name: values[order] for name, values in PANEL.measures.items()},
        status=PANEL.status[order],
    )
    after = build_features(mixed)
    for name, one, other in zip(table.names, table.values, after.values, strict=True):
        np.testing.assert_allclose(other, one[order], rtol=1e-6, err_msg=name)


def months_read(feature: Feature) -> range | None:
    """Give which months back a feature needs observed: 0 alone for those over the whole past."""
    match feature:
        case Concentration():
            return range(24)
        case Lag(lag=lag):
            return range(lag, lag + 1)
        case MovingSum(months=months) | MovingMax(months=months) | MonthsWith(months=months):
            return range(months)
        case Trend(past=months) | PerEvent(months=months) | Spread(months=months):
            return range(months)
        case Acceleration(months=months):
            return range(3 * months)
        case Surge(recent=recent, quiet=quiet):
            return range(recent + quiet)
        case YearsSum(years=years):
            return range(12 * years)
        case ExponentialMean() | MonthsSince() | Recency() | EverMean() | EverShare():
            return range(1)
        case MonthsInto() | FirstWithin() | Now():
            return range(1)
    return None


OWN = [f for f in FEATURES if all(isinstance(s, Measure) for s in f.signals())]


@pytest.mark.parametrize("feature", OWN, ids=lambda feature: feature.name)
def test_a_window_with_an_unobserved_month_is_missing_and_no_other(feature):
    back = months_read(feature)
    if back is None:  # shares and means read both measures over one window
        back = range(feature.months)
    unknown = np.isnan(LONG.measures["events"])
    expected = np.zeros_like(unknown)
    for lag in back:
        expected[:, :lag] = True
        expected[:, lag:] |= unknown[:, : unknown.shape[1] - lag]
    values = build_features(LONG, [feature]).values[0]
    np.testing.assert_array_equal(np.isnan(values), expected)
    assert not expected.all()


def test_no_feature_is_infinite(table):
    assert not np.isinf(table.values).any()


def test_a_panel_without_any_event_has_finite_features():
    quiet = replace(
        PANEL,
        measures={name: np.zeros_like(values) for name, values in PANEL.measures.items()},
        status=np.zeros_like(PANEL.status),
    )
    assert np.isfinite(build_features(quiet).values[:, :, -1]).all()
