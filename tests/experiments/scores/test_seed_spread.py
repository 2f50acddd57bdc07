"""The same backtest under several seeds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.backtest.backtest import run_backtest, write_backtest
from experiments.backtest.seed_runs import write_seeds
from experiments.backtest.specification import BacktestSpec
from experiments.scores.seed_spread import read_seeds, seed_rows, seed_spread
from tests.experiments.small_panel import make_panel


def test_the_spread_by_hand() -> None:
    scores = pd.DataFrame({"model": "last", "horizon": 1, "ign": 1.0, "brier": 0.1, "ap": 0.5},
                          index=[0])  # fmt: skip
    seeds = pd.concat([seed_rows(scores.assign(crps=c), s) for s, c in ((7, 1.0), (8, 3.0))])
    row = seed_spread(seeds).set_index("score").loc["crps"]
    assert (row["seeds"], row["mean"], row["least"], row["most"]) == (2, 2.0, 1.0, 3.0)
    assert row["sd"] == pytest.approx(np.sqrt(2))


def test_the_first_seed_is_the_backtest_itself_and_the_others_differ(tmp_path: Path) -> None:
    panel = make_panel()
    spec = BacktestSpec(
        origins="2014-10:2015-03", models=("conflictology", "last"), draws=50, seed=11
    )
    told: list[tuple[int, int]] = []
    backtest = run_backtest(panel, spec, progress=lambda *_: None, jobs=1)
    folder = write_backtest(backtest, tmp_path)
    write_seeds(panel, spec, folder, seeds=3, progress=lambda d, n, _: told.append((d, n)), jobs=1)
    seeds = read_seeds(folder)
    assert seeds is not None
    assert list(dict.fromkeys(seeds["seed"])) == [11, 12, 13]
    assert told[-1][0] == told[-1][1]
    crps = seeds.set_index(["model", "seed"])["crps"]
    scores = pd.read_csv(folder / "scores.csv").set_index("model")["crps"]
    assert crps["last", 11] == scores["last"]
    assert crps["last"].nunique() == 3
    assert crps["conflictology"].nunique() == 1, "its draws are the months themselves"


def test_seeds_of_an_earlier_making_are_not_shown(tmp_path: Path) -> None:
    scores = pd.DataFrame({"model": ["last"], "horizon": 1, "crps": 1.0, "ign": 1.0, "brier": 0.1,
                           "ap": 0.5})  # fmt: skip
    scores.to_csv(tmp_path / "scores.csv", index=False)
    assert read_seeds(tmp_path) is None
    seed_rows(scores, 1).to_csv(tmp_path / "seeds.csv", index=False)
    assert read_seeds(tmp_path) is not None
    scores.assign(crps=1.1).to_csv(tmp_path / "scores.csv", index=False)
    assert read_seeds(tmp_path) is None
