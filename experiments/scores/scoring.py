"""Scores of the forecasts of one origin, as rows with the columns of ``FORECAST_COLUMNS``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.months import add_months
from data.schema import FORECAST_COLUMNS
from experiments.distribution import Distribution
from experiments.phases import (
    YEAR,
    events_in_last,
    mean12,
    p_escalation,
    phase_names,
    phase_of,
)
from experiments.score_functions import crps, ign, mis, pit
from experiments.seeds import region_uniforms
from experiments.training_view import Forecasting
from features.panel import Panel

__all__ = ["Outcome", "outcome_at", "scored_rows"]

# An onset after that many months without an event is a hard onset.
_HARD = 60
_QUANTILES = {
    "q05": 0.05,
    "q10": 0.1,
    "q25": 0.25,
    "q50": 0.5,
    "q75": 0.75,
    "q90": 0.9,
    "q95": 0.95,
}


@dataclass(frozen=True)
class Outcome:
    """Observed counts after one origin, in the regions where they are known.

    Attributes:
        task: Target and horizon.
        origin: Text month.
        region_ids: (regions,), all regions of the panel.
        seen: (regions,), whether observed at the origin and in the target month.
        observed: (rows,), counts in the target month, a row for each region of ``seen``.
        past: (rows, 12), counts of the twelve months that end at the origin.
        country: (rows,), the region's country.
        quiet60: (rows,), whether there was no event in the sixty months that end at the origin;
            <NA> where one of them is unobserved.
        uniforms: (rows,), in (0, 1), for the randomised PIT.
    """

    task: Forecasting
    origin: str
    region_ids: npt.NDArray[np.object_]
    seen: npt.NDArray[np.bool_]
    observed: npt.NDArray[np.float64]
    past: npt.NDArray[np.float64]
    country: npt.NDArray[np.object_]
    quiet60: pd.arrays.BooleanArray
    uniforms: npt.NDArray[np.float64]


def outcome_at(panel: Panel, task: Forecasting, origin: str) -> Outcome:
    """Return what happened ``task.horizon`` months after an origin.

    Args:
        panel: Counts of all months.
        task: Target and horizon.
        origin: Text month.

    Raises:
        EvidenceError: The origin is outside the panel.
    """
    place = panel.position(origin)
    target = panel.measure(task.target)
    after = place + task.horizon
    inside = after < len(panel.months)
    observed = target[:, after] if inside else np.full(len(target), np.nan)
    seen = np.isfinite(observed) & panel.observed()[:, place]
    ids = np.array(panel.region_ids, dtype=object)
    uniforms = region_uniforms(
        task.seed, "pit", task.target, origin, task.horizon, region_ids=panel.region_ids, size=1
    )
    past = np.full((len(target), YEAR), np.nan)
    recent = target[:, max(0, place + 1 - YEAR) : place + 1]
    past[:, YEAR - recent.shape[1] :] = recent
    return Outcome(
        task=task,
        origin=origin,
        region_ids=ids,
        seen=seen,
        observed=observed[seen].astype(np.float64),
        past=past[seen],
        country=panel.regions["country"].to_numpy(object)[seen],
        quiet60=_quiet60(target[seen, : place + 1]),
        uniforms=uniforms[seen, 0],
    )


def scored_rows(outcome: Outcome, forecast: Distribution, *, model: str, used: str) -> pd.DataFrame:
    """Score one model's forecast of one origin.

    Args:
        outcome: What happened.
        forecast: (regions, draws), counts a month.
        model: Name of the model.
        used: Name of the model with the fallback that was used, if any.

    Returns:
        A row for each region of ``outcome.seen``, columns ``FORECAST_COLUMNS``.
    """
    y = outcome.observed
    shown = Distribution(np.sort(forecast.draws[outcome.seen], axis=1))
    quantiles = shown.quantiles(list(_QUANTILES.values()))
    columns: dict[str, object] = {
        "region_id": outcome.region_ids[outcome.seen],
        "origin": outcome.origin,
        "target_month": add_months(outcome.origin, outcome.task.horizon),
        "horizon": outcome.task.horizon,
        "target": outcome.task.target,
        "model": model,
        "model_used": used,
        "observed": y,
        "mean": shown.mean(),
        "p_attack": shown.p_at_least(1),
        "p_escalation": p_escalation(phase_of(shown.draws, outcome.past)),
        **dict(zip(_QUANTILES, quantiles, strict=True)),
        "crps": crps(y, shown.draws),
        "crps_log": crps(np.log1p(y), np.log1p(shown.draws)),
        "ign": ign(y, shown.draws),
        "mis": mis(y, shown.draws),
        "pit": pit(y, shown.draws, uniforms=outcome.uniforms),
        "mean12": mean12(outcome.past),
        "phase_observed": phase_names(phase_of(y.astype(np.int64), outcome.past)),
        "country": outcome.country,
        "quiet60": outcome.quiet60,
    }
    return pd.DataFrame(columns)[list(FORECAST_COLUMNS)]


def _quiet60(history: npt.NDArray[np.floating]) -> pd.arrays.BooleanArray:
    """Return whether there was no event in the sixty months that end at the origin."""
    events = events_in_last(history, _HARD)
    return pd.arrays.BooleanArray(events == 0, np.isnan(events))
