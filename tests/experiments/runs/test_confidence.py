"""Confidence by its stated rule: the least favourable answer, with its reason."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments.runs.confidence import BandRecord, Confidence, band_records, judge_confidence

GOOD = {"high": BandRecord(200, 0.60, 0.62)}


def _judge(
    months: int = 100,
    records: dict[str, BandRecord] | None = GOOD,
    members: list[float] | None = None,
    as_high: int = 36,
) -> Confidence:
    return judge_confidence(
        np.array([0.6]),
        months_observed=np.array([months]),
        as_high=np.array([as_high]),
        records=records,
        members=None if members is None else np.array(members)[:, None],
    )[0]


@pytest.mark.parametrize(
    ("months", "happened", "members", "level"),
    [
        (100, 0.62, None, "high"),
        (60, 0.62, [0.5, 0.65], "high"),
        (59, 0.62, None, "moderate"),
        (23, 0.62, None, "low"),
        (100, 0.70, None, "moderate"),  # 10 points off
        (100, 0.75, None, "low"),  # 15 points off
        (100, 0.62, [0.4, 0.6], "moderate"),
        (100, 0.62, [0.2, 0.6], "low"),
    ],
)
def test_the_least_favourable_answer_rules(
    months: int, happened: float, members: list[float] | None, level: str
) -> None:
    assert _judge(months, {"high": BandRecord(200, 0.6, happened)}, members).level == level


def test_reasons_carry_their_figures() -> None:
    assert _judge().reason == "200 past forecasts of 55–80 %: mean forecast 60 %, outcome 62 %"
    assert _judge(months=12).reason == "only 12 months observed"
    assert _judge(members=[0.1, 0.6]).reason == "blend members lie 50 points apart"


def test_without_a_past_it_is_moderate_at_best() -> None:
    assert _judge(records=None) == Confidence(
        "moderate", "no past forecasts of this model to check against"
    )
    few = _judge(records={"high": BandRecord(49, 0.6, 0.6)})
    assert few == Confidence("moderate", "only 49 past forecasts of 55–80 % to check against")


def test_records_count_what_came_true() -> None:
    frame = pd.DataFrame(
        {
            "model": ["m"] * 5 + ["other"],
            "horizon": [1] * 4 + [2, 1],
            "p_attack": [0.9, 0.8, 0.1, 0.9, 0.9, 0.9],
            "observed": [1.0, 0.0, 0.0, np.nan, 1.0, 1.0],
        }
    )
    records = band_records(frame, model="m", horizon=1)
    assert set(records) == {"very high", "guarded"}
    record = records["very high"]
    assert (record.forecasts, record.said, record.happened) == (2, pytest.approx(0.85), 0.5)


@pytest.mark.parametrize(
    ("as_high", "level", "reason"),
    [
        (12, "high", ""),
        (11, "low", "attacks of late beyond the record: only 11 known months half as high"),
        (0, "low", "attacks of late beyond the record: no known month half as high"),
    ],
)
def test_a_level_beyond_the_record_is_told(as_high: int, level: str, reason: str) -> None:
    judged = _judge(as_high=as_high)
    assert judged.level == level
    assert reason in judged.reason
