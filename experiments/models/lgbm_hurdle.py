"""``lgbm_hurdle``: LightGBM for whether an attack comes, LightGBM quantiles for its size."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from experiments.models.boosters import (
    BoosterModel,
    TreeSettings,
    load_booster,
    predict,
    train_booster,
    training_set,
)
from experiments.models.model import WindowSettings
from experiments.models.size_ranks import local_scores
from experiments.training_view import TrainingRows, TrainingView

__all__ = ["LgbmHurdle", "LgbmHurdleSettings"]

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.intp]

_LEVELS = (0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.97)
_CLASSIFIER = TreeSettings(
    trees=200,
    num_leaves=7,
    min_data_in_leaf=60,
    learning_rate=0.06,
    lambda_l2=5.0,
    extra_trees=True,
)
_QUANTILE = TreeSettings(
    trees=60,
    num_leaves=15,
    min_data_in_leaf=20,
    learning_rate=0.06,
    lambda_l2=1.0,
    extra_trees=True,
)


@dataclass(frozen=True)
class LgbmHurdleSettings(WindowSettings):
    """Settings of ``lgbm_hurdle``.

    Attributes:
        window: Months of origins to learn from.
        whether: Trees of the classifier.
        size: Trees of each size quantile.
    """

    whether: TreeSettings = field(default_factory=lambda: _CLASSIFIER)
    size: TreeSettings = field(default_factory=lambda: _QUANTILE)


class LgbmHurdle(BoosterModel):
    """P(attack) from a classifier, sizes from quantiles of the rank under the local count.

    Its contributions are those to the log odds of an attack.
    """

    name = "lgbm_hurdle"
    settings_class = LgbmHurdleSettings
    explained = "whether_"

    def fit(self, view: TrainingView) -> Self:
        """Train the classifier on all rows, the size quantiles on rows with an attack."""
        rows, means = self._fit_rate(view)
        self.whether_ = train_booster(
            training_set(rows.x, (rows.y > 0).astype(np.float64), view.feature_names),
            settings=self.settings.whether,
            seed=view.task.seed,
            params={"objective": "binary"},
        )
        self.sizes_ = self._size_boosters(view, rows, means)
        return self

    def _size_boosters(self, view: TrainingView, rows: TrainingRows, means: Floats) -> list[Any]:
        hit = rows.y > 0
        if not hit.any():
            return []
        scores = local_scores(self.rate_, rows.y[hit], means[hit], view, self.name)
        data = training_set(rows.x[hit], scores, view.feature_names)
        return [
            train_booster(
                data,
                settings=self.settings.size,
                seed=view.task.seed,
                params={"objective": "quantile", "alpha": alpha},
            )
            for alpha in _LEVELS
        ]

    def _attacks(self, view: TrainingView, uniforms: Floats) -> tuple[Whole, Whole, Floats]:
        x = view.now()
        p = predict(self.whether_, x, view.feature_names)
        region, draw = np.nonzero(uniforms > 1.0 - p[:, None])
        above = (uniforms[region, draw] - 1.0 + p[region]) / p[region]
        return region, draw, _between(above, self._quantiles(x, view.feature_names)[region])

    def _quantiles(self, x: npt.NDArray[np.floating], names: tuple[str, ...]) -> Floats:
        """Return quantiles of the size's score, (regions, levels), non-decreasing.

        Without any attack to learn from, they are those of the local count.
        """
        if not self.sizes_:
            return np.tile(ndtri(np.array(_LEVELS)), (len(x), 1))
        columns = [predict(booster, x, names) for booster in self.sizes_]
        return np.sort(np.column_stack(columns), axis=1)

    def _boosters(self) -> dict[str, Any]:
        sizes = {_size_file(place): booster for place, booster in enumerate(self.sizes_)}
        return {"whether.txt": self.whether_} | sizes

    def _state(self) -> dict[str, Any]:
        return super()._state() | {"sizes": len(self.sizes_)}

    def _restore(self, state: dict[str, Any], folder: Path) -> None:
        super()._restore(state, folder)
        features = state["features"]
        self.whether_ = load_booster(folder / "whether.txt", features=features)
        self.sizes_ = [
            load_booster(folder / _size_file(place), features=features)
            for place in range(state["sizes"])
        ]


def _size_file(place: int) -> str:
    return f"size_{place}.txt"


def _between(uniform: Floats, quantiles: Floats) -> Floats:
    """Return scores at uniforms (rows,) from quantiles at ``_LEVELS``, (rows, levels).

    The score is linear in the normal score of the uniform. Beyond the outer levels it is
    extrapolated with the slope of the outer step, so that a tail may exceed every training size.
    """
    normal = ndtri(np.array(_LEVELS))
    normal_score = ndtri(np.clip(uniform, 1e-4, 1.0 - 1e-4))
    step = np.clip(np.searchsorted(normal, normal_score) - 1, 0, len(normal) - 2)
    at = np.arange(len(uniform))
    slope = (quantiles[at, step + 1] - quantiles[at, step]) / (normal[step + 1] - normal[step])
    return np.asarray(quantiles[at, step] + slope * (normal_score - normal[step]))
