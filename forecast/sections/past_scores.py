"""Earlier issues scored by what was known at an origin, and what a backtest says without any.

Reads the panel up to the origin, issues of earlier origins and months of backtests up to it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.errors import EscalationError
from data.schema import EVENTS
from data.workspace import Workspace
from experiments.backtest.catalogue import known_backtests
from experiments.runs.confidence import band_records
from experiments.runs.no_change import NO_CHANGE
from experiments.score_functions import brier
from features.panel import Panel
from forecast.archive.catalogue import left_out, read_catalogue
from forecast.scoring.scorecard import Scorecard, scorecard_of
from forecast.scoring.scorecard_text import months_ahead
from forecast.scoring.scoring_issues import Horizon, scoring_of
from forecast.text.wording import percent, score, short_month

__all__ = ["MOST_ISSUES", "PastScores", "backtest_words", "past_scores"]

MOST_ISSUES = 12

Warn = Callable[[str], None]


@dataclass(frozen=True)
class PastScores:
    """Scored horizons of earlier issues of one horizon, the newest first."""

    horizon: int
    names: list[str]
    scored: list[Horizon]

    @property
    def newest(self) -> Horizon:
        """The one whose target month is the latest."""
        return self.scored[0]

    def record(self) -> Scorecard:
        """Return the figures of all of them together."""
        return scorecard_of(pd.concat([one.outcome.rows for one in self.scored]))

    def span(self) -> str:
        """Return how many issues they are and of which months."""
        months = sorted(one.outcome.target_month for one in self.scored)
        if len(months) == 1:
            return f"1 issue, {short_month(months[0])}"
        return f"{len(months)} issues, {short_month(months[0])} to {short_month(months[-1])}"


def past_scores(
    workspace: Workspace, past: Panel, *, horizons: Sequence[int], warn: Warn
) -> list[PastScores]:
    """Score the latest earlier issues by what is known at the origin, horizon by horizon."""
    found: dict[int, PastScores] = {horizon: PastScores(horizon, [], []) for horizon in horizons}
    issues = read_catalogue(workspace).earlier(past.scale, past.months[-1], warn=warn)
    for issue in itertools.islice(issues, MOST_ISSUES + max(horizons, default=0)):
        try:
            scoring = scoring_of(issue, past)
        except EscalationError as error:
            warn(left_out(issue.folder.name, str(error)))
            continue
        for one in scoring.horizons:
            kept = found.get(one.outcome.horizon)
            if kept is not None and len(kept.scored) < MOST_ISSUES and one.card.regions:
                kept.names.append(scoring.name)
                kept.scored.append(one)
    return [kept for kept in found.values() if kept.scored]


def backtest_words(workspace: Workspace, past: Panel, model: str, horizon: int) -> tuple[str, str]:
    """Return what the newest backtest said of levels and scores, from months known by then."""
    origin = past.months[-1]
    backtests = known_backtests(workspace, scale=past.scale, target=EVENTS, through=origin)
    backtest = next(backtests, None)
    rows = pd.DataFrame() if backtest is None else backtest.forecasts
    if backtest is not None:
        rows = rows[(rows["horizon"] == horizon) & rows["observed"].notna()]
    if backtest is None or model not in set(rows["model"]):
        nothing = (
            f"Nor does a backtest hold forecasts of {model}, {months_ahead(horizon)}, by then."
        )
        return nothing, nothing
    return _words_of(backtest.id, rows, model, horizon)


def _words_of(run_id: str, rows: pd.DataFrame, model: str, horizon: int) -> tuple[str, str]:
    lead = (
        f"In {rows['origin'].nunique()} past origins of backtest {run_id}, {model},"
        f" {months_ahead(horizon)}:"
    )
    records = band_records(rows, model=model, horizon=horizon)
    levels = "; ".join(
        f"{level} came true {round(one.happened * one.forecasts)} of {one.forecasts}"
        f" (said {percent(one.said)})"
        for level, one in records.items()
    )
    names = [name for name in (model, *NO_CHANGE) if name in set(rows["model"])]
    scores = ", ".join(
        f"{name} {score(_brier(rows[rows['model'] == name]))}" for name in dict.fromkeys(names)
    )
    return f"{lead} {levels}.", f"{lead} Brier {scores}."


def _brier(rows: pd.DataFrame) -> float:
    return brier(rows["observed"].to_numpy() >= 1, rows["p_attack"].to_numpy(np.float64))
