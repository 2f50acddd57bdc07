"""The models by name: what there is, what each is made of, and how its settings are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from data.errors import ConfigError
from data.settings import build_settings, closest
from experiments.baselines import (
    Climatology,
    Conflictology,
    Conflictology36,
    ConflictologyNeighbours,
    Last,
    Zero,
)
from experiments.hist_gbm import HistGbm
from experiments.lgbm_forest import LgbmForest
from experiments.lgbm_hurdle import LgbmHurdle
from experiments.local_nb import LocalNb
from experiments.logit import Logit
from experiments.model import Model
from experiments.regressions import HurdleNb, Nb

__all__ = [
    "BLEND",
    "CALIBRATED",
    "MEMBERS",
    "STANDARD",
    "is_pooled",
    "make_member",
    "members_of",
    "model_class",
]

BLEND = "blend"

# The unlike members of the blend.
MEMBERS = ("logit", "lgbm_hurdle", "lgbm_forest")

# Single models whose P(attack) is repaired on inner origins before it is published.
CALIBRATED = ("logit", "hist_gbm", "lgbm_hurdle", "lgbm_forest")

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
        settings: Its table of a specification; defaults when None.

    Raises:
        ConfigError: The name or a setting is unknown.
    """
    kind = model_class(name)
    return kind(build_settings(kind.settings_class, dict(settings or {}), where=f"[models.{name}]"))


def model_class(name: str) -> type[Model]:
    """Return the class of a model.

    Raises:
        ConfigError: There is no model of that name.
    """
    classes = {kind.name: kind for kind in _CLASSES}
    if name not in classes:
        raise ConfigError(f'there is no model "{name}"{closest(name, [*classes, BLEND])}')
    return classes[name]


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
