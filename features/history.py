"""Features of a region's whole observed past: its long-run level and its first attack."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features import windows
from features.feature import Feature, Read
from features.signals import Signal

__all__ = ["EverMean", "EverShare", "FirstWithin", "MonthsInto", "YearsSum"]

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class _Ever(Feature):
    signal: Signal

    @property
    def family(self) -> str:
        """History."""
        return "history"


@dataclass(frozen=True)
class EverMean(_Ever):
    """Mean of all observed months so far."""

    @property
    def name(self) -> str:
        """Name made from the fields."""
        return f"{self.signal.name}_ever_mean"

    @property
    def formula(self) -> str:
        """Formula in words."""
        return f"mean of {self.signal.formula} over all observed months up to t"

    def column(self, read: Read) -> Floats:
        """Return the mean a month, (rows, months)."""
        return windows.expanding_mean(read(self.signal))


@dataclass(frozen=True)
class EverShare(_Ever):
    """Share of all observed months so far that had one or more."""

    @property
    def name(self) -> str:
        """Name made from the fields."""
        return f"{self.signal.name}_ever_share"

    @property
    def formula(self) -> str:
        """Formula in words."""
        return f"share of all observed months up to t with {self.signal.formula} >= 1"

    def column(self, read: Read) -> Floats:
        """Return the share, (rows, months), 0 to 1."""
        return windows.expanding_mean(windows.moving_count(read(self.signal), 1, 1))


@dataclass(frozen=True)
class YearsSum(_Ever):
    """Sum over several years.

    Attributes:
        signal: What is summed.
        years: Length of the window.
    """

    years: int

    @property
    def name(self) -> str:
        """Name made from the fields."""
        return f"{self.signal.name}_sum_{12 * self.years}"

    @property
    def formula(self) -> str:
        """Formula in words."""
        return f"sum of {self.signal.formula} over the {12 * self.years} months up to t"

    def column(self, read: Read) -> Floats:
        """Return the moving sum, (rows, months)."""
        return windows.moving_sum(read(self.signal), 12 * self.years)


@dataclass(frozen=True)
class _First(Feature):
    signal: Signal

    @property
    def family(self) -> str:
        """Location: when attacks first reached the region."""
        return "location"


@dataclass(frozen=True)
class MonthsInto(_First):
    """Months since the first attack ever."""

    @property
    def name(self) -> str:
        """Name made from the fields."""
        return f"{self.signal.name}_months_since_first"

    @property
    def formula(self) -> str:
        """Formula in words."""
        return (
            f"months from the first ever with {self.signal.formula} >= 1 to t, both counted;"
            " 0 where there was none yet"
        )

    def column(self, read: Read) -> Floats:
        """Return whole months, (rows, months)."""
        return windows.months_into(read(self.signal), 1)


@dataclass(frozen=True)
class FirstWithin(_First):
    """Whether the first attack ever falls into the last months."""

    months: int

    @property
    def name(self) -> str:
        """Name made from the fields."""
        return f"{self.signal.name}_first_within_{self.months}"

    @property
    def formula(self) -> str:
        """Formula in words."""
        return (
            f"1 if the first month ever with {self.signal.formula} >= 1 is among the"
            f" {self.months} months up to t, else 0"
        )

    def column(self, read: Read) -> Floats:
        """Return the indicator, (rows, months), 0 or 1."""
        into = windows.months_into(read(self.signal), 1)
        return np.where(np.isnan(into), into, (into >= 1) & (into <= self.months)).astype(
            np.float32
        )
