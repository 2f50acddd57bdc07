"""The base class of features: a frozen description that turns signals into one column.

A feature looks back along time within each region; whatever crosses regions is left to signals.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from features.signals import Signal

__all__ = ["Feature", "Read"]

Floats = npt.NDArray[np.float32]
Read: TypeAlias = Callable[[Signal], Floats]


@dataclass(frozen=True)
class Feature:
    """One column of the feature table.

    A subclass is a frozen dataclass: its fields say which signals it reads and over which months,
    and its name follows from them.
    """

    @property
    def name(self) -> str:
        """Name made from the fields, unique in a table."""
        raise NotImplementedError

    @property
    def family(self) -> str:
        """Family of the feature, by default that of its first signal.

        A family that lacks its input is absent from the table as a whole.
        """
        return self.signals()[0].family

    @property
    def formula(self) -> str:
        """Formula in words; t is the month of the value."""
        raise NotImplementedError

    def signals(self) -> tuple[Signal, ...]:
        """Return the signals that the feature reads."""
        values = (getattr(self, field.name) for field in fields(self))
        return tuple(value for value in values if isinstance(value, Signal))

    def column(self, read: Read) -> Floats:
        """Return the column; month t reads months up to t only.

        Args:
            read: Returns the series of a signal, (rows, months) float32, a row a region.

        Returns:
            (rows, months) float32, NaN where a month that is needed is unobserved.
        """
        raise NotImplementedError
