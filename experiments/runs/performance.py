"""What the models of an issue were worth in past origins, read from the newest backtest.

Scores against no-change and the reliability of each level; nothing is computed that the backtest
does not hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from experiments.backtest.catalogue import Backtest
from experiments.bands import DEFAULT_CUTS
from experiments.runs.confidence import BandRecord, band_records
from experiments.scores.bootstrap import Bootstrap
from experiments.scores.leaderboard import scores_table
from experiments.scores.paired_rows import pair_rows
from experiments.scores.skill import BASELINES, skill_table

__all__ = ["Performance", "performance_of"]


@dataclass(frozen=True)
class Performance:
    """The past of one horizon.

    Attributes:
        backtest: Id of the backtest.
        origins: Its origins.
        model: The model in use.
        scores: A row a model, lowest CRPS first, as ``scores_table`` gives it.
        skills: Skill of the model in use on CRPS: ``against, skill, low, high``; empty where
            the backtest lacks the model.
        records: Each level's past for the model in use; empty where the backtest lacks it.
    """

    backtest: str
    origins: tuple[str, ...]
    model: str
    scores: pd.DataFrame
    skills: pd.DataFrame
    records: dict[str, BandRecord]


def performance_of(
    backtest: Backtest, *, model: str, horizon: int, cuts: Sequence[float] = DEFAULT_CUTS
) -> Performance | None:
    """Return the past of a model at one horizon; None where the backtest lacks the horizon.

    Args:
        backtest: A backtest of attacks.
        model: Name of the model in use.
        horizon: Months ahead.
        cuts: Lower edges of the levels.
    """
    rows = backtest.forecasts
    rows = rows[(rows["horizon"] == horizon) & rows["observed"].notna()].astype({"model": "str"})
    if not len(rows):
        return None
    return Performance(
        backtest=backtest.id,
        origins=tuple(backtest.manifest["origins"]),
        model=model,
        scores=scores_table(rows).sort_values(["crps", "model"], ignore_index=True),
        skills=_skills(rows, model),
        records=band_records(rows, model=model, horizon=horizon, cuts=cuts),
    )


def _skills(rows: pd.DataFrame, model: str) -> pd.DataFrame:
    columns = ["against", "skill", "low", "high"]
    if model not in set(rows["model"]):
        return pd.DataFrame(columns=columns)
    some = rows[rows["model"].isin([model, *BASELINES])]
    (paired,) = pair_rows(some).values()
    skills = skill_table(paired, Bootstrap(), scores=("crps",))
    if not len(skills):
        return pd.DataFrame(columns=columns)
    ours = skills[skills["model"] == model].rename(columns={"skill_lo": "low", "skill_hi": "high"})
    return ours[columns].reset_index(drop=True)
