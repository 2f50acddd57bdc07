"""An alarm for features that foretell too well: such a one most likely holds the future itself.

The project's own features are guarded by tests; this looks at those of a user's plugin.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from experiments.backtest.specification import BacktestSpec
from experiments.score_functions import auroc
from features.panel import Panel
from features.table import FeatureTable

__all__ = ["ALARM", "leak_alarms", "plugin_alarms"]

Floats = npt.NDArray[np.floating]

ALARM = 0.999
# Fewer rows of either outcome may be separated by chance.
_FEWEST = 30


def plugin_alarms(
    panel: Panel, table: FeatureTable, spec: BacktestSpec, *, through: str
) -> list[str]:
    """Return the alarms about the features of a specification's plugin; none without one.

    Args:
        panel: Counts of all months.
        table: Features of the panel.
        spec: Its plugin and horizons.
        through: Last month that is read, targets included.
    """
    own = spec.own()
    names = [feature.name for feature in own.features] if own else []
    return [
        alarm
        for horizon in (spec.horizons if names else ())
        for alarm in leak_alarms(
            panel, table, spec.target, horizon=horizon, through=through, names=names
        )
    ]


def leak_alarms(
    panel: Panel,
    table: FeatureTable,
    target: str,
    *,
    horizon: int,
    through: str,
    names: Sequence[str],
) -> list[str]:
    """Name features that tell months with an attack from others nearly without a mistake.

    Only regions that know both are looked at: to tell an active region from a quiet one is no
    sign of a leak.

    Args:
        panel: Counts of all months.
        table: Features of the panel.
        target: Measure to be forecast.
        horizon: Months ahead.
        through: Last month that is read, targets included.
        names: Features to look at; those that are not in the table are left out.

    Returns:
        A sentence for each feature whose AUROC, or that of its negative, is above ``ALARM``.
    """
    start, stop = panel.position(table.months[0]), panel.position(through) + 1
    outcomes = panel.measure(target)[:, start + horizon : stop]
    alarms = []
    for name in names:
        if name not in table.names:
            continue
        values = table.values[table.names.index(name)][:, : outcomes.shape[1]]
        area = _telling(values, outcomes)
        if area is not None and area > ALARM:
            alarms.append(
                f'feature "{name}" tells {horizon} months ahead whether {target} will be above'
                f" zero, with AUROC {area:.4f}: it most likely reads months after the origin"
            )
    return alarms


def _telling(values: Floats, outcomes: Floats) -> float | None:
    """Return how well a feature tells, in regions that know both outcomes; None for too few."""
    known = np.isfinite(values) & np.isfinite(outcomes)
    happened = known & (outcomes >= 1)
    both = np.asarray(happened.any(axis=1) & (known & ~happened).any(axis=1))
    rows = known & both[:, np.newaxis]
    y, x = happened[rows], values[rows].astype(np.float64)
    if min(int(y.sum()), int((~y).sum())) < _FEWEST:
        return None
    ranks = np.unique(x, return_inverse=True)[1] / max(len(x), 1)
    area = auroc(y, ranks)
    return max(area, 1 - area)
