"""The feature table that a specification asks for: standard features, its plugin's, less those off.

Backtest, champion and forecast all build their table here, so that a model is never asked with
other features than it was trained on.
"""

from __future__ import annotations

from experiments.backtest.specification import BacktestSpec
from experiments.training_view import training_months
from features.catalogue import standard_features
from features.panel import Panel
from features.table import FeatureTable, build_features

__all__ = ["build_table"]

# Months of origins that models learn from unless they are told otherwise.
_USUAL_WINDOW = 240


def build_table(panel: Panel, spec: BacktestSpec, *, known_through: str) -> FeatureTable:
    """Compute the features of a specification for all months that its models read.

    Args:
        panel: Counts of all months; a feature at a month reads months up to it only.
        spec: Which families are off, and which plugin adds features.
        known_through: Last month of training: a measure with no known value up to it is absent.

    Raises:
        ConfigError: The plugin was not given.
        EvidenceError: ``known_through`` is outside the panel.
    """
    own = spec.own()
    wanted = (*standard_features(spec.target), *(own.features if own else ()))
    return build_features(
        panel,
        wanted,
        since=_first_month(panel, spec, known_through),
        known_through=known_through,
        without=spec.without,
    )


def _first_month(panel: Panel, spec: BacktestSpec, known_through: str) -> str:
    """Return the first month that any fit of an inner origin reads; windows reach back before."""
    own = [int(settings.get("window", 0)) for settings in spec.settings.values()]
    months = training_months(max(_USUAL_WINDOW, *own, 0), regions=len(panel.regions))
    inner = spec.pool.inner + 2 * spec.refit_months + 2 * max(spec.horizons)
    return panel.months[max(panel.position(known_through) - months - inner, 0)]
