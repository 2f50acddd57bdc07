"""Skill of models against no-change, and paired differences, with intervals over months."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from experiments.scores.bootstrap import Bootstrap, Interval, Resampled, Resampler, ratio
from experiments.scores.paired_rows import PairedRows

__all__ = ["BASELINES", "SCORES", "skill", "skill_table", "yearly_skill"]

BASELINES = ("conflictology", "last", "zero")
SCORES = ("crps", "ign", "mis", "brier", "ap")
MONTHS_OF_A_YEAR = 6


def skill(values: Resampled, model: int, against: int, *, larger_is_better: bool) -> Interval:
    """Return the skill of a model against a baseline, with its interval.

    Args:
        values: Means or sums of a score, all models on the same rows.
        model: Position of the model.
        against: Position of the baseline.
        larger_is_better: True for the average precision.

    Returns:
        1 - score / baseline's score, or score / baseline's score - 1 if larger is better; above 0
        the model is better.
    """
    share = ratio(*(Resampled(values.whole[[i]], values.drawn[[i]]) for i in (model, against)))
    whole, drawn = share.whole[0], share.drawn[0]
    if larger_is_better:
        return Interval.of(float(whole - 1.0), drawn - 1.0)
    return Interval.of(float(1.0 - whole), 1.0 - drawn)


def skill_table(
    rows: PairedRows,
    bootstrap: Bootstrap,
    *,
    baselines: tuple[str, ...] = BASELINES,
    scores: tuple[str, ...] = SCORES,
) -> pd.DataFrame:
    """Compare every model with every baseline that is among them.

    Args:
        rows: The models of one horizon.
        bootstrap: Settings of the bootstrap.
        baselines: Names of the baselines.
        scores: Names of the scores.

    Returns:
        A row a model, baseline and score: ``model, horizon, against, score, value, baseline``,
        the paired ``difference`` (lower is better, except for ap) and ``skill``, both with ``_lo``
        and ``_hi``. For crps also ``zero_share``, the share of the difference that comes from rows
        with y = 0, and ``positive_skill`` (``_lo``, ``_hi``), the skill on rows with y > 0.
    """
    resampler = Resampler(rows, bootstrap)
    values = {name: resampler.score(name) for name in scores}
    positive = resampler.sums(rows.values["crps"], rows.attacked)
    table: list[dict[str, Any]] = []
    for against in (name for name in baselines if name in rows.models):
        for model in (name for name in rows.models if name != against):
            for score in scores:
                row = {"model": model, "horizon": rows.horizon, "against": against, "score": score}
                row |= _difference(values[score], rows.line(model), rows.line(against), score)
                if score == "crps":
                    row |= _by_outcome(rows, positive, rows.line(model), rows.line(against))
                table.append(row)
    return pd.DataFrame(table)


def yearly_skill(forecasts: pd.DataFrame, model: str, against: str) -> pd.Series:
    """Return the skill on CRPS of each calendar year of target months.

    Args:
        forecasts: Rows of ``forecasts.parquet`` of one horizon, with both models.
        model: Name of the model.
        against: Name of the baseline.

    Returns:
        Year to 1 - CRPS / baseline's CRPS; years of fewer than six scored months are left out.
    """
    dated = forecasts.assign(
        year=forecasts["target_month"].astype("str").str[:4], model=forecasts["model"].astype("str")
    )
    months = dated.groupby("year")["target_month"].nunique()
    years = months[months >= MONTHS_OF_A_YEAR].index
    sums = dated.pivot_table(index="year", columns="model", values="crps", aggfunc="sum")
    return (1.0 - sums[model] / sums[against])[years].dropna()


def _difference(values: Resampled, model: int, against: int, score: str) -> dict[str, float]:
    """Return both scores, their difference and the skill."""
    gap = Interval.of(
        float(values.whole[model] - values.whole[against]),
        values.drawn[model] - values.drawn[against],
    )
    return {
        "value": float(values.whole[model]),
        "baseline": float(values.whole[against]),
        **gap.columns("difference"),
        **skill(values, model, against, larger_is_better=score == "ap").columns("skill"),
    }


def _by_outcome(
    rows: PairedRows, positive: Resampled, model: int, against: int
) -> dict[str, float]:
    """Return the share of the difference from rows without an attack, and the skill on the rest."""
    gap = rows.values["crps"][against] - rows.values["crps"][model]
    whole = gap.sum()
    share = float(gap[~rows.attacked].sum() / whole) if whole else np.nan
    on_attacks = skill(positive, model, against, larger_is_better=False)
    return {"zero_share": share, **on_attacks.columns("positive_skill")}
