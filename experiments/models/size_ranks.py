"""The size of an attack for its place: its rank under the local count, as a normal score.

The local count is the negative binomial at the local rate, given that an attack came. A score of 0
is its median; one month in forty exceeds a score of 2. At a higher rate the same score stands for
a larger count, with the spread of that rate. A region that is more active than any before it is
therefore not bound by the counts of others, nor are ratios of small counts carried to large ones.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri
from scipy.stats import nbinom

from experiments.models.local_rate import LocalRate
from experiments.seeds import stream
from experiments.training_view import TrainingView

__all__ = ["local_scores", "size_scores", "sizes_at"]

Floats = npt.NDArray[np.float64]

_RAREST = 1e-300
# A row of the table of probabilities costs about a thirtieth of a single look-up.
_STEPS_A_ROW = 8


def size_scores(y: Floats, rate: Floats, size: Floats, uniforms: Floats) -> Floats:
    """Return the normal score of each count among the local sizes of an attack.

    Args:
        y: (rows,), counts of at least 1.
        rate: (rows,), local rate, counts a month.
        size: (rows,), dispersion: variance = rate + rate^2 / size.
        uniforms: (rows,), in (0, 1): place of each count within its step of the distribution.

    Returns:
        (rows,), standard normal where the local count holds.
    """
    chance = size / (size + rate)
    at_least, above = nbinom.sf(y - 1.0, size, chance), nbinom.sf(y, size, chance)
    passed = at_least + uniforms * (above - at_least)
    share = passed / nbinom.sf(0.0, size, chance)
    return np.asarray(-ndtri(np.clip(share, _RAREST, 1.0 - 1e-12)))


def sizes_at(scores: Floats, rate: Floats, size: Floats) -> Floats:
    """Return the count of at least 1 that each score stands for.

    Adjacent rows of one rate are looked up together, which is many times faster.

    Args:
        scores: (rows,), normal scores.
        rate: (rows,), local rate, counts a month.
        size: (rows,), dispersion: variance = rate + rate^2 / size.

    Returns:
        (rows,), counts.
    """
    if not len(scores):
        return np.zeros(0)
    chance = size / (size + rate)
    passed = np.clip(ndtr(-scores), _RAREST, 1.0) * nbinom.sf(0.0, size, chance)
    other = (np.diff(rate) != 0) | (np.diff(size) != 0)
    first = np.flatnonzero(np.concatenate([[True], other]))
    rows = np.diff(first, append=len(scores))
    rarest = np.minimum.reduceat(passed, first)
    largest = np.asarray(nbinom.isf(rarest, size[first], chance[first]))
    together = largest <= _STEPS_A_ROW * rows
    counts = np.empty(len(scores))
    alone = ~np.repeat(together, rows)
    counts[alone] = nbinom.isf(passed[alone], size[alone], chance[alone])
    steps = _steps(largest[together], size[first][together], chance[first][together])
    for start, length, above in zip(first[together], rows[together], steps, strict=True):
        part = slice(start, start + length)
        counts[part] = len(above) - np.searchsorted(above[::-1], passed[part], side="right")
    return np.maximum(counts, 1.0)


def _steps(largest: Floats, size: Floats, chance: Floats) -> list[Floats]:
    """Return the probabilities to exceed 0, 1, 2 ... up to each rate's largest count."""
    lengths = largest.astype(np.intp) + 1
    ends = np.cumsum(lengths)
    counts = np.arange(lengths.sum()) - np.repeat(ends - lengths, lengths)
    above = np.asarray(nbinom.sf(counts, np.repeat(size, lengths), np.repeat(chance, lengths)))
    return [above[end - length : end] for end, length in zip(ends, lengths, strict=True)]


def local_scores(
    local: LocalRate, y: Floats, means: Floats, view: TrainingView, name: str
) -> Floats:
    """Return the scores of training attacks, each at a random place within its step.

    Args:
        local: The local rate.
        y: (rows,), counts of at least 1.
        means: (rows, half-lives), discounted means at the origins.
        view: Training view of the model, which seeds the random places.
        name: Name of the model.

    Returns:
        (rows,), normal scores.
    """
    task = view.task
    rng = stream(task.seed, name, task.target, view.origin, task.horizon, "jitter")
    rate = local.rate(means)
    return size_scores(y, rate, local.size(rate), rng.random(len(y)))
