"""How large an attack was for its place: ranks under the local count, carried to another level.

The size of an attack is looked at beside the negative binomial of the local level, given that an
attack came. Its rank there is kept as a normal score: 0 is the median size for the place, 2 a
month that only one in forty passes. The same score stands for a larger count where the level is
higher, with the spread that such a level has; so a region that is more active than any before it
is not held to what others reached, nor are the wild ratios of small counts carried to large ones.
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
# A table of chances costs about a thirtieth of a look-up a step.
_STEPS_A_ROW = 8


def size_scores(y: Floats, rate: Floats, size: Floats, uniforms: Floats) -> Floats:
    """Return the normal score of each count among the local sizes of an attack.

    Args:
        y: (rows,), counts of at least 1.
        rate: (rows,), local level, counts a month.
        size: (rows,), dispersion: variance = rate + rate^2 / size.
        uniforms: (rows,), in (0, 1): where within its step a whole number is put.

    Returns:
        (rows,), standard normal where the local count holds.
    """
    chance = size / (size + rate)
    at_least, above = nbinom.sf(y - 1.0, size, chance), nbinom.sf(y, size, chance)
    passed = at_least + uniforms * (above - at_least)
    share = passed / nbinom.sf(0.0, size, chance)
    return np.asarray(-ndtri(np.clip(share, _RAREST, 1.0 - 1e-12)))


def sizes_at(scores: Floats, rate: Floats, size: Floats) -> Floats:
    """Return the count of at least 1 that each score stands for at a level, all (rows,).

    Rows of one level that stand side by side are looked up together, which is many times quicker.
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
    """Return the chance to pass 0, 1, 2 ... up to each level's largest count."""
    lengths = largest.astype(np.intp) + 1
    ends = np.cumsum(lengths)
    counts = np.arange(lengths.sum()) - np.repeat(ends - lengths, lengths)
    above = np.asarray(nbinom.sf(counts, np.repeat(size, lengths), np.repeat(chance, lengths)))
    return [above[end - length : end] for end, length in zip(ends, lengths, strict=True)]


def local_scores(
    local: LocalRate, y: Floats, means: Floats, known: TrainingView, who: str
) -> Floats:
    """Return the scores of training attacks, a whole number put within its step by lot.

    Args:
        local: The local count.
        y: (rows,), counts of at least 1.
        means: (rows, half-lives), discounted means at the origins.
        known: What the model is fitted on; it seeds the lot.
        who: Name of the model.
    """
    task = known.task
    lot = stream(task.seed, who, task.target, known.origin, task.horizon, "jitter")
    level = local.rate(means)
    return size_scores(y, level, local.size(level), lot.random(len(y)))
