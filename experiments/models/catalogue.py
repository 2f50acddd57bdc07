"""The models by name: what there is, what each is made of, and how its settings are read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from data.errors import ConfigError
from data.settings import build_settings, closest
from experiments.models.baselines import (
    Climatology,
    Conflictology,
    Conflictology36,
    ConflictologyNeighbours,
    Last,
    Zero,
)
from experiments.models.hist_gbm import HistGbm
from experiments.models.lgbm_forest import LgbmForest
from experiments.models.lgbm_hurdle import LgbmHurdle
from experiments.models.local_nb import LocalNb
from experiments.models.logit import Logit
from experiments.models.model import Model
from experiments.models.plugins import Plugin, PluginFile, PluginNeed, load_plugin
from experiments.models.regressions import HurdleNb, Nb

__all__ = [
    "BLEND",
    "CALIBRATED",
    "FEATURED",
    "MEMBERS",
    "STANDARD",
    "is_pooled",
    "make_member",
    "members_of",
    "model_class",
    "use_plugin",
]

BLEND = "blend"

# The unlike members of the blend.
MEMBERS = ("conflictology", "logit", "lgbm_hurdle", "lgbm_forest")

# Single models whose P(attack) is repaired on inner origins before it is published.
CALIBRATED = ("logit", "hist_gbm", "lgbm_hurdle", "lgbm_forest")

# Models that read the feature table.
FEATURED = ("nb", "hurdle_nb", "logit", "hist_gbm", "lgbm_hurdle", "lgbm_forest", BLEND)

STANDARD = (
    "zero",
    "last",
    "conflictology",
    "climatology",
    "local_nb",
    "nb",
    "hurdle_nb",
    "logit",
    "hist_gbm",
    "lgbm_hurdle",
    "lgbm_forest",
    BLEND,
)

_CLASSES: tuple[type[Model], ...] = (
    Zero,
    Last,
    Conflictology,
    Conflictology36,
    ConflictologyNeighbours,
    Climatology,
    LocalNb,
    Nb,
    HurdleNb,
    Logit,
    HistGbm,
    LgbmHurdle,
    LgbmForest,
)


def make_member(name: str, settings: Mapping[str, Any] | None = None) -> Model:
    """Return an unfitted model.

    Args:
        name: Name of the model; the blend is not one of them but a pool of them.
        settings: Its table of a specification; defaults when None. For a model of a plugin the
            key ``plugin`` says where a worker process finds it.

    Raises:
        ConfigError: The name or a setting is unknown.
    """
    table = dict(settings or {})
    own = table.pop("plugin") if isinstance(table.get("plugin"), PluginFile) else None
    kind = model_class(name, own.load() if own else None)
    return kind(build_settings(kind.settings_class, table, where=f"[model.{name}]"))


def model_class(name: str, plugin: Plugin | None = None) -> type[Model]:
    """Return the class of a model.

    Args:
        name: Name of the model.
        plugin: Whose models there are besides.

    Raises:
        ConfigError: There is no model of that name.
    """
    classes = {kind.name: kind for kind in (*_CLASSES, *(plugin.models if plugin else ()))}
    if name not in classes:
        raise ConfigError(f'there is no model "{name}"{closest(name, [*classes, BLEND])}')
    return classes[name]


def use_plugin(path: Path) -> PluginNeed:
    """Load a user's file of models and features.

    Returns:
        What a specification keeps of it.

    Raises:
        ConfigError: The file is not understood, or a model has the name of a built-in one.
    """
    plugin = load_plugin(path)
    for kind in plugin.models:
        if kind.name in {BLEND, *(known.name for known in _CLASSES)}:
            raise ConfigError(
                f'{path}: class {kind.__name__}: "{kind.name}" is the name of a built-in model:'
                " choose another"
            )
    return plugin.need


def is_pooled(name: str) -> bool:
    """Return whether a published model learns weights or a repair from inner origins."""
    return name == BLEND or name in CALIBRATED


def members_of(name: str) -> tuple[str, ...]:
    """Return the members whose forecasts a published model is made of.

    Example:
        >>> members_of("logit")
        ('logit',)
    """
    return MEMBERS if name == BLEND else (name,)
