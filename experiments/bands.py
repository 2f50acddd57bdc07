"""Risk levels and likelihood words, both bands of the probability of at least one attack.

The numeric bands are printed wherever a level or a word is. How certain a probability is belongs to
``experiments.runs.confidence``.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from data.errors import ConfigError

__all__ = [
    "DEFAULT_CUTS",
    "LEVELS",
    "LIKELIHOODS",
    "LIKELIHOOD_CUTS",
    "band_text",
    "checked_cuts",
    "level_bands",
    "level_of",
    "likelihood_bands",
    "likelihood_of",
]

# From the highest down: a probability is in the first band whose lower edge it reaches.
LEVELS = ("very high", "high", "elevated", "guarded", "low")
DEFAULT_CUTS = (0.80, 0.55, 0.20, 0.05)
LIKELIHOODS = (
    "almost certain",
    "very likely",
    "likely",
    "roughly even chance",
    "unlikely",
    "very unlikely",
    "almost no chance",
)
LIKELIHOOD_CUTS = (0.95, 0.80, 0.55, 0.45, 0.20, 0.05)

# A probability is a share of draws; one that equals an edge belongs to the band above it.
_ROUNDING = 1e-12


def checked_cuts(cuts: Sequence[float]) -> tuple[float, ...]:
    """Check the lower edges of the levels and return them.

    Args:
        cuts: Lower edges of very high, high, elevated and guarded, from the highest down.

    Raises:
        ConfigError: They are not four strictly falling whole percents between 0 and 1.
    """
    edges = (1.0, *cuts, 0.0)
    falling = all(above > below for above, below in itertools.pairwise(edges))
    whole = all(abs(100 * cut - round(100 * cut)) < _ROUNDING for cut in cuts)
    if len(cuts) != len(LEVELS) - 1 or not falling or not whole:
        raise ConfigError(
            f"levels: expected {len(LEVELS) - 1} probabilities between 1 and 0, in whole percents,"
            f" that fall from {LEVELS[0]} to {LEVELS[-2]}, got {list(cuts)}"
        )
    return tuple(cuts)


def level_of(p: npt.ArrayLike, cuts: Sequence[float] = DEFAULT_CUTS) -> npt.NDArray[np.object_]:
    """Return the level of each probability of at least one attack, None where it is NaN.

    Args:
        p: (regions,), probabilities.
        cuts: Lower edges from the highest down.

    Raises:
        ConfigError: The cuts are not four falling probabilities.

    Example:
        >>> level_of([0.8, 0.0499]).tolist()
        ['very high', 'low']
    """
    return _words(p, checked_cuts(cuts), LEVELS)


def likelihood_of(p: npt.ArrayLike) -> npt.NDArray[np.object_]:
    """Return the likelihood word of each probability, None where it is NaN.

    Args:
        p: (regions,), probabilities.

    Source:
        ICD 203, Analytic Standards (2015), section D.6.e.2.a.

    Example:
        >>> likelihood_of([0.5]).tolist()
        ['roughly even chance']
    """
    return _words(p, LIKELIHOOD_CUTS, LIKELIHOODS)


def level_bands(cuts: Sequence[float] = DEFAULT_CUTS) -> dict[str, str]:
    """Return each level with its numeric band.

    Example:
        >>> level_bands()["elevated"]
        '20–55 %'
    """
    return dict(zip(LEVELS, _bands(checked_cuts(cuts)), strict=True))


def likelihood_bands() -> dict[str, str]:
    """Return each likelihood word with its numeric band."""
    return dict(zip(LIKELIHOODS, _bands(LIKELIHOOD_CUTS), strict=True))


def band_text(cuts: Sequence[float] = DEFAULT_CUTS) -> str:
    """Return one line with all levels and their bands, for the foot of a table.

    Example:
        >>> band_text().split("; ")[0]
        'very high ≥ 80 %'
    """
    return "; ".join(f"{level} {band}" for level, band in level_bands(cuts).items())


def _words(
    p: npt.ArrayLike, cuts: Sequence[float], words: Sequence[str]
) -> npt.NDArray[np.object_]:
    chances = np.asarray(p, dtype=np.float64)
    present = ~np.isnan(chances)
    place = np.full(chances.shape, len(words))
    below = chances[present][:, None] < np.asarray(cuts) - _ROUNDING
    place[present] = below.sum(axis=1)
    return np.asarray(np.array([*words, None], dtype=object)[place])


def _bands(cuts: Sequence[float]) -> list[str]:
    percent = [f"{100 * cut:g}" for cut in cuts]
    inner = [f"{low}–{high} %" for high, low in itertools.pairwise(percent)]
    return [f"≥ {percent[0]} %", *inner, f"< {percent[-1]} %"]
