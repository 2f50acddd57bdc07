"""The models by name: which there are, which members each has, and how settings are read."""

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
from experiments.models.count_regression import HurdleNb, Nb
from experiments.models.hist_gbm import HistGbm
from experiments.models.lgbm_forest import LgbmForest
from experiments.models.lgbm_hurdle import LgbmHurdle
from experiments.models.local_rate import LocalNb
from experiments.models.logit import Logit
from experiments.models.model import Model
from experiments.models.plugins import Plugin, PluginFile, PluginNeed, load_plugin

__all__ = [
    "BLEND",
    "FEATURED",
    "STANDARD",
    "is_pooled",
    "make_member",
    "members_of",
    "model_class",
    "use_plugin",
]

BLEND = "blend"

# The members of the blend.
_MEMBERS = ("conflictology", "logit", "lgbm_hurdle", "lgbm_forest")

# Single models that are calibrated on inner origins before they are published.
_CALIBRATED = ("logit", "hist_gbm", "lgbm_hurdle", "lgbm_forest")

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
        name: Name of a single model, not of the blend, which is a pool of them.
        settings: Its table of a specification; the defaults when None. For a model of a plugin
            the key ``plugin`` holds the ``PluginFile`` that a worker process loads.

    Raises:
        ConfigError: The name or a setting is unknown.
    """
    table = dict(settings or {})
    file = table.pop("plugin") if isinstance(table.get("plugin"), PluginFile) else None
    kind = model_class(name, file.load() if file else None)
    return kind(build_settings(kind.settings_class, table, where=f"[model.{name}]"))


def model_class(name: str, plugin: Plugin | None = None) -> type[Model]:
    """Return the class of a model.

    Args:
        name: Name of the model.
        plugin: Its models are added to the built-in ones.

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
        Name and digest of the file, for a specification.

    Raises:
        ConfigError: The file cannot be loaded, or a model has the name of a built-in one.
    """
    plugin = load_plugin(path)
    for kind in plugin.models:
        if kind.name in {BLEND, *(built_in.name for built_in in _CLASSES)}:
            raise ConfigError(
                f'{path}: class {kind.__name__}: "{kind.name}" is the name of a built-in model:'
                " choose another"
            )
    return plugin.need


def is_pooled(name: str) -> bool:
    """Return whether a published model learns weights or a calibration from inner origins."""
    return name == BLEND or name in _CALIBRATED


def members_of(name: str) -> tuple[str, ...]:
    """Return the members of a published model: its own name unless it is the blend.

    Example:
        >>> members_of("logit")
        ('logit',)
    """
    return _MEMBERS if name == BLEND else (name,)
