"""Countries, forecast from their own history: never sums of regional draws.

A forecast of the country scale from the same origin is taken where the workspace has one; else a
quick model is fitted on the countries that the regions' observed counts make.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.errors import EscalationError
from data.schema import DEATHS, EVENTS
from experiments.distribution import Distribution
from experiments.models.catalogue import make_member
from experiments.training_view import Forecasting, view_at
from features.panel import Panel
from features.table import build_features
from forecast.archive.catalogue import left_out, read_catalogue
from forecast.archive.context import IssueContext
from forecast.archive.issue_files import read_issue
from forecast.sections.country_panel import COUNTRY, country_panel

__all__ = ["FIGURES", "MODEL", "CountryForecast", "forecast_countries"]

# The best of the quick ones on earlier months: benchmarks/outlook.py.
MODEL = "lgbm_forest"

_LEVELS = (0.05, 0.5, 0.95)
# Columns of the risk table that are said of a country.
FIGURES = (
    *("p_attack", "expected_events", "events_p05", "events_p95"),
    *("expected_deaths", "deaths_p05", "deaths_p95", "last_events", "last_deaths"),
)


@dataclass(frozen=True)
class CountryForecast:
    """Figures of the countries of an issue.

    Attributes:
        rows: A row a country and horizon: ``country``, ``target_month``, ``horizon`` and
            ``FIGURES``; NaN where a country is not observed at the origin.
        source: What made them, in words.
        issued: Whether they are an issue's own.
    """

    rows: pd.DataFrame
    source: str
    issued: bool


def forecast_countries(occasion: IssueContext) -> CountryForecast:
    """Return the figures of every country that has a region in the issue.

    Raises:
        EvidenceError: Too few months are known of all regions of any country.
    """
    return _issued(occasion) or _fitted(occasion)


def _issued(occasion: IssueContext) -> CountryForecast | None:
    """Return the figures of the country scale's own issue, if it has these horizons."""
    entry = read_catalogue(occasion.workspace).at(COUNTRY, occasion.request.origin)
    if entry is None:
        return None
    try:
        issue = read_issue(entry.folder)
    except EscalationError as error:
        occasion.warn(left_out(entry.name, str(error)))
        return None
    named = set(occasion.past.regions["country"].astype(str))
    rows = issue.table[issue.table["region"].isin(named)]
    rows = rows[rows["horizon"].isin(occasion.request.horizons)]
    if set(rows["horizon"]) != set(occasion.request.horizons):
        return None
    kept = rows.assign(country=rows["region"])[["country", "target_month", "horizon", *FIGURES]]
    gate = issue.manifest["gate"]
    source = f"the issue {entry.name} of the country scale, gate {gate}"
    return CountryForecast(kept, source, issued=True)


def _fitted(occasion: IssueContext) -> CountryForecast:
    past, request = country_panel(occasion.past), occasion.request
    seen = past if occasion.seen is occasion.past else country_panel(occasion.seen)
    targets = [name for name in (EVENTS, DEATHS) if name in request.targets]
    frames = []
    for horizon in sorted(request.horizons):
        rows = occasion.table[occasion.table["horizon"] == horizon]
        frame = pd.DataFrame({"country": list(past.region_ids), "horizon": horizon})
        frame["target_month"] = rows["target_month"].iloc[0]
        for target in (EVENTS, DEATHS):
            frame[f"last_{target}"] = _last(past, target)
        for name in FIGURES:
            frame[name] = frame.get(name, np.nan)
        for target in targets:
            task = Forecasting(target, horizon, request.seed, request.draws)
            _fill(frame, target, _forecast(seen, task), past.observed()[:, -1])
        frames.append(frame)
    return CountryForecast(
        pd.concat(frames, ignore_index=True),
        f"{MODEL}, fitted for this issue on the sums of the regions' observed counts, a month only"
        " where all regions of the country are observed; it passed no gate and was not backtested"
        " on this data",
        issued=False,
    )


def _forecast(seen: Panel, task: Forecasting) -> Distribution:
    from threadpoolctl import threadpool_limits

    table = build_features(seen, target=task.target)
    known = view_at(seen, table, task, origin=seen.months[-1])
    with threadpool_limits(limits=1):
        return make_member(MODEL).fit(known).predict(known)


def _fill(
    frame: pd.DataFrame, target: str, forecast: Distribution, observed: npt.NDArray[np.bool_]
) -> None:
    low, _, high = forecast.quantiles(_LEVELS)
    columns = {f"expected_{target}": forecast.mean(), f"{target}_p05": low, f"{target}_p95": high}
    if target == EVENTS:
        columns["p_attack"] = forecast.p_at_least(1)
    for name, values in columns.items():
        frame[name] = np.where(observed, np.round(values, 6), np.nan)


def _last(past: Panel, target: str) -> npt.NDArray[np.float64]:
    values = past.measures.get(target)
    if values is None:
        return np.full(len(past.regions), np.nan)
    return values[:, -1].astype(np.float64)
