"""Parts of the rows: they add up, and what is not known is not made up."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments.scores.bootstrap import Bootstrap
from experiments.scores.breakdowns import UNCLEAR_ONSET, UNKNOWN_PART, break_down
from experiments.scores.paired_rows import PairedRows, pair_rows
from tests.experiments.synthetic import make_forecasts

BOOTSTRAP = Bootstrap(resamples=100)


def paired(forecasts: pd.DataFrame) -> PairedRows:
    (rows,) = pair_rows(forecasts).values()
    return rows


@pytest.mark.parametrize("by", ["phase", "country", "horizon"])
@pytest.mark.parametrize("score", ["crps", "ign", "brier"])
def test_parts_weighted_by_their_rows_are_the_mean(by: str, score: str) -> None:
    rows = paired(make_forecasts())
    parts = break_down(rows, BOOTSTRAP, by=by)
    outer = parts[parts["within"].isna()]
    for line, model in enumerate(rows.models):
        mine = outer[outer["model"] == model]
        assert mine["rows"].sum() == len(rows.observed)
        assert mine["attacks"].sum() == rows.attacked.sum()
        weighted = (mine[score] * mine["rows"]).sum() / mine["rows"].sum()
        assert weighted == pytest.approx(rows.values[score][line].mean())
        assert mine["crps_share"].sum() == pytest.approx(1.0)


def test_hard_onsets_lie_within_onsets_and_the_unclear_ones_stand_apart() -> None:
    forecasts = make_forecasts()
    parts = break_down(paired(forecasts), BOOTSTRAP, by="phase")
    rows = parts[parts["model"] == "wise"].set_index("part")["rows"]
    mine = forecasts[(forecasts["model"] == "wise") & (forecasts["phase_observed"] == "onset")]
    assert rows["onset"] == len(mine)
    assert rows["hard onset"] == mine["quiet60"].sum()
    assert rows[UNCLEAR_ONSET] == mine["quiet60"].isna().sum() > 0
    assert rows[UNKNOWN_PART] == 12
    assert set(parts.loc[parts["part"] == "hard onset", "within"]) == {"onset"}


def test_the_skill_of_a_part_is_that_of_a_frame_of_its_rows_alone() -> None:
    forecasts = make_forecasts()
    whole = break_down(paired(forecasts), BOOTSTRAP, by="country")
    alone = break_down(paired(forecasts[forecasts["country"] == "A"]), BOOTSTRAP, by="horizon")
    left = whole[(whole["part"] == "A") & (whole["model"] == "wise")].iloc[0]
    right = alone[alone["model"] == "wise"].iloc[0]
    for name in ("crps", "skill", "skill_lo", "skill_hi"):
        assert left[name] == pytest.approx(right[name])
    assert left["against"] == "conflictology"


def test_a_backtest_that_did_not_record_the_parts_has_none() -> None:
    old = paired(make_forecasts().drop(columns=["country", "quiet60"]))
    assert break_down(old, BOOTSTRAP, by="country").empty
    phases = break_down(old, BOOTSTRAP, by="phase")
    assert "onset" in set(phases["part"])
    assert "hard onset" not in set(phases["part"])


def test_without_a_baseline_there_are_scores_and_no_skill() -> None:
    parts = break_down(paired(make_forecasts({"wise": 1.0})), BOOTSTRAP, by="country")
    assert np.isnan(parts["skill"]).all()
    assert np.isfinite(parts["crps"]).all()
