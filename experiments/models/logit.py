"""``logit``: penalised logistic regression for whether, the local level for how many."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from scipy.special import expit

from experiments.distribution import Distribution
from experiments.models.contributions import FeatureContributions
from experiments.models.counts import largest_count, truncated_nb_draws
from experiments.models.design import LinearDesign, fit_design
from experiments.models.local_rate import LocalRate, discounted_means, fit_local_rate
from experiments.models.model import Model, draw_uniforms
from experiments.training_view import TrainingView

__all__ = ["Logit", "LogitSettings"]


@dataclass(frozen=True)
class LogitSettings:
    """Settings of ``logit``.

    Attributes:
        window: Months of origins to learn from.
        c: Inverse strength of the penalty.
        l1_ratio: Share of the penalty that is absolute.
        max_iter: Passes over the rows.
    """

    window: int = 240
    c: float = 0.001
    l1_ratio: float = 0.0
    max_iter: int = 100


class Logit(Model):
    """P(attack) linear in all features; sizes from the region's discounted mean."""

    name = "logit"
    settings_class = LogitSettings

    def fit(self, known: TrainingView) -> Self:
        """Fit on the last months of training rows."""
        import warnings

        from sklearn.exceptions import ConvergenceWarning
        from sklearn.linear_model import LogisticRegression

        rows = known.rows(window=self.settings.window)
        self.rate_ = fit_local_rate(
            discounted_means(known.history)[rows.month, rows.region], rows.y
        )
        self.design_ = fit_design(rows.x, known.feature_names)
        columns = self.design_.columns(rows.x, known.feature_names)
        hit = rows.y > 0
        if hit.all() or not hit.any():
            self.coefficients_ = (0.0,) * (columns.shape[1] - 1) + (6.0 if hit.any() else -6.0,)
            return self
        model = LogisticRegression(
            C=self.settings.c,
            l1_ratio=self.settings.l1_ratio,
            # Only saga knows an absolute penalty, and it is many times slower.
            solver="saga" if self.settings.l1_ratio > 0 else "lbfgs",
            max_iter=self.settings.max_iter,
            tol=1e-3,
            random_state=known.task.seed % 2**31,
        )
        with warnings.catch_warnings():
            # The penalised optimum is flat: the passes given are enough, and are a setting.
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(columns[:, :-1], hit)
        self.coefficients_ = (*map(float, model.coef_[0]), float(model.intercept_[0]))
        return self

    def predict(self, known: TrainingView) -> Distribution:
        """Return draws that are 0 with 1 - p and the truncated local count else."""
        local: LocalRate = self._learnt("rate_")
        rate = local.rate(discounted_means(known.history)[-1])
        columns = self.design_.columns(known.now(), known.feature_names)
        draws = truncated_nb_draws(
            draw_uniforms(known, self.name),
            expit(columns @ np.array(self.coefficients_)),
            rate,
            local.size(rate),
            cap=largest_count(known.history),
        )
        return Distribution(draws)

    def contributions(self, known: TrainingView) -> FeatureContributions:
        """Return coefficient times column, in log odds of an attack."""
        families = dict(zip(known.feature_names, known.feature_families, strict=True))
        names = self._learnt("design_").names
        columns = self.design_.columns(known.now(), known.feature_names)
        values = columns[:, :-1] * np.array(self.coefficients_[:-1])
        return FeatureContributions(names, tuple(families[name] for name in names), values)

    def _state(self) -> dict[str, Any]:
        return {
            "rate": asdict(self._learnt("rate_")),
            "design": asdict(self.design_),
            "coefficients": list(self.coefficients_),
        }

    def _restore(self, state: dict[str, Any], folder: Path) -> None:  # noqa: ARG002
        self.rate_ = LocalRate.from_dict(state["rate"])
        self.design_ = LinearDesign.from_dict(state["design"])
        self.coefficients_ = tuple(state["coefficients"])
