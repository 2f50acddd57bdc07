"""One predictive distribution: draws of non-negative whole numbers, and all that is read off them.

Every probability, mean, quantile and phase printed about a target comes from the same draws, so
that nothing contradicts anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Distribution"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Distribution:
    """Forecast of one target and horizon for every region.

    Attributes:
        draws: (regions, draws) int32, counts a month, each draw equally likely.

    Example:
        >>> distribution = Distribution(np.array([[0, 0, 1, 3]], dtype=np.int32))
        >>> distribution.p_at_least(1)
        array([0.5])
    """

    draws: npt.NDArray[np.int32]

    def __post_init__(self) -> None:
        if self.draws.ndim != 2 or self.draws.dtype != np.int32:
            raise TypeError("draws must be int32 of shape (regions, draws)")
        if self.draws.size and self.draws.min() < 0:
            raise ValueError("draws must be non-negative")

    @property
    def size(self) -> int:
        """Number of draws a region."""
        return int(self.draws.shape[1])

    def p_at_least(self, count: int) -> Floats:
        """Return P(y >= count), (regions,)."""
        return np.asarray((self.draws >= count).mean(axis=1))

    def mean(self) -> Floats:
        """Return the expected count, (regions,)."""
        return np.asarray(self.draws.mean(axis=1, dtype=np.float64))

    def quantiles(self, levels: Sequence[float]) -> Floats:
        """Return linear quantiles, (levels, regions)."""
        return np.quantile(self.draws, levels, axis=1)

    def summary(self) -> pd.DataFrame:
        """Return a row a region: P(at least one), mean, and the 5, 50 and 95 % quantiles.

        Example:
            >>> draws = np.array([[0, 0, 1, 3], [0, 0, 0, 0]], dtype=np.int32)
            >>> Distribution(draws).summary()
               p_attack  mean  q05  q50  q95
            0       0.5   1.0  0.0  0.5  2.7
            1       0.0   0.0  0.0  0.0  0.0
        """
        import pandas as pd

        quantiles = self.quantiles((0.05, 0.5, 0.95))
        named = dict(zip(("q05", "q50", "q95"), quantiles, strict=True))
        return pd.DataFrame({"p_attack": self.p_at_least(1), "mean": self.mean(), **named})

    def __repr__(self) -> str:
        return f"Distribution({len(self.draws):,} regions, {self.size:,} draws)"

    def _repr_html_(self) -> str:
        return f"<p>{self!r}</p>{self.summary().head(20).to_html()}"

    def resized(self, size: int) -> Distribution:
        """Return the same distribution with ``size`` draws.

        A multiple repeats the draws; any other size takes evenly spaced order statistics.
        """
        if size == self.size:
            return self
        ordered = np.sort(self.draws, axis=1)
        places = ((np.arange(size) + 0.5) * self.size / size).astype(np.intp)
        return Distribution(ordered[:, places])
