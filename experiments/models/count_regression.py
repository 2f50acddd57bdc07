"""Maximum likelihood fits of count regressions, with a stated way down when one fails.

Negative binomial -> Poisson -> one mean rate. A fit counts as failed when it did not converge
or when a coefficient or its standard error is not finite: statsmodels reports convergence on
separated data and on wild outliers.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["CountFit", "fit_counts", "fit_logit", "fit_truncated"]

Floats = npt.NDArray[np.float64]

_POISSON_SIZE = 1e4
_LARGEST_MARGIN = 30.0
_START_DISPERSION = 0.5


@dataclass(frozen=True)
class CountFit:
    """A fitted log-linear count model.

    Attributes:
        used: ``nb``, ``poisson`` or ``mean_rate``.
        coefficients: One a column of the design, the constant last.
        size: Negative binomial size; 10,000 stands for Poisson.
    """

    used: str
    coefficients: tuple[float, ...]
    size: float

    def mean(self, columns: Floats, *, cap: float) -> Floats:
        """Return expected counts, (rows,), never above ``cap``."""
        margin = np.clip(columns @ np.array(self.coefficients), -_LARGEST_MARGIN, np.log(cap))
        return np.asarray(np.exp(margin))


def fit_counts(columns: Floats, y: Floats) -> CountFit:
    """Fit E[y] = exp(columns . b) with negative binomial counts.

    Args:
        columns: (rows, columns), the last one constant.
        y: (rows,), counts.
    """
    from statsmodels.discrete.discrete_model import NegativeBinomial, Poisson

    return _first_that_works(
        lambda: NegativeBinomial(y, columns), lambda: Poisson(y, columns), y, columns.shape[1]
    )


def fit_truncated(columns: Floats, y: Floats) -> CountFit:
    """Fit counts of at least 1 as a negative binomial truncated at zero.

    Args:
        columns: (rows, columns), the last one constant.
        y: (rows,), counts >= 1.
    """
    from statsmodels.discrete.truncated_model import (
        TruncatedLFNegativeBinomialP,
        TruncatedLFPoisson,
    )

    return _first_that_works(
        lambda: TruncatedLFNegativeBinomialP(y, columns),
        lambda: TruncatedLFPoisson(y, columns),
        y,
        columns.shape[1],
    )


def fit_logit(columns: Floats, happened: npt.NDArray[np.bool_]) -> tuple[float, ...] | None:
    """Return logistic coefficients, or None where the likelihood has no finite maximum."""
    from statsmodels.discrete.discrete_model import Logit

    values = _fitted(lambda: Logit(happened.astype(float), columns))
    return None if values is None else tuple(map(float, values))


def _first_that_works(
    negative_binomial: Callable[[], Any], poisson: Callable[[], Any], y: Floats, width: int
) -> CountFit:
    plain = _fitted(poisson)
    # The Poisson fit is a start from which the negative binomial is found safely.
    start = None if plain is None else np.append(plain, _START_DISPERSION)
    values = _fitted(negative_binomial, start=start)
    if values is not None and values[-1] > 1.0 / _POISSON_SIZE:
        return CountFit("nb", tuple(map(float, values[:-1])), float(1.0 / values[-1]))
    if plain is not None:
        return CountFit("poisson", tuple(map(float, plain)), _POISSON_SIZE)
    level = float(np.log(max(y.mean(), 1e-6)))
    return CountFit("mean_rate", (0.0,) * (width - 1) + (level,), 1.0)


def _fitted(build: Callable[[], Any], *, start: Floats | None = None) -> Floats | None:
    """Return the parameters of a sound fit, else None."""
    from statsmodels.tools.sm_exceptions import PerfectSeparationError

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            result = build().fit(disp=0, maxiter=300, method="bfgs", start_params=start)
            errors = np.asarray(result.bse)
        except (np.linalg.LinAlgError, PerfectSeparationError, ValueError):
            return None
    values = np.asarray(result.params, dtype=np.float64)
    sound = result.mle_retvals["converged"] and np.isfinite(values).all()
    return values if sound and np.isfinite(errors).all() else None
