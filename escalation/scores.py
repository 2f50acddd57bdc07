"""Scores of forecasts, as functions of arrays: what happened first, the forecast second.

``crps``, ``ign``, ``mis`` and ``pit`` take draws and give one number a row; the others take the
probability of an attack and give one number for all rows, ``reliability`` one row a bin.

Example:
    >>> from escalation import scores
    >>> scores.crps([1], [[0, 2]])
    array([0.5])
    >>> scores.brier([True, False], [0.5, 0.5])
    0.25
"""

from __future__ import annotations

from experiments.score_functions import (
    auroc,
    average_precision,
    brier,
    coverage90,
    crps,
    ece,
    ign,
    log_loss,
    mis,
    pit,
    reliability,
    top_k,
)

__all__ = [
    "auroc",
    "average_precision",
    "brier",
    "coverage90",
    "crps",
    "ece",
    "ign",
    "log_loss",
    "mis",
    "pit",
    "reliability",
    "top_k",
]
