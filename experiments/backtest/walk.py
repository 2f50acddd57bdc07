"""Walking forward through origins: refit at intervals, forecast every origin, read nothing later.

Each (member, fold) is one task that gets the past only; tasks of a fold run side by side.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from data.errors import EvidenceError
from experiments.backtest.cluster import cluster_here
from experiments.backtest.specification import BacktestSpec
from experiments.backtest.workers import give_memory_back
from experiments.distribution import Distribution
from experiments.models.catalogue import make_member
from experiments.models.past_forecasts import PastForecasts, condense
from experiments.scores.scoring import outcome_at
from experiments.training_view import Forecasting, TrainingView, view_at
from features.panel import FEWEST_MONTHS, Panel
from features.table import FeatureTable

__all__ = ["Fold", "FoldForecasts", "make_folds", "past_forecasts", "walk"]


@dataclass(frozen=True)
class Fold:
    """Origins that are forecast by models fitted at the first of them.

    Attributes:
        origins: Text months, ascending; the first is the origin of the fit.
        scored: Those of them that are scored; the others only add to the past forecasts.
    """

    origins: tuple[str, ...]
    scored: frozenset[str] = frozenset()


@dataclass(frozen=True)
class FoldForecasts:
    """One fold's forecasts.

    Attributes:
        fold: Its origins.
        forecasts: Member name to one distribution an origin.
        used: Member name to what was really used, such as a fallback.
    """

    fold: Fold
    forecasts: Mapping[str, tuple[Distribution, ...]]
    used: Mapping[str, str]


def make_folds(
    panel: Panel, origins: Sequence[str], *, refit_months: int, inner: int, horizon: int
) -> list[Fold]:
    """Cut origins into folds, with folds before them for ``inner`` months of past forecasts.

    Where those are wanted, the months between scored origins are walked too.

    Args:
        panel: Where the months come from.
        origins: Scored origins, ascending.
        refit_months: Months of origins that one fit serves.
        inner: Months of inner origins wanted whose targets are known at the first scored one.
        horizon: Months between an origin and its target.

    Raises:
        EvidenceError: An origin is outside the panel.
    """
    first = panel.position(origins[0])
    last = panel.position(origins[-1])
    groups: dict[int, list[str]] = {}
    for origin in panel.months[first : last + 1] if inner else origins:
        groups.setdefault((panel.position(origin) - first) // refit_months, []).append(origin)
    back = -(-(inner + horizon - 1) // refit_months) if inner else 0
    starts = [first - step * refit_months for step in range(back, 0, -1)]
    earlier = [
        Fold(panel.months[start : start + refit_months])
        for start in starts
        if start - horizon + 1 >= FEWEST_MONTHS
    ]
    scored = frozenset(origins)
    return earlier + [Fold(tuple(g), scored.intersection(g)) for g in groups.values()]


def walk(
    panel: Panel,
    table: FeatureTable,
    spec: BacktestSpec,
    folds: Sequence[Fold],
    *,
    members: Sequence[str],
    jobs: int,
) -> Iterator[FoldForecasts]:
    """Yield the forecasts of every fold in turn.

    Args:
        panel: Counts of all months; each task is cut to its origin.
        table: Features of the panel.
        spec: Target, horizon (the first), seed, draws and settings of the models.
        folds: What to forecast.
        members: Names of the models.
        jobs: Processes.
    """
    from joblib import Parallel, delayed

    task, settings = spec.task(spec.horizons[0]), spec.member_settings()
    # Models are named from cheap to dear: the dear ones start first, so that no core waits long.
    order = list(reversed(members))
    if (cluster := cluster_here()) is not None:
        calls = [[(task, fold, name, settings.get(name, {})) for name in order] for fold in folds]
        done = cluster.rounds(_forecast_fold, (panel, table), calls)
        yield from (_fold_of(*pair, order) for pair in zip(folds, done, strict=True))
        return
    with Parallel(n_jobs=jobs, max_nbytes="1M", mmap_mode="r") as parallel:
        for fold in folds:
            if jobs == 1:
                views = _views(panel, table, task, fold)
                results = [_forecast_views(views, name, settings.get(name, {})) for name in order]
                del views
            else:
                results = parallel(
                    delayed(_forecast_fold)(panel, table, task, fold, name, settings.get(name, {}))
                    for name in order
                )
            yield _fold_of(fold, results, order)
            del results
            give_memory_back()


def past_forecasts(
    panel: Panel,
    task: Forecasting,
    walked: Iterable[FoldForecasts],
    members: Sequence[str],
) -> PastForecasts:
    """Condense the forecasts of walked folds, beside what happened.

    Args:
        panel: Where the outcomes come from.
        task: Target and horizon.
        walked: Folds with the forecasts of at least these members.
        members: Names of the members.
    """
    parts = [_empty(members)]
    for one in walked:
        for place, origin in enumerate(one.fold.origins):
            outcome = outcome_at(panel, task, origin)
            forecasts = {
                name: Distribution(one.forecasts[name][place].draws[outcome.seen])
                for name in members
            }
            parts.append(condense(panel.position(origin), outcome.observed, forecasts))
    return reduce(PastForecasts.joined, parts)


def _fold_of(fold: Fold, results: Sequence[Any], order: Sequence[str]) -> FoldForecasts:
    """Return a fold's forecasts from the results of its members."""
    return FoldForecasts(
        fold=fold,
        forecasts={n: r[0] for n, r in zip(order, results, strict=True)},
        used={n: r[1] for n, r in zip(order, results, strict=True)},
    )


def _forecast_fold(
    panel: Panel,
    table: FeatureTable,
    task: Forecasting,
    fold: Fold,
    name: str,
    settings: Mapping[str, Any],
) -> tuple[tuple[Distribution, ...], str]:
    return _forecast_views(_views(panel, table, task, fold), name, settings)


def _views(
    panel: Panel, table: FeatureTable, task: Forecasting, fold: Fold
) -> tuple[TrainingView, ...]:
    """Return what is known at each origin of a fold; models are fitted on the first."""
    if not panel.observed()[:, panel.position(fold.origins[0])].any():
        raise EvidenceError(
            f"origin {fold.origins[0]} is not an observed month: give other origins"
        )
    return tuple(view_at(panel, table, task, origin=origin) for origin in fold.origins)


def _forecast_views(
    views: Sequence[TrainingView], name: str, settings: Mapping[str, Any]
) -> tuple[tuple[Distribution, ...], str]:
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        model = make_member(name, settings).fit(views[0])
        forecasts = tuple(model.predict(view) for view in views)
    used = model.used
    del model
    give_memory_back()
    return forecasts, used


def _empty(members: Sequence[str]) -> PastForecasts:
    nothing = {name: Distribution(np.zeros((0, 1), dtype=np.int32)) for name in members}
    return condense(0, np.empty(0), nothing)
