"""``nb`` and ``hurdle_nb``: count regressions of statsmodels on a short list of features.

A fit falls back from negative binomial to Poisson to one mean rate. It counts as failed when it did
not converge or when a coefficient or its standard error is not finite, because statsmodels reports
convergence on separated data and on wild outliers.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from experiments.distribution import Distribution
from experiments.models.counts import largest_count, nb_draws, truncated_nb_draws
from experiments.models.design import CORE_FEATURES, LinearDesign, fit_design
from experiments.models.model import FeatureContributions, Model, WindowSettings, draw_uniforms
from experiments.training_view import TrainingView

__all__ = ["HurdleNb", "Nb", "RegressionSettings"]

Floats = npt.NDArray[np.float64]

_FEWEST_ATTACKS = 30
_POISSON_SIZE = 1e4
_LARGEST_MARGIN = 30.0
_START_DISPERSION = 0.5


@dataclass(frozen=True)
class RegressionSettings(WindowSettings):
    """Settings of ``nb`` and ``hurdle_nb``.

    Attributes:
        window: Months of origins to learn from.
    """

    window: int = 120


@dataclass(frozen=True)
class CountFit:
    """A fitted log-linear count model.

    Attributes:
        used: The distribution that could be fitted: ``nb``, ``poisson`` or ``mean_rate``.
        coefficients: One a column of the design, the constant last.
        size: Negative binomial size; 10,000 stands for Poisson.
    """

    used: str
    coefficients: tuple[float, ...]
    size: float

    def mean(self, columns: Floats, *, cap: float) -> Floats:
        """Return expected counts, (rows,), at most ``cap``, from columns (rows, columns)."""
        margin = np.clip(columns @ np.array(self.coefficients), -_LARGEST_MARGIN, np.log(cap))
        return np.asarray(np.exp(margin))


class _Regression(Model):
    """Base of both: the design of the columns, and the files."""

    settings_class = RegressionSettings
    design_: LinearDesign
    fit_: CountFit

    def _fit_design(self, view: TrainingView) -> tuple[Floats, Floats]:
        """Choose and scale the features; return columns (rows, columns) and counts (rows,)."""
        rows = view.rows(window=self.settings.window)
        self.design_, columns = fit_design(rows.x, view.feature_names, wanted=CORE_FEATURES)
        return columns, rows.y

    def _columns(self, view: TrainingView) -> Floats:
        design: LinearDesign = self._fitted("design_")
        return design.columns(view.now(), view.feature_names)

    def _state(self) -> dict[str, Any]:
        return {"design": asdict(self._fitted("design_")), "fit": asdict(self.fit_)}

    def _restore(self, state: dict[str, Any], folder: Path) -> None:  # noqa: ARG002
        self.design_ = LinearDesign.from_dict(state["design"])
        self.fit_ = CountFit(**state["fit"])


class Nb(_Regression):
    """Negative binomial regression; falls back to Poisson, then to one mean rate."""

    name = "nb"

    def fit(self, view: TrainingView) -> Self:
        """Fit on the last months of training rows."""
        self.fit_ = _fit_counts(*self._fit_design(view))
        return self

    @property
    def used(self) -> str:
        """``nb``, with the fallback that was used, such as ``nb:poisson``."""
        used: str = self._fitted("fit_").used
        return used if used == self.name else f"{self.name}:{used}"

    def predict(self, view: TrainingView) -> Distribution:
        """Return negative binomial draws at the fitted mean."""
        fit: CountFit = self._fitted("fit_")
        cap = largest_count(view.history)
        mean = fit.mean(self._columns(view), cap=cap)
        size = np.full(len(mean), fit.size)
        return Distribution(nb_draws(draw_uniforms(view, self.name), mean, size, cap=cap))

    def contributions(self, view: TrainingView) -> FeatureContributions:
        """Return coefficient times column, in the log of the mean."""
        design: LinearDesign = self._fitted("design_")
        return design.contributions(view, self.fit_.coefficients)


class HurdleNb(_Regression):
    """Logistic regression for P(attack), negative binomial truncated at zero for the size."""

    name = "hurdle_nb"

    def fit(self, view: TrainingView) -> Self:
        """Fit both parts; with too few attacks P(attack) is their share of the training rows."""
        columns, y = self._fit_design(view)
        hit = y > 0
        many = int(hit.sum()) >= _FEWEST_ATTACKS
        logit = _fit_logit(columns, hit) if many else None
        self.logit_used_ = "logit" if logit else "share"
        self.logit_ = logit or _constant(columns.shape[1], float(hit.mean()))
        self.fit_ = _fit_truncated(columns[hit], y[hit]) if many else _one_attack(columns)
        return self

    @property
    def used(self) -> str:
        """``hurdle_nb``, with the parts that were used where one fell back."""
        parts = (self._fitted("logit_used_"), self._fitted("fit_").used)
        return self.name if parts == ("logit", "nb") else f"{self.name}:{'+'.join(parts)}"

    def predict(self, view: TrainingView) -> Distribution:
        """Return draws that are 0 with probability 1 - p, else truncated negative binomial."""
        fit: CountFit = self._fitted("fit_")
        columns = self._columns(view)
        cap = largest_count(view.history)
        mean = fit.mean(columns, cap=cap)
        draws = truncated_nb_draws(
            draw_uniforms(view, self.name),
            expit(columns @ np.array(self.logit_)),
            mean,
            np.full(len(mean), fit.size),
            cap=cap,
        )
        return Distribution(draws)

    def contributions(self, view: TrainingView) -> FeatureContributions:
        """Return coefficient times column, in log odds of an attack."""
        design: LinearDesign = self._fitted("design_")
        return design.contributions(view, self.logit_)

    def _state(self) -> dict[str, Any]:
        logit = {"logit": list(self._fitted("logit_")), "logit_used": self.logit_used_}
        return super()._state() | logit

    def _restore(self, state: dict[str, Any], folder: Path) -> None:
        super()._restore(state, folder)
        self.logit_, self.logit_used_ = tuple(state["logit"]), state["logit_used"]


def _fit_counts(columns: Floats, y: Floats) -> CountFit:
    """Fit E[y] = exp(columns . b) with negative binomial counts.

    Args:
        columns: (rows, columns), the last one constant.
        y: (rows,), counts.
    """
    from statsmodels.discrete.discrete_model import NegativeBinomial, Poisson

    return _fit_or_fall_back(
        lambda: NegativeBinomial(y, columns), lambda: Poisson(y, columns), y, columns.shape[1]
    )


def _fit_truncated(columns: Floats, y: Floats) -> CountFit:
    """Fit counts of at least 1 as a negative binomial truncated at zero.

    Args:
        columns: (rows, columns), the last one constant.
        y: (rows,), counts >= 1.
    """
    from statsmodels.discrete.truncated_model import (
        TruncatedLFNegativeBinomialP,
        TruncatedLFPoisson,
    )

    return _fit_or_fall_back(
        lambda: TruncatedLFNegativeBinomialP(y, columns),
        lambda: TruncatedLFPoisson(y, columns),
        y,
        columns.shape[1],
    )


def _fit_logit(columns: Floats, happened: npt.NDArray[np.bool_]) -> tuple[float, ...] | None:
    """Fit a logistic regression.

    Args:
        columns: (rows, columns), the last one constant.
        happened: (rows,), whether an attack came.

    Returns:
        One coefficient a column; None where the likelihood has no finite maximum.
    """
    from statsmodels.discrete.discrete_model import Logit

    values = _fitted(lambda: Logit(happened.astype(float), columns))
    return None if values is None else tuple(map(float, values))


def _fit_or_fall_back(
    negative_binomial: Callable[[], Any], poisson: Callable[[], Any], y: Floats, width: int
) -> CountFit:
    """Return the negative binomial fit, else the Poisson fit, else one mean rate."""
    plain = _fitted(poisson)
    # The negative binomial converges reliably when it starts from the Poisson fit.
    start = None if plain is None else np.append(plain, _START_DISPERSION)
    values = _fitted(negative_binomial, start=start)
    if values is not None and values[-1] > 1.0 / _POISSON_SIZE:
        return CountFit("nb", tuple(map(float, values[:-1])), float(1.0 / values[-1]))
    if plain is not None:
        return CountFit("poisson", tuple(map(float, plain)), _POISSON_SIZE)
    level = float(np.log(max(y.mean(), 1e-6)))
    return CountFit("mean_rate", (0.0,) * (width - 1) + (level,), 1.0)


def _fitted(build: Callable[[], Any], *, start: Floats | None = None) -> Floats | None:
    """Return the parameters of a converged fit with finite standard errors, else None."""
    from statsmodels.tools.sm_exceptions import PerfectSeparationError

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            result = build().fit(disp=0, maxiter=300, method="bfgs", start_params=start)
            errors = np.asarray(result.bse)
        except (np.linalg.LinAlgError, PerfectSeparationError, ValueError):
            return None
    values = np.asarray(result.params, dtype=np.float64)
    converged = result.mle_retvals["converged"] and np.isfinite(values).all()
    return values if converged and np.isfinite(errors).all() else None


def _constant(width: int, share: float) -> tuple[float, ...]:
    """Return coefficients that give every row the same probability."""
    inside = min(max(share, 1e-6), 1.0 - 1e-6)
    return (0.0,) * (width - 1) + (float(np.log(inside / (1.0 - inside))),)


def _one_attack(columns: Floats) -> CountFit:
    """Return a size model that expects one attack, for too few attacks to learn from."""
    return CountFit("mean_rate", (0.0,) * columns.shape[1], 1.0)
