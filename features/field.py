"""Signals of the wider field: a region's country and all regions together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from features.signals import Lack, Signal, Sources
from features.space import weighted_total

__all__ = ["Country", "Whole"]

Floats = npt.NDArray[np.float32]

_HALF = 0.5


@dataclass(frozen=True)
class Country(Signal):
    """Sum over the regions of the same country, the region itself included or left out.

    Attributes:
        source: What is summed; half of the regions must be observed.
        own: Whether the region itself is in the sum.
    """

    source: Signal
    own: bool = True

    @property
    def name(self) -> str:
        """Name made from the fields."""
        return f"{'country' if self.own else 'compatriots'}_{self.source.name}"

    @property
    def family(self) -> str:
        """Field with the region itself, location without it."""
        return "field" if self.own else "location"

    @property
    def formula(self) -> str:
        """What one value says."""
        regions = "all regions" if self.own else "the other regions"
        return f"sum of {self.source.formula} over {regions} of the country"

    def lack(self, sources: Sources) -> Lack | None:
        """Say when regions have no country or the source is lacking."""
        if sources.panel.regions["country"].isna().any():
            return Lack("country", "some regions have no country")
        return super().lack(sources)

    def series(self, sources: Sources) -> Floats:
        """Return the sum, (regions, months)."""
        codes, countries = pd.factorize(sources.panel.regions["country"])
        members = _members(codes, len(countries))
        values = sources.read(self.source)
        if self.own:
            return weighted_total(members, values, least=_HALF)[codes]
        others = sparse.csr_array(members.T @ members - sparse.eye_array(len(codes)))
        return weighted_total(others, values, least=_HALF)


@dataclass(frozen=True)
class Whole(Signal):
    """Sum or mean over all regions; half of those ever observed must be observed.

    Attributes:
        source: What is summed.
        of: ``sum`` or ``mean``.
    """

    source: Signal
    of: Literal["sum", "mean"] = "sum"

    @property
    def name(self) -> str:
        """Name made from the fields."""
        return f"whole_{self.source.name}" + ("_share" if self.of == "mean" else "")

    @property
    def family(self) -> str:
        """Field."""
        return "field"

    @property
    def formula(self) -> str:
        """What one value says."""
        return f"{self.of} of {self.source.formula} over all regions"

    def series(self, sources: Sources) -> Floats:
        """Return the same value for every region, (regions, months)."""
        values = sources.read(self.source)
        total = weighted_total(_members(np.zeros(len(values), int), 1), values, least=_HALF)
        if self.of == "mean":
            known = np.logical_or.accumulate(~np.isnan(values), axis=1).sum(axis=0)
            total = total / np.maximum(known, 1).astype(np.float32)
        return np.broadcast_to(total, values.shape)


def _members(codes: npt.NDArray[np.intp], groups: int) -> sparse.csr_array:
    rows = np.arange(len(codes))
    return sparse.csr_array((np.ones(len(codes)), (codes, rows)), shape=(groups, len(codes)))
