"""Watch lists on a budget: which regions, what is expected of them, what such lists were worth.

What a list was worth is read from the newest backtest of the same model, from origins whose
outcome was known when the issue was made. Figures only; the words are ``alert_text``'s.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.errors import ConfigError
from data.schema import EVENTS
from data.workspace import Workspace
from experiments.backtest.catalogue import known_backtests
from experiments.runs.no_change import NO_CHANGE
from forecast.archive.catalogue import find_issue, newest_issue
from forecast.archive.issue_files import Issue, read_issue
from forecast.scoring.alert_lists import Choice, PastLists, past_lists
from forecast.scoring.outcomes import model_of

__all__ = ["AlertOptions", "Alerts", "make_alerts"]

USUAL_BUDGET = 20


@dataclass(frozen=True)
class AlertOptions:
    """What the command line was told; None where it said nothing.

    Attributes:
        budget: How many regions can be watched.
        cost_miss: What an attack in a region that is not watched costs.
        cost_alarm: What a watched region without an attack costs.
        issue: An issue by name.
        horizon: Months ahead.
    """

    budget: int | None = None
    cost_miss: float | None = None
    cost_alarm: float | None = None
    issue: str | None = None
    horizon: int | None = None


@dataclass(frozen=True)
class Alerts:
    """A watch list and what is known of it.

    Attributes:
        issue: The issue it is made of.
        horizon: Months ahead.
        model: The issue's model of attacks.
        choice: How it was made.
        regions: How many regions the issue has a forecast of.
        watched: Rows of the risk table, in order of rank.
        expected_attacked: Sum of P(attack) over all of them, watched or not.
        backtest: Id of the backtest that the past is read from; None without one.
        past: Past lists of the issue's model and of no-change, the model's first; empty without.
    """

    issue: Issue
    horizon: int
    model: str
    choice: Choice
    regions: int
    watched: pd.DataFrame
    expected_attacked: float
    backtest: str | None
    past: tuple[PastLists, ...]

    @property
    def expected_hits(self) -> float:
        """Watched regions that will be attacked, by the issue's own probabilities."""
        return float(self.watched["p_attack"].sum())


def make_alerts(workspace: Workspace, wish: AlertOptions, *, warn: Callable[[str], None]) -> Alerts:
    """Make the watch list that is wished for.

    Args:
        workspace: Where issues and backtests are.
        wish: What the command line was told.
        warn: Hears of issues that are left out where the newest is looked for.

    Raises:
        ConfigError: The budget or the costs make no sense, or the issue lacks the horizon.
        EvidenceError: There is no such issue.
    """
    _check(wish)
    named = None if wish.issue is None else find_issue(workspace, wish.issue)
    issue = read_issue(named or newest_issue(workspace, warn=warn))
    horizon = _horizon(issue, wish.horizon)
    rows = issue.table[issue.table["horizon"] == horizon]
    rows = rows[rows["p_attack"].notna()].sort_values("rank", ignore_index=True)
    choice = _choice(wish, len(rows))
    model = model_of(issue, horizon)
    backtest = _backtest_of(workspace, issue, model, horizon)
    return Alerts(
        issue=issue,
        horizon=horizon,
        model=model,
        choice=choice,
        regions=len(rows),
        watched=rows[choice.of(rows["p_attack"].to_numpy(np.float64))],
        expected_attacked=float(rows["p_attack"].sum()),
        backtest=None if backtest is None else backtest[0],
        past=() if backtest is None else _past(backtest[1], (model, *NO_CHANGE), choice),
    )


def _past(forecasts: pd.DataFrame, models: Sequence[str], choice: Choice) -> tuple[PastLists, ...]:
    there = set(forecasts["model"])
    return tuple(
        past_lists(forecasts, model, choice) for model in dict.fromkeys(models) if model in there
    )


def _check(wish: AlertOptions) -> None:
    costs = (wish.cost_miss, wish.cost_alarm)
    if wish.budget is not None and costs != (None, None):
        raise ConfigError("--budget and costs are two ways to choose: give one of them")
    if (wish.cost_miss is None) != (wish.cost_alarm is None):
        raise ConfigError("--cost-miss and --cost-alarm belong together: give both or neither")
    for name, cost in zip(("--cost-miss", "--cost-alarm"), costs, strict=True):
        if cost is not None and not (math.isfinite(cost) and cost > 0):
            raise ConfigError(f"{name}: expected a number above 0, got {cost:g}")
    if wish.budget is not None and wish.budget < 1:
        raise ConfigError(f"--budget: expected 1 region or more, got {wish.budget}")


def _choice(wish: AlertOptions, regions: int) -> Choice:
    if wish.cost_miss is not None:
        return Choice(cost_miss=wish.cost_miss, cost_alarm=wish.cost_alarm)
    if wish.budget is not None and wish.budget > regions:
        raise ConfigError(
            f"--budget: expected at most the {regions} regions that the issue has a forecast of,"
            f" got {wish.budget}"
        )
    return Choice(budget=wish.budget or min(USUAL_BUDGET, regions))


def _horizon(issue: Issue, wanted: int | None) -> int:
    there = sorted({int(horizon) for horizon in issue.table["horizon"]})
    if wanted is None:
        return there[0]
    if wanted not in there:
        raise ConfigError(
            f"{issue.folder.name} holds no forecast {wanted} months ahead, only"
            f" {', '.join(map(str, there))}"
        )
    return wanted


def _backtest_of(
    workspace: Workspace, issue: Issue, model: str, horizon: int
) -> tuple[str, pd.DataFrame] | None:
    """Return the newest backtest of a model as it stood at an issue's origin.

    Returns:
        Its id and its rows of the horizon; None where no backtest holds the model.
    """
    backtests = known_backtests(
        workspace,
        scale=str(issue.manifest["scale"]),
        target=EVENTS,
        through=str(issue.manifest["origin"]),
    )
    for backtest in backtests:
        rows = backtest.forecasts
        rows = rows[rows["horizon"] == horizon].astype({"model": "str"})
        if model in set(rows["model"]):
            return backtest.id, rows
    return None
