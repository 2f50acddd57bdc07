"""Recall and precision of the regions that are watched."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments.score_functions import top_k
from experiments.scores.bootstrap import Bootstrap
from experiments.scores.paired_rows import PairedRows, pair_rows
from experiments.scores.top_k import monthly_hits, top_k_scores, top_k_table
from tests.experiments.synthetic import make_forecasts

BOOTSTRAP = Bootstrap(resamples=100)


def paired(forecasts: pd.DataFrame) -> PairedRows:
    (rows,) = pair_rows(forecasts).values()
    return rows


def test_who_watches_every_region_finds_every_attack() -> None:
    rows = paired(make_forecasts(regions=20))
    table = top_k_table(rows, BOOTSTRAP, sizes=(20, 500))
    assert (table[["recall", "recall_lo", "recall_hi"]] == 1.0).all(axis=None)
    assert table["precision"].to_numpy() == pytest.approx(rows.attacked.mean())


def test_the_fast_path_equals_a_plain_loop() -> None:
    forecasts = make_forecasts(regions=40)
    found = top_k_table(paired(forecasts), BOOTSTRAP).set_index(["model", "k"])
    ordered = forecasts.sort_values(
        ["origin", "p_attack", "mean", "region_id"], ascending=[True, False, False, True]
    )
    for model, mine in ordered.groupby("model"):
        for k in (10, 20, 30):
            pairs = [
                top_k(rows["observed"] >= 1, rows["p_attack"], k=k)
                for _, rows in mine.groupby("origin")
            ]
            recall, precision = np.nanmean(pairs, axis=0)
            assert found.loc[(model, k), "recall"] == pytest.approx(recall)
            assert found.loc[(model, k), "precision"] == pytest.approx(precision)


def test_ties_go_to_the_larger_mean_and_then_to_the_first_id() -> None:
    forecasts = make_forecasts({"wise": 1.0}, regions=3, origins=("2020-01",))
    forecasts = forecasts.assign(p_attack=0.5, mean=[1.0, 2.0, 2.0], observed=[5.0, 1.0, 0.0])
    assert monthly_hits(paired(forecasts), 0, k=1).tolist() == [1.0]
    swapped = forecasts.assign(observed=[5.0, 0.0, 1.0])
    assert monthly_hits(paired(swapped), 0, k=1).tolist() == [0.0]
    assert monthly_hits(paired(swapped.iloc[::-1]), 0, k=1).tolist() == [0.0]


def test_months_without_an_attack_have_no_recall() -> None:
    forecasts = make_forecasts({"wise": 1.0}).assign(observed=0.0)
    scores = top_k_scores(paired(forecasts), 0)
    assert np.isnan(scores["recall_top10"])
    assert scores["precision_top10"] == 0.0
    assert np.isnan(top_k_table(paired(forecasts), BOOTSTRAP)["recall"]).all()
