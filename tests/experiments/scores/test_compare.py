from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments.scores.bootstrap import Bootstrap
from experiments.scores.compare import compare_models
from tests.experiments.synthetic import make_forecasts

BOOTSTRAP = Bootstrap(resamples=200)


def _two_models(model: list[float], base: list[float], observed: list[float]) -> pd.DataFrame:
    """One region, a row a month, crps as given."""
    months = [f"2020-{m:02d}" for m in range(1, len(model) + 1)]
    rows = {
        "region_id": "A",
        "origin": months,
        "target_month": months,
        "horizon": 1,
        "observed": observed,
        "mean": 0.5,
        "p_attack": 0.5,
        "pit": 0.5,
        "ign": 1.0,
        "mis": 1.0,
    }
    return pd.concat(
        [
            pd.DataFrame({**rows, "model": "mine", "crps": model}),
            pd.DataFrame({**rows, "model": "last", "crps": base}),
        ],
        ignore_index=True,
    )


def _skill(forecasts: pd.DataFrame, score: str = "crps") -> pd.Series:
    skills = compare_models(forecasts, bootstrap=BOOTSTRAP).skills
    return skills[(skills["model"] == "mine") & (skills["score"] == score)].iloc[0]


def test_skill_and_where_it_comes_from_by_hand() -> None:
    row = _skill(_two_models([1.0, 0.0, 3.0, 0.0], [2.0, 1.0, 4.0, 1.0], [5.0, 0.0, 5.0, 0.0]))
    assert row["skill"] == pytest.approx(1 - 4 / 8)
    assert row["zero_share"] == pytest.approx(2 / 4)
    assert row["positive_skill"] == pytest.approx(1 - 4 / 6)
    assert row["skill_lo"] <= row["skill"] <= row["skill_hi"]


def test_equal_models_have_no_skill_and_an_interval_of_no_width() -> None:
    row = _skill(_two_models([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], [1.0, 0.0, 0.0]))
    assert (row["skill"], row["skill_lo"], row["skill_hi"]) == (0.0, 0.0, 0.0)
    assert np.isnan(row["zero_share"])


def test_a_baseline_without_loss_leaves_no_skill() -> None:
    assert np.isnan(_skill(_two_models([1.0, 1.0], [0.0, 0.0], [0.0, 0.0]))["skill"])


def test_the_model_that_knows_more_has_more_skill_in_every_score() -> None:
    skills = compare_models(make_forecasts(), bootstrap=BOOTSTRAP).skills
    against = skills[skills["against"] == "conflictology"].set_index(["model", "score"])["skill"]
    for score in ("crps", "ign", "brier", "ap"):
        assert against["wise", score] > 0 > against["blind", score]


def test_skill_is_given_for_every_horizon_apart() -> None:
    skills = compare_models(make_forecasts(horizons=(1, 6)), bootstrap=BOOTSTRAP).skills
    assert set(skills["horizon"]) == {1, 6}
