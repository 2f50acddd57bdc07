"""``lgbm_forest``: a LightGBM forest whose leaves hold past outcomes, scaled to today's level."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from experiments.analogues import Analogues, collect_analogues
from experiments.boosters import (
    TreeSettings,
    contributions,
    load_booster,
    predict,
    save_booster,
    train_booster,
)
from experiments.contributions import FeatureContributions
from experiments.counts import largest_count
from experiments.distribution import Distribution
from experiments.knowledge import Knowledge
from experiments.local_rate import LocalRate, discounted_means, fit_local_rate, mean_attack
from experiments.model import Model, draw_uniforms

__all__ = ["LgbmForest", "LgbmForestSettings"]

_BOOSTER = "forest.txt"
# Leaves of so many rows are looked at one time.
_BLOCK_ROWS = 50_000


@dataclass(frozen=True)
class LgbmForestSettings:
    """Settings of ``lgbm_forest``.

    Attributes:
        window: Months of origins to learn from.
        shift: Share of the mean attack that is added to both levels before an analogue is
            scaled; large = hardly scaled.
        trees: Shape of the forest.
    """

    window: int = 240
    shift: float = 0.15
    trees: TreeSettings = field(default_factory=TreeSettings)


class LgbmForest(Model):
    """Forest on log counts; a region's draws are the scaled outcomes of its leaves."""

    name = "lgbm_forest"
    settings_class = LgbmForestSettings

    def fit(self, known: Knowledge) -> Self:
        """Grow the forest and keep the outcomes in its leaves."""
        rows = known.rows(window=self.settings.window)
        means = discounted_means(known.history)[rows.month, rows.region]
        self.rate_ = fit_local_rate(means, rows.y)
        self.shift_ = self.settings.shift * mean_attack(rows.y)
        self.booster_ = train_booster(
            rows.x,
            np.log1p(rows.y),
            settings=self.settings.trees,
            params={"boosting": "rf", "objective": "l2", "seed": known.task.seed % 2**31},
            names=known.feature_names,
        )
        blocks = (
            self._leaves(rows.x[start : start + _BLOCK_ROWS], known.feature_names)
            for start in range(0, len(rows.y), _BLOCK_ROWS)
        )
        self.analogues_ = collect_analogues(blocks, rows.y, self.rate_.rate(means))
        return self

    def predict(self, known: Knowledge) -> Distribution:
        """Return scaled analogues of every region as draws."""
        local: LocalRate = self._learnt("rate_")
        leaves = self._leaves(known.now(), known.feature_names)
        return Distribution(
            self.analogues_.draws(
                leaves,
                local.rate(discounted_means(known.history)[-1]),
                draw_uniforms(known, self.name),
                shift=self.shift_,
                cap=largest_count(known.history),
            )
        )

    def contributions(self, known: Knowledge) -> FeatureContributions:
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
            "shift": self.shift_,
            "features": self.booster_.num_feature(),
            "analogues": {name: values.tolist() for name, values in vars(kept).items()},
        }

    def _restore(self, state: dict[str, Any], folder: Path) -> None:
        self.rate_ = LocalRate.from_dict(state["rate"])
        self.shift_ = state["shift"]
        self.booster_ = load_booster(folder / _BOOSTER, features=state["features"])
        self.analogues_ = Analogues(**{k: np.array(v) for k, v in state["analogues"].items()})
