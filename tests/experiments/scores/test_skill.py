"""Laws of skill and of what it is made of."""

from __future__ import annotations

import pandas as pd
import pytest

from experiments.scores.bootstrap import Bootstrap
from experiments.scores.paired_rows import PairedRows, pair_rows
from experiments.scores.skill import skill_table
from tests.experiments.synthetic import make_forecasts

BOOTSTRAP = Bootstrap(resamples=200)


def paired(forecasts: pd.DataFrame) -> PairedRows:
    (rows,) = pair_rows(forecasts).values()
    return rows


def with_model(forecasts: pd.DataFrame, name: str, like: str, **columns: object) -> pd.DataFrame:
    """Add a model that forecasts like another one but for some columns."""
    added = forecasts[forecasts["model"] == like].assign(model=name, **columns)
    return pd.concat([forecasts, added], ignore_index=True)


def skills(forecasts: pd.DataFrame) -> pd.DataFrame:
    return skill_table(paired(forecasts), BOOTSTRAP).set_index(["model", "against", "score"])


def test_a_perfect_forecast_has_skill_one_with_an_interval_of_no_width() -> None:
    rows = make_forecasts()
    known = (rows["observed"][rows["model"] == "wise"] >= 1).to_numpy(float)
    table = skills(with_model(rows, "perfect", "wise", crps=0.0, ign=0.0, mis=0.0, p_attack=known))
    for against in ("conflictology", "last", "zero"):
        for score in ("crps", "ign", "mis", "brier"):
            row = table.loc[("perfect", against, score)]
            assert (row["skill"], row["skill_lo"], row["skill_hi"]) == (1.0, 1.0, 1.0)
        ap = table.loc[("perfect", against, "ap")]
        assert ap["value"] == 1.0
        assert ap["skill"] == pytest.approx(1 / ap["baseline"] - 1)


@pytest.mark.parametrize("score", ["crps", "ign", "mis", "brier", "ap"])
def test_a_model_against_itself_has_skill_exactly_zero(score: str) -> None:
    table = skills(with_model(make_forecasts(), "twin", "conflictology"))
    row = table.loc[("twin", "conflictology", score)]
    assert (row["skill"], row["skill_lo"], row["skill_hi"]) == (0.0, 0.0, 0.0)
    assert (row["difference"], row["difference_lo"], row["difference_hi"]) == (0.0, 0.0, 0.0)


def test_the_order_of_rows_changes_nothing() -> None:
    forecasts = make_forecasts()
    mixed = forecasts.sample(frac=1.0, random_state=2)
    order = list(dict.fromkeys(forecasts["model"]))
    mixed = pd.concat([mixed[mixed["model"] == name] for name in order])
    pd.testing.assert_frame_equal(skills(forecasts), skills(mixed), check_exact=True)


def test_skill_on_attacked_rows_is_the_skill_of_a_frame_without_the_others() -> None:
    forecasts = make_forecasts()
    attacked = forecasts[forecasts["observed"] >= 1]
    part = skills(attacked).loc[("wise", "last", "crps")]
    whole = skills(forecasts).loc[("wise", "last", "crps")]
    for end in ("", "_lo", "_hi"):
        assert whole[f"positive_skill{end}"] == pytest.approx(part[f"skill{end}"])


def test_the_gap_splits_into_quiet_and_attacked_rows() -> None:
    forecasts = make_forecasts()
    row = skills(forecasts).loc[("wise", "last", "crps")]
    one, other = (forecasts[forecasts["model"] == m].reset_index() for m in ("wise", "last"))
    gap = other["crps"] - one["crps"]
    assert row["zero_share"] == pytest.approx(gap[one["observed"] == 0].sum() / gap.sum())
    assert row["difference"] == pytest.approx(-gap.mean())
