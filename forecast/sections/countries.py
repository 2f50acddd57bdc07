"""Countries, forecast from their own history: never sums of regional draws.

A forecast of the country scale from the same origin is taken where the workspace has one; else a
quick model is fitted on the countries that the regions' observed counts make.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.schema import DEATHS, EVENTS, FIGURE_MEASURES
from experiments.distribution import Distribution
from experiments.models.catalogue import make_member
from experiments.training_view import Forecasting, view_at
from features.panel import Panel
from features.table import build_features
from forecast.sections.context import IssueContext

__all__ = ["COUNTRY", "FIGURES", "MODEL", "CountryForecast", "country_panel", "forecast_countries"]

# The best of the quick ones on earlier months: benchmarks/outlook.py.
MODEL = "lgbm_forest"

_LEVELS = (0.05, 0.5, 0.95)
# Columns of the risk table that a country has.
FIGURES = (
    *("p_attack", "expected_events", "events_p05", "events_p95", "last_events"),
    *("expected_deaths", "deaths_p05", "deaths_p95", "last_deaths"),
)


COUNTRY = "country"
_LARGEST = "largest_event"


@dataclass(frozen=True)
class CountryForecast:
    """Figures of the countries of an issue.

    Attributes:
        rows: A row a country and horizon: ``country``, ``target_month``, ``horizon`` and
            ``FIGURES``; NaN where a country is not observed at the origin.
        source: What made them, in words.
        issued: Whether they are taken from an issue of the country scale.
    """

    rows: pd.DataFrame
    source: str
    issued: bool


def forecast_countries(context: IssueContext) -> CountryForecast:
    """Return the figures of every country that has a region in the issue.

    Raises:
        EvidenceError: Too few months are known of all regions of any country.
    """
    return _issued(context) or _fitted(context)


def country_panel(panel: Panel) -> Panel:
    """Return a panel of the countries of a panel's regions; ids and names are the countries'.

    Counts are added up and the largest attack is the largest of any region; a country's month is
    observed only where all its regions are. Other measures, such as distances and attackers, are
    left out.

    Args:
        panel: Regions of a finer scale.
    """
    names = panel.regions["country"].astype(str).to_numpy()
    countries = tuple(sorted(set(names)))
    rows = [np.flatnonzero(names == country) for country in countries]
    return Panel(
        scale=COUNTRY,
        regions=_table(panel, countries, rows),
        months=panel.months,
        measures={
            name: _joined(panel.measures[name], rows, name)
            for name in FIGURE_MEASURES
            if name in panel.measures
        },
        status=np.stack([panel.status[places].max(axis=0) for places in rows]),
    )


def _issued(context: IssueContext) -> CountryForecast | None:
    """Return the figures of the country scale's own issue, if it has these horizons."""
    issue = context.catalogue.at(COUNTRY, context.request.origin)
    if issue is None:
        return None
    countries = set(context.past.regions["country"].astype(str))
    rows = issue.table[issue.table["region"].isin(countries)]
    rows = rows[rows["horizon"].isin(context.request.horizons)]
    if set(rows["horizon"]) != set(context.request.horizons):
        return None
    rows = rows.assign(country=rows["region"])[["country", "target_month", "horizon", *FIGURES]]
    gate = issue.manifest["gate"]
    source = f"the issue {issue.folder.name} of the country scale, gate {gate}"
    return CountryForecast(rows, source, issued=True)


def _fitted(context: IssueContext) -> CountryForecast:
    past, request = country_panel(context.past), context.request
    seen = past if context.seen is context.past else country_panel(context.seen)
    targets = [name for name in (EVENTS, DEATHS) if name in request.targets]
    frames = []
    for horizon in sorted(request.horizons):
        rows = context.table[context.table["horizon"] == horizon]
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
        f"{MODEL}, fitted for this issue on the sums of the regions' observed counts, in months in"
        " which all regions of the country are observed",
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


def _joined(
    values: npt.NDArray[np.float32], rows: list[npt.NDArray[np.intp]], name: str
) -> npt.NDArray[np.float32]:
    """Return the sum, or the largest, of each country's regions; NaN where one is missing."""
    join = np.max if name == _LARGEST else np.sum
    return np.stack([join(values[places], axis=0) for places in rows]).astype(np.float32)


def _table(
    panel: Panel, countries: tuple[str, ...], rows: list[npt.NDArray[np.intp]]
) -> pd.DataFrame:
    regions = panel.regions
    return pd.DataFrame(
        {
            "region_id": countries,
            "region": countries,
            "country": countries,
            **{
                name: [float(regions[name].iloc[places].mean()) for places in rows]
                for name in ("latitude", "longitude")
            },
            "area_km2": [float(regions["area_km2"].iloc[places].sum()) for places in rows],
            "neighbours": [
                ";".join(sorted(_neighbours(panel, places) - {country}))
                for country, places in zip(countries, rows, strict=True)
            ],
        }
    )


def _neighbours(panel: Panel, places: npt.NDArray[np.intp]) -> set[str]:
    """Return the countries of all neighbours of some regions."""
    country = dict(zip(panel.region_ids, panel.regions["country"].astype(str), strict=True))
    texts = panel.regions["neighbours"].fillna("").iloc[places]
    return {country[name] for text in texts for name in str(text).split(";") if name in country}
