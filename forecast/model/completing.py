"""The newest months as they are expected to be once revised: only where it is asked for.

Models learn from and look at the completed months; every figure that is printed about the past is
the one that is known.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from data.schema import DEATHS, EVENTS
from data.store.completeness import Completeness
from features.panel import Panel

__all__ = ["Completion", "scaled_counts"]

Floats = npt.NDArray[np.float32]

_NEWEST = 12


@dataclass(frozen=True)
class Completion:
    """An estimate of completeness, to be applied to a panel that ends at an origin.

    Attributes:
        completeness: How much months grow, by their age.
    """

    completeness: Completeness

    def applied(self, past: Panel) -> Panel:
        """Return the panel with its newest months completed; unobserved ones stay missing.

        Counts are scaled by the growth of their month's age and stay whole numbers: the month's
        total is the scaled one, rounded, and where no event is known none is added.
        """
        measures = {name: values.copy() for name, values in past.measures.items()}
        for column in self._columns(past):
            growth = self.completeness.factors(past.months[column])
            if growth is None:
                continue
            for name, values in measures.items():
                if name == EVENTS or name.startswith(f"{EVENTS}_"):
                    values[:, column] = scaled_counts(values[:, column], growth.events)
                if name == DEATHS or name.startswith(f"{DEATHS}_"):
                    values[:, column] = scaled_counts(values[:, column], growth.deaths)
        return replace(past, measures=measures)

    def facts(self, past: Panel) -> dict[str, Any]:
        """Return which months were completed by how much, and from what that is known."""
        months = {}
        for column in self._columns(past):
            month = past.months[column]
            growth = self.completeness.factors(month)
            if growth is not None:
                age = self.completeness.ages[month]
                months[month] = {"age": age, EVENTS: growth.events, DEATHS: growth.deaths}
        growth_by_age = self.completeness.growth.items()
        return {
            "months": months,
            "growth_by_age": {str(age): asdict(growth) for age, growth in growth_by_age},
        }

    def _columns(self, past: Panel) -> range:
        return range(max(len(past.months) - _NEWEST, 0), len(past.months))


def scaled_counts(counts: Floats, factor: float) -> Floats:
    """Scale whole numbers so that they stay whole and add up to the scaled total, rounded.

    Args:
        counts: (regions,), counts of a month; NaN where unknown, which stays.
        factor: What their total is multiplied by.

    Returns:
        (regions,) float32; the largest remainders are rounded up, the first of equal ones.

    Example:
        >>> scaled_counts(np.array([3, 0, 1, np.nan], dtype=np.float32), 1.5).tolist()
        [5.0, 0.0, 1.0, nan]
    """
    known = np.isfinite(counts)
    wanted = counts[known].astype(np.float64) * factor
    whole = np.floor(wanted)
    missing = round(float(wanted.sum())) - int(whole.sum())
    order = np.argsort(-(wanted - whole), kind="stable")
    whole[order[:missing]] += 1
    scaled = counts.copy()
    scaled[known] = whole
    return scaled
