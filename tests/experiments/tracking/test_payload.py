from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from data.errors import RuntimeEnvironmentError
from data.files import write_json
from experiments.backtest.catalogue import read_backtest
from experiments.scores.bootstrap import Bootstrap
from experiments.scores.compare import compare_models
from experiments.tracking.payload import read_payload
from experiments.tracking.spool import Item, make_item
from tests.experiments.synthetic import make_forecasts, write_synthetic_backtest


def test_a_backtest_has_a_child_a_model_with_a_step_an_origin(tmp_path: Path) -> None:
    forecasts = make_forecasts()
    folder = write_synthetic_backtest(
        tmp_path / "b", forecasts, spec={"settings": {"last": {"months": 1}}}
    )
    record = read_payload(make_item("backtest", folder))
    assert record.experiment == "escalation/backtests"
    assert [c.name for c in record.children] == list(dict.fromkeys(forecasts["model"]))
    assert record.params["best_model"] == "wise"
    assert record.params["scale"] == "admin1"
    assert record.data_digest == "ab" * 32
    last = next(c for c in record.children if c.name == "last")
    assert last.params == {"model": "last", "months": "1"}
    steps = [m for m in last.metrics if m.name == "crps_by_origin"]
    assert [m.step for m in steps] == list(range(12))
    rows = forecasts[(forecasts["model"] == "last") & (forecasts["origin"] == "2020-02")]
    assert steps[2].value == pytest.approx(rows["crps"].mean())
    assert {p.name for p in record.artifacts} == {
        "forecasts.parquet", "leaderboard.md", "manifest.json", "scores.csv",
    }  # fmt: skip


def test_several_horizons_stand_in_the_metric_names(tmp_path: Path) -> None:
    folder = write_synthetic_backtest(tmp_path / "b", make_forecasts(horizons=(1, 6)))
    names = {m.name for m in read_payload(make_item("backtest", folder)).children[0].metrics}
    assert {"crps_h1", "crps_h6", "brier_by_origin_h6"} <= names
    assert "crps" not in names


def test_a_score_that_does_not_exist_is_not_logged(tmp_path: Path) -> None:
    forecasts = make_forecasts().assign(observed=0.0)
    record = read_payload(
        make_item("backtest", write_synthetic_backtest(tmp_path / "b", forecasts))
    )
    metrics = [m for child in record.children for m in child.metrics]
    assert "ap" not in {m.name for m in metrics}
    assert all(np.isfinite(m.value) for m in metrics)


def test_long_lists_are_shortened_and_texts_bounded(tmp_path: Path) -> None:
    folder = write_synthetic_backtest(
        tmp_path / "b",
        origins=[f"2020-{m:02d}" for m in range(1, 13)] + ["2021-01"],
        note="x" * 9999,
    )
    params = read_payload(make_item("backtest", folder)).params
    assert params["origins"] == "2020-01:2021-01 (13)"
    assert len(params["note"]) == 500


def test_an_issue_counts_its_rows_by_level_and_keeps_its_files(tmp_path: Path) -> None:
    write_json(tmp_path / "i" / "manifest.json", {"scale": "admin1", "origin": "2020-12"})
    (tmp_path / "i" / "risk.csv").write_text("region,level\nNA,very high\nB,low\nC,low\n")
    (tmp_path / "i" / "tracking.json").write_text("{}")
    record = read_payload(make_item("issue", tmp_path / "i"))
    assert record.experiment == "escalation/forecasts"
    assert {m.name: m.value for m in record.metrics} == {"rows_very_high": 1.0, "rows_low": 2.0}
    assert {p.name for p in record.artifacts} == {"manifest.json", "risk.csv"}


def test_a_folder_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(RuntimeEnvironmentError, match="gone"):
        read_payload(Item("issue", tmp_path / "gone", "issue/gone/0"))


def test_the_figures_of_the_comparison_are_metrics_with_their_intervals(tmp_path: Path) -> None:
    folder = write_synthetic_backtest(tmp_path / "b", make_forecasts())
    record = read_payload(make_item("backtest", folder))
    comparison = compare_models(read_backtest(folder).forecasts, bootstrap=Bootstrap())
    (row,) = comparison.skills.query(
        "model == 'wise' and against == 'conflictology' and score == 'crps'"
    ).to_dict("records")
    wise = next(child for child in record.children if child.name == "wise")
    values = {m.name: m.value for m in wise.metrics if not m.name.endswith("_by_origin")}
    for end in ("", "_lo", "_hi"):
        assert values[f"crps_skill_conflictology{end}"] == row[f"skill{end}"]
    assert {
        "brier_onset", "crps_hard_onset", "recall_top20", "recall_top20_lo", "ece", "ece_active_hi",
        "coverage90", "ap_skill_last", "zero_share_zero", "crps_positive_skill_last_lo",
        "came_true_very_high",
    } <= values.keys()  # fmt: skip
    assert all(re.fullmatch(r"[A-Za-z0-9_]{1,250}", name) for name in values)
    names = [(m.name, m.step) for m in wise.metrics]
    assert len(names) == len(set(names))
    parent = {m.name: m.value for m in record.metrics}
    assert parent["crps_skill_conflictology"] == row["skill"]
