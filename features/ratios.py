"""Features that hold one signal against another: shares, deaths an event, days between hits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.feature import Feature, Read
from features.signals import Signal
from features.windows import moving_ratio, moving_sum

__all__ = ["Concentration", "DaysBetween", "PerEvent", "Share", "Spread"]

Floats = npt.NDArray[np.float32]

# The window over which the panel looks for a region's main attacker.
_MAIN_ATTACKER_MONTHS = 24
# A place not hit again gets the longest time that a repeat can have behind it, 24 months.
_NEVER_DAYS = np.float32(731)


@dataclass(frozen=True)
class Share(Feature):
    """Share of a part in a whole over a window.

    Attributes:
        part: Counts that are part of the whole.
        whole: Counts that are never smaller than the part.
        months: Length of the window.
        of: Family that the share belongs to.
    """

    part: Signal
    whole: Signal
    months: int
    of: str = "composition"

    @property
    def name(self) -> str:
        """Name made from the fields."""
        return f"{self.part.name}_share_of_{self.whole.name}_{self.months}"

    @property
    def family(self) -> str:
        """The family given as ``of``."""
        return self.of

    @property
    def formula(self) -> str:
        """Formula in words."""
        return (
            f"sum of {self.part.formula} / sum of {self.whole.formula} over the {self.months}"
            " months up to t, 0 where the whole is 0"
        )

    def column(self, read: Read) -> Floats:
        """Return the share, (rows, months), 0 to 1."""
        return moving_ratio(read(self.part), read(self.whole), self.months)


@dataclass(frozen=True)
class Concentration(Feature):
    """Share of the main attacker in a region's attacks of 24 months.

    Attributes:
        main: Attacks of the main attacker in the 24 months up to each month.
        events: All attacks of a month.
    """

    main: Signal
    events: Signal

    @property
    def name(self) -> str:
        """Name made from the fields."""
        return f"{self.main.name}_share_{_MAIN_ATTACKER_MONTHS}"

    @property
    def formula(self) -> str:
        """Formula in words."""
        return (
            f"{self.main.formula} / sum of {self.events.formula} over the {_MAIN_ATTACKER_MONTHS}"
            " months up to t, 0 where there was no event"
        )

    def column(self, read: Read) -> Floats:
        """Return the share, (rows, months), 0 to 1."""
        total = moving_sum(read(self.events), _MAIN_ATTACKER_MONTHS)
        return np.divide(read(self.main), np.maximum(total, np.float32(1)), out=total)


@dataclass(frozen=True)
class PerEvent(Feature):
    """Deaths an event over a window."""

    deaths: Signal
    events: Signal
    months: int

    @property
    def name(self) -> str:
        """Name made from the fields."""
        return f"{self.deaths.name}_per_{self.events.name}_{self.months}"

    @property
    def formula(self) -> str:
        """Formula in words."""
        return (
            f"sum of {self.deaths.formula} / sum of {self.events.formula} over the {self.months}"
            " months up to t, 0 where there was no event"
        )

    def column(self, read: Read) -> Floats:
        """Return deaths an event, (rows, months)."""
        return moving_ratio(read(self.deaths), read(self.events), self.months)


@dataclass(frozen=True)
class Spread(Feature):
    """Distance between the low and the high count of deaths, relative to the high one."""

    low: Signal
    high: Signal
    months: int

    @property
    def name(self) -> str:
        """Name made from the fields."""
        return f"deaths_spread_{self.months}"

    @property
    def formula(self) -> str:
        """Formula in words."""
        return (
            f"(H - L) / H, H and L the sums of {self.high.formula} and {self.low.formula} over"
            f" the {self.months} months up to t, 0 where H = 0"
        )

    def column(self, read: Read) -> Floats:
        """Return the relative spread, (rows, months), 0 to 1."""
        high = read(self.high)
        return moving_ratio(high - read(self.low), high, self.months)


@dataclass(frozen=True)
class DaysBetween(Feature):
    """Mean days between two hits on the same place.

    Attributes:
        days: Days since the previous hit, added up over a month's repeats.
        repeats: Repeats of a month.
        months: Length of the window.
    """

    days: Signal
    repeats: Signal
    months: int

    @property
    def name(self) -> str:
        """Name made from the fields."""
        return f"{self.days.name}_between_{self.months}"

    @property
    def formula(self) -> str:
        """Formula in words."""
        return (
            f"sum of {self.days.formula} / sum of {self.repeats.formula} over the {self.months}"
            f" months up to t, {_NEVER_DAYS:g} where there was no repeat"
        )

    def column(self, read: Read) -> Floats:
        """Return days, (rows, months)."""
        repeats = moving_sum(read(self.repeats), self.months)
        mean = moving_sum(read(self.days), self.months) / np.maximum(repeats, np.float32(1))
        return np.where(repeats == 0, _NEVER_DAYS, mean).astype(np.float32)
