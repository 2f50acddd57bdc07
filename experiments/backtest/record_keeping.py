"""Past forecasts of the members of a walk, condensed, with their outcomes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce

import numpy as np

from experiments.backtest.walk import FoldForecasts
from experiments.distribution import Distribution
from experiments.models.past_forecasts import PastForecasts, condense
from experiments.scores.scoring import outcome_at
from experiments.training_view import Forecasting
from features.panel import Panel

__all__ = ["keep_record"]


def keep_record(
    panel: Panel,
    task: Forecasting,
    walked: Iterable[FoldForecasts],
    members: Sequence[str],
    *,
    before: PastForecasts | None = None,
) -> PastForecasts:
    """Condense the forecasts of walked folds.

    Args:
        panel: Where the outcomes come from.
        task: Target and horizon.
        walked: Folds with the forecasts of at least these members.
        members: Names of the members to record.
        before: A record that this one continues.
    """
    parts = [before or _empty(members)]
    for found in walked:
        for place, origin in enumerate(found.fold.origins):
            outcome = outcome_at(panel, task, origin)
            forecasts = {
                name: Distribution(found.forecasts[name][place].draws[outcome.seen])
                for name in members
            }
            parts.append(condense(panel.position(origin), outcome.observed, forecasts))
    return reduce(PastForecasts.joined, parts)


def _empty(members: Sequence[str]) -> PastForecasts:
    nothing = {name: Distribution(np.zeros((0, 1), dtype=np.int32)) for name in members}
    return condense(0, np.empty(0), nothing)
