"""``lgbm_forest``: a LightGBM forest whose leaves hold past attacks, ranked by their place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse

from experiments.models.boosters import (
    BoosterModel,
    TreeSettings,
    load_booster,
    predict,
    train_booster,
    training_set,
)
from experiments.models.model import WindowSettings
from experiments.models.size_ranks import local_scores
from experiments.training_view import TrainingView

__all__ = ["Analogues", "LgbmForest", "LgbmForestSettings", "collect_analogues"]

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

_BOOSTER = "forest.txt"
# Leaves are computed for so many rows at a time, to limit memory.
_BLOCK_ROWS = 50_000


@dataclass(frozen=True)
class Analogues:
    """Past attacks of similar region-months as a predictive distribution.

    A forest sends a region to one leaf a tree. The training rows in those leaves, each tree and
    each row of a leaf with the same weight, are its analogues: the share of their weight that saw
    an attack is P(attack), and the sizes of those attacks for their place (``size_ranks``) are
    the distribution of its size here.

    Attributes:
        sizes: (trees, leaves), training rows in each leaf.
        leaves: (trees, attacks), leaf of each row with y > 0.
        scores: (attacks,), size of each for its place, ascending.
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
        weights = sparse.csr_array(visited @ members)
        weights.sort_indices()
        return weights

    def quantiles(self, leaves: Whole, uniforms: Floats) -> tuple[Whole, Whole, Floats]:
        """Return the draws in which an attack comes, and its size for the place.

        Args:
            leaves: (regions, trees), leaf of each region today.
            uniforms: (regions, draws), in (0, 1); a draw has an attack above 1 - P(attack).

        Returns:
            Region, draw and score of each such draw, three arrays of one length.
        """
        weights = self.weights(leaves)
        attacks = []
        for region, uniform in enumerate(uniforms):
            part = slice(weights.indptr[region], weights.indptr[region + 1])
            mass = np.cumsum(weights.data[part])
            quiet = 1.0 - (mass[-1] if len(mass) else 0.0)
            draw = np.flatnonzero(uniform > quiet) if len(mass) else np.zeros(0, dtype=np.intp)
            place = np.searchsorted(mass, uniform[draw] - quiet)
            near = weights.indices[part][np.minimum(place, len(mass) - 1)]
            attacks.append((np.full(len(draw), region), draw, self.scores[near]))
        regions, draws, scores = zip(*attacks, strict=True)
        return np.concatenate(regions), np.concatenate(draws), np.concatenate(scores)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Return analogues from the JSON form of their fields."""
        return cls(
            sizes=np.array(values["sizes"], dtype=np.int64),
            leaves=np.array(values["leaves"], dtype=np.int64),
            scores=np.array(values["scores"], dtype=np.float64),
        )


def collect_analogues(
    blocks: Iterable[Whole], hit: npt.NDArray[np.bool_], scores: Floats
) -> Analogues:
    """Collect the analogues of a forest from its training rows.

    Args:
        blocks: (some rows, trees) each, leaf of every training row, in the order of ``hit``.
        hit: (rows,), whether an attack came in the target month.
        scores: (attacks,), size of each attack for its place, in the order of the rows.
    """
    sizes = np.zeros((0, 0), dtype=np.int64)
    hit_leaves = []
    start = 0
    for leaves in blocks:
        most = max(int(leaves.max()) + 1, sizes.shape[1])
        here = np.stack([np.bincount(column, minlength=most) for column in leaves.T])
        here[:, : sizes.shape[1]] += sizes if sizes.size else 0
        sizes = here
        hit_leaves.append(leaves[hit[start : start + len(leaves)]])
        start += len(leaves)
    order = np.argsort(scores, kind="stable")
    return Analogues(
        sizes=sizes,
        leaves=np.ascontiguousarray(np.concatenate(hit_leaves)[order].T),
        scores=scores[order],
    )


@dataclass(frozen=True)
class LgbmForestSettings(WindowSettings):
    """Settings of ``lgbm_forest``.

    Attributes:
        window: Months of origins to learn from.
        trees: Shape of the forest.
    """

    trees: TreeSettings = field(default_factory=TreeSettings)


class LgbmForest(BoosterModel):
    """Forest on log counts; a region's draws are the attacks in its leaves, at its own rate.

    Its contributions are those to the expected log count.
    """

    name = "lgbm_forest"
    settings_class = LgbmForestSettings
    explained = "booster_"

    def fit(self, view: TrainingView) -> Self:
        """Grow the forest and collect the outcomes in its leaves."""
        rows, means = self._fit_rate(view)
        self.booster_ = train_booster(
            training_set(rows.x, np.log1p(rows.y), view.feature_names),
            settings=self.settings.trees,
            seed=view.task.seed,
            params={"boosting": "rf", "objective": "l2"},
        )
        blocks = (
            self._leaves(rows.x[start : start + _BLOCK_ROWS], view.feature_names)
            for start in range(0, len(rows.y), _BLOCK_ROWS)
        )
        hit = rows.y > 0
        scores = local_scores(self.rate_, rows.y[hit], means[hit], view, self.name)
        self.analogues_ = collect_analogues(blocks, hit, scores)
        return self

    def _attacks(self, view: TrainingView, uniforms: Floats) -> tuple[Whole, Whole, Floats]:
        leaves = self._leaves(view.now(), view.feature_names)
        return self.analogues_.quantiles(leaves, uniforms)

    def _leaves(self, x: npt.NDArray[np.float32], names: tuple[str, ...]) -> Whole:
        return predict(self.booster_, x, names, pred_leaf=True).astype(np.int64)

    def _boosters(self) -> dict[str, Any]:
        return {_BOOSTER: self.booster_}

    def _state(self) -> dict[str, Any]:
        analogues = {name: values.tolist() for name, values in vars(self.analogues_).items()}
        return super()._state() | {"analogues": analogues}

    def _restore(self, state: dict[str, Any], folder: Path) -> None:
        super()._restore(state, folder)
        self.booster_ = load_booster(folder / _BOOSTER, features=state["features"])
        self.analogues_ = Analogues.from_dict(state["analogues"])
