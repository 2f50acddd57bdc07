"""Features of single months and of windows of months, over any signal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features import windows
from features.feature import Feature, Read
from features.signals import Signal

__all__ = ["ExponentialMean", "Lag", "MovingMax", "MovingMean", "MovingSum", "Now"]

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Now(Feature):
    """The signal in month t."""

    signal: Signal

    @property
    def name(self) -> str:
        """The signal's name."""
        return self.signal.name

    @property
    def formula(self) -> str:
        """The signal's formula."""
        return f"{self.signal.formula}, in month t"

    def column(self, read: Read) -> Floats:
        """Return the signal, (rows, months)."""
        return read(self.signal)


@dataclass(frozen=True)
class Lag(Feature):
    """The value some months ago.

    Attributes:
        signal: Series that is looked back over.
        lag: Months back; 0 is month t itself.
    """

    signal: Signal
    lag: int

    @property
    def name(self) -> str:
        """Name made from the fields."""
        return f"{self.signal.name}_lag_{self.lag}"

    @property
    def formula(self) -> str:
        """Formula in words."""
        return f"{self.signal.formula}, in month t - {self.lag}"

    def column(self, read: Read) -> Floats:
        """Return the lagged signal, (rows, months)."""
        return windows.lagged(read(self.signal), self.lag)


@dataclass(frozen=True)
class _Window(Feature):
    """A fixed window of months.

    Attributes:
        signal: Series that is looked back over.
        months: Length of the window.
        lag: How many months before t the window ends.
    """

    signal: Signal
    months: int
    lag: int = 0

    def _name(self, word: str) -> str:
        before = f"_before_{self.lag}" if self.lag else ""
        return f"{self.signal.name}_{word}_{self.months}{before}"

    def _formula(self, word: str) -> str:
        until = f"t - {self.lag}" if self.lag else "t"
        return f"{word} of {self.signal.formula} over the {self.months} months up to {until}"


@dataclass(frozen=True)
class MovingSum(_Window):
    """Sum of a window."""

    @property
    def name(self) -> str:
        """Name made from the fields."""
        return self._name("sum")

    @property
    def formula(self) -> str:
        """Formula in words."""
        return self._formula("sum")

    def column(self, read: Read) -> Floats:
        """Return the moving sum, (rows, months)."""
        return windows.moving_sum(read(self.signal), self.months, self.lag)


@dataclass(frozen=True)
class MovingMean(_Window):
    """Mean of a window."""

    @property
    def name(self) -> str:
        """Name made from the fields."""
        return self._name("mean")

    @property
    def formula(self) -> str:
        """Formula in words."""
        return self._formula("mean")

    def column(self, read: Read) -> Floats:
        """Return the moving mean, (rows, months)."""
        return windows.moving_mean(read(self.signal), self.months, self.lag)


@dataclass(frozen=True)
class MovingMax(_Window):
    """Largest value of a window."""

    @property
    def name(self) -> str:
        """Name made from the fields."""
        return self._name("max")

    @property
    def formula(self) -> str:
        """Formula in words."""
        return self._formula("largest")

    def column(self, read: Read) -> Floats:
        """Return the moving maximum, (rows, months)."""
        return windows.moving_max(read(self.signal), self.months, self.lag)


@dataclass(frozen=True)
class ExponentialMean(Feature):
    """Exponentially weighted mean of the past.

    Attributes:
        signal: Series that is looked back over.
        halflife: Months after which a month's weight has halved.
        lag: How many months before t the past ends.
    """

    signal: Signal
    halflife: float
    lag: int = 0

    @property
    def name(self) -> str:
        """Name made from the fields."""
        before = f"_before_{self.lag}" if self.lag else ""
        return f"{self.signal.name}_ewm_{self.halflife:g}{before}"

    @property
    def formula(self) -> str:
        """Formula in words."""
        until = f"t - {self.lag}" if self.lag else "t"
        return (
            f"mean of {self.signal.formula} over the months up to {until},"
            f" weights halving every {self.halflife:g} months"
        )

    def column(self, read: Read) -> Floats:
        """Return the exponentially weighted mean, (rows, months)."""
        return windows.exponential_mean(read(self.signal), self.halflife, self.lag)
