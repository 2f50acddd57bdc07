"""The folds of a backtest in turn: pools learn from past forecasts that inner folds begin.

Owns what happens between two folds; forecasting one is ``walk``'s part, writing a finished one
``checkpoints``'.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

import pandas as pd

from experiments.backtest.checkpoints import Checkpoints, FoldResult
from experiments.backtest.specification import BacktestSpec
from experiments.backtest.walk import Fold, FoldForecasts, make_folds, past_forecasts, walk
from experiments.distribution import Distribution
from experiments.models.catalogue import is_pooled, members_of
from experiments.models.past_forecasts import PastForecasts
from experiments.models.pool import PoolRule, learn_rule
from experiments.scores.scoring import outcome_at, scored_rows
from experiments.training_view import Forecasting
from features.panel import Panel
from features.table import FeatureTable

__all__ = ["Execution", "KeepDraws", "Progress", "ScoredFold", "model_used", "scored_folds"]

Progress = Callable[[int, int, str], None]
KeepDraws = Callable[[str, str, int, Distribution], None]
Walker = Callable[..., Iterator[FoldForecasts]]


@dataclass(frozen=True)
class ScoredFold:
    """One scored fold.

    Attributes:
        horizon: Months ahead.
        rows: Scored rows of every model and origin, columns ``FORECAST_COLUMNS``.
        rules: Pooled model and fold to what the pool had learnt.
        record: Past forecasts of the pools' members up to the fold's end.
    """

    horizon: int
    rows: pd.DataFrame
    rules: Mapping[str, str]
    record: PastForecasts


@dataclass(frozen=True)
class Execution:
    """How folds are run; nothing here changes a forecast.

    Attributes:
        jobs: Processes.
        progress: Called with (folds done, folds in all, what is done).
        checkpoints: Where finished folds are written, and read again after a stop.
        keep_draws: Receives every scored forecast (model, origin, horizon, draws of all regions).
        walker: What forecasts the folds, called as ``walk`` is.
    """

    jobs: int
    progress: Progress = lambda _done, _folds, _what: None
    checkpoints: Checkpoints = field(default_factory=Checkpoints)
    keep_draws: KeepDraws | None = None
    walker: Walker = walk


def scored_folds(
    panel: Panel,
    table: FeatureTable,
    spec: BacktestSpec,
    origins: Sequence[str],
    execution: Execution,
) -> Iterator[ScoredFold]:
    """Yield every scored fold of every horizon in turn.

    Args:
        panel: Counts of all months; each forecast sees those up to its origin.
        table: Features of the panel.
        spec: Target, horizons, models and their settings.
        origins: Scored origins, ascending.
        execution: How the folds are run.
    """
    horizons = len(spec.horizons)
    for place, horizon in enumerate(spec.horizons):

        def report(done: int, folds: int, what: str, place: int = place) -> None:
            execution.progress(place * folds + done, horizons * folds, what)

        run = _HorizonRun(
            panel, table, replace(spec, horizons=(horizon,)), replace(execution, progress=report)
        )
        yield from run.folds(origins)


def model_used(name: str, rule: PoolRule | None, used: Mapping[str, str]) -> str:
    """Return what made a forecast in words: a pool's members with their weights, or a fallback.

    Example:
        >>> model_used("nb", None, {"nb": "poisson"})
        'poisson'
    """
    if rule is not None and len(rule.members) > 1:
        return f"{name} ({rule.described()})"
    return used.get(name, name)


@dataclass(frozen=True)
class _HorizonRun:
    """All folds of one horizon: inner folds for the past forecasts, then the scored ones."""

    panel: Panel
    table: FeatureTable
    spec: BacktestSpec
    execution: Execution

    @property
    def task(self) -> Forecasting:
        """Target, horizon, seed and draws."""
        return self.spec.task(self.spec.horizons[0])

    @property
    def pooled(self) -> list[str]:
        """Models that learn from their members' past forecasts."""
        return [name for name in self.spec.models if is_pooled(name)]

    @property
    def recorded(self) -> list[str]:
        """Members of those models."""
        return _in_order(member for name in self.pooled for member in members_of(name))

    def folds(self, origins: Sequence[str]) -> Iterator[ScoredFold]:
        """Yield every scored fold in turn."""
        horizon = self.task.horizon
        folds = make_folds(
            self.panel,
            origins,
            refit_months=self.spec.refit_months,
            inner=self.spec.pool.inner if self.recorded else 0,
            horizon=horizon,
        )
        inner = [fold for fold in folds if fold.origins[-1] < origins[0]]
        ready = self.execution.checkpoints.first(horizon, folds)
        record = self._part([])
        for done, result in enumerate(chain(ready, self._fresh(folds, len(inner), ready)), 1):
            record = record.joined(result.record)
            what = "inner origins" if done <= len(inner) else "origins"
            self.execution.progress(done, len(folds), f"{what} to {folds[done - 1].origins[-1]}")
            if done > len(inner):
                yield ScoredFold(horizon, result.rows, result.rules, record)

    def _fresh(
        self, folds: Sequence[Fold], inner: int, ready: Sequence[FoldResult]
    ) -> Iterator[FoldResult]:
        """Yield the folds that are not ready yet, each written before it is given out."""
        members = _in_order(member for name in self.spec.models for member in members_of(name))
        record = self._part([])
        for result in ready:
            record = record.joined(result.record)
        for walked in self._walk(folds[len(ready) : inner], self.recorded):
            part = self._part([walked])
            record = record.joined(part)
            yield self._written(walked.fold, FoldResult(pd.DataFrame(), {}, part))
        for walked in self._walk(folds[max(len(ready), inner) :], members):
            rules = self._rules(record, walked.fold)
            part = self._part([walked])
            record = record.joined(part)
            key = f"h{self.task.horizon} {walked.fold.origins[0]}"
            learnt = {f"{name} {key}": rule.described() for name, rule in rules.items()}
            rows = pd.concat(self._scored(walked, rules), ignore_index=True)
            yield self._written(walked.fold, FoldResult(rows, learnt, part))

    def _written(self, fold: Fold, result: FoldResult) -> FoldResult:
        self.execution.checkpoints.write(self.task.horizon, fold, result)
        return result

    def _part(self, walked: Sequence[FoldForecasts]) -> PastForecasts:
        return past_forecasts(self.panel, self.task, walked, self.recorded)

    def _walk(self, folds: Sequence[Fold], members: Sequence[str]) -> Iterator[FoldForecasts]:
        execution = self.execution
        return execution.walker(
            self.panel, self.table, self.spec, folds, members=members, jobs=execution.jobs
        )

    def _rules(self, record: PastForecasts, fold: Fold) -> dict[str, PoolRule]:
        start = self.panel.position(fold.origins[0])
        inner = self.spec.pool.inner
        known = record.known_at(start, horizon=self.task.horizon, window=inner)
        return {name: learn_rule(known, members_of(name), self.spec.pool) for name in self.pooled}

    def _scored(self, walked: FoldForecasts, rules: Mapping[str, PoolRule]) -> list[pd.DataFrame]:
        frames = []
        for place, origin in enumerate(walked.fold.origins):
            if origin not in walked.fold.scored:
                continue
            outcome = outcome_at(self.panel, self.task, origin)
            here = {name: forecasts[place] for name, forecasts in walked.forecasts.items()}
            for name in self.spec.models:
                rule = rules.get(name)
                forecast = rule.combine(here, draws=self.task.draws) if rule else here[name]
                used = model_used(name, rule, walked.used)
                if self.execution.keep_draws is not None:
                    self.execution.keep_draws(name, origin, self.task.horizon, forecast)
                frames.append(scored_rows(outcome, forecast, model=name, used=used))
        return frames


def _in_order(names: Iterator[str]) -> list[str]:
    """Return names without repeats, first come first."""
    return list(dict.fromkeys(names))
