"""The predictive distribution: draws of non-negative whole numbers, and figures computed from them.

Every probability, mean, quantile and phase printed about a target comes from the same draws, so
that no two figures contradict each other.
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
    """Forecast of one target and horizon for every region, as draws of a count.

    Regions are in the order of the panel's region table. The order of the draws has no meaning.

    Attributes:
        draws: (regions, draws) int32, counts a month, at least 0, each draw equally likely.

    Raises:
        TypeError: The draws are not int32 or not two-dimensional.
        ValueError: A draw is negative.

    Example:
        >>> forecast = Distribution(np.array([[0, 0, 1, 3], [0, 0, 0, 0]], dtype=np.int32))
        >>> forecast
        Distribution(2 regions, 4 draws)
        >>> forecast.p_at_least(1)
        array([0.5, 0. ])
        >>> forecast.mean()
        array([1., 0.])
        >>> forecast.quantiles([0.5])
        array([[0.5, 0. ]])
    """

    draws: npt.NDArray[np.int32]

    def __post_init__(self) -> None:
        if self.draws.ndim != 2 or self.draws.dtype != np.int32:
            raise TypeError(
                "draws must be int32 of shape (regions, draws), got"
                f" {self.draws.dtype} of shape {self.draws.shape}"
            )
        if self.draws.size and self.draws.min() < 0:
            raise ValueError(f"draws must be non-negative, got {self.draws.min()}")

    @property
    def size(self) -> int:
        """Number of draws of each region."""
        return int(self.draws.shape[1])

    def p_at_least(self, count: int) -> Floats:
        """Return the probability of at least ``count``.

        Args:
            count: A count a month; 1 gives the probability of an attack, if the target is events.

        Returns:
            (regions,), in [0, 1]: the share of draws of at least ``count``.
        """
        return np.asarray((self.draws >= count).mean(axis=1))

    def mean(self) -> Floats:
        """Return the expected count, (regions,), counts a month."""
        return np.asarray(self.draws.mean(axis=1, dtype=np.float64))

    def quantiles(self, levels: Sequence[float]) -> Floats:
        """Return quantiles, interpolated linearly between draws.

        Args:
            levels: Levels in [0, 1]; ``(0.05, 0.95)`` gives the central 90 % interval.

        Returns:
            (levels, regions), counts a month.
        """
        return np.quantile(self.draws, levels, axis=1)

    def summary(self) -> pd.DataFrame:
        """Return the main figures of each region as a table.

        Returns:
            A row a region: ``p_attack`` (probability of at least one), ``mean``, and the quantiles
            ``q05, q50, q95``, counts a month.

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
