"""LightGBM as this project uses it: deterministic, column names checked, kept as text.

Owns training, prediction and contributions of one booster; what the trees are for belongs to
the models.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from data.errors import SchemaError
from data.files import write_text

__all__ = [
    "TreeSettings",
    "contributions",
    "load_booster",
    "predict",
    "save_booster",
    "train_booster",
    "training_set",
]

Floats = npt.NDArray[np.floating]


@dataclass(frozen=True)
class TreeSettings:
    """What shapes the trees of one booster; names as LightGBM gives them."""

    trees: int = 120
    num_leaves: int = 127
    min_data_in_leaf: int = 20
    feature_fraction: float = 0.2
    bagging_fraction: float = 0.8
    learning_rate: float = 0.05
    lambda_l2: float = 0.0
    extra_trees: bool = False


def training_set(x: Floats, y: Floats, names: tuple[str, ...]) -> Any:
    """Return rows in canonical order as LightGBM bins them, for one booster or several.

    Args:
        x: (rows, features) float32, NaN where missing.
        y: (rows,).
        names: Feature names; ``predict`` asks for the same ones in the same order.
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


def train_booster(data: Any, *, settings: TreeSettings, params: Mapping[str, object]) -> Any:
    """Train a booster.

    Args:
        data: What ``training_set`` returned.
        settings: Shape of the trees.
        params: Objective, seed and whatever else LightGBM wants.
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
    }
    return lgb.train({**shape, **params}, data, num_boost_round=settings.trees)


def predict(
    booster: Any, x: Floats, names: tuple[str, ...], **how: bool
) -> npt.NDArray[np.float64]:
    """Return what the booster says of rows, (rows,) or (rows, columns).

    Args:
        booster: A trained or loaded booster.
        x: (rows, features).
        names: Names of the features; LightGBM itself would take swapped columns in silence.
        how: ``pred_leaf`` or ``pred_contrib``; neither for the forecast itself.

    Raises:
        SchemaError: The features are not those that the booster was trained on, in their order.
    """
    trained = tuple(booster.feature_name())
    if trained != names:
        raise SchemaError(
            f"expected the {len(trained)} features that the model was trained on, in their order,"
            f" got {len(names)} that differ: train it again"
        )
    return np.asarray(booster.predict(x, **how))


def contributions(booster: Any, x: Floats, names: tuple[str, ...]) -> npt.NDArray[np.float64]:
    """Return each feature's additive part of the margin, (rows, features), without the base."""
    return predict(booster, x, names, pred_contrib=True)[:, :-1]


def save_booster(booster: Any, path: Path) -> None:
    """Write a booster as LightGBM text."""
    write_text(path, booster.model_to_string())


def load_booster(path: Path, *, features: int) -> Any:
    """Read a booster from LightGBM text.

    Raises:
        SchemaError: The text is no booster or has another number of features.
    """
    import lightgbm as lgb

    try:
        booster = lgb.Booster(model_str=path.read_text(encoding="utf-8"))
    except lgb.basic.LightGBMError as error:
        raise SchemaError(f"not a LightGBM model ({error})", file=path) from error
    if booster.num_feature() != features:
        raise SchemaError(
            f"expected a model of {features} features, got {booster.num_feature()}", file=path
        )
    return booster
