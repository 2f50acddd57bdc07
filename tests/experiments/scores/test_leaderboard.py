from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.backtest.backtest import run_backtest, write_backtest
from experiments.backtest.catalogue import read_backtest
from experiments.backtest.specification import BacktestSpec
from experiments.runs.backtesting import write_seeds
from experiments.scores.leaderboard import (
    leaderboard_markdown,
    read_seeds,
    scores_table,
    seed_rows,
    seed_spread,
)
from tests.experiments.small_panel import make_panel
from tests.experiments.synthetic import make_forecasts, make_manifest


def _by_hand() -> pd.DataFrame:
    """Two regions, two origins, one model; every score can be worked out in the head."""
    return pd.DataFrame(
        {
            "region_id": ["A", "B", "A", "B"],
            "origin": ["2020-01", "2020-01", "2020-02", "2020-02"],
            "target_month": ["2020-02", "2020-02", "2020-03", "2020-03"],
            "horizon": 1,
            "model": "last",
            "observed": [2.0, 0.0, 0.0, 0.0],
            "mean": [1.0, 0.5, 0.5, 0.0],
            "p_attack": [0.8, 0.4, 0.4, 0.0],
            "crps": [1.0, 0.2, 0.4, 0.0],
            "ign": [2.0, 1.0, 1.0, 0.0],
            "mis": [8.0, 2.0, 2.0, 0.0],
            "pit": [0.99, 0.5, 0.5, 0.5],
        }
    )


def test_scores_worked_out_by_hand() -> None:
    row = scores_table(_by_hand()).iloc[0]
    assert (row["model"], row["horizon"], row["rows"]) == ("last", 1, 4)
    assert row["crps"] == pytest.approx(0.4)
    assert row["ign"] == pytest.approx(1.0)
    assert row["mis"] == pytest.approx(3.0)
    assert row["brier"] == pytest.approx((0.04 + 0.16 + 0.16) / 4)
    assert row["crps_positive"] == pytest.approx(1.0)
    assert row["ap"] == pytest.approx(1.0)
    assert row["coverage90"] == pytest.approx(2 / 3)


def test_recall_counts_only_origins_with_an_attack_and_precision_all() -> None:
    row = scores_table(_by_hand()).iloc[0]
    assert row["recall_top10"] == 1.0
    assert row["precision_top10"] == pytest.approx((0.5 + 0.0) / 2)


def test_a_score_that_does_not_exist_is_missing_and_printed_as_a_dash() -> None:
    rows = _by_hand().assign(observed=0.0)
    scores = scores_table(rows)
    assert np.isnan(scores.loc[0, "ap"])
    assert np.isnan(scores.loc[0, "crps_positive"])
    assert "| - |" in leaderboard_markdown(scores, make_manifest(rows))


def test_the_page_lists_the_best_crps_first_for_every_horizon() -> None:
    forecasts = make_forecasts(horizons=(1, 3))
    scores = scores_table(forecasts)
    page = leaderboard_markdown(scores, make_manifest(forecasts))
    first, second = page.split("## 3 months ahead")
    for part, horizon in ((first, 1), (second, 3)):
        shown = [line.split(" | ")[0][2:] for line in part.splitlines() if line.startswith("| ")]
        wanted = scores[scores["horizon"] == horizon].sort_values("crps")["model"].tolist()
        assert [name for name in shown if name in set(wanted)] == wanted
    assert "12 origins 2019-12 to 2020-11" in page


def test_models_keep_the_order_of_the_frame_and_rows_may_come_in_any_order() -> None:
    forecasts = make_forecasts()
    mixed = forecasts.sample(frac=1.0, random_state=3)
    plain = scores_table(forecasts).set_index("model")
    other = scores_table(mixed).set_index("model").loc[plain.index]
    pd.testing.assert_frame_equal(plain, other)


def test_the_page_shows_skill_with_its_interval_where_conflictology_is_there() -> None:
    forecasts = make_forecasts()
    scores = scores_table(forecasts)
    wise = scores.set_index("model").loc["wise"]
    page = leaderboard_markdown(scores, make_manifest(forecasts))
    ends = (wise["crps_skill"], wise["crps_skill_lo"], wise["crps_skill_hi"])
    middle, low, high = (f"{100 * value:+.1f}" for value in ends)
    assert f"| {middle} % [{low}, {high}] |" in page
    assert "crps_skill" not in scores_table(make_forecasts({"last": 0.2}))


def test_medians_and_the_ten_worst_rows() -> None:
    row = scores_table(_by_hand()).iloc[0]
    assert row["crps_median"] == pytest.approx(0.3)
    assert row["crps_positive_median"] == pytest.approx(1.0)
    assert row["crps_worst10"] == pytest.approx(1.0)
    crps = np.array([*range(1, 21)], dtype=float)
    many = pd.concat([_by_hand()] * 5, ignore_index=True)
    many["region_id"] = [f"R{place:02d}" for place in range(20)]
    many[["origin", "target_month"]] = ["2020-01", "2020-02"]
    found = scores_table(many.assign(crps=crps)).iloc[0]
    assert found["crps_worst10"] == pytest.approx(sum(range(11, 21)) / sum(range(1, 21)))


def test_grave_months_of_which_nothing_was_expected_are_counted_for_deaths_only() -> None:
    rows = _by_hand().assign(observed=[11.0, 11.0, 10.0, 400.0], mean=[0.49, 0.5, 0.0, 9.0])
    deaths = scores_table(rows.assign(target="deaths_state_based")).iloc[0]
    assert deaths["grave_rows"] == 3
    assert deaths["grave_missed"] == pytest.approx(1 / 3)
    assert "grave_missed" not in scores_table(rows.assign(target="events"))


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
    seeds = read_backtest(folder).seeds
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
    own, seeds = tmp_path / "scores.csv", tmp_path / "seeds.csv"
    scores.to_csv(own, index=False)
    seed_rows(scores, 1).to_csv(seeds, index=False)
    assert read_seeds(seeds, own) is not None
    scores.assign(crps=1.1).to_csv(own, index=False)
    assert read_seeds(seeds, own) is None
