"""The risk table: exact columns, figures worked out by hand, ranks and their ties."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.errors import ConfigError
from data.schema import RISK_COLUMNS
from experiments.distribution import Distribution
from experiments.runs.confidence import Confidence
from features.panel import Panel
from forecast.model.risk import Judgement, TargetForecast, risk_table
from tests.features.panels import panel_of

NAN = float("nan")


def _panel(last: list[float]) -> Panel:
    """Regions a, b, c ... with 1 attack and 2 deaths a month, and this in the last month."""
    return panel_of(
        "2019-01",
        events=[[1.0] * 23 + [value] for value in last],
        deaths=[[2.0] * 23 + [2 * value] for value in last],
    )


def _table(panel: Panel, events: list[list[int]], **options: object) -> pd.DataFrame:
    draws = np.array(events, dtype=np.int32)
    forecasts = [TargetForecast("events", 1, Distribution(draws), "toy", "1", "passed")]
    if options.pop("deaths", True):
        forecasts.append(
            TargetForecast("deaths", 1, Distribution(draws * 10), "other", "2", "none")
        )
    count = len(panel.regions)
    judgement = Judgement([("why",)] * count, [Confidence("moderate", "because")] * count)
    return risk_table(panel, forecasts, judgements={1: judgement}, run_id="id", **options)


def test_figures_by_hand() -> None:
    table = _table(_panel([4.0]), [[0, 1, 3, 4]])
    assert tuple(table.columns) == RISK_COLUMNS
    row = table.iloc[0]
    assert row["origin"] == "2020-12"
    assert row["target_month"] == "2021-01"
    assert (row["p_attack"], row["level"], row["likelihood"]) == (0.75, "high", "likely")
    assert row["mean12_events"] == 1.25  # eleven months of 1 and one of 4
    # Escalation needs max(3, 2.5): two draws of four. 0 is at most 0.625: de-escalation.
    assert row["p_escalation"] == 0.5
    assert row["phase"] == "escalation"
    assert row["expected_events"] == 2.0
    assert row["change_events"] == 0.75
    assert row["events_p50"] == 2.0
    assert row["events_p05"] == pytest.approx(0.15)  # linear between the first two draws
    assert row["events_p95"] == pytest.approx(3.85)
    assert row["expected_deaths"] == 20.0
    assert row["p_deaths_25"] == 0.5
    assert (row["last_events"], row["last_deaths"], row["mean12_deaths"]) == (4, 8, 2.5)
    assert (row["reason_1"], row["confidence"]) == ("why", "moderate")
    assert pd.isna(row["reason_2"])
    assert (row["model_events"], row["model_deaths"]) == ("toy", "other")
    assert row["model_version"] == "events: 1; deaths: 2"
    assert row["gate"] == "events: passed; deaths: none"
    assert pd.isna(row["p_attack_previous"])


def test_rank_by_probability_then_expected_then_id() -> None:
    table = _table(_panel([1.0] * 5), [[0, 9], [1, 1], [0, 9], [0, 2], [2, 2]])
    assert table["region_id"].tolist() == ["e", "b", "a", "c", "d"]
    assert table["rank"].tolist() == [1, 2, 3, 4, 5]


def test_an_unobserved_region_stays_without_rank_and_figures() -> None:
    table = _table(_panel([1.0, NAN]), [[0, 1], [5, 5]])
    row = table.iloc[1]
    assert row["region_id"] == "b"
    assert row["data_status"] == "not_covered"
    empty = ["rank", "level", "p_attack", "p_escalation", "phase", "expected_events", "last_events"]
    assert row[[*empty, "change_events", "reason_1", "confidence", "events_p95"]].isna().all()
    assert table.iloc[0]["rank"] == 1


def test_without_deaths_their_columns_are_missing() -> None:
    table = _table(_panel([1.0]), [[0, 1]], deaths=False)
    columns = ["expected_deaths", "deaths_p05", "deaths_p95", "p_deaths_25", "model_deaths"]
    assert table[columns].isna().all(axis=None)
    assert table.iloc[0]["gate"] == "passed"


def test_a_past_shorter_than_a_year_has_no_phase() -> None:
    table = _table(panel_of(events=[[1.0] * 6]), [[0, 1]], deaths=False)
    assert table[["phase", "p_escalation", "mean12_events"]].isna().all(axis=None)
    assert table.iloc[0]["p_attack"] == 0.5


def test_the_issue_before_gives_probability_and_rank() -> None:
    before = _table(_panel([1.0, 1.0]), [[0, 1], [1, 1]])
    table = _table(_panel([1.0, 1.0]), [[1, 1], [0, 1]], previous=before)
    assert table["region_id"].tolist() == ["a", "b"]
    assert table["rank_previous"].tolist() == [2, 1]
    assert table["p_attack_previous"].tolist() == [0.5, 1.0]
    assert table["change_p_attack"].tolist() == [0.5, -0.5]


def test_a_table_without_attacks_is_refused() -> None:
    deaths = TargetForecast(
        "deaths", 1, Distribution(np.zeros((1, 2), dtype=np.int32)), "toy", "1", "none"
    )
    with pytest.raises(ConfigError, match="needs the target events"):
        risk_table(_panel([1.0]), [deaths], judgements={}, run_id="id")
