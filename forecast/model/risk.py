"""The risk table: one row a region and horizon, the record that feeds every writer.

Owns the columns, their rounding and the ranking. Reasons and confidence are judged in modules of
their own and handed in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.errors import ConfigError
from data.months import add_months
from data.schema import DEATHS, EVENTS, RISK_COLUMNS, STATUSES
from experiments.bands import DEFAULT_CUTS, level_of, likelihood_of
from experiments.distribution import Distribution
from experiments.phases import (
    YEAR,
    mean12,
    most_frequent_phase,
    p_escalation,
    phase_names,
    phase_of,
)
from experiments.runs.confidence import Confidence
from features.panel import Panel

__all__ = ["Judgement", "TargetForecast", "joined", "risk_table"]

QUANTILES = {"p05": 0.05, "p50": 0.5, "p95": 0.95}
DEADLY = 25
_DECIMALS = 6

# What a region that is unobserved at the origin does not get.
_UNOBSERVED_LACK = (
    *RISK_COLUMNS[RISK_COLUMNS.index("level") : RISK_COLUMNS.index("last_events")],
    *("change_events", "change_p_attack", "reason_1", "reason_2", "reason_3"),
    *("confidence", "confidence_reason"),
)


@dataclass(frozen=True)
class TargetForecast:
    """One model's forecast of one target and horizon.

    Attributes:
        target: ``events`` or ``deaths``.
        horizon: Months ahead, 1 = next month.
        distribution: Draws, (regions, draws), in the panel's order of regions.
        model: What made the draws, fallbacks and refits included.
        version: What identifies the trained model.
        gate: ``passed``, ``none``, or ``forced:`` with the reason.
    """

    target: str
    horizon: int
    distribution: Distribution
    model: str
    version: str
    gate: str


@dataclass(frozen=True)
class Judgement:
    """What is said about every region of one horizon besides figures.

    Attributes:
        reasons: For each region up to three sentences.
        confidence: For each region its confidence and why.
    """

    reasons: Sequence[Sequence[str]]
    confidence: Sequence[Confidence]


@dataclass(frozen=True)
class _Context:
    """What all horizons of one table share."""

    panel: Panel
    cuts: Sequence[float]
    run_id: str
    previous: pd.DataFrame | None
    judgements: Mapping[int, Judgement] = field(default_factory=dict)


def risk_table(
    panel: Panel,
    forecasts: Sequence[TargetForecast],
    *,
    judgements: Mapping[int, Judgement],
    run_id: str,
    previous: pd.DataFrame | None = None,
    cuts: Sequence[float] = DEFAULT_CUTS,
) -> pd.DataFrame:
    """Return the risk table of an issue.

    Args:
        panel: The past; its last month is the origin.
        forecasts: One a target and horizon; every horizon needs ``events``, which levels and
            ranks are cut from; ``deaths`` may be left out.
        judgements: Reasons and confidence by horizon.
        run_id: What identifies the issue in tracking.
        previous: Risk table of the issue before, of the same scale.
        cuts: Lower edges of the levels, from the highest down.

    Returns:
        A frame with exactly ``RISK_COLUMNS``, sorted by horizon and rank. A region whose status
        at the origin is not observed stands last in its horizon, without rank and figures.

    Raises:
        ConfigError: A horizon has no forecast of events.
    """
    context = _Context(panel, cuts, run_id, previous, judgements)
    tables = []
    for horizon in sorted({forecast.horizon for forecast in forecasts}):
        by_target = {f.target: f for f in forecasts if f.horizon == horizon}
        if EVENTS not in by_target:
            raise ConfigError(
                "a risk table needs the target events: levels and ranks are cut from the"
                " probability of at least one attack"
            )
        tables.append(_one_horizon(context, horizon, by_target))
    return pd.concat(tables, ignore_index=True)


def joined(values: Mapping[str, str]) -> str:
    """Return one text for what each target says.

    Example:
        >>> joined({"events": "passed", "deaths": "passed"})
        'passed'
        >>> joined({"events": "passed", "deaths": "none"})
        'events: passed; deaths: none'
    """
    if len(set(values.values())) == 1:
        return next(iter(values.values()))
    return "; ".join(f"{target}: {value}" for target, value in values.items())


def _one_horizon(
    context: _Context, horizon: int, by_target: Mapping[str, TargetForecast]
) -> pd.DataFrame:
    panel, origin = context.panel, context.panel.months[-1]
    columns: dict[str, Any] = {
        **{name: panel.regions[name] for name in ("region_id", "region", "country")},
        **{name: panel.regions[name] for name in ("latitude", "longitude")},
        "scale": panel.scale,
        "origin": origin,
        "target_month": add_months(origin, horizon),
        "horizon": horizon,
        **_risk(panel, by_target[EVENTS].distribution, context.cuts),
        **_counts(panel, by_target),
        "data_status": np.array(STATUSES, dtype=object)[panel.status[:, -1]],
        **_said(context.judgements[horizon]),
        **_provenance(by_target),
        "run_id": context.run_id,
    }
    table = _with_previous(pd.DataFrame(columns), context.previous)
    table.loc[table["data_status"] != STATUSES[0], list(_UNOBSERVED_LACK)] = None
    return _ranked(table)[list(RISK_COLUMNS)]


def _risk(panel: Panel, events: Distribution, cuts: Sequence[float]) -> dict[str, Any]:
    """Return what is read off the draws of events: probability, level, phase."""
    past = panel.measure(EVENTS)[:, -YEAR:]
    if past.shape[1] < YEAR:
        past = np.full((len(past), YEAR), np.nan, dtype=np.float32)
    codes = phase_of(events.draws, past)
    p_attack = events.p_at_least(1)
    return {
        "level": level_of(p_attack, cuts),
        "likelihood": likelihood_of(p_attack),
        "p_attack": np.round(p_attack, _DECIMALS),
        "p_escalation": np.round(p_escalation(codes), _DECIMALS),
        "phase": phase_names(most_frequent_phase(codes)),
    }


def _counts(panel: Panel, by_target: Mapping[str, TargetForecast]) -> dict[str, Any]:
    """Return expected counts, quantiles and the past of both targets."""
    columns: dict[str, Any] = {}
    for target in (EVENTS, DEATHS):
        past = panel.measures.get(target, np.full(panel.status.shape, np.nan, np.float32))
        columns[f"last_{target}"] = _whole(past[:, -1])
        columns[f"mean12_{target}"] = np.round(mean12(past), _DECIMALS)
        columns |= _expected(target, by_target.get(target), len(panel.regions))
    columns["change_events"] = np.round(
        columns["expected_events"] - columns["mean12_events"], _DECIMALS
    )
    return columns


def _expected(target: str, forecast: TargetForecast | None, regions: int) -> dict[str, Any]:
    names = [f"expected_{target}", *(f"{target}_{name}" for name in QUANTILES)]
    if target == DEATHS:
        names.append("p_deaths_25")
    if forecast is None:
        return dict.fromkeys(names, np.full(regions, np.nan))
    distribution = forecast.distribution
    values = [distribution.mean(), *distribution.quantiles(list(QUANTILES.values()))]
    if target == DEATHS:
        values.append(distribution.p_at_least(DEADLY))
    return {name: np.round(column, _DECIMALS) for name, column in zip(names, values, strict=True)}


def _whole(values: npt.NDArray[np.float32]) -> pd.array:  # type: ignore[valid-type]
    """Return counts as whole numbers that may be missing."""
    return pd.array(values.astype(np.float64), dtype="Float64").astype("Int64")


def _said(judgement: Judgement) -> dict[str, Any]:
    columns: dict[str, Any] = {
        f"reason_{place + 1}": [
            reasons[place] if place < len(reasons) else None for reasons in judgement.reasons
        ]
        for place in range(3)
    }
    columns["confidence"] = [confidence.level for confidence in judgement.confidence]
    columns["confidence_reason"] = [confidence.reason for confidence in judgement.confidence]
    return columns


def _provenance(by_target: Mapping[str, TargetForecast]) -> dict[str, Any]:
    ordered = {name: by_target[name] for name in (EVENTS, DEATHS) if name in by_target}
    return {
        "model_events": by_target[EVENTS].model,
        "model_deaths": by_target[DEATHS].model if DEATHS in by_target else None,
        "model_version": joined({name: f.version for name, f in ordered.items()}),
        "gate": joined({name: f.gate for name, f in ordered.items()}),
    }


def _with_previous(table: pd.DataFrame, previous: pd.DataFrame | None) -> pd.DataFrame:
    """Add the probability and rank that the issue before gave, at the same horizon."""
    known = {"p_attack": "p_attack_previous", "rank": "rank_previous"}
    if previous is None:
        return table.assign(
            p_attack_previous=np.nan,
            rank_previous=pd.array([pd.NA] * len(table), dtype="Int64"),
            change_p_attack=np.nan,
        )
    before = previous[["region_id", "horizon", *known]].rename(columns=known)
    table = table.merge(before, on=["region_id", "horizon"], how="left", validate="1:1")
    change = table["p_attack"] - table["p_attack_previous"]
    return table.assign(change_p_attack=change.round(_DECIMALS))


def _ranked(table: pd.DataFrame) -> pd.DataFrame:
    """Sort by probability, expected attacks and region id; number the rows that have figures."""
    table = table.sort_values(
        ["p_attack", "expected_events", "region_id"],
        ascending=[False, False, True],
        na_position="last",
        ignore_index=True,
    )
    ranks = pd.array(np.arange(1, len(table) + 1), dtype="Int64")
    return table.assign(rank=pd.Series(ranks).where(table["p_attack"].notna()))
