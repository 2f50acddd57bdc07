"""``nb`` and ``hurdle_nb``: count regressions of statsmodels on a short list of features."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from experiments.distribution import Distribution
from experiments.models.contributions import FeatureContributions
from experiments.models.count_regression import CountFit, fit_counts, fit_logit, fit_truncated
from experiments.models.counts import largest_count, nb_draws, truncated_nb_draws
from experiments.models.design import CORE_FEATURES, LinearDesign, fit_design
from experiments.models.model import Model, draw_uniforms
from experiments.training_view import TrainingView

__all__ = ["HurdleNb", "Nb", "RegressionSettings"]

Floats = npt.NDArray[np.float64]

_FEWEST_ATTACKS = 30


@dataclass(frozen=True)
class RegressionSettings:
    """Settings of ``nb`` and ``hurdle_nb``.

    Attributes:
        window: Months of origins to learn from.
    """

    window: int = 120


class _Regression(Model):
    """What both share: the design, and contributions as coefficient times column."""

    settings_class = RegressionSettings

    def _columns(self, known: TrainingView) -> Floats:
        design: LinearDesign = self._learnt("design_")
        return design.columns(known.now(), known.feature_names)

    def _shares(self, known: TrainingView, coefficients: tuple[float, ...]) -> FeatureContributions:
        families = dict(zip(known.feature_names, known.feature_families, strict=True))
        names = self._learnt("design_").names
        values = self._columns(known)[:, :-1] * np.array(coefficients[:-1])
        return FeatureContributions(names, tuple(families[name] for name in names), values)


class Nb(_Regression):
    """Negative binomial regression; falls back to Poisson, then to one mean rate."""

    name = "nb"

    def fit(self, known: TrainingView) -> Self:
        """Fit on the last months of training rows."""
        rows = known.rows(window=self.settings.window)
        self.design_ = fit_design(rows.x, known.feature_names, wanted=CORE_FEATURES)
        self.fit_ = fit_counts(self.design_.columns(rows.x, known.feature_names), rows.y)
        return self

    @property
    def used(self) -> str:
        """Name of the rung of the fallback chain that was used."""
        used: str = self._learnt("fit_").used
        return used if used == self.name else f"{self.name}:{used}"

    def predict(self, known: TrainingView) -> Distribution:
        """Return negative binomial draws at the fitted mean."""
        fit: CountFit = self._learnt("fit_")
        cap = largest_count(known.history)
        mean = fit.mean(self._columns(known), cap=cap)
        size = np.full(len(mean), fit.size)
        return Distribution(nb_draws(draw_uniforms(known, self.name), mean, size, cap=cap))

    def contributions(self, known: TrainingView) -> FeatureContributions:
        """Return coefficient times column, in the log of the mean."""
        return self._shares(known, self._learnt("fit_").coefficients)

    def _state(self) -> dict[str, Any]:
        return {"design": asdict(self._learnt("design_")), "fit": asdict(self.fit_)}

    def _restore(self, state: dict[str, Any], folder: Path) -> None:  # noqa: ARG002
        self.design_ = LinearDesign.from_dict(state["design"])
        self.fit_ = CountFit(**state["fit"])


class HurdleNb(_Regression):
    """Logit for whether, negative binomial truncated at zero for how many."""

    name = "hurdle_nb"

    def fit(self, known: TrainingView) -> Self:
        """Fit both parts; without enough attacks the logit part is the share that was hit."""
        rows = known.rows(window=self.settings.window)
        self.design_ = fit_design(rows.x, known.feature_names, wanted=CORE_FEATURES)
        columns = self.design_.columns(rows.x, known.feature_names)
        hit = rows.y > 0
        many = int(hit.sum()) >= _FEWEST_ATTACKS
        logit = fit_logit(columns, hit) if many else None
        self.logit_used_ = "logit" if logit else "share"
        self.logit_ = logit or _constant(columns.shape[1], float(hit.mean()))
        self.fit_ = fit_truncated(columns[hit], rows.y[hit]) if many else _one_attack(columns)
        return self

    @property
    def used(self) -> str:
        """Name of the parts that were used."""
        parts = (self._learnt("logit_used_"), self._learnt("fit_").used)
        return self.name if parts == ("logit", "nb") else f"{self.name}:{'+'.join(parts)}"

    def predict(self, known: TrainingView) -> Distribution:
        """Return draws that are 0 with 1 - p and truncated negative binomial else."""
        fit: CountFit = self._learnt("fit_")
        columns = self._columns(known)
        cap = largest_count(known.history)
        mean = fit.mean(columns, cap=cap)
        draws = truncated_nb_draws(
            draw_uniforms(known, self.name),
            expit(columns @ np.array(self.logit_)),
            mean,
            np.full(len(mean), fit.size),
            cap=cap,
        )
        return Distribution(draws)

    def contributions(self, known: TrainingView) -> FeatureContributions:
        """Return coefficient times column, in log odds of an attack."""
        return self._shares(known, self._learnt("logit_"))

    def _state(self) -> dict[str, Any]:
        return {
            "design": asdict(self._learnt("design_")),
            "fit": asdict(self.fit_),
            "logit": list(self.logit_),
            "logit_used": self.logit_used_,
        }

    def _restore(self, state: dict[str, Any], folder: Path) -> None:  # noqa: ARG002
        self.design_ = LinearDesign.from_dict(state["design"])
        self.fit_ = CountFit(**state["fit"])
        self.logit_, self.logit_used_ = tuple(state["logit"]), state["logit_used"]


def _constant(width: int, share: float) -> tuple[float, ...]:
    """Return coefficients that give every row the same probability."""
    held = min(max(share, 1e-6), 1.0 - 1e-6)
    return (0.0,) * (width - 1) + (float(np.log(held / (1.0 - held))),)


def _one_attack(columns: Floats) -> CountFit:
    """Return a size model that expects one attack where attacks are too few to learn from."""
    return CountFit("mean_rate", (0.0,) * columns.shape[1], 1.0)
