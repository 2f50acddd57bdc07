"""What a feature is: a frozen description that turns signals into one column.

A feature looks back along time within each region; whatever crosses regions is a signal's work.
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
    """One column of the feature table."""

    @property
    def name(self) -> str:
        """Name made from the fields, unique in a table."""
        raise NotImplementedError

    @property
    def family(self) -> str:
        """Family, which is absent as a whole when the panel lacks its input."""
        return self.signals()[0].family

    @property
    def formula(self) -> str:
        """What one value says, in words; t is the month of the value."""
        raise NotImplementedError

    def signals(self) -> tuple[Signal, ...]:
        """Return the signals that the feature reads."""
        values = (getattr(self, field.name) for field in fields(self))
        return tuple(value for value in values if isinstance(value, Signal))

    def column(self, read: Read) -> Floats:
        """Return the column, (rows, months) float32; month t reads months up to t only.

        Args:
            read: Gives the same rows of a signal's series, (rows, months).
        """
        raise NotImplementedError
