"""Lists of regions to watch: how they are chosen, and what past ones were worth.

Works on rows of a backtest and knows no files. Which issue and which backtest is ``alerts``'s.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.months import month_number

__all__ = ["Choice", "PastLists", "past_lists"]

# Shares of draws are compared with the threshold as they are with the edges of levels.
_ROUNDING = 1e-12

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Choice:
    """How regions are chosen: the first of a ranking, or those that are worth their cost.

    Attributes:
        budget: How many of the ranking; None where costs decide.
        cost_miss: As wished; None where a budget decides.
        cost_alarm: As wished; None where a budget decides.
    """

    budget: int | None = None
    cost_miss: float | None = None
    cost_alarm: float | None = None

    @property
    def threshold(self) -> float | None:
        """Least P(attack) that is watched: cost_alarm / (cost_alarm + cost_miss).

        A watch saves ``p * cost_miss`` and wastes ``(1 - p) * cost_alarm`` on average.
        """
        if self.cost_alarm is None or self.cost_miss is None:
            return None
        return 1.0 / (1.0 + self.cost_miss / self.cost_alarm) if self.cost_alarm > 0 else 0.0

    def of(self, p_ranked: Floats) -> Bools:
        """Return which regions of one ranking are chosen, given P(attack) in order of rank."""
        if self.threshold is not None:
            return np.asarray(p_ranked >= self.threshold - _ROUNDING)
        return np.arange(len(p_ranked)) < int(self.budget or 0)

    def cost(self, false_alarms: Floats, misses: Floats) -> Floats | None:
        """Return what false alarms and misses cost; None where a budget decides."""
        if self.cost_alarm is None or self.cost_miss is None:
            return None
        return np.asarray(self.cost_alarm * false_alarms + self.cost_miss * misses)


@dataclass(frozen=True)
class PastLists:
    """What one forecast's lists were worth, month by month.

    Attributes:
        model: Name of the forecast.
        months: Target months, in order.
        listed: (months,), regions on the list.
        hits: (months,), how many of them were attacked.
        attacked: (months,), attacked regions, on the list or not.
        kept: Share of a month's list that stood on the list of the month before, one value a
            pair of months that follow one another and have lists.
        cost: (months,), false alarms and misses at their costs; None where a budget decides.
    """

    model: str
    months: tuple[str, ...]
    listed: Floats
    hits: Floats
    attacked: Floats
    kept: Floats
    cost: Floats | None

    @property
    def false_alarms(self) -> Floats:
        """(months,), regions on the list that were not attacked."""
        return self.listed - self.hits

    @property
    def recall(self) -> float:
        """Share of all attacked regions that were on the lists; NaN without any."""
        total = float(self.attacked.sum())
        return float(self.hits.sum()) / total if total else math.nan


def past_lists(forecasts: pd.DataFrame, model: str, choice: Choice) -> PastLists:
    """Return what a model's lists were worth in a backtest.

    Args:
        forecasts: Rows of ``FORECAST_COLUMNS`` of one horizon; rows without an observed target
            are not read.
        model: Name of the model.
        choice: How regions are chosen each month.
    """
    rows = forecasts[(forecasts["model"] == model) & forecasts["observed"].notna()]
    rows = rows.sort_values(
        ["target_month", "p_attack", "mean", "region_id"], ascending=[True, False, False, True]
    )
    lists: dict[str, set[str]] = {}
    counts: list[tuple[int, int, int]] = []
    for month, part in rows.groupby("target_month", sort=True):
        chosen = choice.of(part["p_attack"].to_numpy(np.float64))
        attacked = part["observed"].to_numpy(np.float64) >= 1
        lists[str(month)] = set(part.loc[chosen, "region_id"])
        counts.append((int(chosen.sum()), int((chosen & attacked).sum()), int(attacked.sum())))
    listed, hits, all_attacked = np.array(counts, dtype=np.float64).reshape(-1, 3).T
    return PastLists(
        model=model,
        months=tuple(lists),
        listed=listed,
        hits=hits,
        attacked=all_attacked,
        kept=_kept(lists),
        cost=choice.cost(listed - hits, all_attacked - hits),
    )


def _kept(lists: dict[str, set[str]]) -> Floats:
    """Return the share of each list that stood on the list of the month right before."""
    shares = [
        len(lists[before] & lists[after]) / len(lists[after])
        for before, after in itertools.pairwise(lists)
        if lists[after] and month_number(after) - month_number(before) == 1
    ]
    return np.array(shares, dtype=np.float64)
