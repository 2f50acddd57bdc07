from __future__ import annotations

import json

import numpy as np

from experiments.bootstrap import Bootstrap
from experiments.compare import Run, compare_models
from forecast.comparison_text import comparison_record, comparison_text
from tests.experiments.synthetic import make_forecasts, make_manifest


def _compared(models: dict[str, float | None], **options: object):
    forecasts = make_forecasts(models, **options)
    comparison = compare_models(forecasts, bootstrap=Bootstrap(resamples=50))
    return comparison, [Run(make_manifest(forecasts), forecasts)]


def test_the_text_says_scores_skill_interval_and_how_it_was_drawn() -> None:
    comparison, runs = _compared({"last": 0.2, "conflictology": 0.5, "wise": 1.0})
    text = comparison_text(comparison, runs)
    row = comparison.skills.query("model == 'wise' and score == 'crps' and against == 'last'")
    assert f"{row['skill'].item():+.3f} [{row['low'].item():+.3f}, " in text
    assert "50 resamples of target months in blocks of 3, seed 20260101" in text
    lines = text.splitlines()
    ranked = [line.split()[0] for line in lines[4:7]]
    assert ranked == list(comparison.scores.sort_values("crps")["model"])


def test_every_horizon_has_its_tables() -> None:
    comparison, runs = _compared({"last": 0.2, "wise": 1.0}, horizons=(1, 6))
    text = comparison_text(comparison, runs)
    assert text.index("scores, horizon 1") < text.index("skill on CRPS, horizon 6")


def test_without_a_baseline_the_scores_stand_alone() -> None:
    text = comparison_text(*_compared({"wise": 1.0}))
    assert "scores, horizon 1" in text
    assert "skill on CRPS" not in text


def test_the_record_is_json_in_which_nothing_is_not_a_number() -> None:
    comparison, runs = _compared({"zero": None, "wise": 1.0})
    record = comparison_record(comparison, runs)
    json.dumps(record, allow_nan=False)
    assert record["backtests"] == [runs[0].id]
    zero = next(row for row in record["scores"] if row["model"] == "zero")
    assert zero["coverage90"] is None
    assert np.isfinite(zero["crps"])
