"""Past attacks of similar region-months as a predictive distribution.

A forest sends a region to one leaf a tree. The training rows in those leaves, each tree weighing
the same and each row of a leaf the same, are its analogues: the share of their weight that saw an
attack is P(attack), and how large those attacks were for their place (``size_ranks``) is how large
one would be here.
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
        scores: (attacks,), how large each was for its place, ascending.
    """

    sizes: Whole
    leaves: Whole
    scores: Floats

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
                ((base + self.leaves).ravel(), np.tile(np.arange(len(self.scores)), trees)),
            ),
            shape=(trees * most, len(self.scores)),
        )
        regions = np.repeat(np.arange(len(leaves)), trees)
        visited = sparse.csr_array(
            (np.ones(leaves.size), (regions, (base.T + leaves).ravel())),
            shape=(len(leaves), trees * most),
        )
        found = sparse.csr_array(visited @ members)
        found.sort_indices()
        return found

    def quantiles(self, leaves: Whole, uniforms: Floats) -> tuple[Whole, Whole, Floats]:
        """Return the draws in which an attack comes, and how large it is for the place.

        Args:
            leaves: (regions, trees), leaf of each region today.
            uniforms: (regions, draws), in (0, 1); a draw has an attack above 1 - P(attack).

        Returns:
            Region, draw and score of every draw with an attack, three arrays of one length.
        """
        weights = self.weights(leaves)
        found = []
        for region, uniform in enumerate(uniforms):
            part = slice(weights.indptr[region], weights.indptr[region + 1])
            mass = np.cumsum(weights.data[part])
            quiet = 1.0 - (mass[-1] if len(mass) else 0.0)
            draw = np.flatnonzero(uniform > quiet) if len(mass) else np.zeros(0, dtype=np.intp)
            place = np.searchsorted(mass, uniform[draw] - quiet)
            near = weights.indices[part][np.minimum(place, len(mass) - 1)]
            found.append((np.full(len(draw), region), draw, self.scores[near]))
        regions, draws, scores = zip(*found, strict=True)
        return np.concatenate(regions), np.concatenate(draws), np.concatenate(scores)


def collect_analogues(
    blocks: Iterable[Whole], hit: npt.NDArray[np.bool_], scores: Floats
) -> Analogues:
    """Keep what is needed of the training rows.

    Args:
        blocks: (some rows, trees) each, leaf of every training row, in the order of ``hit``.
        hit: (rows,), whether an attack came in the target month.
        scores: (attacks,), how large each attack was for its place, in the order of the rows.
    """
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
    order = np.argsort(scores, kind="stable")
    return Analogues(
        sizes=sizes,
        leaves=np.ascontiguousarray(np.concatenate(kept)[order].T),
        scores=scores[order],
    )
