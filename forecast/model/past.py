"""The past that facts are read off, and what a fact is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from data.regions.geodesy import EARTH_KM
from data.schema import DEATHS, EVENTS
from features.panel import Panel
from forecast.text.wording import shortened

__all__ = ["SEASON", "Fact", "Past", "window_sum"]

Floats = npt.NDArray[np.float64]

SEASON = 3


@dataclass(frozen=True)
class Fact:
    """One sentence and where it points: 1 to a higher risk, -1 to a lower one, 0 to neither."""

    text: str
    points: int


@dataclass(frozen=True)
class Past:
    """A panel that ends at the origin, with what several facts read off it.

    Attributes:
        panel: The past; its last month is the origin.
    """

    panel: Panel

    @cached_property
    def events(self) -> Floats:
        """Attacks, (regions, months)."""
        return self.panel.measure(EVENTS).astype(np.float64)

    @cached_property
    def deaths(self) -> Floats:
        """Deaths, (regions, months); all missing where the panel has none."""
        if DEATHS in self.panel.measures:
            return self.panel.measures[DEATHS].astype(np.float64)
        return np.full(self.panel.status.shape, np.nan)

    @cached_property
    def names(self) -> list[str]:
        """Names of the regions on one line each."""
        return [shortened(name) for name in self.panel.regions["region"]]

    @cached_property
    def neighbours(self) -> list[npt.NDArray[np.intp]]:
        """Rows of each region's neighbours."""
        rows = {region_id: row for row, region_id in enumerate(self.panel.region_ids)}
        return [
            np.array([rows[n] for n in str(text).split(";") if n in rows], dtype=np.intp)
            for text in self.panel.regions["neighbours"].fillna("")
        ]

    @cached_property
    def countries(self) -> Mapping[str, Floats]:
        """Attacks a month of each country; missing where one of its regions is."""
        names = self.panel.regions["country"].to_numpy()
        return {str(name): self.events[names == name].sum(axis=0) for name in set(names)}

    @cached_property
    def whole(self) -> Floats:
        """Attacks a month of all regions; missing where one of them is."""
        return np.asarray(self.events.sum(axis=0))

    def distances(self, row: int) -> Floats:
        """Return the distance from one region's centre to all centres, kilometres."""
        latitude = np.radians(self.panel.regions["latitude"].to_numpy(np.float64))
        longitude = np.radians(self.panel.regions["longitude"].to_numpy(np.float64))
        half = np.sin((latitude - latitude[row]) / 2) ** 2 + (
            np.cos(latitude) * np.cos(latitude[row]) * np.sin((longitude - longitude[row]) / 2) ** 2
        )
        return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(half)))


def window_sum(series: Floats, months: int) -> float:
    """Return the sum of the last months; NaN where one is missing or the past is shorter."""
    return float(series[-months:].sum()) if len(series) >= months else float("nan")
