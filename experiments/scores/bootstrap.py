"""Block bootstrap over target months: the sampling uncertainty of a score.

Months are drawn in blocks of consecutive ones, because attacks that last make them alike. Only the
number of times that each month was drawn matters, so that a thousand resamples of any mean are one
matrix product. All models are resampled with the same months: what two of them share cancels in
their difference and in their ratio.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from experiments.scores.paired_rows import PairedRows

__all__ = [
    "Bootstrap",
    "Interval",
    "Resampled",
    "Resampler",
    "ratio",
    "resampled_precision",
]

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """An estimate with its 90 % interval.

    Attributes:
        estimate: The figure over all months.
        low: 5 % quantile of the resamples; NaN where the figure exists in none of them.
        high: Their 95 % quantile.
    """

    estimate: float
    low: float
    high: float

    @classmethod
    def of(cls, estimate: float, resamples: Floats) -> Interval:
        """Return the interval of a figure.

        Args:
            estimate: The figure over all months.
            resamples: (resamples,), the figure in each; NaN where it does not exist.
        """
        finite = resamples[np.isfinite(resamples)]
        if not len(finite):
            return cls(estimate, np.nan, np.nan)
        low, high = np.quantile(finite, [0.05, 0.95])
        return cls(estimate, float(low), float(high))

    @property
    def detectable(self) -> float:
        """Smallest difference that four of five such samples would show clear of zero.

        Source:
            Bloom (1995), Minimum detectable effects: 1.645 + 0.842 standard errors, where the
            interval spans 2 * 1.645 of them.
        """
        return (self.high - self.low) * (1.645 + 0.842) / (2 * 1.645)

    def columns(self, name: str) -> dict[str, float]:
        """Return the interval as columns ``name``, ``name_lo`` and ``name_hi``."""
        return {name: self.estimate, f"{name}_lo": self.low, f"{name}_hi": self.high}


@dataclass(frozen=True)
class Bootstrap:
    """Settings of the bootstrap.

    Attributes:
        block: Months of a block; a shorter series is one block.
        resamples: Number of resamples.
        seed: Root of the random numbers; the same seed draws the same months.
    """

    block: int = 3
    resamples: int = 1000
    seed: int = 20260101

    def counts(self, months: int) -> Floats:
        """Draw months.

        Blocks start at any month and continue from the last month to the first, so that every
        month is drawn equally often; the last block is cut to the length of the series.

        Args:
            months: Length of the series.

        Returns:
            (resamples, months), the number of times that each month was drawn.

        Source:
            Politis and Romano (1992), A circular block-resampling procedure.

        Example:
            >>> Bootstrap(block=3, resamples=2).counts(12).sum(axis=1)
            array([12., 12.])
        """
        rng = np.random.default_rng(self.seed)
        block = min(self.block, months)
        starts = rng.integers(months, size=(self.resamples, -(-months // block)))
        drawn = (starts[:, :, None] + np.arange(block)) % months
        drawn = drawn.reshape(self.resamples, -1)[:, :months]
        places = drawn + months * np.arange(self.resamples)[:, None]
        counts = np.bincount(places.ravel(), minlength=self.resamples * months)
        return counts.reshape(self.resamples, months).astype(np.float64)


def resampled_precision(
    happened: npt.ArrayLike, p: npt.ArrayLike, month: npt.NDArray[np.intp], counts: Floats
) -> tuple[float, Floats]:
    """Return the average precision of all rows and of the rows of every resample.

    Rows are first counted by month and probability: as shares of draws these take few values.

    Args:
        happened: (rows,), whether an attack happened.
        p: (rows,), its probability.
        month: (rows,), position of the row's target month.
        counts: (resamples, months), from ``Bootstrap.counts``.

    Returns:
        The average precision, and (resamples,) average precisions; NaN where nothing happened.
    """
    y = np.asarray(happened, dtype=np.float64)
    values, place = np.unique(-np.asarray(p, dtype=np.float64), return_inverse=True)
    months, size = counts.shape[1], len(values)
    cell = month * size + place
    hits = np.bincount(cell, y, minlength=months * size).reshape(months, size)
    rows = np.bincount(cell, minlength=months * size).reshape(months, size).astype(np.float64)
    whole = _precision(hits.sum(axis=0)[None], rows.sum(axis=0)[None])
    return float(whole[0]), _precision(counts @ hits, counts @ rows)


@dataclass(frozen=True)
class Resampled:
    """A figure of every model, with its resamples.

    Attributes:
        whole: (models,), over all months.
        drawn: (models, resamples), over the months of each resample.
    """

    whole: Floats
    drawn: Floats

    def interval(self, line: int) -> Interval:
        """Return one model's figure with its interval."""
        return Interval.of(float(self.whole[line]), self.drawn[line])


@dataclass(frozen=True)
class Resampler:
    """Resamples figures of one horizon, all with the same months.

    Attributes:
        rows: The models of the horizon.
        bootstrap: Settings of the bootstrap.
    """

    rows: PairedRows
    bootstrap: Bootstrap

    @cached_property
    def counts(self) -> Floats:
        """Number of times that each month was drawn, (resamples, months)."""
        return self.bootstrap.counts(self.rows.months)

    def sums(self, values: npt.ArrayLike, where: Bools | None = None) -> Resampled:
        """Return sums over rows.

        Args:
            values: (models, rows), or (rows,) for one line.
            where: (rows,) or (models, rows), rows that are included; None for all.
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
        """Return means over rows; NaN without rows.

        Args:
            values: (models, rows), or (rows,) for one line.
            where: (rows,) or (models, rows), rows that are included; None for all.
        """
        rows = self.sums(np.ones(np.shape(values)), where)
        return ratio(self.sums(values, where), rows)

    def score(self, name: str) -> Resampled:
        """Return a score of every model, by name; ``ap`` is the average precision."""
        if name != "ap":
            return self.means(self.rows.values[name])
        rows = self.rows
        precisions = [
            resampled_precision(rows.attacked, p, rows.month, self.counts)
            for p in rows.values["p_attack"]
        ]
        whole, drawn = zip(*precisions, strict=True)
        return Resampled(np.array(whole), np.array(drawn))

    def difference(self, name: str, model: int, against: int) -> Interval:
        """Return the difference of a score between two models.

        Args:
            name: Name of the score.
            model: Position of the model.
            against: Position of the model that is subtracted.
        """
        if name != "ap":
            values = self.rows.values[name]
            return self.means(values[model] - values[against]).interval(0)
        precision = self.score(name)
        whole, drawn = precision.whole, precision.drawn
        return Interval.of(float(whole[model] - whole[against]), drawn[model] - drawn[against])


def ratio(above: Resampled, below: Resampled) -> Resampled:
    """Return the ratio of two figures; NaN where the denominator is 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        whole, drawn = above.whole / below.whole, above.drawn / below.drawn
    whole, drawn = (np.where(np.isfinite(x), x, np.nan) for x in (whole, drawn))
    return Resampled(whole, drawn)


def _precision(hits: Floats, rows: Floats) -> Floats:
    """Return average precisions, (resamples,), from counts by falling probability."""
    hits_so_far, rows_so_far = hits.cumsum(axis=1), rows.cumsum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        precision = np.where(rows_so_far > 0, hits_so_far / rows_so_far, 0.0)
        return np.asarray((hits * precision).sum(axis=1) / hits_so_far[:, -1])
