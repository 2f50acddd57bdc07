"""Lists of regions to watch: which regions, what is expected of them, how past lists did.

Past lists are read from the newest backtest of the same model, from target months that were
known when the issue was made. Figures only; the words are ``alert_text``'s.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.errors import ConfigError
from data.months import month_number
from data.schema import EVENTS
from data.workspace import Workspace
from experiments.backtest.catalogue import known_backtests
from experiments.runs.no_change import NO_CHANGE
from forecast.archive.catalogue import chosen_issue
from forecast.archive.issue_files import Issue, read_issue
from forecast.archive.lateness import warn_if_behind
from forecast.scoring.outcomes import model_of

__all__ = ["AlertOptions", "Alerts", "Choice", "PastLists", "make_alerts", "past_lists"]

USUAL_BUDGET = 20
# Shares of draws are compared with the threshold as they are with the edges of levels.
_ROUNDING = 1e-12

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class AlertOptions:
    """What a list is asked for; None for the default.

    Attributes:
        budget: How many regions can be watched.
        cost_miss: Cost of an attack in a region that is not watched.
        cost_alarm: Cost of watching a region without an attack.
        issue: Name of an issue; the newest by default.
        horizon: Months ahead; the issue's shortest by default.
    """

    budget: int | None = None
    cost_miss: float | None = None
    cost_alarm: float | None = None
    issue: str | None = None
    horizon: int | None = None


@dataclass(frozen=True)
class Alerts:
    """A list of regions to watch, what is expected of it and how past lists did.

    Attributes:
        issue: The issue it is made from.
        horizon: Months ahead.
        model: The issue's model of attacks.
        choice: How the regions are chosen.
        regions: How many regions the issue has a forecast of.
        watched: Rows of the risk table, in order of rank.
        expected_attacked: Sum of P(attack) over all regions, watched or not.
        backtest: Id of the backtest that past lists are read from; None without one.
        past: Past lists of the issue's model and of no change, the model's first; empty without a
            backtest.
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
        """Expected number of watched regions that are attacked, by the issue's probabilities."""
        return float(self.watched["p_attack"].sum())


def make_alerts(workspace: Workspace, options: AlertOptions) -> Alerts:
    """List the regions to watch.

    Args:
        workspace: Where issues and backtests are.
        options: What the list is asked for.

    Raises:
        ConfigError: Budget or costs are not as expected, or the issue lacks the horizon.
        EvidenceError: There is no such issue.
    """
    _check(options)
    issue = read_issue(chosen_issue(workspace, options.issue))
    warn_if_behind(workspace, issue.folder.name, issue.manifest)
    horizon = _horizon(issue, options.horizon)
    rows = issue.table[issue.table["horizon"] == horizon]
    rows = rows[rows["p_attack"].notna()].sort_values("rank", ignore_index=True)
    choice = _choice(options, len(rows))
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


@dataclass(frozen=True)
class Choice:
    """How regions are chosen: the first of a ranking, or those worth their cost.

    Attributes:
        budget: How many of the ranking; None where costs decide.
        cost_miss: Cost of a miss; None where a budget decides.
        cost_alarm: Cost of a false alarm; None where a budget decides.
    """

    budget: int | None = None
    cost_miss: float | None = None
    cost_alarm: float | None = None

    @property
    def threshold(self) -> float | None:
        """Least P(attack) that is watched: cost_alarm / (cost_alarm + cost_miss).

        A watch saves ``p * cost_miss`` and wastes ``(1 - p) * cost_alarm`` on average.
        """
        if self.cost_alarm is None or self.cost_miss is None:
            return None
        return 1.0 / (1.0 + self.cost_miss / self.cost_alarm) if self.cost_alarm > 0 else 0.0

    def of(self, p_ranked: Floats) -> Bools:
        """Return which regions of one ranking are chosen, given P(attack) in order of rank."""
        if self.threshold is not None:
            return np.asarray(p_ranked >= self.threshold - _ROUNDING)
        return np.arange(len(p_ranked)) < int(self.budget or 0)

    def cost(self, false_alarms: Floats, misses: Floats) -> Floats | None:
        """Return what false alarms and misses cost; None where a budget decides."""
        if self.cost_alarm is None or self.cost_miss is None:
            return None
        return np.asarray(self.cost_alarm * false_alarms + self.cost_miss * misses)


@dataclass(frozen=True)
class PastLists:
    """How one forecast's lists did, month by month.

    Attributes:
        model: Name of the forecast.
        months: Target months, in order.
        listed: (months,), regions on the list.
        hits: (months,), how many of them were attacked.
        attacked: (months,), attacked regions, on the list or not.
        retained: Share of a month's list that was on the list of the month before, one value a
            pair of consecutive months with lists.
        cost: (months,), false alarms and misses at their costs; None where a budget decides.
    """

    model: str
    months: tuple[str, ...]
    listed: Floats
    hits: Floats
    attacked: Floats
    retained: Floats
    cost: Floats | None

    @property
    def false_alarms(self) -> Floats:
        """(months,), regions on the list that were not attacked."""
        return self.listed - self.hits

    @property
    def recall(self) -> float:
        """Share of all attacked regions that were on the lists; NaN without any."""
        total = float(self.attacked.sum())
        return float(self.hits.sum()) / total if total else math.nan


def past_lists(forecasts: pd.DataFrame, model: str, choice: Choice) -> PastLists:
    """Return how a model's lists did in a backtest.

    Args:
        forecasts: Rows of ``FORECAST_COLUMNS`` of one horizon; rows without an observed target
            are not read.
        model: Name of the model.
        choice: How regions are chosen each month.
    """
    rows = forecasts[(forecasts["model"] == model) & forecasts["observed"].notna()]
    rows = rows.sort_values(
        ["target_month", "p_attack", "mean", "region_id"], ascending=[True, False, False, True]
    )
    lists: dict[str, set[str]] = {}
    counts: list[tuple[int, int, int]] = []
    for month, part in rows.groupby("target_month", sort=True):
        chosen = choice.of(part["p_attack"].to_numpy(np.float64))
        attacked = part["observed"].to_numpy(np.float64) >= 1
        lists[str(month)] = set(part.loc[chosen, "region_id"])
        counts.append((int(chosen.sum()), int((chosen & attacked).sum()), int(attacked.sum())))
    listed, hits, all_attacked = np.array(counts, dtype=np.float64).reshape(-1, 3).T
    return PastLists(
        model=model,
        months=tuple(lists),
        listed=listed,
        hits=hits,
        attacked=all_attacked,
        retained=_retained(lists),
        cost=choice.cost(listed - hits, all_attacked - hits),
    )


def _past(forecasts: pd.DataFrame, models: Sequence[str], choice: Choice) -> tuple[PastLists, ...]:
    known = set(forecasts["model"])
    return tuple(
        past_lists(forecasts, model, choice) for model in dict.fromkeys(models) if model in known
    )


def _check(options: AlertOptions) -> None:
    costs = (options.cost_miss, options.cost_alarm)
    if options.budget is not None and costs != (None, None):
        raise ConfigError("expected --budget or costs, got both: give one of them")
    if (options.cost_miss is None) != (options.cost_alarm is None):
        raise ConfigError("expected --cost-miss and --cost-alarm together: give both or neither")
    for name, cost in zip(("--cost-miss", "--cost-alarm"), costs, strict=True):
        if cost is not None and not (math.isfinite(cost) and cost > 0):
            raise ConfigError(f"{name}: expected a number above 0, got {cost:g}")
    if options.budget is not None and options.budget < 1:
        raise ConfigError(f"--budget: expected 1 region or more, got {options.budget}")


def _choice(options: AlertOptions, regions: int) -> Choice:
    if options.cost_miss is not None:
        return Choice(cost_miss=options.cost_miss, cost_alarm=options.cost_alarm)
    if options.budget is not None and options.budget > regions:
        raise ConfigError(
            f"--budget: expected at most the {regions} regions that the issue has a forecast of,"
            f" got {options.budget}"
        )
    return Choice(budget=options.budget or min(USUAL_BUDGET, regions))


def _horizon(issue: Issue, asked: int | None) -> int:
    horizons = sorted({int(horizon) for horizon in issue.table["horizon"]})
    if asked is None:
        return horizons[0]
    if asked not in horizons:
        raise ConfigError(
            f"--horizon: expected one of {issue.folder.name}'s months ahead,"
            f" {', '.join(map(str, horizons))}, got {asked}"
        )
    return asked


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


def _retained(lists: dict[str, set[str]]) -> Floats:
    """Return the share of each list that was on the list of the month before."""
    shares = [
        len(lists[before] & lists[after]) / len(lists[after])
        for before, after in itertools.pairwise(lists)
        if lists[after] and month_number(after) - month_number(before) == 1
    ]
    return np.array(shares, dtype=np.float64)
