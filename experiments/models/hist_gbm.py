"""``hist_gbm``: scikit-learn's boosted trees on the ratio to the local level, as a count."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from experiments.distribution import Distribution
from experiments.models.counts import largest_count, nb_draws
from experiments.models.design import CORE_FEATURES
from experiments.models.local_rate import discounted_means, fit_dispersion, fit_local_rate
from experiments.models.model import Model, draw_uniforms
from experiments.training_view import TrainingRows, TrainingView

__all__ = ["HistGbm", "HistGbmSettings"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class HistGbmSettings:
    """Settings of ``hist_gbm``.

    Attributes:
        window: Months of origins to learn from.
        held_out: Last months of them that teach the dispersion, unseen by their trees.
        iterations: Trees.
        learning_rate: Shrinkage of each tree.
        bins: Bins of each feature.
        leaves: Leaves of each tree.
        l2: Penalty on leaf values.
        max_features: Share of features tried at each split.
    """

    window: int = 120
    held_out: int = 24
    iterations: int = 40
    learning_rate: float = 0.1
    bins: int = 31
    leaves: int = 15
    l2: float = 20.0
    max_features: float = 0.3


class HistGbm(Model):
    """Negative binomial whose mean is the local level times a boosted ratio.

    Poisson loss on y / level with the level as weight is Poisson regression with the log level
    as offset: the trees learn what moves a region off its own level, at any level.
    """

    name = "hist_gbm"
    settings_class = HistGbmSettings
    refits_on_loading = True

    def fit(self, known: TrainingView) -> Self:
        """Learn the level, the dispersion on held-out months, and the ratio on all of them."""
        import sklearn.ensemble  # noqa: F401 (a limit reaches only threads that are there already)

        rows = known.rows(window=self.settings.window)
        means = discounted_means(known.history)[rows.month, rows.region]
        self.rate_ = fit_local_rate(means, rows.y)
        # Threads that wait for a busy core cost more than they give; folds run side by side.
        with threadpool_limits(limits=1):
            self._grow(rows, self.rate_.rate(means), known)
        return self

    def _grow(self, rows: TrainingRows, level: Floats, known: TrainingView) -> None:
        """Learn the dispersion on held-out months, then the ratio on all of them."""
        seed = known.task.seed
        early = rows.month <= rows.month.max() - self.settings.held_out
        # Weighted percentiles make every column dear, and one without any value cannot be binned.
        taught = np.isfinite(rows.x[early if early.any() else ~early]).any(axis=0)
        chosen = np.isin(known.feature_names, CORE_FEATURES) & taught
        self.columns_ = np.flatnonzero(chosen if chosen.any() else taught)
        self.spread_ = self.rate_
        if rows.y[early].any() and rows.y[~early].any():
            trees = self._ratio(rows, level, early, seed)
            mean = trees.predict(rows.x[~early][:, self.columns_]) * level[~early]
            scale, power = fit_dispersion(mean, rows.y[~early])
            self.spread_ = replace(self.rate_, scale=scale, power=power)
        everything = np.ones(len(rows.y), dtype=bool)
        self.trees_ = self._ratio(rows, level, everything, seed)

    def predict(self, known: TrainingView) -> Distribution:
        """Return negative binomial draws at level times ratio."""
        trees = self._learnt("trees_")
        cap = largest_count(known.history)
        level = self.rate_.rate(discounted_means(known.history)[-1])
        with threadpool_limits(limits=1):
            ratio = trees.predict(known.now()[:, self.columns_]) if trees else 1.0
        mean = np.minimum(level * ratio, cap)
        size = self.spread_.size(mean)
        return Distribution(nb_draws(draw_uniforms(known, self.name), mean, size, cap=cap))

    def _ratio(
        self, rows: TrainingRows, level: Floats, chosen: npt.NDArray[np.bool_], seed: int
    ) -> Any:
        from sklearn.ensemble import HistGradientBoostingRegressor

        if not rows.y[chosen].any():
            return None
        trees = HistGradientBoostingRegressor(
            loss="poisson",
            max_iter=self.settings.iterations,
            learning_rate=self.settings.learning_rate,
            max_bins=self.settings.bins,
            max_leaf_nodes=self.settings.leaves,
            l2_regularization=self.settings.l2,
            max_features=self.settings.max_features,
            early_stopping=False,
            random_state=seed % 2**31,
        )
        return trees.fit(
            rows.x[chosen][:, self.columns_],
            rows.y[chosen] / level[chosen],
            sample_weight=level[chosen],
        )
