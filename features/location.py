"""Signals across regions: neighbours, pressure by distance, the nearest hit, country, all regions.

The signals of the family location leave the region's own count out, save ``FirstHit``, which is
read over neighbours; those of the family field include it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from features.signals import Hit, Lack, Signal, Sources
from features.space import (
    decaying_weights,
    nearest_hit,
    neighbour_weights,
    row_blocks,
    unit_vectors,
    weighted_total,
)
from features.windows import months_into

__all__ = ["Country", "FirstHit", "NearestHit", "Neighbours", "Pressure", "Whole"]

Floats = npt.NDArray[np.float32]

_RADIUS_IN_SCALES = 4
_FARTHEST_KM = 2000.0
_BLOCK = 1024
_HALF = 0.5


@dataclass(frozen=True)
class _Around(Signal):
    source: Signal

    @property
    def family(self) -> str:
        """Location."""
        return "location"

    def lack(self, sources: Sources) -> Lack | None:
        """Return the lack when regions have no coordinates or the source is lacking."""
        centres = sources.panel.regions[["latitude", "longitude"]]
        if centres.isna().to_numpy().any():
            return Lack("coordinates", "some regions have no latitude and longitude")
        return super().lack(sources)


@dataclass(frozen=True)
class FirstHit(Signal):
    """Whether attacks reach a region for the first time; read over its neighbours.

    Attributes:
        source: Counts; a value of 1 or more is a hit.
    """

    source: Signal

    @property
    def name(self) -> str:
        """Name made from the fields."""
        return f"{self.source.name}_first"

    @property
    def family(self) -> str:
        """Location."""
        return "location"

    @property
    def formula(self) -> str:
        """Formula in words."""
        return f"1 in the first month ever with {self.source.formula} >= 1, else 0"

    def series(self, sources: Sources) -> Floats:
        """Return the indicator, (regions, months), 0 or 1; NaN where the month is unobserved."""
        into = months_into(sources.read(self.source), 1)
        return np.where(np.isnan(into), into, into == 1).astype(np.float32)


@dataclass(frozen=True)
class Neighbours(Signal):
    """Sum over the regions that lie so many steps away; all of them must be observed.

    Attributes:
        source: What is summed.
        order: 1 for neighbours, 2 for neighbours' neighbours that are not also nearer.
    """

    source: Signal
    order: int

    @property
    def name(self) -> str:
        """Name made from the fields."""
        return f"neighbours{self.order}_{self.source.name}"

    @property
    def family(self) -> str:
        """Location."""
        return "location"

    @property
    def formula(self) -> str:
        """Formula in words."""
        return f"sum of {self.source.formula} over neighbours of order {self.order}"

    def lack(self, sources: Sources) -> Lack | None:
        """Return the lack when no region has a neighbour or the source is lacking."""
        if not neighbour_weights(sources.panel.regions, 1).nnz:
            return Lack("neighbours", "no region has a neighbour in the region table")
        return super().lack(sources)

    def series(self, sources: Sources) -> Floats:
        """Return the sum, (regions, months)."""
        weights = neighbour_weights(sources.panel.regions, self.order)
        return weighted_total(weights, sources.read(self.source), least=1.0)


@dataclass(frozen=True)
class Pressure(_Around):
    """Sum over all other regions, weighted by exp(-distance / scale) up to four scales away.

    Unobserved regions count like the observed ones around; half the weight must be observed.

    Attributes:
        source: What is summed.
        scale_km: Distance over which the weight falls to 1/e.
    """

    scale_km: int

    @property
    def name(self) -> str:
        """Name made from the fields."""
        return f"pressure{self.scale_km}_{self.source.name}"

    @property
    def formula(self) -> str:
        """Formula in words."""
        return (
            f"sum of {self.source.formula} x exp(-d / {self.scale_km} km) over the other regions"
            f" with d <= {_RADIUS_IN_SCALES * self.scale_km} km"
        )

    def series(self, sources: Sources) -> Floats:
        """Return the weighted sum, (regions, months)."""
        points = unit_vectors(sources.panel.regions)
        values = sources.read(self.source)
        out = np.empty(values.shape, dtype=np.float32)
        for rows in row_blocks(len(points), _BLOCK):
            weights = decaying_weights(
                points,
                rows,
                scale_km=self.scale_km,
                radius_km=_RADIUS_IN_SCALES * self.scale_km,
            )
            out[rows] = weighted_total(weights, values, least=_HALF)
        return out


@dataclass(frozen=True)
class NearestHit(_Around):
    """Distance to the nearest other region that was hit in the last months.

    Attributes:
        source: Counts; a value of 1 or more is a hit.
        months: Length of the window.
    """

    months: int

    @property
    def name(self) -> str:
        """Name made from the fields."""
        return f"nearest_{self.source.name}_{self.months}"

    @property
    def formula(self) -> str:
        """Formula in words."""
        return (
            f"km to the centre of the nearest other region with {self.source.formula} >= 1 in the"
            f" {self.months} months up to t, at most {_FARTHEST_KM:g}"
        )

    def series(self, sources: Sources) -> Floats:
        """Return km, (regions, months); NaN where the region's own window is unobserved."""
        hit = sources.read(Hit(self.source, self.months))
        points = unit_vectors(sources.panel.regions)
        distance = nearest_hit(points, hit == 1, cap_km=_FARTHEST_KM)
        return np.where(np.isnan(hit), np.float32(np.nan), distance)


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
        """Field if the region itself is included, else location."""
        return "field" if self.own else "location"

    @property
    def formula(self) -> str:
        """Formula in words."""
        regions = "all regions" if self.own else "the other regions"
        return f"sum of {self.source.formula} over {regions} of the country"

    def lack(self, sources: Sources) -> Lack | None:
        """Return the lack when regions have no country or the source is lacking."""
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
        """Formula in words."""
        return f"{self.of} of {self.source.formula} over all regions"

    def series(self, sources: Sources) -> Floats:
        """Return the same value for every region, (regions, months)."""
        values = sources.read(self.source)
        total = weighted_total(_members(np.zeros(len(values), int), 1), values, least=_HALF)
        if self.of == "mean":
            ever_observed = np.logical_or.accumulate(~np.isnan(values), axis=1).sum(axis=0)
            total = total / np.maximum(ever_observed, 1).astype(np.float32)
        return np.broadcast_to(total, values.shape)


def _members(codes: npt.NDArray[np.intp], groups: int) -> sparse.csr_array:
    rows = np.arange(len(codes))
    return sparse.csr_array((np.ones(len(codes)), (codes, rows)), shape=(groups, len(codes)))
