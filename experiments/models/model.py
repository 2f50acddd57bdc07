"""What every model is: fit on what is known, predict a distribution, stand as text on disk.

Owns the contract, the text state and the drawing from cumulative probabilities; the models
themselves live in modules of their own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from data.errors import NotFittedError
from data.files import read_json, write_json
from data.settings import build_settings
from experiments.distribution import Distribution
from experiments.models.contributions import FeatureContributions
from experiments.seeds import region_uniforms
from experiments.training_view import TrainingView

__all__ = ["Model", "NoSettings", "draw_uniforms"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class NoSettings:
    """Settings of a model that has none."""


class Model(ABC):
    """A forecaster of one target and horizon.

    ``fit`` learns from months up to the origin of what it is given; ``predict`` may be asked at
    any origin that is not before it and never changes the model.

    Args:
        settings: Frozen settings of the model's own class; defaults when None.
    """

    name: ClassVar[str]
    settings_class: ClassVar[type[Any]] = NoSettings
    refits_on_loading: ClassVar[bool] = False

    def __init__(self, settings: Any = None) -> None:
        self.settings = settings if settings is not None else self.settings_class()

    @abstractmethod
    def fit(self, known: TrainingView) -> Self:
        """Learn from all target months up to ``known.origin`` and return self."""

    @abstractmethod
    def predict(self, known: TrainingView) -> Distribution:
        """Return the forecast of every region from ``known.origin``."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.settings})"

    @property
    def used(self) -> str:
        """Name of what was really used, such as the fallback that took over."""
        return self.name

    def contributions(self, known: TrainingView) -> FeatureContributions | None:  # noqa: ARG002
        """Return what moved each region's forecast; None where the model has no features."""
        return None

    def save(self, folder: Path) -> None:
        """Write the settings and what was learnt as text files into a folder."""
        write_json(
            folder / "model.json",
            {"name": self.name, "settings": asdict(self.settings), "state": self._state()},
        )

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read a model that ``save`` wrote."""
        content = read_json(folder / "model.json")
        where = f"{folder / 'model.json'} settings"
        model = cls(build_settings(cls.settings_class, content["settings"], where=where))
        model._restore(content["state"], folder)
        return model

    def _state(self) -> dict[str, Any]:
        """Return what was learnt as JSON values."""
        return {}

    def _restore(self, state: dict[str, Any], folder: Path) -> None:  # noqa: ARG002
        """Take back what ``_state`` gave, and the files beside it."""
        for key, value in state.items():
            setattr(self, key, value)

    def _learnt(self, attribute: str) -> Any:
        """Return a learnt attribute.

        Raises:
            NotFittedError: ``fit`` has not been called.
        """
        if not hasattr(self, attribute):
            raise NotFittedError(f"{self.name} was asked for a forecast before it was fitted")
        return getattr(self, attribute)


def draw_uniforms(known: TrainingView, name: str) -> Floats:
    """Return each region's own stratified uniforms, (regions, draws), for one model."""
    task = known.task
    return region_uniforms(
        task.seed,
        name,
        task.target,
        known.origin,
        task.horizon,
        region_ids=known.region_ids,
        size=task.draws,
    )
