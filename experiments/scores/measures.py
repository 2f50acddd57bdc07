"""A comparison as named numbers, one name a figure, for MLflow and for a line of JSON.

Names are ``SCORE_skill_BASELINE`` or ``SCORE_PHASE``; a figure's interval ends in ``_lo`` and
``_hi``. Nothing is computed here.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from experiments.scores.compare import Comparison

__all__ = ["measures_of"]

_INTERVAL = ("", "_lo", "_hi")


def measures_of(comparison: Comparison, model: str, horizon: int) -> dict[str, float]:
    """Return the figures of one model at one horizon; those that do not exist are NaN.

    Args:
        comparison: What ``compare_models`` found.
        model: Name of the model.
        horizon: Months ahead.

    Returns:
        For each baseline and score ``crps_skill_last`` and ``crps_difference_last``, for crps
        also ``zero_share_last`` and ``crps_positive_skill_last``; ``ece, ece_active,
        coverage90``; ``recall_top20, precision_top20``; by phase ``rows_onset, crps_onset,
        ign_onset, brier_onset, crps_skill_onset``; by level ``rows_very_high,
        came_true_very_high``.
    """

    def mine(frame: pd.DataFrame) -> list[dict[str, Any]]:
        if not len(frame):
            return []
        kept = (frame["model"] == model) & (frame["horizon"] == horizon)
        return [{str(key): row[key] for key in row} for row in frame[kept].to_dict("records")]

    found: dict[str, Any] = {}
    for row in mine(comparison.skills):
        found |= _skills(row)
    for row in mine(comparison.calibration):
        found |= {name: row[name] for name in row if name not in ("model", "horizon")}
    for row in mine(comparison.top):
        for name in ("recall", "precision"):
            found |= {f"{name}_top{row['k']}{end}": row[name + end] for end in _INTERVAL}
    for row in mine(comparison.parts):
        if row["by"] == "phase":
            found |= _phase(row)
    for row in mine(comparison.levels):
        level = _slug(row["level"])
        found[f"rows_{level}"] = row["rows"]
        found |= {f"came_true_{level}{end}": row[f"came_true{end}"] for end in _INTERVAL}
    return {name: float(value) for name, value in found.items()}


def _skills(row: dict[str, Any]) -> dict[str, Any]:
    score, against = row["score"], row["against"]
    found = {
        f"{score}_{name}_{against}{end}": row[name + end]
        for name in ("skill", "difference")
        for end in _INTERVAL
    }
    if score == "crps":
        found[f"zero_share_{against}"] = row["zero_share"]
        for end in _INTERVAL:
            found[f"crps_positive_skill_{against}{end}"] = row["positive_skill" + end]
    return found


def _phase(row: dict[str, Any]) -> dict[str, Any]:
    phase = _slug(row["part"])
    found = {f"{name}_{phase}": row[name] for name in ("rows", "crps", "ign", "brier")}
    return found | {f"crps_skill_{phase}{end}": row["skill" + end] for end in _INTERVAL}


def _slug(name: str) -> str:
    """Return a name of letters and underscores, as MLflow takes it everywhere."""
    return "".join(c if c.isalnum() else "_" for c in str(name))
