"""Columns for models that are linear in what they are given: tamed, standardised, independent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.linalg import qr

__all__ = ["CORE_FEATURES", "LinearDesign", "fit_design"]

Floats = npt.NDArray[np.float64]

# One short list for the count regressions, from every family; names that are absent are left out.
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
# Whether a column follows from others shows in evenly spaced rows as well as in all.
_JUDGED_ROWS = 10_000


@dataclass(frozen=True)
class LinearDesign:
    """Which features are used and how they are scaled.

    Attributes:
        names: Features used, in column order.
        centre: Mean of each tamed feature over the training rows.
        scale: Its standard deviation.
        dropped: Features left out because they are constant or follow from the others.
    """

    names: tuple[str, ...]
    centre: tuple[float, ...]
    scale: tuple[float, ...]
    dropped: tuple[str, ...] = ()

    def columns(self, x: npt.NDArray[np.floating], names: tuple[str, ...]) -> Floats:
        """Return standardised columns, (rows, len(names) + 1), the last one constant.

        Args:
            x: (rows, features) as the feature table gives them; a missing value counts as mean.
            names: Names of those features.
        """
        place = {name: column for column, name in enumerate(names)}
        tamed = _tamed(x[:, [place[name] for name in self.names]])
        standard = (tamed - np.array(self.centre)) / np.array(self.scale)
        return np.column_stack([np.nan_to_num(standard, nan=0.0), np.ones(len(x))])

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Return a design from the JSON form of its fields."""
        return cls(**{name: tuple(value) for name, value in values.items()})


def fit_design(
    x: npt.NDArray[np.floating], names: tuple[str, ...], *, wanted: tuple[str, ...] | None = None
) -> LinearDesign:
    """Choose and scale columns on training rows.

    Args:
        x: (rows, features).
        names: Names of the features.
        wanted: Names to use where present; None for all.
    """
    chosen = [name for name in (wanted or names) if name in names]
    tamed = _tamed(x[:, [names.index(name) for name in chosen]])
    centre = np.nanmean(np.where(np.isfinite(tamed).any(axis=0), tamed, 0.0), axis=0)
    filled = np.where(np.isfinite(tamed), tamed, centre)
    scale = filled.std(axis=0)
    steady = np.flatnonzero(scale > _SMALLEST_PIVOT)
    sample = filled[:: max(len(filled) // _JUDGED_ROWS, 1), steady]
    kept = steady[_independent((sample - centre[steady]) / scale[steady])]
    return LinearDesign(
        names=tuple(chosen[column] for column in kept),
        centre=tuple(map(float, centre[kept])),
        scale=tuple(map(float, scale[kept])),
        dropped=tuple(name for place, name in enumerate(chosen) if place not in set(kept)),
    )


def _tamed(x: npt.NDArray[np.floating]) -> Floats:
    """Return sign(x) log(1 + |x|), so that one great month does not rule a coefficient."""
    values = x.astype(np.float64)
    return np.asarray(np.sign(values) * np.log1p(np.abs(values)))


def _independent(standard: Floats) -> npt.NDArray[np.intp]:
    """Return the columns that do not follow from those before them, in order."""
    if not standard.shape[1]:
        return np.empty(0, dtype=np.intp)
    _, triangle, order = qr(standard, mode="economic", pivoting=True)
    pivots = np.abs(np.diag(triangle))
    return np.sort(order[: int((pivots > _SMALLEST_PIVOT * pivots[0]).sum())])
