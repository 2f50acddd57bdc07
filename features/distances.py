"""Signals that stay as they are: how far a region lies from its capital and from a border."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.signals import Lack, Signal, Sources

__all__ = ["Distance"]

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Distance(Signal):
    """A distance that the region table holds.

    Attributes:
        column: One of ``data.schema.DISTANCE_COLUMNS``.
    """

    column: str

    @property
    def name(self) -> str:
        """The column's name."""
        return self.column

    @property
    def family(self) -> str:
        """Location."""
        return "location"

    @property
    def formula(self) -> str:
        """What one value says."""
        ends = {"capital_km": "the country's capital", "border_km": "the nearest border"}
        return f"km from the region's centre to {ends[self.column]}"

    def lack(self, sources: Sources) -> Lack | None:
        """Say when no region has the distance."""
        regions = sources.panel.regions
        if self.column in regions and regions[self.column].notna().any():
            return None
        return Lack(self.column, f'the region table has no "{self.column}"')

    def series(self, sources: Sources) -> Floats:
        """Return the same distance in every month; NaN where it is not known."""
        panel = sources.panel
        km = panel.regions[self.column].to_numpy(np.float32)
        return np.broadcast_to(km[:, None], (len(km), len(panel.months)))
