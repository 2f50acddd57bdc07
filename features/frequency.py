"""Features of how often and how lately something happened, over any signal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features import windows
from features.feature import Feature, Read
from features.signals import Signal

__all__ = [
    "Acceleration",
    "ExponentialMean",
    "Lag",
    "MonthsSince",
    "MonthsWith",
    "MovingMax",
    "MovingMean",
    "MovingSum",
    "Now",
    "Recency",
    "Surge",
    "Trend",
]

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Now(Feature):
    """The signal as it stands in month t."""

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
        """Return the signal."""
        return read(self.signal)


@dataclass(frozen=True)
class Lag(Feature):
    """The value some months ago.

    Attributes:
        signal: What is looked back over.
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
        """What one value says."""
        return f"{self.signal.formula}, in month t - {self.lag}"

    def column(self, read: Read) -> Floats:
        """Return the lagged signal."""
        return windows.lagged(read(self.signal), self.lag)


@dataclass(frozen=True)
class _Window(Feature):
    """A fixed window of months.

    Attributes:
        signal: What is looked back over.
        months: Length of the window.
        lag: How many months before t the window ends.
    """

    signal: Signal
    months: int
    lag: int = 0

    def _named(self, word: str) -> str:
        before = f"_before_{self.lag}" if self.lag else ""
        return f"{self.signal.name}_{word}_{self.months}{before}"

    def _stated(self, word: str) -> str:
        until = f"t - {self.lag}" if self.lag else "t"
        return f"{word} of {self.signal.formula} over the {self.months} months up to {until}"


@dataclass(frozen=True)
class MovingSum(_Window):
    """Sum of a window."""

    @property
    def name(self) -> str:
        """Name made from the fields."""
        return self._named("sum")

    @property
    def formula(self) -> str:
        """What one value says."""
        return self._stated("sum")

    def column(self, read: Read) -> Floats:
        """Return the moving sum."""
        return windows.moving_sum(read(self.signal), self.months, self.lag)


@dataclass(frozen=True)
class MovingMean(_Window):
    """Mean of a window."""

    @property
    def name(self) -> str:
        """Name made from the fields."""
        return self._named("mean")

    @property
    def formula(self) -> str:
        """What one value says."""
        return self._stated("mean")

    def column(self, read: Read) -> Floats:
        """Return the moving mean."""
        return windows.moving_mean(read(self.signal), self.months, self.lag)


@dataclass(frozen=True)
class MovingMax(_Window):
    """Largest value of a window."""

    @property
    def name(self) -> str:
        """Name made from the fields."""
        return self._named("max")

    @property
    def formula(self) -> str:
        """What one value says."""
        return self._stated("largest")

    def column(self, read: Read) -> Floats:
        """Return the moving maximum."""
        return windows.moving_max(read(self.signal), self.months, self.lag)


@dataclass(frozen=True)
class ExponentialMean(Feature):
    """Exponentially weighted mean of the past.

    Attributes:
        signal: What is looked back over.
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
        """What one value says."""
        until = f"t - {self.lag}" if self.lag else "t"
        return (
            f"mean of {self.signal.formula} over the months up to {until},"
            f" weights halving every {self.halflife:g} months"
        )

    def column(self, read: Read) -> Floats:
        """Return the exponentially weighted mean."""
        return windows.exponential_mean(read(self.signal), self.halflife, self.lag)


@dataclass(frozen=True)
class MonthsWith(Feature):
    """Share of a window's months with a value of 1 or more."""

    signal: Signal
    months: int

    @property
    def name(self) -> str:
        """Name made from the fields."""
        return f"{self.signal.name}_months_with_{self.months}"

    @property
    def formula(self) -> str:
        """What one value says."""
        return f"share of the {self.months} months up to t with {self.signal.formula} >= 1"

    def column(self, read: Read) -> Floats:
        """Return the share, 0 to 1."""
        return windows.moving_count(read(self.signal), self.months, 1) / np.float32(self.months)


@dataclass(frozen=True)
class MonthsSince(Feature):
    """Months since the last value of at least so much."""

    signal: Signal
    at_least: int = 1

    @property
    def name(self) -> str:
        """Name made from the fields."""
        return f"{self.signal.name}_months_since_{self.at_least}"

    @property
    def formula(self) -> str:
        """What one value says."""
        return (
            f"months since {self.signal.formula} >= {self.at_least}; where there was none yet,"
            " the months observed so far"
        )

    def column(self, read: Read) -> Floats:
        """Return whole months."""
        return windows.months_since(read(self.signal), self.at_least)


@dataclass(frozen=True)
class Recency(Feature):
    """Decaying memory of the last value of at least so much.

    Attributes:
        signal: What is looked back over.
        at_least: The value that is remembered.
        halflife: Months after which the memory has halved.
    """

    signal: Signal
    at_least: int
    halflife: float

    @property
    def name(self) -> str:
        """Name made from the fields."""
        return f"{self.signal.name}_recency_{self.at_least}_{self.halflife:g}"

    @property
    def formula(self) -> str:
        """What one value says."""
        return (
            f"2^(-months since {self.signal.formula} >= {self.at_least} / {self.halflife:g}),"
            " 0 where there was none yet"
        )

    def column(self, read: Read) -> Floats:
        """Return the memory, 0 to 1."""
        return windows.recency(read(self.signal), self.at_least, self.halflife)


@dataclass(frozen=True)
class Trend(Feature):
    """Recent mean less the mean of a longer past."""

    signal: Signal
    recent: int
    past: int

    @property
    def name(self) -> str:
        """Name made from the fields."""
        return f"{self.signal.name}_trend_{self.recent}_{self.past}"

    @property
    def formula(self) -> str:
        """What one value says."""
        return (
            f"mean of {self.signal.formula} over the {self.recent} months up to t less its mean"
            f" over {self.past}"
        )

    def column(self, read: Read) -> Floats:
        """Return the difference a month."""
        values = read(self.signal)
        return windows.moving_mean(values, self.recent) - windows.moving_mean(values, self.past)


@dataclass(frozen=True)
class Acceleration(Feature):
    """How much faster the count grows now than one window before."""

    signal: Signal
    months: int

    @property
    def name(self) -> str:
        """Name made from the fields."""
        return f"{self.signal.name}_acceleration_{self.months}"

    @property
    def formula(self) -> str:
        """What one value says."""
        return (
            f"m(t) - 2 m(t - {self.months}) + m(t - {2 * self.months}), m the mean of"
            f" {self.signal.formula} over {self.months} months"
        )

    def column(self, read: Read) -> Floats:
        """Return the second difference a month."""
        mean = windows.moving_mean(read(self.signal), self.months)
        before = windows.lagged(mean, self.months)
        return mean - 2 * before + windows.lagged(mean, 2 * self.months)


@dataclass(frozen=True)
class Surge(Feature):
    """A start after quiet months."""

    signal: Signal
    recent: int
    quiet: int

    @property
    def name(self) -> str:
        """Name made from the fields."""
        return f"{self.signal.name}_surge_{self.recent}_{self.quiet}"

    @property
    def formula(self) -> str:
        """What one value says."""
        return (
            f"sum of {self.signal.formula} over the {self.recent} months up to t if the"
            f" {self.quiet} months before them had none, else 0"
        )

    def column(self, read: Read) -> Floats:
        """Return the sum where it was quiet before."""
        values = read(self.signal)
        before = windows.moving_sum(values, self.quiet, self.recent)
        now = windows.moving_sum(values, self.recent)
        return np.where(np.isnan(before), before, now * (before == 0)).astype(np.float32)
