"""Past outcomes of similar region-months as a predictive distribution.

A forest sends a region to one leaf a tree. The training outcomes in those leaves, each tree
weighing the same and each row of a leaf the same, are its analogues. Outcomes above 0 are scaled
from the level that they were seen at to the level of today, so that a region which is more active
than any before it is not held to what others reached.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

__all__ = ["Analogues", "collect_analogues"]

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Analogues:
    """Leaf sizes of every tree, and the leaf of every training row with an attack.

    Attributes:
        sizes: (trees, leaves), training rows in each leaf.
        leaves: (trees, attacks), leaf of each row with y > 0.
        y: (attacks,), counts of those rows.
        level: (attacks,), local level at their origin, counts a month.
    """

    sizes: Whole
    leaves: Whole
    y: Floats
    level: Floats

    def weights(self, leaves: Whole) -> sparse.csr_array:
        """Return the weight of every training attack, (regions, attacks), sparse.

        A row's sum is the probability of an attack; the rest is the weight of rows with y = 0.

        Args:
            leaves: (regions, trees), leaf of each region today.
        """
        trees, most = self.sizes.shape
        base = np.arange(trees)[:, None] * most
        share = 1.0 / (trees * np.maximum(self.sizes, 1))
        members = sparse.csr_array(
            (
                share[np.arange(trees)[:, None], self.leaves].ravel(),
                ((base + self.leaves).ravel(), np.tile(np.arange(len(self.y)), trees)),
            ),
            shape=(trees * most, len(self.y)),
        )
        regions = np.repeat(np.arange(len(leaves)), trees)
        visited = sparse.csr_array(
            (np.ones(leaves.size), (regions, (base.T + leaves).ravel())),
            shape=(len(leaves), trees * most),
        )
        return sparse.csr_array(visited @ members)

    def draws(
        self, leaves: Whole, level: Floats, uniforms: Floats, *, shift: float, cap: float
    ) -> npt.NDArray[np.int32]:
        """Return quantiles of the scaled analogues.

        Args:
            leaves: (regions, trees), leaf of each region today.
            level: (regions,), local level today, counts a month.
            uniforms: (regions, draws), in (0, 1).
            shift: Added to both levels before their ratio is taken; large = hardly scaled.
            cap: Largest count that is drawn.

        Returns:
            (regions, draws) int32; y' = y (level + shift) / (past level + shift), at least 1.
        """
        weights = self.weights(leaves)
        scaled = self.y / (self.level + shift)
        draws = np.zeros(uniforms.shape)
        for region, uniform in enumerate(uniforms):
            part = slice(weights.indptr[region], weights.indptr[region + 1])
            value = scaled[weights.indices[part]] * (level[region] + shift)
            order = np.argsort(value, kind="stable")
            draws[region] = _quantiles(value[order], weights.data[part][order], uniform)
        return np.asarray(np.minimum(draws, cap).astype(np.int32))


def collect_analogues(blocks: Iterable[Whole], y: Floats, level: Floats) -> Analogues:
    """Keep what is needed of the training rows.

    Args:
        blocks: (some rows, trees) each, leaf of every training row, in the order of ``y``.
        y: (rows,), counts in the target month.
        level: (rows,), local level at the origin.
    """
    hit = y > 0
    sizes = np.zeros((0, 0), dtype=np.int64)
    kept = []
    start = 0
    for leaves in blocks:
        most = max(int(leaves.max()) + 1, sizes.shape[1])
        here = np.stack([np.bincount(column, minlength=most) for column in leaves.T])
        here[:, : sizes.shape[1]] += sizes if sizes.size else 0
        sizes = here
        kept.append(leaves[hit[start : start + len(leaves)]])
        start += len(leaves)
    return Analogues(
        sizes=sizes,
        leaves=np.ascontiguousarray(np.concatenate(kept).T),
        y=y[hit],
        level=level[hit],
    )


def _quantiles(value: Floats, weight: Floats, uniform: Floats) -> Floats:
    """Return counts at uniforms: 0 below 1 - sum(weight), else the sorted values by weight.

    A value between two whole numbers is rounded up as often as its fraction says.
    """
    counts = np.zeros(len(uniform))
    mass = np.cumsum(weight)
    if not len(mass):
        return counts
    hit = np.flatnonzero(uniform > 1.0 - mass[-1])
    above = uniform[hit] - 1.0 + mass[-1]
    place = np.minimum(np.searchsorted(mass, above), len(mass) - 1)
    within = np.clip((mass[place] - above) / weight[place], 0.0, 1.0)
    counts[hit] = np.maximum(np.floor(value[place] + within), 1.0)
    return counts
