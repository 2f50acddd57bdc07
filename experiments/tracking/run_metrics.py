"""The metrics of a backtest's run: scores, figures of the comparison, and means at each origin.

Finite values only: a score that does not exist is not logged.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.backtest.backtest import Backtest
from experiments.scores.bootstrap import Bootstrap
from experiments.scores.compare import compare_models, comparison_figures
from experiments.scores.leaderboard import seed_spread

__all__ = [
    "Measurement",
    "comparison_metrics",
    "joined_metrics",
    "origin_metrics",
    "score_metrics",
    "worth_metrics",
]

_STEPPED = ("crps", "ign", "mis", "brier")
_NO_METRICS = ("model", "horizon")


@dataclass(frozen=True)
class Measurement:
    """One value of one metric; the step counts origins from 0."""

    name: str
    value: float
    step: int = 0


def worth_metrics(folder: Path) -> dict[str, tuple[Measurement, ...]]:
    """Return what each model's families of features are worth, where that was asked."""
    if not (folder / "ablation.csv").exists():
        return {}
    table = pd.read_csv(folder / "ablation.csv")
    several = table["horizon"].nunique() > 1
    found: dict[str, list[Measurement]] = {}
    for row in table.to_dict("records"):
        ending = f"_h{row['horizon']}" if several else ""
        name = f"worth_{row['family']}_{row['score']}{ending}"
        if math.isfinite(float(row["worth"])):
            found.setdefault(str(row["model"]), []).append(Measurement(name, float(row["worth"])))
    return {model: tuple(values) for model, values in found.items()}


def score_metrics(scores: pd.DataFrame) -> tuple[Measurement, ...]:
    """Return the scores of one model; with several horizons the name ends in ``_h<horizon>``."""
    several = len(scores) > 1
    return tuple(
        Measurement(f"{name}_h{row['horizon']}" if several else str(name), float(row[name]))
        for row in scores.to_dict("records")
        for name in row
        if name not in _NO_METRICS and math.isfinite(float(row[name]))
    )


def comparison_metrics(backtest: Backtest) -> dict[str, tuple[Measurement, ...]]:
    """Return each model's figures of the comparison and, where tried, its spread over seeds."""
    comparison = compare_models(backtest.forecasts, bootstrap=Bootstrap())
    seeds = backtest.seeds
    spread = [] if seeds is None else seed_spread(seeds).to_dict("records")
    several = comparison.scores["horizon"].nunique() > 1
    found: dict[str, list[Measurement]] = {}
    for model, horizon in comparison.scores[["model", "horizon"]].itertuples(index=False):
        values = comparison_figures(comparison, str(model), int(horizon))
        for row in spread:
            if (row["model"], row["horizon"]) == (model, horizon):
                values[f"{row['score']}_seed_sd"] = float(row["sd"])
        found.setdefault(str(model), []).extend(
            Measurement(f"{name}_h{horizon}" if several else name, value)
            for name, value in values.items()
            if math.isfinite(value)
        )
    return {model: tuple(values) for model, values in found.items()}


def joined_metrics(
    first: Iterable[Measurement], more: Iterable[Measurement]
) -> tuple[Measurement, ...]:
    """Return all measurements, each name once; the first to take a name keeps it."""
    names = {measurement.name: measurement for measurement in (*more, *first)}
    return tuple(names.values())


def origin_metrics(forecasts: pd.DataFrame) -> dict[str, tuple[Measurement, ...]]:
    """Return each model's mean scores at every origin as steps."""
    rows = forecasts.assign(brier=(forecasts["p_attack"] - (forecasts["observed"] >= 1)) ** 2)
    means = rows.groupby(["model", "horizon", "origin"], observed=True)[list(_STEPPED)].mean()
    several = rows["horizon"].nunique() > 1
    steps = {origin: step for step, origin in enumerate(sorted(rows["origin"].unique()))}
    found: dict[str, list[Measurement]] = {}
    for (model, horizon, origin), values in zip(means.index, means.to_numpy(), strict=True):
        ending = f"_h{horizon}" if several else ""
        found.setdefault(str(model), []).extend(
            Measurement(f"{name}_by_origin{ending}", float(value), steps[origin])
            for name, value in _finite(values)
        )
    return {model: tuple(values) for model, values in found.items()}


def _finite(values: Any) -> Iterator[tuple[str, float]]:
    for name, value in zip(_STEPPED, values, strict=True):
        if math.isfinite(value):
            yield name, float(value)
