"""What models are given: counts and features up to one origin, and the training rows in them.

The arrays are cut here and nowhere else: a model cannot read a month after the origin because it
is not in the arrays that it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.errors import EvidenceError
from features.panel import FEWEST_MONTHS, Panel
from features.table import FeatureTable

__all__ = ["Forecasting", "TrainingRows", "TrainingView", "training_months", "view_at"]

Floats = npt.NDArray[np.float32]
Value = TypeVar("Value")

# Most rows of a fit: with many regions, a few months hold as much information as many with few.
_MOST_ROWS = 400_000


@dataclass(frozen=True)
class Forecasting:
    """A forecasting task: one target and horizon.

    Attributes:
        target: Measure to be forecast, such as ``events`` or ``deaths``.
        horizon: Months ahead, 1 = next month.
        seed: Root of all random numbers.
        draws: Number of draws of each region.
    """

    target: str
    horizon: int = 1
    seed: int = 20260101
    draws: int = 1000


@dataclass(frozen=True)
class TrainingRows:
    """Region-months with an observed target, ordered by month and region.

    Attributes:
        x: (rows, features) float32, NaN where a window is unobserved.
        y: (rows,), counts in the target month.
        region: (rows,), position of the region.
        month: (rows,), position of the origin month.
    """

    x: Floats
    y: npt.NDArray[np.float64]
    region: npt.NDArray[np.intp]
    month: npt.NDArray[np.intp]


@dataclass(frozen=True)
class TrainingView:
    """A panel and its features up to ``origin``, for one target and horizon.

    Attributes:
        origin: Last month in it, text.
        task: Target, horizon, seed and draws.
        months: Text months up to the origin.
        regions: Region table, sorted by ``region_id``, with ``country``, ``latitude``,
            ``longitude`` and ``neighbours``.
        history: (regions, months) float32, the target, counts a month; NaN where unobserved.
        feature_names: Name of each feature.
        feature_families: Family of each feature.
        features: (features, regions, last months) float32, ending at the origin; NaN where a
            window is unobserved.

    Example:
        A model reads the counts of the last year with ``view.history[:, -12:]``, the features at
        the origin with ``view.now()`` and its training rows with ``view.rows(window=240)``.
    """

    origin: str
    task: Forecasting
    months: tuple[str, ...]
    regions: pd.DataFrame
    history: Floats
    feature_names: tuple[str, ...]
    feature_families: tuple[str, ...]
    features: Floats
    _made: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def once(self, name: Hashable, make: Callable[[], Value]) -> Value:
        """Return a value that is computed once for all models that are given this view.

        Args:
            name: Key of the value.
            make: Computes the value when it is first asked for.
        """
        if name not in self._made:
            self._made[name] = make()
        value: Value = self._made[name]
        return value

    @property
    def region_ids(self) -> tuple[str, ...]:
        """Region ids in row order."""
        return tuple(self.regions["region_id"])

    def now(self) -> Floats:
        """Return the features at the origin, (regions, features) float32."""
        return np.ascontiguousarray(self.features[:, :, -1].T)

    def rows(self, *, window: int) -> TrainingRows:
        """Return the training rows, whose target months are not after the origin.

        Models that are given the same view share the arrays, which are read-only.

        Args:
            window: Number of last origin months to use; fewer are used if the panel has very many
                regions (``training_months``).

        Raises:
            EvidenceError: No region-month has an observed target.
        """
        return self.once(("rows", window), lambda: self._rows(window))

    def _rows(self, window: int) -> TrainingRows:
        horizon = self.task.horizon
        stop = self.history.shape[1] - horizon
        first = self.history.shape[1] - self.features.shape[2]
        start = max(first, stop - training_months(window, regions=len(self.regions)))
        target = self.history[:, start + horizon : stop + horizon].T
        month, region = np.nonzero(np.isfinite(target))
        if stop <= 0:
            raise EvidenceError(
                f"the history is too short for horizon {horizon}: {len(self.months)} months up to"
                f" {self.origin} are known, and more than {horizon} are needed: ingest earlier"
                " months, or ask for a shorter horizon or a later origin"
            )
        if not len(month):
            raise EvidenceError(
                f"no region-month with a target month (horizon {horizon}) up to {self.origin} has"
                f' an observed "{self.task.target}" to learn from: ingest more or use a later'
                " origin"
            )
        table = self.features[:, :, start - first : stop - first].transpose(2, 1, 0)
        whole = len(month) == target.size
        x = table.reshape(-1, len(self.feature_names)) if whole else table[month, region]
        rows = TrainingRows(
            x=np.ascontiguousarray(x),
            y=target[month, region].astype(np.float64),
            region=region,
            month=month + start,
        )
        for values in vars(rows).values():
            values.flags.writeable = False
        return rows


def training_months(window: int, *, regions: int) -> int:
    """Return the number of origin months that one fit learns from.

    Args:
        window: Number of months wanted.
        regions: Number of regions; with very many of them fewer months are used.

    Example:
        >>> training_months(240, regions=308), training_months(240, regions=5_000)
        (240, 80)
    """
    return min(window, max(_MOST_ROWS // max(regions, 1), FEWEST_MONTHS))


def view_at(panel: Panel, table: FeatureTable, task: Forecasting, *, origin: str) -> TrainingView:
    """Cut a panel and its features at an origin.

    Args:
        panel: Counts of all months.
        table: Features of the same panel; each reads months up to its own only.
        task: Target, horizon, seed and draws.
        origin: Last month of the view.

    Raises:
        EvidenceError: The panel does not have the target or the month.
    """
    stop = panel.position(origin) + 1
    return TrainingView(
        origin=origin,
        task=task,
        months=panel.months[:stop],
        regions=panel.regions,
        history=panel.measure(task.target)[:, :stop],
        feature_names=table.names,
        feature_families=table.families,
        features=table.values[:, :, : stop - panel.position(table.months[0])],
    )
