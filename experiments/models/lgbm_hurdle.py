"""``lgbm_hurdle``: LightGBM for whether an attack comes, LightGBM quantiles for its size."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from experiments.distribution import Distribution
from experiments.models.boosters import (
    TreeSettings,
    contributions,
    load_booster,
    predict,
    save_booster,
    train_booster,
    training_set,
)
from experiments.models.contributions import FeatureContributions
from experiments.models.counts import largest_count
from experiments.models.local_rate import LocalRate, discounted_means, fit_local_rate
from experiments.models.model import Model, draw_uniforms
from experiments.models.size_ranks import local_scores, sizes_at
from experiments.training_view import TrainingRows, TrainingView

__all__ = ["LgbmHurdle", "LgbmHurdleSettings"]

Floats = npt.NDArray[np.float64]

_LEVELS = (0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.97)


@dataclass(frozen=True)
class LgbmHurdleSettings:
    """Settings of ``lgbm_hurdle``.

    Attributes:
        window: Months of origins to learn from.
        whether: Trees of the classifier.
        size: Trees of each size quantile.
    """

    window: int = 240
    whether: TreeSettings = field(
        default_factory=lambda: TreeSettings(
            trees=200,
            num_leaves=7,
            min_data_in_leaf=60,
            learning_rate=0.06,
            lambda_l2=5.0,
            extra_trees=True,
        )
    )
    size: TreeSettings = field(
        default_factory=lambda: TreeSettings(
            trees=60,
            num_leaves=15,
            min_data_in_leaf=20,
            learning_rate=0.06,
            lambda_l2=1.0,
            extra_trees=True,
        )
    )


class LgbmHurdle(Model):
    """P(attack) from a classifier, sizes from quantiles of the rank under the local count."""

    name = "lgbm_hurdle"
    settings_class = LgbmHurdleSettings

    def fit(self, known: TrainingView) -> Self:
        """Train the classifier on all rows, the size quantiles on rows with an attack."""
        rows = known.rows(window=self.settings.window)
        means = discounted_means(known.history)[rows.month, rows.region]
        self.rate_ = fit_local_rate(means, rows.y)
        self.whether_ = train_booster(
            training_set(rows.x, (rows.y > 0).astype(np.float64), known.feature_names),
            settings=self.settings.whether,
            params={"objective": "binary", "seed": known.task.seed % 2**31},
        )
        self.sizes_ = self._size_boosters(known, rows, means)
        return self

    def predict(self, known: TrainingView) -> Distribution:
        """Return draws: 0 with 1 - p, else the size's quantile function."""
        local: LocalRate = self._learnt("rate_")
        x = known.now()
        p = predict(self.whether_, x, known.feature_names)
        uniforms = draw_uniforms(known, self.name)
        row, column = np.nonzero(uniforms > 1.0 - p[:, None])
        above = (uniforms[row, column] - 1.0 + p[row]) / p[row]
        scores = _between(above, self._quantiles(x, known.feature_names)[row])
        level = local.rate(discounted_means(known.history)[-1])
        draws = np.zeros(uniforms.shape)
        draws[row, column] = sizes_at(scores, level[row], local.size(level)[row])
        cap = largest_count(known.history)
        return Distribution(np.minimum(draws, cap).astype(np.int32))

    def contributions(self, known: TrainingView) -> FeatureContributions:
        """Return each feature's part of the log odds of an attack."""
        values = contributions(self._learnt("whether_"), known.now(), known.feature_names)
        return FeatureContributions(known.feature_names, known.feature_families, values)

    def save(self, folder: Path) -> None:
        """Write the settings and every booster as LightGBM text."""
        super().save(folder)
        save_booster(self._learnt("whether_"), folder / "whether.txt")
        for place, booster in enumerate(self.sizes_):
            save_booster(booster, folder / f"size_{place}.txt")

    def _size_boosters(self, known: TrainingView, rows: TrainingRows, means: Floats) -> list[Any]:
        hit = rows.y > 0
        if not hit.any():
            return []
        scores = local_scores(self.rate_, rows.y[hit], means[hit], known, self.name)
        data = training_set(rows.x[hit], scores, known.feature_names)
        seed = known.task.seed % 2**31
        return [
            train_booster(
                data,
                settings=self.settings.size,
                params={"objective": "quantile", "alpha": alpha, "seed": seed},
            )
            for alpha in _LEVELS
        ]

    def _quantiles(self, x: npt.NDArray[np.floating], names: tuple[str, ...]) -> Floats:
        """Return quantiles of the size's score, (regions, levels), non-decreasing.

        Without any attack to learn from, they are those of the local count.
        """
        if not self.sizes_:
            return np.tile(ndtri(np.array(_LEVELS)), (len(x), 1))
        columns = [predict(booster, x, names) for booster in self.sizes_]
        return np.sort(np.column_stack(columns), axis=1)

    def _state(self) -> dict[str, Any]:
        features = self._learnt("whether_").num_feature()
        return {
            "rate": asdict(self.rate_),
            "features": features,
            "sizes": len(self.sizes_),
        }

    def _restore(self, state: dict[str, Any], folder: Path) -> None:
        self.rate_ = LocalRate.from_dict(state["rate"])
        self.whether_ = load_booster(folder / "whether.txt", features=state["features"])
        self.sizes_ = [
            load_booster(folder / f"size_{place}.txt", features=state["features"])
            for place in range(state["sizes"])
        ]


def _between(uniform: Floats, quantiles: Floats) -> Floats:
    """Return scores at uniforms (rows,) from quantiles at ``_LEVELS``, (rows, levels).

    The score is linear in the normal score of the uniform; beyond the outer levels it goes on
    with the slope of the outer step, so that a tail may pass every size seen in training.
    """
    normal = ndtri(np.array(_LEVELS))
    wanted = ndtri(np.clip(uniform, 1e-4, 1.0 - 1e-4))
    step = np.clip(np.searchsorted(normal, wanted) - 1, 0, len(normal) - 2)
    at = np.arange(len(wanted))
    slope = (quantiles[at, step + 1] - quantiles[at, step]) / (normal[step + 1] - normal[step])
    return np.asarray(quantiles[at, step] + slope * (wanted - normal[step]))
