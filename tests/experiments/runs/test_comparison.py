from __future__ import annotations

import pytest

from data.errors import EvidenceError
from experiments.backtest.catalogue import Backtest
from experiments.runs.comparison import combine_backtests
from experiments.scores.bootstrap import Bootstrap
from experiments.scores.gate import paired_difference
from tests.experiments.synthetic import make_forecasts, make_manifest


@pytest.mark.parametrize(
    ("key", "value"),
    [("data_digest", "cd" * 32), ("draws", 500), ("target", "deaths"), ("scale", "country")],
)
def test_backtests_of_unlike_data_or_draws_are_refused_with_the_difference(
    key: str, value: object
) -> None:
    forecasts = make_forecasts()
    backtests = [
        Backtest(forecasts, make_manifest(forecasts)),
        Backtest(forecasts, make_manifest(forecasts, id="other", **{key: value})),
    ]
    with pytest.raises(EvidenceError, match=f"other cannot be compared .*{key} is .*{value}"):
        combine_backtests(backtests)


def test_backtests_of_other_rows_are_refused() -> None:
    whole, fewer = make_forecasts(), make_forecasts(regions=19)
    backtests = [
        Backtest(whole, make_manifest(whole)),
        Backtest(fewer, make_manifest(whole, id="b")),
    ]
    with pytest.raises(EvidenceError, match="228 rows and zero on 240"):
        combine_backtests(backtests)


def test_rows_with_another_outcome_are_refused_and_the_first_is_named() -> None:
    one = make_forecasts()
    other = one.copy()
    other.loc[other.index[0], "observed"] += 1
    backtests = [Backtest(one, make_manifest(one)), Backtest(other, make_manifest(one, id="b"))]
    with pytest.raises(EvidenceError, match=r"different rows, first R00 2019-12\+1 = "):
        combine_backtests(backtests)


def test_a_model_of_two_backtests_keeps_both_names() -> None:
    forecasts = make_forecasts()
    backtests = [
        Backtest(forecasts, make_manifest(forecasts)),
        Backtest(forecasts[forecasts["model"] == "wise"], make_manifest(forecasts, id="b")),
    ]
    together = combine_backtests(backtests)
    assert {"wise", "wise@b"} <= set(together["model"])
    gap = paired_difference(
        together, "wise@b", "wise", score="crps", bootstrap=Bootstrap(resamples=200)
    )
    assert gap.estimate == 0.0
