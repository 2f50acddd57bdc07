"""Skill against no-change and paired differences, each with the luck of the months.

A mean over rows is resampled by drawing target months: the same draws for every model, so that
what two models share cancels in their difference and in their ratio.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from experiments.scores.bootstrap import Bootstrap, Interval, resampled_precision
from experiments.scores.paired_rows import PairedRows

__all__ = ["BASELINES", "SCORES", "Resampled", "Resampler", "skill", "skill_table", "spread"]

BASELINES = ("conflictology", "last", "zero")
SCORES = ("crps", "ign", "mis", "brier", "ap")

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Resampled:
    """A figure of every model: of all months (models,), of the drawn ones (models, resamples)."""

    whole: Floats
    drawn: Floats

    def interval(self, line: int) -> Interval:
        """Return one model's figure with its interval."""
        return Interval.of(float(self.whole[line]), self.drawn[line])


@dataclass(frozen=True)
class Resampler:
    """Draws the months of one horizon, always the same ones."""

    rows: PairedRows
    bootstrap: Bootstrap

    @cached_property
    def counts(self) -> Floats:
        """How often each month was drawn, (resamples, months)."""
        return self.bootstrap.counts(self.rows.months)

    def sums(self, values: npt.ArrayLike, where: Bools | None = None) -> Resampled:
        """Return sums over rows, such as a score's or of rows that fit.

        Args:
            values: (models, rows), or (rows,) for one line.
            where: (rows,) or (models, rows), rows that count; None for all.
        """
        lines = np.atleast_2d(np.asarray(values, dtype=np.float64))
        if where is not None:
            lines = np.where(where, lines, 0.0)
        starts = np.searchsorted(self.rows.month, np.arange(self.rows.months))
        monthly = np.add.reduceat(lines, starts, axis=1)
        return self.of_months(monthly)

    def of_months(self, monthly: Floats) -> Resampled:
        """Return the sums of values that are already summed by month, (models, months)."""
        return Resampled(monthly.sum(axis=1), monthly @ self.counts.T)

    def means(self, values: npt.ArrayLike, where: Bools | None = None) -> Resampled:
        """Return means over rows; NaN where no row counts."""
        rows = self.sums(np.ones(np.shape(values)), where)
        return ratio(self.sums(values, where), rows)

    def score(self, name: str) -> Resampled:
        """Return the mean of a score, or the average precision for ``ap``."""
        if name != "ap":
            return self.means(self.rows.values[name])
        rows = self.rows
        found = [
            resampled_precision(rows.attacked, p, rows.month, self.counts)
            for p in rows.values["p_attack"]
        ]
        return Resampled(np.array([whole for whole, _ in found]), np.array([d for _, d in found]))


def ratio(above: Resampled, below: Resampled) -> Resampled:
    """Return one figure over another; NaN where the lower one is 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        whole, drawn = above.whole / below.whole, above.drawn / below.drawn
    whole, drawn = (np.where(np.isfinite(x), x, np.nan) for x in (whole, drawn))
    return Resampled(whole, drawn)


def skill(values: Resampled, model: int, against: int, *, larger_is_better: bool) -> Interval:
    """Return 1 - score / baseline's score, or score / baseline's - 1 where more is better.

    Args:
        values: Means or sums of a score, all models on the same rows.
        model: Place of the model.
        against: Place of the baseline.
        larger_is_better: True for the average precision.
    """
    share = ratio(*(Resampled(values.whole[[i]], values.drawn[[i]]) for i in (model, against)))
    whole, drawn = share.whole[0], share.drawn[0]
    if larger_is_better:
        return Interval.of(float(whole - 1.0), drawn - 1.0)
    return Interval.of(float(1.0 - whole), 1.0 - drawn)


def spread(name: str, interval: Interval) -> dict[str, float]:
    """Return an interval as ``name``, ``name_lo`` and ``name_hi``."""
    return {name: interval.estimate, f"{name}_lo": interval.low, f"{name}_hi": interval.high}


def skill_table(
    rows: PairedRows,
    bootstrap: Bootstrap,
    *,
    baselines: tuple[str, ...] = BASELINES,
    scores: tuple[str, ...] = SCORES,
) -> pd.DataFrame:
    """Hold every model against every baseline that is among them.

    Args:
        rows: The models of one horizon.
        bootstrap: How months are drawn.
        baselines: Names of the models to be held against.
        scores: Which scores.

    Returns:
        A row a model, baseline and score: ``model, horizon, against, score, value, baseline``,
        the paired ``difference`` (below 0 is better but for ap) and ``skill``, both with ``_lo``
        and ``_hi``. For crps also ``zero_share``, the share of the gap that comes from rows with
        y = 0, and ``positive_skill`` (``_lo``, ``_hi``), the skill on rows with y > 0.
    """
    resampler = Resampler(rows, bootstrap)
    values = {name: resampler.score(name) for name in scores}
    positive = resampler.sums(rows.values["crps"], rows.attacked)
    found: list[dict[str, Any]] = []
    for against in (name for name in baselines if name in rows.models):
        for model in (name for name in rows.models if name != against):
            for score in scores:
                row = {"model": model, "horizon": rows.horizon, "against": against, "score": score}
                row |= _held_against(values[score], rows.line(model), rows.line(against), score)
                if score == "crps":
                    row |= _where_from(rows, positive, rows.line(model), rows.line(against))
                found.append(row)
    return pd.DataFrame(found)


def _held_against(values: Resampled, model: int, against: int, score: str) -> dict[str, float]:
    gap = Interval.of(
        float(values.whole[model] - values.whole[against]),
        values.drawn[model] - values.drawn[against],
    )
    return {
        "value": float(values.whole[model]),
        "baseline": float(values.whole[against]),
        **spread("difference", gap),
        **spread("skill", skill(values, model, against, larger_is_better=score == "ap")),
    }


def _where_from(
    rows: PairedRows, positive: Resampled, model: int, against: int
) -> Mapping[str, float]:
    """Return which part of the gap comes from quiet rows, and the skill on the others."""
    gap = rows.values["crps"][against] - rows.values["crps"][model]
    whole = gap.sum()
    return {
        "zero_share": float(gap[~rows.attacked].sum() / whole) if whole else np.nan,
        **spread("positive_skill", skill(positive, model, against, larger_is_better=False)),
    }
