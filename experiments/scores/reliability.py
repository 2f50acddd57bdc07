"""Whether probabilities mean what they say, with intervals over target months."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from experiments.bands import LEVELS, level_of
from experiments.scores.bootstrap import Bootstrap, Interval
from experiments.scores.paired_rows import PairedRows
from experiments.scores.probability_scores import (
    ACTIVE,
    SPREAD_FLOOR,
    equal_count_bins,
    well_placed,
)
from experiments.scores.skill import Resampled, Resampler, ratio, spread

__all__ = ["calibration_table", "level_table", "reliability_table"]

Floats = npt.NDArray[np.float64]


def calibration_table(rows: PairedRows, bootstrap: Bootstrap) -> pd.DataFrame:
    """Return calibration errors and coverage of every model.

    The bins of the calibration error are those of all months; a resample fills them anew. Drawing
    months adds noise to every bin, so that the interval of an error leans upward.

    Args:
        rows: The models of one horizon.
        bootstrap: How months are drawn.

    Returns:
        A row a model: ``model, horizon, ece, ece_active`` (rows with p >= .05), ``coverage90``
        (share of randomised PIT in [.05, .95] among rows with p >= .2), each with ``_lo`` and
        ``_hi``; NaN without such rows.
    """
    resampler = Resampler(rows, bootstrap)
    p = rows.values["p_attack"]
    coverage = resampler.means(well_placed(rows.values["pit"]), p >= SPREAD_FLOOR)
    return pd.DataFrame(
        [
            {"model": model, "horizon": rows.horizon}
            | spread("ece", _error(resampler, p[line], floor=0.0))
            | spread("ece_active", _error(resampler, p[line], floor=ACTIVE))
            | spread("coverage90", coverage.interval(line))
            for line, model in enumerate(rows.models)
        ]
    )


def reliability_table(rows: PairedRows, bootstrap: Bootstrap) -> pd.DataFrame:
    """Return what was said and what came true over 20 bins of equal count, ties kept together.

    Args:
        rows: The models of one horizon.
        bootstrap: How months are drawn.

    Returns:
        A row a model, floor (0: all rows; .05: those with p >= .05) and bin: ``model, horizon,
        floor, bin, rows, said, came_true`` (``_lo``, ``_hi``).
    """
    resampler = Resampler(rows, bootstrap)
    found: list[dict[str, Any]] = []
    for line, model in enumerate(rows.models):
        p = rows.values["p_attack"][line]
        for floor in (0.0, ACTIVE):
            if (p >= floor).any():
                place = {"model": model, "horizon": rows.horizon, "floor": floor}
                found += [place | row for row in _bins(resampler, p, p >= floor)]
    return pd.DataFrame(found)


def level_table(rows: PairedRows, bootstrap: Bootstrap, *, cuts: tuple[float, ...]) -> pd.DataFrame:
    """Return how each risk level of each model came true: "high came true 6 of 10".

    Args:
        rows: The models of one horizon.
        bootstrap: How months are drawn.
        cuts: Lower edges of the levels.

    Returns:
        A row a model and level: ``model, horizon, level, rows, said, came_true`` (``_lo``,
        ``_hi``); a level that a model never gave has 0 rows and no share.
    """
    resampler = Resampler(rows, bootstrap)
    found: list[dict[str, Any]] = []
    for line, model in enumerate(rows.models):
        p = rows.values["p_attack"][line]
        level = level_of(p, cuts)
        given = np.array([level == name for name in LEVELS])
        count = resampler.sums(given)
        said = ratio(resampler.sums(np.where(given, p, 0.0)), count)
        came_true = ratio(resampler.sums(given & rows.attacked), count)
        found += [
            {"model": model, "horizon": rows.horizon, "level": name}
            | {"rows": int(count.whole[place]), "said": float(said.whole[place])}
            | spread("came_true", came_true.interval(place))
            for place, name in enumerate(LEVELS)
        ]
    return pd.DataFrame(found)


def _bins(resampler: Resampler, p: Floats, active: npt.NDArray[np.bool_]) -> list[dict[str, Any]]:
    count, said, happened = _binned(resampler, p, active)
    share = ratio(happened, count)
    return [
        {"bin": place, "rows": int(size), "said": float(said.whole[place] / size)}
        | spread("came_true", share.interval(place))
        for place, size in enumerate(count.whole)
    ]


def _error(resampler: Resampler, p: Floats, *, floor: float) -> Interval:
    """Return the mean |said - came true| weighted by rows, over the rows with p >= floor."""
    active = p >= floor
    if not active.any():
        return Interval(np.nan, np.nan, np.nan)
    count, said, happened = _binned(resampler, p, active)
    gap = Resampled(np.abs(said.whole - happened.whole), np.abs(said.drawn - happened.drawn))
    error = ratio(_over_bins(gap), _over_bins(count))
    return error.interval(0)


def _binned(
    resampler: Resampler, p: Floats, active: npt.NDArray[np.bool_]
) -> tuple[Resampled, Resampled, Resampled]:
    """Return rows, summed probability and attacks of each bin, a line a bin that holds rows."""
    rows = resampler.rows
    place = equal_count_bins(p[active])
    _, place = np.unique(place, return_inverse=True)
    bins, months = int(place.max()) + 1, rows.months
    cell = place * months + rows.month[active]

    def summed(weights: npt.NDArray[Any]) -> Resampled:
        monthly = np.bincount(cell, weights, minlength=bins * months)
        return resampler.of_months(monthly.reshape(bins, months).astype(np.float64))

    return summed(np.ones(len(place))), summed(p[active]), summed(rows.attacked[active])


def _over_bins(values: Resampled) -> Resampled:
    return Resampled(values.whole.sum(keepdims=True), values.drawn.sum(axis=0, keepdims=True))
