"""The base class of models: fit on a training view, predict a distribution, save as text.

Owns the contract, the files of a model, the uniforms that models draw with, and the contributions
of features to a forecast; the models themselves are in modules of their own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from data.errors import NotFittedError
from data.files import read_json, write_json
from data.settings import build_settings
from experiments.distribution import Distribution
from experiments.seeds import region_uniforms
from experiments.training_view import TrainingView

__all__ = [
    "FeatureContributions",
    "Model",
    "NoSettings",
    "WindowSettings",
    "draw_uniforms",
    "pooled_contributions",
]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class NoSettings:
    """Settings of a model that has none."""


@dataclass(frozen=True)
class WindowSettings:
    """Settings of a model that learns from the last months.

    Attributes:
        window: Months of origins to learn from.
    """

    window: int = 240


@dataclass(frozen=True)
class FeatureContributions:
    """Additive contributions of features to a forecast.

    Attributes:
        names: Name of each feature.
        families: Family of each feature, as in the feature table.
        values: (regions, features), in the model's margin, such as log odds of an attack; above 0
            raises the forecast over the model's mean.
    """

    names: tuple[str, ...]
    families: tuple[str, ...]
    values: Floats

    def __post_init__(self) -> None:
        if not len(self.names) == len(self.families) == self.values.shape[1]:
            raise ValueError(
                f"expected a name, a family and a column for each feature, got {len(self.names)}"
                f" names, {len(self.families)} families and {self.values.shape[1]} columns"
            )

    def standardised(self) -> FeatureContributions:
        """Return them divided by the standard deviation of the whole margin between regions."""
        spread = float(self.values.sum(axis=1).std()) if len(self.values) else 0.0
        values = self.values / spread if spread > 0 else self.values
        return FeatureContributions(self.names, self.families, values)


def pooled_contributions(
    parts: Sequence[tuple[float, FeatureContributions]],
) -> FeatureContributions | None:
    """Return the weighted sum of several members' contributions.

    Members have different margins, such as log odds and log counts. Each is therefore divided by
    its own spread between regions, so that a weight means the same for all of them. A single
    member keeps its own margin.

    Args:
        parts: Weight in the pool and contributions of each member, all of the same regions.

    Returns:
        The contributions of every feature that a member reads; None without any member.
    """
    if len(parts) < 2:
        return parts[0][1] if parts else None
    families = {
        name: family
        for _, part in parts
        for name, family in zip(part.names, part.families, strict=True)
    }
    place = {name: column for column, name in enumerate(families)}
    values = np.zeros((len(parts[0][1].values), len(families)))
    for weight, part in parts:
        columns = [place[name] for name in part.names]
        values[:, columns] += weight * part.standardised().values
    return FeatureContributions(tuple(families), tuple(families.values()), values)


class Model(ABC):
    """A forecaster of one target and horizon.

    A subclass sets ``name`` and implements ``fit`` and ``predict``. ``fit`` learns from the months
    up to the origin of its view, stores what it learnt in attributes that end in an underscore,
    and returns the model. ``predict`` accepts the same or any later origin and never changes the
    model.

    Attributes:
        name: Name of the model in specifications, files and tables.
        settings_class: Frozen dataclass of its settings, each with a default.
        refits_on_loading: Whether a model that was read from disk has to be fitted again, as
            nothing that was learnt is saved.
        settings: The settings of this model.

    Args:
        settings: An instance of ``settings_class``; the defaults when None.

    Example:
        >>> class Ones(Model):
        ...     name = "ones"
        ...     def fit(self, view):
        ...         return self
        ...     def predict(self, view):
        ...         shape = (len(view.regions), view.task.draws)
        ...         return Distribution(np.ones(shape, dtype=np.int32))
        >>> Ones().used
        'ones'
    """

    name: ClassVar[str]
    settings_class: ClassVar[type[Any]] = NoSettings
    refits_on_loading: ClassVar[bool] = False

    def __init__(self, settings: Any = None) -> None:
        self.settings = settings if settings is not None else self.settings_class()

    @abstractmethod
    def fit(self, view: TrainingView) -> Self:
        """Learn from all target months up to the origin.

        Args:
            view: Counts and features up to ``view.origin``.

        Returns:
            The model itself.
        """

    @abstractmethod
    def predict(self, view: TrainingView) -> Distribution:
        """Forecast every region, ``view.task.horizon`` months after the origin.

        Args:
            view: Counts and features up to ``view.origin``, with the features of the training.

        Returns:
            Draws of (regions, ``view.task.draws``), counts a month.

        Raises:
            NotFittedError: ``fit`` has not been called.
        """

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.settings})"

    @property
    def used(self) -> str:
        """Name of the model with the fallback that was used, if any."""
        return self.name

    def contributions(self, view: TrainingView) -> FeatureContributions | None:  # noqa: ARG002
        """Return the contribution of each feature to each region's forecast.

        Args:
            view: Counts and features up to ``view.origin``.

        Returns:
            Values of (regions, features); None if the model reads no features.
        """
        return None

    def save(self, folder: Path) -> None:
        """Write the settings and what was learnt as text files into a folder."""
        write_json(
            folder / "model.json",
            {"name": self.name, "settings": asdict(self.settings), "state": self._state()},
        )

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read a model that ``save`` wrote.

        Raises:
            ConfigError: The settings in the file are not those of the class.
            RuntimeEnvironmentError: The file cannot be read.
        """
        content = read_json(folder / "model.json")
        where = f"{folder / 'model.json'} settings"
        model = cls(build_settings(cls.settings_class, content["settings"], where=where))
        model._restore(content["state"], folder)
        return model

    def _state(self) -> dict[str, Any]:
        """Return what was learnt as JSON values."""
        return {}

    def _restore(self, state: dict[str, Any], folder: Path) -> None:  # noqa: ARG002
        """Set what was learnt from the values of ``_state`` and the other files in the folder."""
        for key, value in state.items():
            setattr(self, key, value)

    def _fitted(self, attribute: str) -> Any:
        """Return a fitted attribute.

        Raises:
            NotFittedError: ``fit`` has not been called.
        """
        if not hasattr(self, attribute):
            raise NotFittedError(f"{self.name} is not fitted yet: call fit before predict")
        return getattr(self, attribute)


def draw_uniforms(view: TrainingView, name: str) -> Floats:
    """Return stratified uniforms for the draws of a model, reproducible for each region.

    Args:
        view: Its seed, target, origin, horizon and region ids determine the numbers.
        name: Name of the model.

    Returns:
        (regions, draws), in (0, 1): one in each of ``draws`` equal cells, in random order.
    """
    task = view.task
    return region_uniforms(
        task.seed,
        name,
        task.target,
        view.origin,
        task.horizon,
        region_ids=view.region_ids,
        size=task.draws,
    )
