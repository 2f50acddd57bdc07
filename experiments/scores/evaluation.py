"""Scores of any forecast in draws: as the VIEWS challenge published them, and honestly.

Published: CRPS and MIS of the draws themselves, IGN of the draws resampled to 1,000 by Fourier's
method and cut at 0, which spreads few draws over counts that were not forecast. Honest: all three
of the draws repeated to 1,000.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from experiments.score_functions import (
    IGN_EDGES,
    auroc,
    average_precision,
    brier,
    crps,
    ece,
    ign,
    log_loss,
    mis,
)

__all__ = ["SIZE", "Evaluation", "evaluate_draws", "repeated", "stretched"]

Floats = npt.NDArray[np.float64]

SIZE = 1000

_SCORES = ("crps", "ign", "mis")
_ATTACK = IGN_EDGES[0]
_ACTIVE = 0.05
_WORST = 10
_BLOCK = 4096


@dataclass(frozen=True)
class Evaluation:
    """Scores of a forecast.

    Attributes:
        rows: A row for each row of the forecast: ``observed, mean, p_attack`` and the six scores
            ``crps, ign, mis`` (published) and ``crps_honest, ign_honest, mis_honest``.
        draws: Number of draws a row.
    """

    rows: pd.DataFrame
    draws: int

    def means(self, *, positive: bool = False) -> dict[str, dict[str, float]]:
        """Return the mean of every score, ``published`` and ``honest``.

        Args:
            positive: Use only rows in which something happened; NaN without any.
        """
        rows = self.rows[self.rows["observed"] >= _ATTACK] if positive else self.rows
        return _by_kind(rows[_columns()].mean())

    def medians(self) -> dict[str, dict[str, float]]:
        """Return the median of every score, ``published`` and ``honest``."""
        return _by_kind(self.rows[_columns()].median())

    def attack(self) -> dict[str, float]:
        """Return the scores of P(attack), the share of draws above 0."""
        happened = self.rows["observed"].to_numpy() >= _ATTACK
        p = self.rows["p_attack"].to_numpy()
        return {
            "brier": brier(happened, p),
            "log_loss": log_loss(happened, p),
            "ap": average_precision(happened, p),
            "auroc": auroc(happened, p),
            "ece": ece(happened, p),
            "ece_active": ece(happened, p, floor=_ACTIVE),
        }

    def worst_share(self) -> float:
        """Return the share of the ten worst rows in the summed CRPS; NaN if that is 0."""
        ordered = np.sort(self.rows["crps"].to_numpy())
        return float(ordered[-_WORST:].sum() / ordered.sum()) if ordered.sum() else float("nan")

    def summary(self) -> dict[str, Any]:
        """Return all figures as plain values."""
        return {
            "rows": len(self.rows),
            "rows_positive": int((self.rows["observed"] >= _ATTACK).sum()),
            "draws": self.draws,
            "mean": self.means(),
            "median": self.medians(),
            "mean_positive": self.means(positive=True),
            "attack": self.attack(),
            "crps_share_of_ten_worst": self.worst_share(),
        }


def evaluate_draws(observed: npt.ArrayLike, draws: npt.ArrayLike) -> Evaluation:
    """Score draws row by row.

    Args:
        observed: (rows,), counts a month.
        draws: (rows, draws), counts a month, in the order of the draw numbers.

    Raises:
        ValueError: The shapes do not match or a value is not finite.

    Source:
        VIEWS Prediction Challenge 2023/24, evaluation of submissions.

    Example:
        >>> evaluate_draws([1.0], [[0.0, 2.0]]).means()["published"]["crps"]
        0.5
    """
    y, x = np.asarray(observed, dtype=np.float64), np.asarray(draws, dtype=np.float64)
    parts = [
        _scored(y[start : start + _BLOCK], x[start : start + _BLOCK])
        for start in range(0, max(len(y), 1), _BLOCK)
    ]
    return Evaluation(pd.concat(parts, ignore_index=True), x.shape[1])


def stretched(draws: Floats) -> Floats:
    """Return draws resampled to 1,000 by Fourier's method and cut at 0.

    The result depends on the order of the draws and contains values between them. Published scores
    were computed with it.

    Args:
        draws: (rows, draws), counts a month.

    Returns:
        (rows, 1000).
    """
    if draws.shape[1] == SIZE:
        return draws
    from scipy.signal import resample

    return np.maximum(np.asarray(resample(draws, SIZE, axis=1), dtype=np.float64), 0.0)


def repeated(draws: Floats) -> Floats:
    """Return 1,000 evenly spaced order statistics of the draws.

    Args:
        draws: (rows, draws), counts a month; fewer than 1,000 are repeated, each equally often or
            once more.

    Returns:
        (rows, 1000), ascending.

    Example:
        >>> np.unique(repeated(np.array([[3.0, 1.0]])), return_counts=True)
        (array([1., 3.]), array([500, 500]))
    """
    size = draws.shape[1]
    if size == SIZE:
        return draws
    places = ((np.arange(SIZE) + 0.5) * size / SIZE).astype(np.intp)
    return np.asarray(np.sort(draws, axis=1)[:, places])


def _scored(y: Floats, x: Floats) -> pd.DataFrame:
    same = repeated(x)
    return pd.DataFrame(
        {
            "observed": y,
            "mean": x.mean(axis=1),
            "p_attack": (x >= _ATTACK).mean(axis=1),
            "crps": crps(y, x),
            "ign": ign(y, stretched(x)),
            "mis": mis(y, x),
            "crps_honest": crps(y, same),
            "ign_honest": ign(y, same),
            "mis_honest": mis(y, same),
        }
    )


def _columns() -> list[str]:
    return [*_SCORES, *(f"{score}_honest" for score in _SCORES)]


def _by_kind(values: pd.Series[float]) -> dict[str, dict[str, float]]:
    return {
        "published": {score: float(values[score]) for score in _SCORES},
        "honest": {score: float(values[f"{score}_honest"]) for score in _SCORES},
    }
