"""Drawing counts: negative binomial quantiles at given uniforms, and the hurdle's two parts.

Draws may exceed every count seen in training and are bounded: never above ``CAP`` times the
largest count that any region had in any training month.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.stats import nbinom

__all__ = ["CAP", "largest_count", "nb_draws", "nb_zero", "truncated_nb_draws"]

Floats = npt.NDArray[np.float64]

CAP = 10.0


def largest_count(history: npt.NDArray[np.floating]) -> float:
    """Return the bound of all draws: ``CAP`` times the largest count in (regions, months)."""
    seen = history[np.isfinite(history)]
    return CAP * max(float(seen.max(initial=0.0)), 1.0)


def nb_zero(mean: Floats, size: Floats) -> Floats:
    """Return P(y = 0) of negative binomials with the given mean and size.

    Example:
        >>> nb_zero(np.array([1.0]), np.array([1.0]))
        array([0.5])
    """
    return np.asarray(np.exp(-size * np.log1p(mean / size)))


def nb_draws(uniforms: Floats, mean: Floats, size: Floats, *, cap: float) -> npt.NDArray[np.int32]:
    """Return negative binomial quantiles.

    Args:
        uniforms: (regions, draws), in (0, 1).
        mean: (regions,), counts a month, above 0.
        size: (regions,), variance = mean + mean^2 / size.
        cap: Largest count that is drawn.

    Returns:
        (regions, draws) int32.
    """
    draws = np.zeros(uniforms.shape)
    row, column = np.nonzero(uniforms > nb_zero(mean, size)[:, None])
    chance = size / (size + mean)
    draws[row, column] = nbinom.ppf(uniforms[row, column], size[row], chance[row])
    return np.asarray(np.minimum(draws, cap).astype(np.int32))


def truncated_nb_draws(
    uniforms: Floats, p_attack: Floats, mean: Floats, size: Floats, *, cap: float
) -> npt.NDArray[np.int32]:
    """Return quantiles of a hurdle: 0 with 1 - p, else a negative binomial that is not 0.

    Args:
        uniforms: (regions, draws), in (0, 1).
        p_attack: (regions,), probability of at least one.
        mean: (regions,), mean of the negative binomial before truncation.
        size: (regions,), its size.
        cap: Largest count that is drawn.

    Returns:
        (regions, draws) int32.
    """
    draws = np.zeros(uniforms.shape)
    row, column = np.nonzero(uniforms > 1.0 - p_attack[:, None])
    above = (uniforms[row, column] - 1.0 + p_attack[row]) / p_attack[row]
    zero = nb_zero(mean, size)[row]
    level = np.minimum(zero + above * (1.0 - zero), 1.0 - 1e-12)
    chance = size / (size + mean)
    draws[row, column] = np.maximum(nbinom.ppf(level, size[row], chance[row]), 1.0)
    return np.asarray(np.minimum(draws, cap).astype(np.int32))
