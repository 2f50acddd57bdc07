from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from data.errors import EvidenceError
from experiments.backtest.catalogue import Backtest
from experiments.scores.bootstrap import Bootstrap
from experiments.scores.compare import compare_models
from experiments.scores.leaderboard import scores_table, seed_rows
from forecast.cli.comparison_text import comparison_record, comparison_text
from tests.experiments.synthetic import KNOWING, make_forecasts, make_manifest


def _compared(models: dict[str, float | None] = KNOWING, drop: tuple[str, ...] = (), **options):
    forecasts = make_forecasts(models, **options).drop(columns=list(drop))
    comparison = compare_models(forecasts, bootstrap=Bootstrap(resamples=50))
    return comparison, [Backtest(forecasts, make_manifest(forecasts))]


def test_the_summary_ranks_by_crps_and_says_skill_interval_and_how_it_was_drawn() -> None:
    comparison, runs = _compared({"last": 0.2, "conflictology": 0.5, "wise": 1.0})
    text = comparison_text(comparison, runs)
    skills = comparison.skills
    row = skills.query("model == 'last' and score == 'crps' and against == 'conflictology'")
    ends = (f"{100 * row[n].item():+.1f}" for n in ("skill", "skill_lo", "skill_hi"))
    assert "{} [{}, {}]".format(*ends) in text
    assert "50 resamples of target months in blocks of 3, seed 20260101" in text
    lines = text.splitlines()
    head = next(place for place, line in enumerate(lines) if line.startswith("model"))
    ranked = [line.split()[0] for line in lines[head + 1 : head + 4]]
    assert ranked == list(comparison.scores.sort_values("crps")["model"])
    assert f"lowest CRPS: {ranked[0]}; not clearly worse: " in text
    assert "What this does not show" in text


def test_the_gap_that_so_many_months_can_show_is_said() -> None:
    comparison, runs = _compared({"conflictology": 0.0, "wise": 1.0})
    (row,) = comparison.skills.query("model == 'wise' and score == 'crps'").to_dict("records")
    least = (row["difference_hi"] - row["difference_lo"]) * 2.487 / 3.29
    said = f"so many months show a gap to conflictology of {least:.4f} ("
    assert said in comparison_text(comparison, runs)


@pytest.mark.parametrize("by", [None, "phase", "country", "level", "horizon"])
@pytest.mark.parametrize("full", [False, True])
def test_no_line_is_wider_than_a_hundred_columns(by: str | None, full: bool) -> None:
    long = {"zero": None, "last": 0.2, "conflictology": 0.5, "conflictology_neighbours": 1.0}
    text = comparison_text(*_compared(long, horizons=(1, 6)), by=by, full=full)
    assert max(map(len, text.splitlines())) <= 100
    assert not re.search(r"\bnan\b|-0\.0\b(?!\d)", text)


def test_every_horizon_has_its_table() -> None:
    text = comparison_text(*_compared({"last": 0.2, "wise": 1.0}, horizons=(1, 6)))
    assert text.index("1 month ahead") < text.index("6 months ahead")


def test_without_a_baseline_the_scores_stand_alone() -> None:
    comparison, runs = _compared({"wise": 1.0})
    assert "1 month ahead" in comparison_text(comparison, runs, full=True)
    assert comparison.skills.empty


def test_what_an_old_backtest_did_not_record_is_said_and_not_made_up() -> None:
    comparison, runs = _compared(drop=("country", "quiet60"))
    assert comparison_record(comparison, runs)["not_recorded"] == ["hard onset", "country"]
    assert "Hard onsets are not recorded" in comparison_text(comparison, runs, by="phase")
    assert "by country: not recorded" in comparison_text(comparison, runs, full=True)
    with pytest.raises(EvidenceError, match="country is not recorded in this backtest: make it"):
        comparison_text(comparison, runs, by="country")


def test_the_spread_over_seeds_is_shown_where_it_was_tried() -> None:
    comparison, (run,) = _compared({"conflictology_neighbours": 0.5, "wise": 1.0})
    scores = scores_table(run.forecasts)
    tables = [seed_rows(scores.assign(crps=scores["crps"] + s / 100), s) for s in range(3)]
    seeded = replace(run, seeds=pd.concat(tables))
    text = comparison_text(comparison, [seeded])
    assert "under 3 seeds" in text
    assert "0.0100 (0.0200)" in text
    assert max(map(len, text.splitlines())) <= 100
    assert "under" not in comparison_text(comparison, [run])
    assert len(comparison_record(comparison, [seeded])["seeds"]) == 2 * 4


def test_the_record_is_json_in_which_nothing_is_not_a_number() -> None:
    comparison, runs = _compared({"zero": None, "wise": 1.0})
    record = comparison_record(comparison, runs)
    json.dumps(record, allow_nan=False)
    assert record["backtests"] == [runs[0].id]
    zero = next(row for row in record["scores"] if row["model"] == "zero")
    assert zero["coverage90"] is None
    assert np.isfinite(zero["crps"])
    assert {row["by"] for row in record["parts"]} == {"phase", "country", "horizon"}
    for name in ("skills", "rivals", "calibration", "reliability", "top", "levels"):
        assert record[name], name
