"""Features of what the violence consists of: shares of one measure in another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.feature import Feature, Read
from features.signals import Signal
from features.windows import moving_ratio

__all__ = ["Share"]

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Share(Feature):
    """Share of a part in a whole over a window.

    Attributes:
        part: What is a part of the whole.
        whole: Never smaller than the part.
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
        """The family named when it was made."""
        return self.of

    @property
    def formula(self) -> str:
        """What one value says."""
        return (
            f"sum of {self.part.formula} / sum of {self.whole.formula} over the {self.months}"
            " months up to t, 0 where the whole is 0"
        )

    def column(self, read: Read) -> Floats:
        """Return the share, 0 to 1."""
        return moving_ratio(read(self.part), read(self.whole), self.months)
