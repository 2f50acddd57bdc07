"""The public API: forecasts of attacks for every region, from Python.

Owns what ``import escalation`` gives and how it shows itself in a notebook, not how anything is
computed: that is done by the four packages below, as for the command line. Names are imported when
they are first used.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from data.errors import ConfigError as ConfigError
    from data.errors import EscalationError as EscalationError
    from data.errors import EscalationWarning as EscalationWarning
    from data.errors import EvidenceError as EvidenceError
    from data.errors import NotFittedError as NotFittedError
    from data.errors import RuntimeEnvironmentError as RuntimeEnvironmentError
    from data.errors import SchemaError as SchemaError
    from data.errors import SourceError as SourceError
    from escalation import scores as scores
    from escalation.data_values import BuiltPanel as BuiltPanel
    from escalation.data_values import Features as Features
    from escalation.data_values import Ingested as Ingested
    from escalation.data_values import Revisions as Revisions
    from escalation.data_values import Status as Status
    from escalation.functions import Evaluation as Evaluation
    from escalation.functions import evaluate as evaluate
    from escalation.functions import guess_map as guess_map
    from escalation.functions import sample as sample
    from escalation.issue_values import Issue as Issue
    from escalation.issue_values import Region as Region
    from escalation.model_values import Backtest as Backtest
    from escalation.model_values import Comparison as Comparison
    from escalation.model_values import Promotion as Promotion
    from escalation.model_values import Tuning as Tuning
    from escalation.score_values import Alerts as Alerts
    from escalation.score_values import Scores as Scores
    from escalation.score_values import Watch as Watch
    from escalation.workspace import Workspace as Workspace
    from experiments.distribution import Distribution as Distribution
    from experiments.models.model import Model as Model
    from experiments.models.model import draw_uniforms as draw_uniforms
    from experiments.training_view import TrainingView as TrainingView
    from features.feature import Feature as Feature

__all__ = [
    "Alerts",
    "Backtest",
    "BuiltPanel",
    "Comparison",
    "ConfigError",
    "Distribution",
    "EscalationError",
    "EscalationWarning",
    "Evaluation",
    "EvidenceError",
    "Feature",
    "Features",
    "Ingested",
    "Issue",
    "Model",
    "NotFittedError",
    "Promotion",
    "Region",
    "Revisions",
    "RuntimeEnvironmentError",
    "SchemaError",
    "Scores",
    "SourceError",
    "Status",
    "TrainingView",
    "Tuning",
    "Watch",
    "Workspace",
    "draw_uniforms",
    "evaluate",
    "guess_map",
    "sample",
    "scores",
]

_MODULES = {
    "data.errors": (
        "ConfigError",
        "EscalationError",
        "EscalationWarning",
        "EvidenceError",
        "NotFittedError",
        "RuntimeEnvironmentError",
        "SchemaError",
        "SourceError",
    ),
    "escalation.data_values": ("BuiltPanel", "Features", "Ingested", "Revisions", "Status"),
    "escalation.functions": ("Evaluation", "evaluate", "guess_map", "sample"),
    "escalation.issue_values": ("Issue", "Region"),
    "escalation.model_values": ("Backtest", "Comparison", "Promotion", "Tuning"),
    "escalation.score_values": ("Alerts", "Scores", "Watch"),
    "escalation.workspace": ("Workspace",),
    "experiments.distribution": ("Distribution",),
    "experiments.models.model": ("Model", "draw_uniforms"),
    "experiments.training_view": ("TrainingView",),
    "features.feature": ("Feature",),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    if name == "scores":
        return importlib.import_module("escalation.scores")
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'escalation' has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(_MODULE_OF[name]), name)
    return value


def __dir__() -> list[str]:
    return __all__


def _refuse_shadows() -> None:
    """Make sure that ``data`` and its like are ours, from a file: ``data`` may be another's."""
    root = Path(__file__).resolve().parents[1]
    spec = importlib.util.spec_from_file_location("_", root / "data" / "shadowing.py")
    if spec is None or spec.loader is None:
        raise ImportError(f"{root / 'data'}: escalation's own package is absent: install it again")
    shadowing = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(shadowing)
    # As a command, whether by its own name or by ``python -m``, it answers in one line.
    as_command = Path(sys.argv[0]).stem in ("-m", "escalation") if sys.argv else False
    refuse = shadowing.exit_if_shadowed if as_command else shadowing.refuse_shadows
    refuse(root)


_refuse_shadows()
