"""A comparison of models as tables that a person reads, and as records for a machine."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from experiments.compare import BASELINES, Comparison, Run
from forecast.terminal import text_table

__all__ = ["comparison_record", "comparison_text"]

_SCORES = ("crps", "ign", "mis", "brier", "ap", "auroc", "log_loss", "ece")


def comparison_text(comparison: Comparison, runs: Sequence[Run]) -> str:
    """Return scores and skills, a pair of tables a horizon, best CRPS first."""
    bootstrap = comparison.bootstrap
    parts = [f"backtests {', '.join(run.id for run in runs)}: {runs[0].manifest['target']}"]
    for horizon, scores in comparison.scores.groupby("horizon"):
        ordered = scores.sort_values(["crps", "model"])
        parts.append(f"scores, horizon {horizon}\n{_score_table(ordered)}")
        skills = comparison.skills
        if len(skills):
            mine = skills[(skills["horizon"] == horizon) & (skills["score"] == "crps")]
            parts.append(
                f"skill on CRPS, horizon {horizon} (1 perfect, 0 no better)\n"
                + _skill_table(mine, list(ordered["model"]))
            )
    parts.append(
        f"90 % intervals: {bootstrap.resamples:,} resamples of target months in blocks of"
        f" {bootstrap.block}, seed {bootstrap.seed}. quiet: share of the gap to conflictology"
        " from rows without an attack; attacked: skill against it on the others."
    )
    return "\n\n".join(parts)


def comparison_record(comparison: Comparison, runs: Sequence[Run]) -> dict[str, Any]:
    """Return plain values for JSON; what does not exist is None."""
    bootstrap = comparison.bootstrap
    return {
        "backtests": [run.id for run in runs],
        "target": runs[0].manifest["target"],
        "block_months": bootstrap.block,
        "resamples": bootstrap.resamples,
        "seed": bootstrap.seed,
        "scores": _records(comparison.scores),
        "skills": _records(comparison.skills),
    }


def _score_table(scores: pd.DataFrame) -> str:
    rows = [
        [row["model"], row["rows"], *(_number(row[name], 4) for name in _SCORES)]
        for row in scores.to_dict("records")
    ]
    return text_table(["model", "rows", *_SCORES], rows)


def _skill_table(skills: pd.DataFrame, models: Sequence[str]) -> str:
    """Return a row a model: skill against each baseline, and where the first one comes from."""
    found = {(row["model"], row["against"]): row for row in skills.to_dict("records")}
    baselines = [name for name in BASELINES if name in set(skills["against"])]
    rows = []
    for model in models:
        main = found.get((model, "conflictology"), {})
        rows.append(
            [model, *(_interval(found.get((model, name))) for name in baselines)]
            + [_number(main.get(name, math.nan), 2) for name in ("quiet_share", "skill_positive")]
        )
    return text_table(["model", *(f"v {name}" for name in baselines), "quiet", "attacked"], rows)


def _interval(row: dict[Any, Any] | None) -> str:
    if row is None or math.isnan(row["skill"]):
        return "-"
    return f"{row['skill']:+.3f} [{row['low']:+.3f}, {row['high']:+.3f}]"


def _number(value: float, digits: int) -> str:
    return "-" if math.isnan(value) else f"{value:.{digits}f}"


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {
            str(key): None if isinstance(value, float) and math.isnan(value) else value
            for key, value in row.items()
        }
        for row in frame.to_dict("records")
    ]
