"""Columns for linear models: log-transformed, standardised and linearly independent features."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.linalg import qr

from experiments.models.model import FeatureContributions
from experiments.training_view import TrainingView

__all__ = ["CORE_FEATURES", "LinearDesign", "fit_design"]

Floats = npt.NDArray[np.float64]

# The short list of the count regressions, from every family; absent names are left out.
CORE_FEATURES = (
    "events_lag_0",
    "events_sum_3",
    "events_sum_12",
    "events_months_with_12",
    "events_ewm_6",
    "events_recency_1_6",
    "events_trend_3_12",
    "deaths_sum_3",
    "deaths_sum_12",
    "deaths_recency_25_12",
    "neighbours1_events_sum_3",
    "neighbours1_events_sum_12",
    "pressure250_events_sum_3",
    "country_events_sum_3",
    "whole_events_hit_3_share",
    "events_ever_share",
    "month_sin",
    "month_cos",
)
_SMALLEST_PIVOT = 1e-6
# Evenly spaced rows show as well as all whether a column depends on others.
_SAMPLED_ROWS = 10_000


@dataclass(frozen=True)
class LinearDesign:
    """Features of a linear model and their scaling.

    Attributes:
        names: Features used, in column order.
        centre: Mean of each log-transformed feature over the training rows.
        scale: Its standard deviation.
        dropped: Features left out because they are constant or depend linearly on the others.
    """

    names: tuple[str, ...]
    centre: tuple[float, ...]
    scale: tuple[float, ...]
    dropped: tuple[str, ...] = ()

    def columns(self, x: npt.NDArray[np.floating], names: tuple[str, ...]) -> Floats:
        """Return standardised columns.

        Args:
            x: (rows, features), as in the feature table; a missing value is set to the mean.
            names: Names of those features.

        Returns:
            (rows, columns + 1), the last column constant.
        """
        place = {name: column for column, name in enumerate(names)}
        return self._standardised(_signed_log(x[:, [place[name] for name in self.names]]))

    def _standardised(self, logs: Floats) -> Floats:
        columns = np.ones((len(logs), len(self.names) + 1), order="F")
        standard = columns[:, :-1]
        np.subtract(logs, np.array(self.centre), out=standard)
        standard /= np.array(self.scale)
        np.nan_to_num(standard, nan=0.0, copy=False)
        return columns

    def contributions(
        self, view: TrainingView, coefficients: tuple[float, ...]
    ) -> FeatureContributions:
        """Return coefficient times column at the origin.

        Args:
            view: Its features are read.
            coefficients: One a column, the constant last.
        """
        families = dict(zip(view.feature_names, view.feature_families, strict=True))
        columns = self.columns(view.now(), view.feature_names)
        values = columns[:, :-1] * np.array(coefficients[:-1])
        return FeatureContributions(
            self.names, tuple(families[name] for name in self.names), values
        )

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Return a design from the JSON form of its fields."""
        return cls(**{name: tuple(value) for name, value in values.items()})


def fit_design(
    x: npt.NDArray[np.floating], names: tuple[str, ...], *, wanted: tuple[str, ...] | None = None
) -> tuple[LinearDesign, Floats]:
    """Choose and scale columns on training rows.

    Args:
        x: (rows, features).
        names: Names of the features.
        wanted: Names to use where present; None for all.

    Returns:
        The design, without features that are constant or depend linearly on those before them,
        and its ``columns`` of the training rows.
    """
    chosen = [name for name in (wanted or names) if name in names]
    logs = _signed_log(x[:, [names.index(name) for name in chosen]])
    observed = np.isfinite(logs)
    if observed.all():
        filled, centre = logs, logs.mean(axis=0)
    else:
        centre = np.nanmean(np.where(observed.any(axis=0), logs, 0.0), axis=0)
        filled = np.where(observed, logs, centre)
    scale = filled.std(axis=0)
    varying = np.flatnonzero(scale > _SMALLEST_PIVOT)
    sample = filled[:: max(len(filled) // _SAMPLED_ROWS, 1), varying]
    used = varying[_independent((sample - centre[varying]) / scale[varying])]
    design = LinearDesign(
        names=tuple(chosen[column] for column in used),
        centre=tuple(map(float, centre[used])),
        scale=tuple(map(float, scale[used])),
        dropped=tuple(name for place, name in enumerate(chosen) if place not in set(used)),
    )
    return design, design._standardised(logs[:, used])


def _signed_log(x: npt.NDArray[np.floating]) -> Floats:
    """Return sign(x) log(1 + |x|), so that no single month dominates a coefficient."""
    values = x.astype(np.float64)
    logs = np.abs(values)
    np.log1p(logs, out=logs)
    return np.asarray(np.multiply(np.sign(values, out=values), logs, out=logs))


def _independent(standard: Floats) -> npt.NDArray[np.intp]:
    """Return the columns that do not depend linearly on those before them, in order."""
    if not standard.shape[1]:
        return np.empty(0, dtype=np.intp)
    _, triangle, order = qr(standard, mode="economic", pivoting=True)
    pivots = np.abs(np.diag(triangle))
    return np.sort(order[: int((pivots > _SMALLEST_PIVOT * pivots[0]).sum())])
