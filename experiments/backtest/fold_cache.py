"""A walk that remembers: forecasts that many trials share are made once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from experiments.backtest.walk import Fold, FoldForecasts, walk
from experiments.distribution import Distribution
from experiments.training_view import Forecasting
from features.panel import Panel
from features.table import FeatureTable

__all__ = ["RememberedWalk"]

_Key = tuple[int, tuple[str, ...], str]


class RememberedWalk:
    """Walks as ``walk`` does, for one panel and one table of settings, each fold once a member."""

    def __init__(self) -> None:
        self._made: dict[_Key, tuple[tuple[Distribution, ...], str]] = {}

    def __call__(
        self,
        panel: Panel,
        table: FeatureTable,
        task: Forecasting,
        folds: Sequence[Fold],
        *,
        members: Sequence[str],
        settings: Mapping[str, Mapping[str, Any]],
        jobs: int,
    ) -> Iterator[FoldForecasts]:
        """Yield the forecasts of every fold in turn; see ``walk``."""
        missing = [
            fold
            for fold in folds
            if any((task.horizon, fold.origins, name) not in self._made for name in members)
        ]
        for found in walk(
            panel, table, task, missing, members=members, settings=settings, jobs=jobs
        ):
            for name in members:
                key = (task.horizon, found.fold.origins, name)
                self._made[key] = (found.forecasts[name], found.used[name])
        for fold in folds:
            made = {name: self._made[task.horizon, fold.origins, name] for name in members}
            yield FoldForecasts(
                fold=fold,
                forecasts={name: forecasts for name, (forecasts, _) in made.items()},
                used={name: used for name, (_, used) in made.items()},
            )
