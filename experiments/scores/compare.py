"""Models against each other and against no-change, on the same rows, with honest intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from data.errors import EvidenceError
from experiments.bands import DEFAULT_CUTS
from experiments.scores.bootstrap import Bootstrap, Interval
from experiments.scores.breakdowns import BREAKDOWNS, break_down
from experiments.scores.leaderboard import scores_of
from experiments.scores.paired_rows import PairedRows, pair_rows
from experiments.scores.reliability import calibration_table, level_table, reliability_table
from experiments.scores.skill import BASELINES, Resampler, skill_table
from experiments.scores.top_k import top_k_table

__all__ = [
    "BASELINES",
    "Comparison",
    "compare_models",
    "paired_difference",
]


@dataclass(frozen=True)
class Comparison:
    """What ``compare_models`` found; every frame has a row a model and horizon, or more.

    Attributes:
        scores: As ``scores_table`` gives it.
        skills: Against each baseline, as ``skill_table`` gives it.
        rivals: The same for crps against the model with the lowest crps of the horizon.
        calibration: As ``calibration_table`` gives it.
        reliability: As ``reliability_table`` gives it.
        top: As ``top_k_table`` gives it.
        levels: As ``level_table`` gives it.
        parts: By phase, country and horizon, as ``break_down`` gives it.
        unrecorded: Names of the breakdowns that the backtest holds no column for.
        bootstrap: How the intervals were drawn.
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
    """Score all models, their skill against the baselines among them, and what it is made of.

    Args:
        forecasts: Forecasts of one target on the same rows, as ``combine_backtests`` returns them.
        bootstrap: How the intervals are drawn.
        cuts: Lower edges of the risk levels.

    Raises:
        EvidenceError: The models were not scored on the same rows.
    """
    from threadpoolctl import threadpool_limits

    horizons = list(pair_rows(forecasts).values())
    with threadpool_limits(1):  # The products are small: threads would only wait for each other.
        return _compared(horizons, bootstrap, cuts)


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


def paired_difference(
    forecasts: pd.DataFrame, model: str, against: str, *, score: str, bootstrap: Bootstrap
) -> Interval:
    """Return the mean difference of a score between two models on the same rows.

    Args:
        forecasts: Forecasts of one target and horizon that hold both models.
        model: The model asked about.
        against: The model it is compared with.
        score: ``crps``, ``ign``, ``mis`` or ``brier``.
        bootstrap: How the interval is drawn.

    Returns:
        Score of ``model`` less score of ``against``: below 0 is better.

    Raises:
        EvidenceError: A model is absent, or the two were not scored on the same rows.
    """
    both = forecasts[forecasts["model"].isin([model, against])]
    for name in (model, against):
        if name not in set(both["model"]):
            raise EvidenceError(f"the backtest holds no model {name}: run it with that model")
    (rows,) = pair_rows(both).values()
    values = rows.values[score]
    gap = values[rows.line(model)] - values[rows.line(against)]
    return Resampler(rows, bootstrap).means(gap).interval(0)


def _against_best(rows: PairedRows, bootstrap: Bootstrap) -> pd.DataFrame:
    best = rows.models[int(rows.values["crps"].mean(axis=1).argmin())]
    return skill_table(rows, bootstrap, baselines=(best,), scores=("crps",))


def _unrecorded(rows: PairedRows) -> tuple[str, ...]:
    """Return what cannot be told apart for want of a column."""
    needed = {"phase": "phase_observed", "hard onset": "quiet60", "country": "country"}
    return tuple(name for name, column in needed.items() if column not in rows.traits)
