"""LightGBM as this project uses it: deterministic, column names checked, saved as text.

Owns training and prediction of one booster, and the base class of the two models made of boosters:
when an attack comes is left to those, its size is carried to the local rate here.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from data.errors import SchemaError
from data.files import write_text
from experiments.models.counts import largest_count
from experiments.models.local_rate import LocalRate, LocalRateModel
from experiments.models.model import FeatureContributions, draw_uniforms
from experiments.models.size_ranks import sizes_at
from experiments.training_view import TrainingView

__all__ = [
    "BoosterModel",
    "TreeSettings",
    "load_booster",
    "predict",
    "train_booster",
    "training_set",
]

Floats = npt.NDArray[np.floating]
Draws = tuple[npt.NDArray[np.integer], npt.NDArray[np.integer], npt.NDArray[np.float64]]


@dataclass(frozen=True)
class TreeSettings:
    """Shape of the trees of one booster, in LightGBM's own parameters.

    Attributes:
        trees: Number of trees.
        num_leaves: Most leaves of a tree.
        min_data_in_leaf: Fewest training rows of a leaf.
        feature_fraction: Share of the features that each tree may use.
        bagging_fraction: Share of the rows that each tree is grown on.
        learning_rate: Shrinkage of each tree.
        lambda_l2: Penalty on leaf values.
        extra_trees: Whether split points are drawn at random.
    """

    trees: int = 120
    num_leaves: int = 127
    min_data_in_leaf: int = 20
    feature_fraction: float = 0.2
    bagging_fraction: float = 0.8
    learning_rate: float = 0.05
    lambda_l2: float = 0.0
    extra_trees: bool = False


def training_set(x: Floats, y: Floats, names: tuple[str, ...]) -> Any:
    """Return rows as LightGBM bins them, for one booster or several.

    Args:
        x: (rows, features) float32, NaN where missing.
        y: (rows,).
        names: Feature names; ``predict`` expects the same in the same order.
    """
    import lightgbm as lgb

    return lgb.Dataset(
        x,
        y,
        feature_name=list(names),
        params={
            "bin_construct_sample_cnt": max(len(y), 200_000),
            "deterministic": True,
            "force_col_wise": True,
            "num_threads": 1,
            "verbose": -1,
        },
        free_raw_data=True,
    )


def train_booster(
    data: Any, *, settings: TreeSettings, seed: int, params: Mapping[str, object]
) -> Any:
    """Train a booster on one thread, so that the same rows and seed give the same trees.

    Args:
        data: What ``training_set`` returned.
        settings: Shape of the trees.
        seed: Root of the random numbers.
        params: Objective and further parameters of LightGBM.
    """
    import lightgbm as lgb

    shape = {
        "num_leaves": settings.num_leaves,
        "min_data_in_leaf": settings.min_data_in_leaf,
        "feature_fraction": settings.feature_fraction,
        "bagging_fraction": settings.bagging_fraction,
        "bagging_freq": 1,
        "learning_rate": settings.learning_rate,
        "lambda_l2": settings.lambda_l2,
        "extra_trees": settings.extra_trees,
        "deterministic": True,
        "num_threads": 1,
        "force_col_wise": True,
        "verbose": -1,
        "seed": seed % 2**31,
    }
    return lgb.train({**shape, **params}, data, num_boost_round=settings.trees)


def predict(
    booster: Any, x: Floats, names: tuple[str, ...], **how: bool
) -> npt.NDArray[np.float64]:
    """Return the prediction of a booster, after checking the names of the features.

    Args:
        booster: A trained or loaded booster.
        x: (rows, features).
        names: Names of the features, as LightGBM itself does not notice swapped columns.
        how: ``pred_leaf`` or ``pred_contrib``; neither for the prediction itself.

    Returns:
        (rows,) predictions, (rows, trees) leaves, or (rows, features + 1) contributions.

    Raises:
        SchemaError: The features are not those of the training, in their order.
    """
    trained = tuple(booster.feature_name())
    if trained != names:
        raise SchemaError(
            f"expected the {len(trained)} features that the model was trained on, in their order,"
            f" got {len(names)} different ones: train the model again"
        )
    return np.asarray(booster.predict(x, **how))


def load_booster(path: Path, *, features: int) -> Any:
    """Read a booster from LightGBM text.

    Raises:
        SchemaError: The file holds no booster or one of another number of features.
    """
    import lightgbm as lgb

    try:
        booster = lgb.Booster(model_str=path.read_text(encoding="utf-8"))
    except lgb.basic.LightGBMError as error:
        raise SchemaError(f"expected a LightGBM model, got {error}", file=path) from error
    if booster.num_feature() != features:
        raise SchemaError(
            f"expected a model of {features} features, got {booster.num_feature()}", file=path
        )
    return booster


class BoosterModel(LocalRateModel):
    """Base of ``lgbm_forest`` and ``lgbm_hurdle``.

    A subclass draws which attacks come and how large each is for its place (``size_ranks``).

    Attributes:
        explained: Attribute that holds the booster whose contributions are returned.
    """

    explained: ClassVar[str]

    def _draws(self, view: TrainingView, rate: npt.NDArray[np.float64]) -> npt.NDArray[np.int32]:
        """Return draws of 0 where no attack comes, else of its size at the local rate."""
        uniforms = draw_uniforms(view, self.name)
        region, draw, score = self._attacks(view, uniforms)
        draws = np.zeros(uniforms.shape)
        draws[region, draw] = sizes_at(score, rate[region], self.rate_.size(rate)[region])
        return np.asarray(np.minimum(draws, largest_count(view.history)).astype(np.int32))

    def contributions(self, view: TrainingView) -> FeatureContributions:
        """Return each feature's additive part of the booster's margin, without its base."""
        booster = self._fitted(self.explained)
        values = predict(booster, view.now(), view.feature_names, pred_contrib=True)[:, :-1]
        return FeatureContributions(view.feature_names, view.feature_families, values)

    def save(self, folder: Path) -> None:
        """Write the settings, what was learnt, and every booster as LightGBM text."""
        super().save(folder)
        for file, booster in self._boosters().items():
            write_text(folder / file, booster.model_to_string())

    @abstractmethod
    def _attacks(self, view: TrainingView, uniforms: npt.NDArray[np.float64]) -> Draws:
        """Return the draws with an attack, from uniforms (regions, draws).

        Returns:
            Region, draw and score of each, three arrays of one length.
        """

    @abstractmethod
    def _boosters(self) -> dict[str, Any]:
        """Return the boosters by the name of their file."""

    def _state(self) -> dict[str, Any]:
        rate, booster = self._fitted("rate_"), self._fitted(self.explained)
        return {"rate": asdict(rate), "features": booster.num_feature()}

    def _restore(self, state: dict[str, Any], folder: Path) -> None:  # noqa: ARG002
        self.rate_ = LocalRate.from_dict(state["rate"])
