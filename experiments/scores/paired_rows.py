"""Forecasts of several models on the same rows, as arrays.

Everything that compares models works on these: the same region-months in the same order, a line of
each array for each model. Rows that differ between models are refused here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.errors import EvidenceError

__all__ = ["PairedRows", "pair_rows"]

Floats = npt.NDArray[np.float64]
Objects = npt.NDArray[np.object_]

_VALUES = ("crps", "ign", "mis", "p_attack", "mean", "pit")
# Scores that backtests of earlier versions lack; NaN there.
_LATER_VALUES = ("crps_log",)
_TRAITS = ("phase_observed", "country", "quiet60")


@dataclass(frozen=True)
class PairedRows:
    """One horizon's forecasts of all models on the same rows, ordered by month and region.

    Attributes:
        target: Measure; empty where the frame does not name it.
        horizon: Months ahead.
        models: Names, in the order of the frame.
        region_id: (rows,), text.
        month: (rows,), position of the row's target month among the sorted ones.
        months: Number of target months.
        observed: (rows,), counts.
        values: ``crps, crps_log, ign, mis, brier, p_attack, mean, pit``, each (models, rows).
        traits: ``phase_observed, country, quiet60``, each (rows,), None where unknown; without
            those that the backtest lacks.
    """

    target: str
    horizon: int
    models: tuple[str, ...]
    region_id: Objects
    month: npt.NDArray[np.intp]
    months: int
    observed: Floats
    values: Mapping[str, Floats]
    traits: Mapping[str, Objects]

    @property
    def attacked(self) -> npt.NDArray[np.bool_]:
        """Whether at least one attack happened, (rows,)."""
        return self.observed >= 1

    def line(self, model: str) -> int:
        """Return the position of a model.

        Raises:
            EvidenceError: There is no such model.
        """
        if model not in self.models:
            raise EvidenceError(
                f"the backtest has no model {model}, only {', '.join(self.models)}:"
                " run it with that model"
            )
        return self.models.index(model)


def pair_rows(forecasts: pd.DataFrame) -> dict[int, PairedRows]:
    """Pair the forecasts of all models in a frame.

    Args:
        forecasts: Rows of ``forecasts.parquet``, in any order.

    Returns:
        Horizon to the paired rows of all models.

    Raises:
        EvidenceError: Two models were scored on different rows; the first difference is named.
    """
    names = tuple(str(name) for name in dict.fromkeys(forecasts["model"]))
    return {
        int(str(horizon)): _pair(part, names, int(str(horizon)))
        for horizon, part in forecasts.groupby("horizon", sort=True)
    }


def _pair(part: pd.DataFrame, names: tuple[str, ...], horizon: int) -> PairedRows:
    model = pd.Categorical(part["model"].astype(str), categories=list(names)).codes
    region, regions = pd.factorize(part["region_id"], sort=True)
    origin, origins = pd.factorize(part["origin"], sort=True)
    order = np.lexsort((region, origin, model))
    observed = part["observed"].to_numpy(np.float64)[order]
    keys = (origin.astype(np.int64) * len(regions) + region)[order]
    counts = np.bincount(model, minlength=len(names))
    odd = np.flatnonzero(counts != counts[0])
    if len(odd):
        raise EvidenceError(
            f"{names[odd[0]]} was scored on {counts[odd[0]]:,} rows and {names[0]} on"
            f" {counts[0]:,}: expected the same rows of all models"
        )
    shape = (len(names), int(counts[0]))
    keys, observed = keys.reshape(shape), observed.reshape(shape)
    _check_same_rows(part.iloc[order], keys, observed, names)
    first = order[: shape[1]]
    values = {v: part[v].to_numpy(np.float64)[order].reshape(shape) for v in _VALUES}
    for name in _LATER_VALUES:
        later = part[name].to_numpy(np.float64)[order] if name in part else np.nan
        values[name] = np.broadcast_to(later, (shape[0] * shape[1],)).reshape(shape)
    happened = observed[0] >= 1
    values["brier"] = (values["p_attack"] - happened) ** 2
    return PairedRows(
        target=str(part["target"].iloc[0]) if "target" in part.columns else "",
        horizon=horizon,
        models=names,
        region_id=part["region_id"].to_numpy(object)[first],
        month=origin[first],
        months=len(origins),
        observed=observed[0],
        values=values,
        traits={t: _objects(part[t].iloc[first]) for t in _TRAITS if t in part.columns},
    )


def _check_same_rows(
    ordered: pd.DataFrame,
    keys: npt.NDArray[np.int64],
    observed: Floats,
    names: tuple[str, ...],
) -> None:
    same_count = (observed == observed[0]) | (np.isnan(observed) & np.isnan(observed[0]))
    unlike = (keys != keys[0]) | ~same_count
    if not unlike.any():
        return
    place, odd = (int(where[0]) for where in np.nonzero(unlike))
    theirs = ordered.iloc[place * keys.shape[1] + odd]
    raise EvidenceError(
        f"{names[place]} and {names[0]} were scored on different rows, first"
        f" {_row(theirs)} and {_row(ordered.iloc[odd])}"
    )


def _row(row: pd.Series) -> str:
    return f"{row['region_id']} {row['origin']}+{row['horizon']} = {row['observed']:g}"


def _objects(values: pd.Series) -> Objects:
    """Return values as objects, with None for missing ones."""
    objects = values.to_numpy(object, copy=True)
    objects[values.isna().to_numpy()] = None
    return np.asarray(objects)
