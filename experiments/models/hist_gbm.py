"""``hist_gbm``: scikit-learn's boosted trees on the ratio of the count to the local rate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from experiments.models.counts import largest_count, nb_draws
from experiments.models.design import CORE_FEATURES
from experiments.models.local_rate import LocalRateModel, fit_dispersion
from experiments.models.model import WindowSettings, draw_uniforms
from experiments.training_view import TrainingRows, TrainingView

__all__ = ["HistGbm", "HistGbmSettings"]

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int32]


@dataclass(frozen=True)
class HistGbmSettings(WindowSettings):
    """Settings of ``hist_gbm``.

    Attributes:
        window: Months of origins to learn from.
        held_out: Last months of them, which the dispersion is estimated on and no tree for it sees.
        iterations: Number of trees.
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


class HistGbm(LocalRateModel):
    """Negative binomial whose mean is the local rate times a boosted ratio.

    Poisson loss on y / rate with the rate as weight is Poisson regression with the log rate as
    offset: the trees learn what moves a region off its own rate, whatever that is.
    """

    name = "hist_gbm"
    settings_class = HistGbmSettings
    refits_on_loading = True

    def fit(self, view: TrainingView) -> Self:
        """Learn the rate, the dispersion on held-out months, and the ratio on all of them."""
        import sklearn.ensemble  # noqa: F401 (the limit acts on threads that exist already)

        rows, means = self._fit_rate(view)
        # Folds run side by side: threads that wait for a busy core cost more than they gain.
        with threadpool_limits(limits=1):
            self._grow(rows, self.rate_.rate(means), view)
        return self

    def _grow(self, rows: TrainingRows, rate: Floats, view: TrainingView) -> None:
        """Learn the dispersion on held-out months, then the ratio on all of them."""
        seed = view.task.seed
        early = rows.month <= rows.month.max() - self.settings.held_out
        # Weighted percentiles make every column slow, and one without any value cannot be binned.
        filled = np.isfinite(rows.x[early if early.any() else ~early]).any(axis=0)
        core = np.isin(view.feature_names, CORE_FEATURES) & filled
        self.columns_ = np.flatnonzero(core if core.any() else filled)
        self.spread_ = self.rate_
        if rows.y[early].any() and rows.y[~early].any():
            trees = self._ratio(rows, rate, early, seed)
            mean = trees.predict(rows.x[~early][:, self.columns_]) * rate[~early]
            scale, power = fit_dispersion(mean, rows.y[~early])
            self.spread_ = replace(self.rate_, scale=scale, power=power)
        everything = np.ones(len(rows.y), dtype=bool)
        self.trees_ = self._ratio(rows, rate, everything, seed)

    def _draws(self, view: TrainingView, rate: Floats) -> Counts:
        """Return negative binomial draws at rate times ratio."""
        trees = self._fitted("trees_")
        cap = largest_count(view.history)
        with threadpool_limits(limits=1):
            ratio = trees.predict(view.now()[:, self.columns_]) if trees else 1.0
        mean = np.minimum(rate * ratio, cap)
        size = self.spread_.size(mean)
        return nb_draws(draw_uniforms(view, self.name), mean, size, cap=cap)

    def _ratio(
        self, rows: TrainingRows, rate: Floats, chosen: npt.NDArray[np.bool_], seed: int
    ) -> Any:
        """Return trees for the ratio, learnt from the chosen rows; None without any attack."""
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
            rows.y[chosen] / rate[chosen],
            sample_weight=rate[chosen],
        )
