"""Features of who attacks, beside windows over the panel's measures of attackers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.feature import Feature, Read
from features.signals import Signal
from features.windows import moving_sum

__all__ = ["Concentration"]

Floats = npt.NDArray[np.float32]

# The window over which the panel looks for a region's main attacker.
_MEMORY = 24


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
        return f"{self.main.name}_share_{_MEMORY}"

    @property
    def formula(self) -> str:
        """What one value says."""
        return (
            f"{self.main.formula} / sum of {self.events.formula} over the {_MEMORY} months up to"
            " t, 0 where there was no event"
        )

    def column(self, read: Read) -> Floats:
        """Return the share, 0 to 1."""
        total = moving_sum(read(self.events), _MEMORY)
        return np.divide(read(self.main), np.maximum(total, np.float32(1)), out=total)
