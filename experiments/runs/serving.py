"""A trained model beside its features, ready to forecast from any origin that the panel holds.

Owns how a champion is loaded for a panel and what names the recipe of a model that is fitted anew.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from data.errors import EvidenceError
from data.settings import build_settings
from experiments.backtest.champions import Champion
from experiments.backtest.specification import BacktestSpec, build_table
from experiments.backtest.training import HorizonModel, TrainedModel, load_model
from experiments.training_view import Forecasting, TrainingView, view_at
from features.panel import Panel
from features.table import FeatureTable

__all__ = ["Served", "recipe_of", "serve_champion", "spec_of"]

# What an issue brings itself, or what only a backtest needs.
_NO_PART_OF_A_RECIPE = ("models", "origins", "horizons", "draws", "seed", "history")


@dataclass(frozen=True)
class Served:
    """A trained model that is ready to forecast.

    Attributes:
        model: The model.
        table: Features of the panel, as the model was trained on them.
        panel: The past; its last month is the last origin.
    """

    model: TrainedModel
    table: FeatureTable
    panel: Panel

    def view(self, task: Forecasting, origin: str) -> TrainingView:
        """Return what the model is shown at an origin; no later month is in it.

        Raises:
            EvidenceError: The month is not in the panel, or lies before the features begin.
        """
        if origin < self.table.months[0]:
            raise EvidenceError(
                f"{origin} is too early an origin: the features begin in {self.table.months[0]}"
            )
        return view_at(self.panel, self.table, task, origin=origin)

    def horizon(self, horizon: int) -> HorizonModel:
        """Return the members and the rule of one horizon."""
        return self.model.horizons[horizon]

    def p_attack(self, task: Forecasting, origin: str) -> npt.NDArray[np.float64]:
        """Return P(at least one attack) of every region, (regions,)."""
        distribution, _ = self.horizon(task.horizon).predict(self.view(task, origin))
        return distribution.p_at_least(1)


def serve_champion(champion: Champion, panel: Panel) -> Served:
    """Load a champion as it was promoted, whatever its age.

    Args:
        champion: A champion whose files were checked.
        panel: The past; it holds the month that the model was trained through.

    Raises:
        SchemaError: The panel gives other features than those it was trained on.
        ConfigError: It needs a plugin that was not given.
    """
    spec = spec_of(champion)
    table = build_table(panel, spec, known_through=champion.manifest.trained_through)
    champion.check_features(table.names)
    return Served(load_model(champion.model_folder, spec, panel=panel, table=table), table, panel)


def spec_of(champion: Champion) -> BacktestSpec:
    """Return the settings that a champion was trained with."""
    spec: dict[str, Any] = dict(champion.manifest.spec)
    return build_settings(BacktestSpec, spec, where=f"{champion.folder / 'manifest.json'} spec")


def recipe_of(name: str, spec: BacktestSpec) -> str:
    """Return a name for how a model is fitted: alike recipes on alike months fit alike models.

    Args:
        name: Name of the model.
        spec: Its settings.

    Example:
        >>> recipe_of("last", BacktestSpec()) == recipe_of("last", BacktestSpec(draws=7))
        True
    """
    recipe = {k: v for k, v in spec.as_dict().items() if k not in _NO_PART_OF_A_RECIPE}
    text = json.dumps([name, recipe], sort_keys=True)
    return f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
