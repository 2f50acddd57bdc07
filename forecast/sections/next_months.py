"""P(at least one attack in the next three months), from a quick model of its own.

The attacks of three months that end with a month are a measure of that month; three months ahead
it is exactly what the next three months bring. One model with that target and horizon gives the
probability, where three monthly forecasts could only be multiplied as if months were independent.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from data.schema import EVENTS
from experiments.models.catalogue import make_member
from experiments.training_view import Forecasting, TrainingView, view_at
from features.panel import Panel
from features.table import FeatureTable
from features.windows import moving_sum

__all__ = ["MODEL", "MONTHS", "known_next_months", "p_next_months"]

MONTHS = 3
# Even with boosted trees on earlier months and the quicker one: benchmarks/outlook.py.
MODEL = "logit"

_MEASURE = f"{EVENTS}_of_{MONTHS}_months"


def p_next_months(
    past: Panel, table: FeatureTable, *, seed: int, draws: int, model: str = MODEL
) -> npt.NDArray[np.float64]:
    """Return P(at least one attack in the ``MONTHS`` months after the panel's end), (regions,).

    Args:
        past: The past; its last month is the origin.
        table: Features of that panel.
        seed: Root of all random numbers.
        draws: Draws a region, which the probability is a share of.
        model: Name of the model.

    Raises:
        EvidenceError: No region-month has a known outcome to learn from.
    """
    from threadpoolctl import threadpool_limits

    known = known_next_months(past, table, origin=past.months[-1], seed=seed, draws=draws)
    with threadpool_limits(limits=1):
        return make_member(model).fit(known).predict(known).p_at_least(1)


def known_next_months(
    past: Panel, table: FeatureTable, *, origin: str, seed: int, draws: int
) -> TrainingView:
    """Return what a model of the next months is shown at an origin."""
    sums = moving_sum(past.measure(EVENTS), MONTHS)
    panel = replace(past, measures={**past.measures, _MEASURE: sums})
    return view_at(panel, table, Forecasting(_MEASURE, MONTHS, seed, draws), origin=origin)
