"""``logit``: penalised logistic regression for P(attack), the local rate for the size."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from experiments.models.counts import largest_count, truncated_nb_draws
from experiments.models.design import LinearDesign, fit_design
from experiments.models.local_rate import LocalRate, LocalRateModel
from experiments.models.model import FeatureContributions, WindowSettings, draw_uniforms
from experiments.training_view import TrainingView

__all__ = ["Logit", "LogitSettings"]

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int32]


@dataclass(frozen=True)
class LogitSettings(WindowSettings):
    """Settings of ``logit``.

    Attributes:
        window: Months of origins to learn from.
        c: Inverse strength of the penalty.
        l1_ratio: Share of the L1 in the penalty; the rest is L2.
        max_iter: Most iterations of the solver.
    """

    c: float = 0.001
    l1_ratio: float = 0.0
    max_iter: int = 100


class Logit(LocalRateModel):
    """Log odds of an attack linear in all features; sizes from the local rate."""

    name = "logit"
    settings_class = LogitSettings

    def fit(self, view: TrainingView) -> Self:
        """Fit the local rate and the coefficients on the last months of training rows."""
        import warnings

        from sklearn.exceptions import ConvergenceWarning
        from sklearn.linear_model import LogisticRegression

        rows, _ = self._fit_rate(view)
        self.design_, columns = fit_design(rows.x, view.feature_names)
        hit = rows.y > 0
        if hit.all() or not hit.any():
            self.coefficients_ = (0.0,) * (columns.shape[1] - 1) + (6.0 if hit.any() else -6.0,)
            return self
        model = LogisticRegression(
            C=self.settings.c,
            l1_ratio=self.settings.l1_ratio,
            # Only saga takes an L1 penalty, and it is many times slower.
            solver="saga" if self.settings.l1_ratio > 0 else "lbfgs",
            max_iter=self.settings.max_iter,
            tol=1e-3,
            random_state=view.task.seed % 2**31,
        )
        with warnings.catch_warnings():
            # The penalised optimum is flat: the iterations allowed are enough, and are a setting.
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(columns[:, :-1], hit)
        self.coefficients_ = (*map(float, model.coef_[0]), float(model.intercept_[0]))
        return self

    def _draws(self, view: TrainingView, rate: Floats) -> Counts:
        """Return draws that are 0 with probability 1 - p, else of the truncated local count."""
        columns = self.design_.columns(view.now(), view.feature_names)
        return truncated_nb_draws(
            draw_uniforms(view, self.name),
            expit(columns @ np.array(self.coefficients_)),
            rate,
            self.rate_.size(rate),
            cap=largest_count(view.history),
        )

    def contributions(self, view: TrainingView) -> FeatureContributions:
        """Return coefficient times column, in log odds of an attack."""
        design: LinearDesign = self._fitted("design_")
        return design.contributions(view, self.coefficients_)

    def _state(self) -> dict[str, Any]:
        return {
            "rate": asdict(self._fitted("rate_")),
            "design": asdict(self.design_),
            "coefficients": list(self.coefficients_),
        }

    def _restore(self, state: dict[str, Any], folder: Path) -> None:  # noqa: ARG002
        self.rate_ = LocalRate.from_dict(state["rate"])
        self.design_ = LinearDesign.from_dict(state["design"])
        self.coefficients_ = tuple(state["coefficients"])
