"""What no-change would have said: ``conflictology`` and ``last`` from the panel up to an origin.

They are the models of the same name, with the draws of a backtest, made anew whenever something
is held against them.
"""

from __future__ import annotations

import numpy as np

from experiments.distribution import Distribution
from experiments.models.catalogue import make_member
from experiments.training_view import Forecasting, TrainingView
from features.panel import Panel

__all__ = ["NO_CHANGE", "no_change"]

NO_CHANGE = ("conflictology", "last")


def no_change(past: Panel, task: Forecasting) -> dict[str, Distribution]:
    """Return the no-change forecasts of every region, by name.

    Args:
        past: The panel; its last month is the origin.
        task: Target, horizon, seed and draws.

    Raises:
        EvidenceError: The panel lacks the target.
    """
    known = TrainingView(
        origin=past.months[-1],
        task=task,
        months=past.months,
        regions=past.regions,
        history=past.measure(task.target),
        feature_names=(),
        feature_families=(),
        features=np.empty((0, len(past.regions), 1), dtype=np.float32),
    )
    return {name: make_member(name).fit(known).predict(known) for name in NO_CHANGE}
