"""Comparison of models with each other and with no-change, on the same rows, with intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from experiments.bands import DEFAULT_CUTS
from experiments.scores.bootstrap import Bootstrap
from experiments.scores.breakdowns import BREAKDOWNS, break_down
from experiments.scores.leaderboard import scores_of
from experiments.scores.paired_rows import PairedRows, pair_rows
from experiments.scores.reliability import calibration_table, level_table, reliability_table
from experiments.scores.skill import skill_table
from experiments.scores.top_k import top_k_table

__all__ = ["Comparison", "compare_models", "comparison_figures"]

_INTERVAL = ("", "_lo", "_hi")


@dataclass(frozen=True)
class Comparison:
    """Result of ``compare_models``; every frame has at least a row a model and horizon.

    Attributes:
        scores: As ``scores_table`` returns it.
        skills: Against each baseline, as ``skill_table`` returns it.
        rivals: The same for crps against the model with the lowest crps of the horizon.
        calibration: As ``calibration_table`` returns it.
        reliability: As ``reliability_table`` returns it.
        top: As ``top_k_table`` returns it.
        levels: As ``level_table`` returns it.
        parts: By phase, country and horizon, as ``break_down`` returns it.
        unrecorded: Names of the breakdowns for which the backtest lacks a column.
        bootstrap: Settings of the bootstrap.
        cuts: Lower edges of the risk levels.
    """

    scores: pd.DataFrame
    skills: pd.DataFrame
    rivals: pd.DataFrame
    calibration: pd.DataFrame
    reliability: pd.DataFrame
    top: pd.DataFrame
    levels: pd.DataFrame
    parts: pd.DataFrame
    unrecorded: tuple[str, ...]
    bootstrap: Bootstrap
    cuts: tuple[float, ...]


def compare_models(
    forecasts: pd.DataFrame,
    *,
    bootstrap: Bootstrap,
    cuts: tuple[float, ...] = DEFAULT_CUTS,
) -> Comparison:
    """Score all models and compare them with the baselines among them.

    Args:
        forecasts: Forecasts of one target on the same rows, as ``combine_backtests`` returns them.
        bootstrap: Settings of the bootstrap.
        cuts: Lower edges of the risk levels.

    Raises:
        EvidenceError: The models were not scored on the same rows.
    """
    from threadpoolctl import threadpool_limits

    horizons = list(pair_rows(forecasts).values())
    with threadpool_limits(1):  # The matrix products are small: more threads are slower.
        return _compared(horizons, bootstrap, cuts)


def comparison_figures(comparison: Comparison, model: str, horizon: int) -> dict[str, float]:
    """Return the figures of one model at one horizon by name, for MLflow and JSON.

    Args:
        comparison: What ``compare_models`` returned.
        model: Name of the model.
        horizon: Months ahead.

    Returns:
        For each baseline and score, such as ``last`` and ``crps``: ``crps_skill_last`` and
        ``crps_difference_last``, for crps also ``zero_share_last`` and
        ``crps_positive_skill_last``; ``ece, ece_active, coverage90``; ``recall_top20,
        precision_top20``; for each phase ``rows_onset, crps_onset, ign_onset, brier_onset,
        crps_skill_onset``; for each level ``rows_very_high, came_true_very_high``. The bounds of
        an interval end in ``_lo`` and ``_hi``. NaN where a figure does not exist.
    """

    def mine(frame: pd.DataFrame) -> list[dict[str, Any]]:
        if not len(frame):
            return []
        own = (frame["model"] == model) & (frame["horizon"] == horizon)
        return [{str(key): row[key] for key in row} for row in frame[own].to_dict("records")]

    figures: dict[str, Any] = {}
    for row in mine(comparison.skills):
        figures |= _skills(row)
    for row in mine(comparison.calibration):
        figures |= {name: row[name] for name in row if name not in ("model", "horizon")}
    for row in mine(comparison.top):
        for name in ("recall", "precision"):
            figures |= {f"{name}_top{row['k']}{end}": row[name + end] for end in _INTERVAL}
    for row in mine(comparison.parts):
        if row["by"] == "phase":
            figures |= _phase(row)
    for row in mine(comparison.levels):
        level = _slug(row["level"])
        figures[f"rows_{level}"] = row["rows"]
        figures |= {f"came_true_{level}{end}": row[f"observed_rate{end}"] for end in _INTERVAL}
    return {name: float(value) for name, value in figures.items()}


def _compared(
    horizons: Sequence[PairedRows], bootstrap: Bootstrap, cuts: tuple[float, ...]
) -> Comparison:
    def gathered(table: Callable[[PairedRows], pd.DataFrame]) -> pd.DataFrame:
        return pd.concat([table(rows) for rows in horizons], ignore_index=True)

    parts = [break_down(rows, bootstrap, by=by) for by in BREAKDOWNS for rows in horizons]
    return Comparison(
        scores=scores_of(horizons),
        skills=gathered(lambda rows: skill_table(rows, bootstrap)),
        rivals=gathered(lambda rows: _against_best(rows, bootstrap)),
        calibration=gathered(lambda rows: calibration_table(rows, bootstrap)),
        reliability=gathered(lambda rows: reliability_table(rows, bootstrap)),
        top=gathered(lambda rows: top_k_table(rows, bootstrap)),
        levels=gathered(lambda rows: level_table(rows, bootstrap, cuts=cuts)),
        parts=pd.concat(parts, ignore_index=True),
        unrecorded=_unrecorded(horizons[0]),
        bootstrap=bootstrap,
        cuts=cuts,
    )


def _against_best(rows: PairedRows, bootstrap: Bootstrap) -> pd.DataFrame:
    best = rows.models[int(rows.values["crps"].mean(axis=1).argmin())]
    return skill_table(rows, bootstrap, baselines=(best,), scores=("crps",))


def _unrecorded(rows: PairedRows) -> tuple[str, ...]:
    """Return the breakdowns for which the backtest lacks a column."""
    needed = {"phase": "phase_observed", "hard onset": "quiet60", "country": "country"}
    return tuple(name for name, column in needed.items() if column not in rows.traits)


def _skills(row: dict[str, Any]) -> dict[str, Any]:
    score, against = row["score"], row["against"]
    figures = {
        f"{score}_{name}_{against}{end}": row[name + end]
        for name in ("skill", "difference")
        for end in _INTERVAL
    }
    if score == "crps":
        figures[f"zero_share_{against}"] = row["zero_share"]
        for end in _INTERVAL:
            figures[f"crps_positive_skill_{against}{end}"] = row["positive_skill" + end]
    return figures


def _phase(row: dict[str, Any]) -> dict[str, Any]:
    phase = _slug(row["part"])
    figures = {f"{name}_{phase}": row[name] for name in ("rows", "crps", "ign", "brier")}
    return figures | {f"crps_skill_{phase}{end}": row["skill" + end] for end in _INTERVAL}


def _slug(name: str) -> str:
    """Return a name of letters, digits and underscores only, which MLflow accepts everywhere."""
    return "".join(c if c.isalnum() else "_" for c in str(name))
