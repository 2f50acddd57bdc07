"""Block bootstrap over target months: how far a score could have come out otherwise.

Months are drawn in blocks of neighbours, because attacks that last make neighbouring months
alike. Only how often each month was drawn matters, so that a thousand resamples of any mean are
one matrix product.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Bootstrap", "Interval", "resampled_means", "resampled_precision"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """An estimate with the interval that holds 90 % of the resamples."""

    estimate: float
    low: float
    high: float

    @classmethod
    def of(cls, estimate: float, resamples: Floats) -> Interval:
        """Build from the estimate of all months and those of the resamples, (resamples,).

        Resamples in which the figure does not exist (NaN) are left out.
        """
        known = resamples[np.isfinite(resamples)]
        if not len(known):
            return cls(estimate, np.nan, np.nan)
        low, high = np.quantile(known, [0.05, 0.95])
        return cls(estimate, float(low), float(high))


@dataclass(frozen=True)
class Bootstrap:
    """How months are drawn.

    Attributes:
        block: Months a block; a series shorter than that is one block.
        resamples: Number of resamples.
        seed: Root of the random numbers: the same seed draws the same months.
    """

    block: int = 3
    resamples: int = 1000
    seed: int = 20260101

    def counts(self, months: int) -> Floats:
        """Return how often each month was drawn, (resamples, months).

        Blocks start anywhere and run on from the last month to the first, so that every month
        is drawn equally often; the last block is cut to keep the length.

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


def resampled_means(
    values: npt.ArrayLike, month: npt.NDArray[np.intp], counts: Floats
) -> tuple[float, Floats]:
    """Return the mean of all rows and of the rows of every resample.

    Args:
        values: (rows,), such as a score.
        month: (rows,), position of the row's target month.
        counts: (resamples, months), from ``Bootstrap.counts``.

    Returns:
        The mean, and (resamples,) means; NaN where no row was drawn.
    """
    value = np.asarray(values, dtype=np.float64)
    months = counts.shape[1]
    sums = np.bincount(month, value, minlength=months)
    rows = np.bincount(month, minlength=months).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        return float(np.divide(sums.sum(), rows.sum())), (counts @ sums) / (counts @ rows)


def resampled_precision(
    happened: npt.ArrayLike, p: npt.ArrayLike, month: npt.NDArray[np.intp], counts: Floats
) -> tuple[float, Floats]:
    """Return the average precision of all rows and of the rows of every resample.

    Probabilities are shares of draws and take few values, so that the rows are first counted by
    month and value.

    Args:
        happened: (rows,), whether an attack happened.
        p: (rows,), its probability.
        month: (rows,), position of the row's target month.
        counts: (resamples, months), from ``Bootstrap.counts``.

    Returns:
        The average precision, and (resamples,) of them; NaN where nothing happened.
    """
    y = np.asarray(happened, dtype=np.float64)
    values, place = np.unique(-np.asarray(p, dtype=np.float64), return_inverse=True)
    months, size = counts.shape[1], len(values)
    cell = month * size + place
    hits = np.bincount(cell, y, minlength=months * size).reshape(months, size)
    rows = np.bincount(cell, minlength=months * size).reshape(months, size).astype(np.float64)
    whole = _precision(hits.sum(axis=0)[None], rows.sum(axis=0)[None])
    return float(whole[0]), _precision(counts @ hits, counts @ rows)


def _precision(hits: Floats, rows: Floats) -> Floats:
    """Return the average precision along values in falling order, (resamples, values)."""
    found, seen = hits.cumsum(axis=1), rows.cumsum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        precision = np.where(seen > 0, found / seen, 0.0)
        return np.asarray((hits * precision).sum(axis=1) / found[:, -1])
