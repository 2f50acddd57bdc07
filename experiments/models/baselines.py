"""The no-change forecasts that every model has to beat: zero, last month, last year, the past.

They learn nothing and are cheap enough to be part of every backtest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy.stats import poisson

from experiments.distribution import Distribution
from experiments.models.model import Model, draw_uniforms
from experiments.training_view import TrainingView

__all__ = [
    "Climatology",
    "ClimatologySettings",
    "Conflictology",
    "Conflictology36",
    "ConflictologyNeighbours",
    "Last",
    "Zero",
]

Floats = npt.NDArray[np.floating]


class _Baseline(Model):
    def fit(self, view: TrainingView) -> Self:  # noqa: ARG002
        """Return the model: there is nothing to learn."""
        return self


class Zero(_Baseline):
    """No attack anywhere."""

    name = "zero"

    def predict(self, view: TrainingView) -> Distribution:
        """Return draws of 0."""
        return Distribution(np.zeros((len(view.regions), view.task.draws), dtype=np.int32))


class Last(_Baseline):
    """A Poisson count at the last observed month."""

    name = "last"

    def predict(self, view: TrainingView) -> Distribution:
        """Return Poisson draws at the region's last observed count."""
        observed = np.isfinite(view.history)
        place = view.history.shape[1] - 1 - observed[:, ::-1].argmax(axis=1)
        level = np.nan_to_num(view.history[np.arange(len(place)), place])
        draws = poisson.ppf(draw_uniforms(view, self.name), level[:, None].astype(float))
        return Distribution(draws.astype(np.int32))


class Conflictology(_Baseline):
    """The region's own last twelve months, each equally likely: same as the last 12 months.

    Source:
        VIEWS Prediction Challenge 2023/24, the benchmark of the same name.
    """

    name = "conflictology"
    window = 12

    def predict(self, view: TrainingView) -> Distribution:
        """Return the last months as draws, repeated as often as needed."""
        return _repeated(_past(view.history, self.window), view.task.draws)


class Conflictology36(Conflictology):
    """The region's own last thirty-six months, each equally likely."""

    name = "conflictology_36"
    window = 36


class ConflictologyNeighbours(_Baseline):
    """The last twelve months of the region and, with a quarter of the weight, of its neighbours."""

    name = "conflictology_neighbours"

    def predict(self, view: TrainingView) -> Distribution:
        """Return three own months for each neighbour month; neighbours are averaged by rank."""
        own = np.sort(_past(view.history, 12), axis=1)
        place = {region_id: row for row, region_id in enumerate(view.region_ids)}
        around = own.copy()
        for row, names in enumerate(view.regions["neighbours"].fillna("")):
            rows = [place[name] for name in str(names).split(";") if name in place]
            if rows:
                around[row] = np.round(own[rows].mean(axis=0))
        return _repeated(np.hstack([around, own, own, own]), view.task.draws)


@dataclass(frozen=True)
class ClimatologySettings:
    """Settings of ``climatology``.

    Attributes:
        window: Months of the region's own history to draw from.
    """

    window: int = 240


class Climatology(_Baseline):
    """The region's own long history, each month equally likely."""

    name = "climatology"
    settings_class = ClimatologySettings

    def predict(self, view: TrainingView) -> Distribution:
        """Return the months of the window as draws."""
        return _repeated(_past(view.history, self.settings.window), view.task.draws)


def _past(history: Floats, window: int) -> Floats:
    """Return the last observed months, (regions, window); a short series is repeated."""
    recent = history[:, -window:]
    if recent.shape[1] == window and np.isfinite(recent).all():
        return recent
    filled = np.zeros((len(recent), window), dtype=recent.dtype)
    for row, values in enumerate(recent):
        observed = values[np.isfinite(values)]
        if len(observed):
            filled[row] = np.resize(observed, window)
    return filled


def _repeated(values: Floats, draws: int) -> Distribution:
    """Return past months (regions, window) as draws, repeated in turn from the newest back.

    If ``draws`` is no multiple of the window, the newest months are drawn once more than the
    others: of two regions hit equally often, the one hit more recently ranks first.
    """
    newest_first = np.round(values[:, ::-1]).astype(np.int32)
    return Distribution(np.ascontiguousarray(np.resize(newest_first.T, (draws, len(values))).T))
