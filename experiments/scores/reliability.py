"""Calibration of probabilities, with intervals over target months."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from experiments.bands import LEVELS, level_of
from experiments.score_functions import (
    ACTIVE,
    SPREAD_FLOOR,
    equal_count_bins,
    in_central_90,
)
from experiments.scores.bootstrap import Bootstrap, Interval, Resampled, Resampler, ratio
from experiments.scores.paired_rows import PairedRows

__all__ = ["calibration_table", "level_table", "reliability_table"]

Floats = npt.NDArray[np.float64]


def calibration_table(rows: PairedRows, bootstrap: Bootstrap) -> pd.DataFrame:
    """Return calibration errors and coverage of every model.

    The bins of the calibration error are those of all months, in every resample. Resampling adds
    noise to every bin, so that the interval of an error is biased upwards.

    Args:
        rows: The models of one horizon.
        bootstrap: Settings of the bootstrap.

    Returns:
        A row a model: ``model, horizon, ece, ece_active`` (rows with p >= .05), ``coverage90``
        (share of randomised PIT in [.05, .95] among rows with p >= .2), each with ``_lo`` and
        ``_hi``; NaN without such rows.
    """
    resampler = Resampler(rows, bootstrap)
    p = rows.values["p_attack"]
    coverage = resampler.means(in_central_90(rows.values["pit"]), p >= SPREAD_FLOOR)
    return pd.DataFrame(
        [
            {"model": model, "horizon": rows.horizon}
            | _error(resampler, p[line], floor=0.0).columns("ece")
            | _error(resampler, p[line], floor=ACTIVE).columns("ece_active")
            | coverage.interval(line).columns("coverage90")
            for line, model in enumerate(rows.models)
        ]
    )


def reliability_table(rows: PairedRows, bootstrap: Bootstrap) -> pd.DataFrame:
    """Return the points of a reliability diagram over 20 bins of equal count, ties in one bin.

    Args:
        rows: The models of one horizon.
        bootstrap: Settings of the bootstrap.

    Returns:
        A row a model, floor (0: all rows; .05: those with p >= .05) and bin: ``model, horizon,
        floor, bin, rows, mean_p`` (mean probability) and ``observed_rate`` (share of rows with an
        attack; ``_lo``, ``_hi``).
    """
    resampler = Resampler(rows, bootstrap)
    table: list[dict[str, Any]] = []
    for line, model in enumerate(rows.models):
        p = rows.values["p_attack"][line]
        for floor in (0.0, ACTIVE):
            if (p >= floor).any():
                place = {"model": model, "horizon": rows.horizon, "floor": floor}
                table += [place | row for row in _bins(resampler, p, p >= floor)]
    return pd.DataFrame(table)


def level_table(rows: PairedRows, bootstrap: Bootstrap, *, cuts: tuple[float, ...]) -> pd.DataFrame:
    """Return how often an attack happened at each risk level of each model.

    Args:
        rows: The models of one horizon.
        bootstrap: Settings of the bootstrap.
        cuts: Lower edges of the levels.

    Returns:
        A row a model and level: ``model, horizon, level, rows, mean_p`` (mean probability) and
        ``observed_rate`` (share of rows with an attack; ``_lo``, ``_hi``), both NaN for a level
        without rows.
    """
    resampler = Resampler(rows, bootstrap)
    table: list[dict[str, Any]] = []
    for line, model in enumerate(rows.models):
        p = rows.values["p_attack"][line]
        level = level_of(p, cuts)
        given = np.array([level == name for name in LEVELS])
        count = resampler.sums(given)
        mean_p = ratio(resampler.sums(np.where(given, p, 0.0)), count)
        observed_rate = ratio(resampler.sums(given & rows.attacked), count)
        table += [
            {"model": model, "horizon": rows.horizon, "level": name}
            | {"rows": int(count.whole[place]), "mean_p": float(mean_p.whole[place])}
            | observed_rate.interval(place).columns("observed_rate")
            for place, name in enumerate(LEVELS)
        ]
    return pd.DataFrame(table)


def _bins(resampler: Resampler, p: Floats, active: npt.NDArray[np.bool_]) -> list[dict[str, Any]]:
    count, total_p, attacks = _binned(resampler, p, active)
    observed_rate = ratio(attacks, count)
    return [
        {"bin": place, "rows": int(size), "mean_p": float(total_p.whole[place] / size)}
        | observed_rate.interval(place).columns("observed_rate")
        for place, size in enumerate(count.whole)
    ]


def _error(resampler: Resampler, p: Floats, *, floor: float) -> Interval:
    """Return the expected calibration error of the rows with p >= floor."""
    active = p >= floor
    if not active.any():
        return Interval(np.nan, np.nan, np.nan)
    count, total_p, attacks = _binned(resampler, p, active)
    gap = Resampled(np.abs(total_p.whole - attacks.whole), np.abs(total_p.drawn - attacks.drawn))
    error = ratio(_over_bins(gap), _over_bins(count))
    return error.interval(0)


def _binned(
    resampler: Resampler, p: Floats, active: npt.NDArray[np.bool_]
) -> tuple[Resampled, Resampled, Resampled]:
    """Return rows, summed probability and attacks, each (bins with rows,)."""
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
