"""Features of how often and how recently something happened, and of its trend."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features import windows
from features.feature import Feature, Read
from features.signals import Signal

__all__ = ["Acceleration", "MonthsSince", "MonthsWith", "Recency", "Surge", "Trend"]

Floats = npt.NDArray[np.float32]


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
        """Formula in words."""
        return f"share of the {self.months} months up to t with {self.signal.formula} >= 1"

    def column(self, read: Read) -> Floats:
        """Return the share, (rows, months), 0 to 1."""
        return windows.moving_count(read(self.signal), self.months, 1) / np.float32(self.months)


@dataclass(frozen=True)
class MonthsSince(Feature):
    """Months since the last value of at least ``at_least``."""

    signal: Signal
    at_least: int = 1

    @property
    def name(self) -> str:
        """Name made from the fields."""
        return f"{self.signal.name}_months_since_{self.at_least}"

    @property
    def formula(self) -> str:
        """Formula in words."""
        return (
            f"months since {self.signal.formula} >= {self.at_least}; where there was none yet,"
            " the months observed so far"
        )

    def column(self, read: Read) -> Floats:
        """Return whole months, (rows, months)."""
        return windows.months_since(read(self.signal), self.at_least)


@dataclass(frozen=True)
class Recency(Feature):
    """Exponentially decaying indicator of the last value of at least ``at_least``.

    Attributes:
        signal: Series that is looked back over.
        at_least: Value that sets the indicator to 1.
        halflife: Months after which it has halved.
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
        """Formula in words."""
        return (
            f"2^(-months since {self.signal.formula} >= {self.at_least} / {self.halflife:g}),"
            " 0 where there was none yet"
        )

    def column(self, read: Read) -> Floats:
        """Return the indicator, (rows, months), 0 to 1."""
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
        """Formula in words."""
        return (
            f"mean of {self.signal.formula} over the {self.recent} months up to t less its mean"
            f" over {self.past}"
        )

    def column(self, read: Read) -> Floats:
        """Return the difference, (rows, months), counts a month."""
        values = read(self.signal)
        return windows.moving_mean(values, self.recent) - windows.moving_mean(values, self.past)


@dataclass(frozen=True)
class Acceleration(Feature):
    """Growth of the mean over one window less its growth over the window before."""

    signal: Signal
    months: int

    @property
    def name(self) -> str:
        """Name made from the fields."""
        return f"{self.signal.name}_acceleration_{self.months}"

    @property
    def formula(self) -> str:
        """Formula in words."""
        return (
            f"m(t) - 2 m(t - {self.months}) + m(t - {2 * self.months}), m the mean of"
            f" {self.signal.formula} over {self.months} months"
        )

    def column(self, read: Read) -> Floats:
        """Return the second difference, (rows, months), counts a month."""
        mean = windows.moving_mean(read(self.signal), self.months)
        before = windows.lagged(mean, self.months)
        return mean - 2 * before + windows.lagged(mean, 2 * self.months)


@dataclass(frozen=True)
class Surge(Feature):
    """Counts that follow a run of quiet months."""

    signal: Signal
    recent: int
    quiet: int

    @property
    def name(self) -> str:
        """Name made from the fields."""
        return f"{self.signal.name}_surge_{self.recent}_{self.quiet}"

    @property
    def formula(self) -> str:
        """Formula in words."""
        return (
            f"sum of {self.signal.formula} over the {self.recent} months up to t if the"
            f" {self.quiet} months before them had none, else 0"
        )

    def column(self, read: Read) -> Floats:
        """Return the sum, (rows, months); 0 where it was not quiet before."""
        values = read(self.signal)
        before = windows.moving_sum(values, self.quiet, self.recent)
        now = windows.moving_sum(values, self.recent)
        return np.where(np.isnan(before), before, now * (before == 0)).astype(np.float32)
