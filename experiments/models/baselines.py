"""The no-change forecasts that every model has to beat: zero, last month, the last year, the past.

They learn nothing, have no settings that are tuned and are cheap enough to stand in every run.
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
    def fit(self, known: TrainingView) -> Self:  # noqa: ARG002
        """Learn nothing."""
        return self


class Zero(_Baseline):
    """No attack anywhere."""

    name = "zero"

    def predict(self, known: TrainingView) -> Distribution:
        """Return draws of 0."""
        return Distribution(np.zeros((len(known.regions), known.task.draws), dtype=np.int32))


class Last(_Baseline):
    """A Poisson count at the last observed month."""

    name = "last"

    def predict(self, known: TrainingView) -> Distribution:
        """Return Poisson draws at the region's last observed count."""
        seen = np.isfinite(known.history)
        place = known.history.shape[1] - 1 - seen[:, ::-1].argmax(axis=1)
        level = np.nan_to_num(known.history[np.arange(len(place)), place])
        draws = poisson.ppf(draw_uniforms(known, self.name), level[:, None].astype(float))
        return Distribution(draws.astype(np.int32))


class Conflictology(_Baseline):
    """The region's own last twelve months, each as likely as the other.

    Source:
        VIEWS Prediction Challenge 2023/24, the benchmark of the same name.
    """

    name = "conflictology"
    window = 12

    def predict(self, known: TrainingView) -> Distribution:
        """Return the last months as draws, repeated to the asked number."""
        return _repeated(_past(known.history, self.window), known.task.draws)


class Conflictology36(Conflictology):
    """The region's own last thirty-six months."""

    name = "conflictology_36"
    window = 36


class ConflictologyNeighbours(_Baseline):
    """The last twelve months of the region and, with a quarter of the weight, its neighbours."""

    name = "conflictology_neighbours"

    def predict(self, known: TrainingView) -> Distribution:
        """Return own months thrice for every neighbour month, neighbours averaged by rank."""
        own = np.sort(_past(known.history, 12), axis=1)
        place = {region_id: row for row, region_id in enumerate(known.region_ids)}
        around = own.copy()
        for row, names in enumerate(known.regions["neighbours"].fillna("")):
            rows = [place[name] for name in str(names).split(";") if name in place]
            if rows:
                around[row] = np.round(own[rows].mean(axis=0))
        return _repeated(np.hstack([around, own, own, own]), known.task.draws)


@dataclass(frozen=True)
class ClimatologySettings:
    """Settings of ``climatology``.

    Attributes:
        window: Months of own history to draw from.
    """

    window: int = 240


class Climatology(_Baseline):
    """The region's own long history, each month as likely as the other."""

    name = "climatology"
    settings_class = ClimatologySettings

    def predict(self, known: TrainingView) -> Distribution:
        """Return months of the long history as draws."""
        return _repeated(_past(known.history, self.settings.window), known.task.draws)


def _past(history: Floats, window: int) -> Floats:
    """Return the last observed months, (regions, window); a short series repeats what it has."""
    recent = history[:, -window:]
    if recent.shape[1] == window and np.isfinite(recent).all():
        return recent
    filled = np.zeros((len(recent), window), dtype=recent.dtype)
    for row, values in enumerate(recent):
        seen = values[np.isfinite(values)]
        if len(seen):
            filled[row] = np.resize(seen, window)
    return filled


def _repeated(values: Floats, draws: int) -> Distribution:
    """Return past months (regions, window) as draws, repeated in turn from the newest back.

    Where ``draws`` is no multiple of the window the newest months come once more than the others,
    so that of two regions hit equally often the one hit lately ranks first.
    """
    newest_first = np.round(values[:, ::-1]).astype(np.int32)
    return Distribution(np.ascontiguousarray(np.resize(newest_first.T, (draws, len(values))).T))
