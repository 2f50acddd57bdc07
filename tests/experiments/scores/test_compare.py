from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.errors import EvidenceError
from experiments.scores.bootstrap import Bootstrap
from experiments.scores.compare import (
    Run,
    combine_runs,
    compare_models,
    newest_run,
    paired_difference,
    read_run,
)
from tests.experiments.synthetic import make_forecasts, make_manifest, write_synthetic_backtest

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


def test_paired_difference_by_hand_and_its_sign() -> None:
    forecasts = _two_models([1.0, 0.0, 3.0], [2.0, 1.0, 4.0], [1.0, 0.0, 1.0])
    gap = paired_difference(forecasts, "mine", "last", score="crps", bootstrap=BOOTSTRAP)
    assert (gap.estimate, gap.low, gap.high) == pytest.approx((-1.0, -1.0, -1.0))


def test_the_order_of_rows_changes_nothing() -> None:
    forecasts = make_forecasts()
    mixed = forecasts.sample(frac=1.0, random_state=1)
    one, other = (
        paired_difference(f, "wise", "last", score="brier", bootstrap=BOOTSTRAP)
        for f in (forecasts, mixed)
    )
    assert (one.estimate, one.low, one.high) == pytest.approx(
        (other.estimate, other.low, other.high)
    )


def test_a_model_that_is_absent_is_named() -> None:
    with pytest.raises(EvidenceError, match="no model nobody"):
        paired_difference(make_forecasts(), "nobody", "last", score="crps", bootstrap=BOOTSTRAP)


@pytest.mark.parametrize(
    ("key", "value"),
    [("data_digest", "cd" * 32), ("draws", 500), ("target", "deaths"), ("scale", "country")],
)
def test_runs_of_unlike_data_or_draws_are_refused_with_the_difference(
    key: str, value: object
) -> None:
    forecasts = make_forecasts()
    runs = [
        Run(make_manifest(forecasts), forecasts),
        Run(make_manifest(forecasts, id="other", **{key: value}), forecasts),
    ]
    with pytest.raises(EvidenceError, match=f"other cannot be compared .*{key} is .*{value}"):
        combine_runs(runs)


def test_runs_of_other_rows_are_refused() -> None:
    whole, fewer = make_forecasts(), make_forecasts(regions=19)
    runs = [Run(make_manifest(whole), whole), Run(make_manifest(whole, id="b"), fewer)]
    with pytest.raises(EvidenceError, match="228 rows and zero on 240"):
        combine_runs(runs)


def test_rows_with_another_outcome_are_refused_and_the_first_is_named() -> None:
    one = make_forecasts()
    other = one.copy()
    other.loc[other.index[0], "observed"] += 1
    runs = [Run(make_manifest(one), one), Run(make_manifest(one, id="b"), other)]
    with pytest.raises(EvidenceError, match=r"other rows, first R00 2019-12\+1 = "):
        combine_runs(runs)


def test_a_model_of_two_runs_keeps_both_names() -> None:
    forecasts = make_forecasts()
    runs = [
        Run(make_manifest(forecasts), forecasts),
        Run(make_manifest(forecasts, id="b"), forecasts[forecasts["model"] == "wise"]),
    ]
    together = combine_runs(runs)
    assert {"wise", "wise@b"} <= set(together["model"])
    gap = paired_difference(together, "wise@b", "wise", score="crps", bootstrap=BOOTSTRAP)
    assert gap.estimate == 0.0


def test_the_newest_backtest_is_the_one_that_finished_last(tmp_path: Path) -> None:
    old = write_synthetic_backtest(tmp_path / "z", finished_at="2021-01-01T00:00:00+00:00")
    new = write_synthetic_backtest(tmp_path / "a", finished_at="2021-01-02T00:00:00+00:00")
    (tmp_path / "unfinished").mkdir()
    assert newest_run(tmp_path) == new
    assert read_run(old).id == "z"
    with pytest.raises(EvidenceError, match="no finished backtest of admin1 deaths"):
        newest_run(tmp_path, scale="admin1", target="deaths")
    with pytest.raises(EvidenceError, match="holds no finished backtest"):
        read_run(tmp_path / "unfinished")
