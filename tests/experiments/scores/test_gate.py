from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from data.errors import EvidenceError
from data.months import add_months
from experiments.scores.bootstrap import Bootstrap, Interval
from experiments.scores.gate import judge, paired_difference
from tests.experiments.synthetic import make_forecasts

BOOTSTRAP = Bootstrap(resamples=300)
MONTHS = tuple(add_months("2019-12", month) for month in range(24))


def test_the_model_that_knows_the_rates_passes_with_its_figures_in_words() -> None:
    result = judge(make_forecasts(regions=60), "wise", bootstrap=BOOTSTRAP)
    assert result.passed
    assert len(result.reasons) == 5
    assert all("wise beats" in reason for reason in result.reasons[:3])
    assert "not clearly worse than conflictology on CRPS of rows with" in result.reasons[3]
    assert "in its worst year, 2020, the CRPS of wise at horizon 1 is 36" in result.reasons[4]
    assert "beats conflictology on CRPS at horizon 1: difference -0." in result.reasons[0]


@pytest.mark.parametrize("model", ["blind", "zero", "conflictology", "last"])
def test_no_change_and_worse_do_not_pass(model: str) -> None:
    result = judge(make_forecasts(), model, bootstrap=BOOTSTRAP)
    assert not result.passed
    assert any("does not clearly beat" in reason for reason in result.reasons)


def test_better_by_the_luck_of_one_month_is_not_enough() -> None:
    forecasts = make_forecasts({"conflictology": 0.5, "last": 0.2})
    lucky = forecasts[forecasts["model"] == "conflictology"].assign(model="lucky")
    lucky.loc[lucky["target_month"] == "2020-05", "crps"] = 0.0
    result = judge(pd.concat([forecasts, lucky]), "lucky", bootstrap=BOOTSTRAP)
    assert "lucky does not clearly beat conflictology on CRPS" in result.reasons[0]
    assert "difference -0." in result.reasons[0]
    assert not result.passed


def test_every_horizon_has_to_pass() -> None:
    forecasts = make_forecasts(regions=60, horizons=(1, 2))
    spoilt = (forecasts["model"] == "wise") & (forecasts["horizon"] == 2)
    forecasts.loc[spoilt, "crps"] += 5.0
    result = judge(forecasts, "wise", bootstrap=BOOTSTRAP)
    assert not result.passed
    assert (result.horizons, result.failed) == ((1,), (2,))
    fails = [reason for reason in result.reasons if "does not" in reason]
    assert len(fails) == 2
    assert all("on CRPS at horizon 2" in reason for reason in fails)


def _spoilt(choose: Callable[[pd.DataFrame], pd.Series], by: float) -> pd.DataFrame:
    forecasts = make_forecasts(regions=60, origins=MONTHS)
    own = (forecasts["model"] == "wise") & choose(forecasts)
    forecasts.loc[own, "crps"] = forecasts.loc[own, "crps"] + by
    return forecasts


def test_a_year_that_undoes_the_others_does_not_pass() -> None:
    in_2021 = _spoilt(lambda rows: rows["target_month"].str.startswith("2021"), 0.35)
    result = judge(in_2021, "wise", bootstrap=BOOTSTRAP)
    (said,) = [reason for reason in result.reasons if "worst year, 2021" in reason]
    assert "above that of conflictology: at most 5 % above is allowed" in said
    assert not result.passed
    few = in_2021[in_2021["target_month"] <= "2021-05"]
    assert "worst year, 2020" in judge(few, "wise", bootstrap=BOOTSTRAP).reasons[-1]


def test_a_model_that_is_worse_where_attacks_come_does_not_pass() -> None:
    late = _spoilt(lambda rows: rows["observed"] >= 1, 0.5)
    late.loc[(late["model"] == "wise") & (late["observed"] == 0), "crps"] = 0.0
    result = judge(late, "wise", bootstrap=BOOTSTRAP)
    assert "wise is clearly worse than conflictology on CRPS of rows with" in result.reasons[3]
    assert not result.passed


def test_what_so_many_months_could_have_shown_is_said_where_nothing_is_clear() -> None:
    result = judge(make_forecasts(), "blind", bootstrap=BOOTSTRAP)
    assert "; 12 months show one of 0." in result.reasons[0]
    gap = Interval(0.0, -1.645, 1.645)
    assert gap.detectable == pytest.approx(2.487)


def test_a_backtest_without_the_baselines_cannot_open_the_gate() -> None:
    forecasts = make_forecasts({"wise": 1.0, "last": 0.2})
    with pytest.raises(EvidenceError, match="no model conflictology"):
        judge(forecasts, "wise", bootstrap=BOOTSTRAP)


def test_a_few_lucky_months_do_not_pass():
    origins = tuple(add_months("2019-12", month) for month in range(11))
    verdict = judge(make_forecasts(origins=origins), "wise", bootstrap=Bootstrap())
    assert not verdict.passed
    assert "scored on 11 target months: at least 12 are needed" in verdict.reasons[0]


def test_paired_difference_by_hand_and_its_sign() -> None:
    forecasts = make_forecasts({"wise": 1.0, "last": 0.2})
    own = forecasts["model"] == "wise"
    forecasts.loc[own, "crps"] = forecasts.loc[~own, "crps"].to_numpy() - 1.0
    gap = paired_difference(forecasts, "wise", "last", score="crps", bootstrap=BOOTSTRAP)
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
    with pytest.raises(EvidenceError, match="has neither nobody nor nothing: run it with both"):
        paired_difference(make_forecasts(), "nobody", "nothing", score="crps", bootstrap=BOOTSTRAP)
    with pytest.raises(EvidenceError, match="has no model nobody, only last: run it with that"):
        paired_difference(make_forecasts(), "nobody", "last", score="crps", bootstrap=BOOTSTRAP)


def _stress(**gain: float) -> pd.DataFrame:
    rows = {"stress": list(gain), "gain": list(gain.values())}
    return pd.DataFrame(rows).assign(model="wise", horizon=1)


@pytest.mark.parametrize(
    ("gain", "passes"),
    [
        ({"rises": 0.2, "ends": -0.09}, True),
        ({"rises": 0.5, "ends": -0.11}, False),
        ({"rises": 0.02, "halves": 0.02, "ends": -0.03}, False),
    ],
    ids=["bearable", "one is too bad", "worse in the mean, where wars that go on are two of three"],
)
def test_what_stress_says_counts_where_it_was_tried(gain: dict[str, float], passes: bool) -> None:
    forecasts = make_forecasts(regions=60)
    result = judge(forecasts, "wise", bootstrap=BOOTSTRAP, stress=_stress(**gain))
    assert result.passed == passes
    (said,) = [reason for reason in result.reasons if "under stress" in reason]
    assert '% where it fares worst ("ends")' in said
    other = judge(forecasts, "wise", bootstrap=BOOTSTRAP, stress=_stress(**gain).assign(horizon=3))
    assert other.passed
    assert not any("under stress" in reason for reason in other.reasons)


def test_a_pool_that_ranks_clearly_worse_than_a_member_does_not_pass() -> None:
    forecasts = make_forecasts({"conflictology": 0.5, "last": 0.2, "blend": 1.0}, regions=60)
    pool = forecasts["model"] == "blend"
    said = judge(forecasts, "blend", bootstrap=BOOTSTRAP).reasons[-1]
    assert "precision of blend at horizon 1 is not clearly below that of conflictology" in said
    forecasts.loc[pool, "p_attack"] = 1 - forecasts.loc[pool, "p_attack"]
    turned = judge(forecasts, "blend", bootstrap=BOOTSTRAP)
    assert "is clearly below that of conflictology, its best member" in turned.reasons[-1]
    assert not turned.passed
