"""The model of the issue before, found again: today's own, a champion that is kept, or a plain one.

A champion is found by its version, a plain model by its recipe. What was fitted anew for that
issue with features is not kept anywhere, and the reason is said instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from data.errors import EscalationError
from data.schema import EVENTS
from data.workspace import Workspace
from experiments.backtest.champions import Champion, read_champion
from experiments.backtest.specification import BacktestSpec
from experiments.backtest.training import train_model
from experiments.models.catalogue import FEATURED
from experiments.runs.serving import Served, recipe_of, serve_champion
from experiments.training_view import Forecasting
from features.panel import Panel
from features.table import FeatureTable
from forecast.model.predictions import Prediction

__all__ = ["Ask", "find_previous_model", "same_model"]

# From an origin to P(attack) of every region.
Ask = Callable[[str], npt.NDArray[np.float64]]


def same_model(prediction: Prediction, described: Mapping[str, Any], *, same_code: bool) -> bool:
    """Say whether a forecast was made with the model of the issue before.

    A champion as it was promoted is known by its version; a model that is fitted anew for each
    issue is the same where its recipe and the code are.

    Args:
        prediction: Today's forecast.
        described: What the manifest of the issue before says of its model.
        same_code: Whether the program is the same.
    """
    if prediction.recipe:
        return same_code and prediction.recipe == described.get("recipe")
    return bool(prediction.forecast.version == described["version"])


def find_previous_model(
    workspace: Workspace,
    past: Panel,
    prediction: Prediction,
    described: Mapping[str, Any],
    task: Forecasting,
) -> Ask | str:
    """Return the model of the issue before, to be asked on today's data, or why it cannot be.

    Args:
        workspace: Where champions are.
        past: Today's data.
        prediction: Today's forecast of the same horizon.
        described: What the manifest of the issue before says of its model.
        task: Horizon, seed and draws of the issue before.
    """
    name = str(described["model"])
    if prediction.served is not None and same_model(prediction, described, same_code=False):
        return lambda origin, served=prediction.served: served.p_attack(task, origin)  # type: ignore[misc]
    if described.get("recipe") == recipe_of(name, _plain(past, name)) and name not in FEATURED:
        return lambda origin: _fitted(past, name, origin, task).p_attack(task, origin)
    if described.get("recipe") or str(described["version"]).startswith(f"{name} "):
        return f"{name} was fitted anew for that issue and is not kept"
    try:
        champion = _kept_champion(workspace, past.scale, str(described["version"]))
        served = None if champion is None else serve_champion(champion, past)
    except EscalationError as error:
        return f"{described['version']} cannot be asked again ({error})"
    if served is None:
        return f"{described['version']} was not kept"
    return lambda origin: served.p_attack(task, origin)


def _kept_champion(workspace: Workspace, scale: str, version: str) -> Champion | None:
    """Return the champion of a version, the one in use or one that was replaced."""
    replaced = workspace.replaced_champion(scale, EVENTS, version.rpartition("-")[2])
    for folder in (workspace.champion(scale, EVENTS), replaced):
        if (folder / "manifest.json").is_file():
            champion = read_champion(folder)
            if champion.version == version:
                return champion
    return None


def _plain(past: Panel, name: str) -> BacktestSpec:
    """Return the settings of a built-in model that is asked for by name or stands in."""
    usual = BacktestSpec(scale=past.scale)
    return usual.changed(models=(name,)) if name in usual.models else usual


def _fitted(past: Panel, name: str, origin: str, task: Forecasting) -> Served:
    """Fit a model that reads no features on months up to an origin."""
    spec = _plain(past, name).changed(horizons=(task.horizon,), draws=task.draws, seed=task.seed)
    nothing = np.empty((0, *past.status.shape), dtype=np.float32)
    table = FeatureTable((), (), nothing, {}, past.months)
    return Served(train_model(past, table, spec, name, origin=origin, jobs=1), table, past)
