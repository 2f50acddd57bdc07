"""``lgbm_forest``: a LightGBM forest whose leaves hold past attacks, ranked by their place."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from experiments.distribution import Distribution
from experiments.models.analogues import Analogues, collect_analogues
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
from experiments.training_view import TrainingView

__all__ = ["LgbmForest", "LgbmForestSettings"]

_BOOSTER = "forest.txt"
# Leaves of so many rows are looked at one time.
_BLOCK_ROWS = 50_000


@dataclass(frozen=True)
class LgbmForestSettings:
    """Settings of ``lgbm_forest``.

    Attributes:
        window: Months of origins to learn from.
        trees: Shape of the forest.
    """

    window: int = 240
    trees: TreeSettings = field(default_factory=TreeSettings)


class LgbmForest(Model):
    """Forest on log counts; a region's draws are what its leaves saw, carried to its level."""

    name = "lgbm_forest"
    settings_class = LgbmForestSettings

    def fit(self, known: TrainingView) -> Self:
        """Grow the forest and keep the outcomes in its leaves."""
        rows = known.rows(window=self.settings.window)
        means = discounted_means(known.history)[rows.month, rows.region]
        self.rate_ = fit_local_rate(means, rows.y)
        self.booster_ = train_booster(
            training_set(rows.x, np.log1p(rows.y), known.feature_names),
            settings=self.settings.trees,
            params={"boosting": "rf", "objective": "l2", "seed": known.task.seed % 2**31},
        )
        blocks = (
            self._leaves(rows.x[start : start + _BLOCK_ROWS], known.feature_names)
            for start in range(0, len(rows.y), _BLOCK_ROWS)
        )
        hit = rows.y > 0
        scores = local_scores(self.rate_, rows.y[hit], means[hit], known, self.name)
        self.analogues_ = collect_analogues(blocks, hit, scores)
        return self

    def predict(self, known: TrainingView) -> Distribution:
        """Return what every region's analogues saw, at the region's own level."""
        local: LocalRate = self._learnt("rate_")
        leaves = self._leaves(known.now(), known.feature_names)
        uniforms = draw_uniforms(known, self.name)
        region, draw, score = self.analogues_.quantiles(leaves, uniforms)
        level = local.rate(discounted_means(known.history)[-1])
        draws = np.zeros(uniforms.shape)
        draws[region, draw] = sizes_at(score, level[region], local.size(level)[region])
        return Distribution(np.minimum(draws, largest_count(known.history)).astype(np.int32))

    def contributions(self, known: TrainingView) -> FeatureContributions:
        """Return each feature's part of the forest's expected log count."""
        values = contributions(self._learnt("booster_"), known.now(), known.feature_names)
        return FeatureContributions(known.feature_names, known.feature_families, values)

    def save(self, folder: Path) -> None:
        """Write the settings, the trees as LightGBM text and the outcomes in the leaves."""
        super().save(folder)
        save_booster(self._learnt("booster_"), folder / _BOOSTER)

    def _leaves(self, x: npt.NDArray[np.float32], names: tuple[str, ...]) -> npt.NDArray[np.int64]:
        return predict(self.booster_, x, names, pred_leaf=True).astype(np.int64)

    def _state(self) -> dict[str, Any]:
        kept: Analogues = self._learnt("analogues_")
        return {
            "rate": asdict(self.rate_),
            "features": self.booster_.num_feature(),
            "analogues": {name: values.tolist() for name, values in vars(kept).items()},
        }

    def _restore(self, state: dict[str, Any], folder: Path) -> None:
        self.rate_ = LocalRate.from_dict(state["rate"])
        self.booster_ = load_booster(folder / _BOOSTER, features=state["features"])
        self.analogues_ = Analogues(**{k: np.array(v) for k, v in state["analogues"].items()})
