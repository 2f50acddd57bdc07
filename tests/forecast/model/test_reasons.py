"""Reasons: sentences whose figures stand in the panel, chosen by contributions or in order."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.models.model import FeatureContributions
from features.catalogue import standard_features
from features.panel import Panel
from forecast.model.facts import FACTS
from forecast.model.past import Past
from forecast.model.reasons import idea_of, reasons_for
from tests.features.panels import panel_of

NAN = float("nan")


def _months(*last: float, length: int = 72, fill: float = 0.0) -> list[float]:
    return [fill] * (length - len(last)) + [float(value) for value in last]


def _sahel() -> Panel:
    return panel_of(
        "2015-01",
        neighbours=("b;c", "a", "a"),
        events=[_months(1, 1, 0, 2, 3, 2), _months(0, 0, 12), _months(0, 0, 0)],
        deaths=[_months(0, 0, 0, 10, 30, 2), _months(0, 0, 5), _months(0, 0, 0)],
        largest_event=[_months(0, 0, 0, 8, 25, 1), _months(0, 0, 2), _months(0, 0, 0)],
        events_one_sided=[_months(1, 0, 0, 2, 2, 1), _months(0, 0, 4), _months(0, 0, 0)],
    )


@pytest.mark.parametrize(
    ("idea", "row", "text"),
    [
        ("recent", 0, "7 attacks in 3 months, up from 2 in the 3 before"),
        ("recent", 1, "12 attacks in 3 months, up from none in the 3 before"),
        ("recent", 2, "never attacked in the record (from 2015-01)"),
        ("long run", 0, "9 attacks in 36 months"),
        ("deaths", 0, "42 deaths in 3 months, up from none in the 3 before"),
        ("deadliest", 0, "deadliest attack in 12 months: 25 deaths"),
        ("kinds", 0, "6 of 9 attacks in a year on civilians"),
        ("neighbours", 0, "neighbour b: 12 attacks last month"),
        ("neighbours", 1, "neighbour a: 2 attacks last month"),
        ("nearest", 0, "nearest region hit in 3 months: b, 111 km"),
        ("country", 2, "Mali: 14 attacks last month, above the 12-month mean of 1.8"),
        ("field", 2, "all regions: 14 attacks last month, above the 12-month mean of 1.8"),
        ("season", 0, "no attack in January in 5 years"),
    ],
)
def test_facts_by_hand(idea: str, row: int, text: str) -> None:
    fact = FACTS[idea](Past(_sahel()), row, "2021-01")
    assert fact is not None
    assert fact.text == text


def test_silence_is_counted_to_the_last_attack() -> None:
    panel = panel_of(events=[_months(1, *[0] * 14), _months(1, 0), _months(2)])
    past = Past(panel)
    texts = [fact and fact.text for fact in (FACTS["quiet"](past, row, "") for row in range(3))]
    assert texts == ["no attack in the last 14 months", "no attack last month", None]


def test_attacks_of_three_months_are_no_second_reason():
    past = Past(panel_of(events=[_months(1, 0, 2), _months(1, 0, 0, 2)]))
    assert FACTS["long run"](past, 0, "") is None
    fact = FACTS["long run"](past, 1, "")
    assert fact is not None
    assert fact.text == "3 attacks in 36 months"


def test_a_long_silence_is_told_in_years():
    past = Past(panel_of(events=[_months(1, *[0] * 35), _months(1, *[0] * 36, length=80)[-72:]]))
    texts = [fact and fact.text for fact in (FACTS["quiet"](past, row, "") for row in range(2))]
    assert texts == ["no attack in the last 35 months", "no attack in the last 3 years"]


@pytest.mark.parametrize(
    ("last", "text", "points"),
    [
        (0, "Mali: no attack last month, below the 12-month mean of 0.9", -1),
        (1, "Mali: 1 attack last month, like the 12-month mean of 1.0", 0),
        (4, "Mali: 4 attacks last month, above the 12-month mean of 1.2", 1),
    ],
)
def test_a_month_is_set_against_its_year(last, text, points):
    fact = FACTS["country"](Past(panel_of(events=[_months(last, fill=1)])), 0, "")
    assert fact is not None
    assert (fact.text, fact.points) == (text, points)


def test_the_neighbour_with_most_attacks_is_named_with_the_sum() -> None:
    panel = panel_of(events=[_months(0), _months(3), _months(4)], neighbours=("b;c", "", ""))
    fact = FACTS["neighbours"](Past(panel), 0, "")
    assert fact is not None
    assert fact.text == "neighbour c: 4 attacks last month, 7 in all 2 neighbours"


def test_quiet_neighbours_lower_the_risk() -> None:
    panel = panel_of(events=[_months(1), _months(0), _months(0)], neighbours=("b;c", "", ""))
    fact = FACTS["neighbours"](Past(panel), 0, "")
    assert fact is not None
    assert (fact.text, fact.points) == ("no attack in any of 2 neighbours in 3 months", -1)


def test_an_unobserved_month_makes_no_claim() -> None:
    panel = panel_of(events=[_months(0, NAN, 0), _months(0, NAN, 0)], neighbours=("b", "a"))
    past = Past(panel)
    for idea in ("recent", "long run", "neighbours", "country", "field"):
        assert FACTS[idea](past, 0, "2006-01") is None, idea
    quiet = FACTS["quiet"](past, 0, "")
    assert quiet is not None
    assert quiet.text == "no attack last month"  # the month before is unknown


def test_baselines_get_recent_neighbours_and_long_run() -> None:
    assert reasons_for(_sahel(), horizon=1)[0] == (
        "7 attacks in 3 months, up from 2 in the 3 before",
        "neighbour b: 12 attacks last month",
        "9 attacks in 36 months",
    )


def _contributions(**values: float) -> FeatureContributions:
    families = {feature.name: feature.family for feature in standard_features()}
    return FeatureContributions(
        names=tuple(values),
        families=tuple(families[name] for name in values),
        values=np.array([list(values.values())] * 3),
    )


def test_contributions_choose_and_one_idea_appears_once() -> None:
    found = reasons_for(
        _sahel(),
        horizon=1,
        contributions=_contributions(
            neighbours1_events_sum_1=0.5,
            nearest_events_3=0.4,  # another word for the neighbours
            events_sum_3=0.3,
            events_lag_0=0.3,  # with the line above the strongest idea: 0.6
            deaths_sum_3=0.2,
            events_sum_36=-0.1,
        ),
    )
    assert found[0] == (
        "7 attacks in 3 months, up from 2 in the 3 before",
        "neighbour b: 12 attacks last month",
        "42 deaths in 3 months, up from none in the 3 before",
    )


def test_a_low_forecast_is_explained_by_what_lowers_it() -> None:
    found = reasons_for(
        _sahel(),
        horizon=1,
        contributions=_contributions(events_months_since_1=-2.0, neighbours1_events_sum_1=0.5),
    )
    assert found[2] == ("never attacked in the record (from 2015-01)",)
    # Region a was attacked last month: silence cannot be its reason, so the fixed order stands in.
    assert found[0][0] == "7 attacks in 3 months, up from 2 in the 3 before"


def test_every_feature_of_the_catalogue_stands_for_a_fact() -> None:
    for feature in standard_features():
        assert idea_of(feature.name, feature.family) in FACTS


def test_no_feature_name_reaches_a_reader() -> None:
    for sentences in reasons_for(_sahel(), horizon=1):
        assert not any("_" in sentence for sentence in sentences)
