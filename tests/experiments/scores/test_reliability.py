"""Calibration with intervals: the same figures as without, and levels that count every row."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments.bands import DEFAULT_CUTS, LEVELS
from experiments.score_functions import coverage90, ece
from experiments.scores.bootstrap import Bootstrap
from experiments.scores.paired_rows import PairedRows, pair_rows
from experiments.scores.reliability import calibration_table, level_table, reliability_table
from tests.experiments.synthetic import make_forecasts

BOOTSTRAP = Bootstrap(resamples=100)


def paired(forecasts: pd.DataFrame) -> PairedRows:
    (rows,) = pair_rows(forecasts).values()
    return rows


def test_estimates_equal_the_scores_without_intervals() -> None:
    rows = paired(make_forecasts(regions=60))
    table = calibration_table(rows, BOOTSTRAP)
    for line, row in enumerate(table.to_dict("records")):
        p, pit = rows.values["p_attack"][line], rows.values["pit"][line]
        expected = [
            ece(rows.attacked, p),
            ece(rows.attacked, p, floor=0.05),
            coverage90(pit, p),
        ]
        assert [row[n] for n in ("ece", "ece_active", "coverage90")] == pytest.approx(
            expected, nan_ok=True
        )
        assert not row["ece_lo"] > row["ece_hi"]
    zero = table.set_index("model").loc["zero"]
    assert np.isnan(zero["ece_active"])
    assert np.isnan(zero["coverage90_lo"])


def test_a_probability_that_is_always_right_has_no_error() -> None:
    forecasts = make_forecasts({"wise": 1.0})
    forecasts["p_attack"] = (forecasts["observed"] >= 1).astype(float)
    row = calibration_table(paired(forecasts), BOOTSTRAP).iloc[0]
    assert (row["ece"], row["ece_lo"], row["ece_hi"]) == (0.0, 0.0, 0.0)


def test_bins_hold_every_row_once_and_average_to_the_whole() -> None:
    rows = paired(make_forecasts(regions=60))
    table = reliability_table(rows, BOOTSTRAP)
    for line, model in enumerate(rows.models):
        p = rows.values["p_attack"][line]
        for floor in (0.0, 0.05):
            bins = table[(table["model"] == model) & (table["floor"] == floor)]
            held = p >= floor
            assert bins["rows"].sum() == held.sum()
            assert (bins["observed_rate"] * bins["rows"]).sum() == pytest.approx(
                rows.attacked[held].sum()
            )
            assert (bins["mean_p"] * bins["rows"]).sum() == pytest.approx(p[held].sum())


def test_levels_by_hand() -> None:
    forecasts = make_forecasts({"wise": 1.0}, regions=4, origins=("2020-01", "2020-02"))
    forecasts["p_attack"] = [0.9, 0.6, 0.6, 0.0] * 2
    forecasts["observed"] = [3.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0]
    table = level_table(paired(forecasts), BOOTSTRAP, cuts=DEFAULT_CUTS).set_index("level")
    assert list(table.index) == list(LEVELS)
    assert table["rows"].to_dict() == {
        "very high": 2, "high": 4, "elevated": 0, "guarded": 0, "low": 2,
    }  # fmt: skip
    assert table.loc["high", "observed_rate"] == pytest.approx(0.25)
    assert table.loc["high", "mean_p"] == pytest.approx(0.6)
    assert np.isnan(table.loc["elevated", "observed_rate"])
