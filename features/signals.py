"""Signals: the monthly series of every region that features look back over.

A signal is a frozen description of one (regions, months) series of a panel. Those of a region by
itself are here; signals across regions are in ``location``. Windows over time belong to features.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Literal

import numpy as np
import numpy.typing as npt

from data.months import month_number
from data.schema import (
    ACTOR_MEASURES,
    DEATHS,
    EVENTS,
    LINK_MEASURES,
    PLACE_KM,
    PLACE_MEASURES,
    ROW_MEASURES,
    SITE_MEASURES,
    kind_measure,
)
from features.panel import Panel
from features.windows import moving_max

__all__ = ["Distance", "Hit", "Lack", "Measure", "MonthOfYear", "Signal", "Sources", "of_kind"]

Floats = npt.NDArray[np.float32]

_OWN_FAMILIES = {
    "actors": ACTOR_MEASURES,
    "sites": SITE_MEASURES,
    "simultaneity": LINK_MEASURES,
    "location": PLACE_MEASURES,
}


@dataclass(frozen=True)
class Lack:
    """An input of a signal that a panel does not have.

    Attributes:
        subject: The missing input, such as ``deaths`` or ``coordinates``.
        reason: A sentence for the manifest of a run.
    """

    subject: str
    reason: str


class Sources:
    """Series of one panel's signals, each computed once and cached until it is dropped.

    Attributes:
        panel: Where regions, months and measures come from.
        training_months: Number of first months that models learn from: a measure without a value
            in them is lacking, whatever later months hold.
    """

    def __init__(self, panel: Panel, *, training_months: int) -> None:
        self.panel = panel
        self.training_months = training_months
        self._series: dict[Signal, Floats] = {}

    def read(self, signal: Signal) -> Floats:
        """Return the series of a signal, (regions, months) float32."""
        if signal not in self._series:
            self._series[signal] = signal.series(self)
        return self._series[signal]

    def keep_only(self, signals: Iterable[Signal]) -> None:
        """Drop every series that is not among ``signals``."""
        wanted = set(signals)
        self._series = {signal: s for signal, s in self._series.items() if signal in wanted}


@dataclass(frozen=True)
class Signal:
    """One series of every region, made from a panel."""

    @property
    def name(self) -> str:
        """Name made from the fields."""
        raise NotImplementedError

    @property
    def family(self) -> str:
        """Family of the features over this signal."""
        raise NotImplementedError

    @property
    def formula(self) -> str:
        """Formula in words."""
        raise NotImplementedError

    def inputs(self) -> tuple[Signal, ...]:
        """Return the signals that this one is made from."""
        values = (getattr(self, field.name) for field in fields(self))
        return tuple(value for value in values if isinstance(value, Signal))

    def lack(self, sources: Sources) -> Lack | None:
        """Return what the panel lacks for this signal, None when nothing."""
        lacks = (signal.lack(sources) for signal in self.inputs())
        return next((lack for lack in lacks if lack), None)

    def series(self, sources: Sources) -> Floats:
        """Return the series, (regions, months) float32; NaN where it is unknown."""
        raise NotImplementedError


@dataclass(frozen=True)
class Measure(Signal):
    """A measure of the panel, unchanged.

    Attributes:
        measure: One of ``data.schema.FIGURE_MEASURES``, ``ROW_MEASURES`` or ``PLACE_MEASURES``.
    """

    measure: str

    @property
    def name(self) -> str:
        """The measure's own name."""
        return self.measure

    @property
    def family(self) -> str:
        """Frequency for events, severity for all that counts people; else that of its own kind."""
        for family, measures in _OWN_FAMILIES.items():
            if self.measure in measures:
                return family
        return "frequency" if self.measure.startswith(EVENTS) else "severity"

    @property
    def formula(self) -> str:
        """The measure's own name."""
        return self.measure

    def lack(self, sources: Sources) -> Lack | None:
        """Return the lack when the panel has no such measure or no value in the training months.

        A kind of violence without any count in them came into the panel with later rows.
        """
        values = sources.panel.measures.get(self.measure)
        if values is None and self.measure in PLACE_MEASURES:
            return _no_place(self.measure, sources.panel)
        if values is None:
            need = "; it is made from event rows" if self.measure in ROW_MEASURES else ""
            return Lack(self.measure, f'the panel has no measure "{self.measure}"{need}')
        training = values[:, : sources.training_months]
        if np.isnan(training).all():
            return Lack(self.measure, f'no month has a known value of "{self.measure}"')
        if self.measure not in (EVENTS, DEATHS) and not (training > 0).any():
            return Lack(self.measure, f'no month of training has any "{self.measure}"')
        return None

    def series(self, sources: Sources) -> Floats:
        """Return the measure, (regions, months), counts a month."""
        return sources.panel.measure(self.measure)


@dataclass(frozen=True)
class Hit(Signal):
    """Whether a region was hit at least once in the last months.

    Attributes:
        source: Counts; a value of 1 or more is a hit.
        months: Length of the window.
    """

    source: Signal
    months: int

    @property
    def name(self) -> str:
        """Name made from the fields."""
        return f"{self.source.name}_hit_{self.months}"

    @property
    def family(self) -> str:
        """That of the source."""
        return self.source.family

    @property
    def formula(self) -> str:
        """Formula in words."""
        return f"1 if {self.source.formula} >= 1 in any of the last {self.months} months, else 0"

    def series(self, sources: Sources) -> Floats:
        """Return the indicator, (regions, months), 0 or 1."""
        most = moving_max(sources.read(self.source), self.months)
        return np.where(np.isnan(most), most, most >= 1).astype(np.float32)


@dataclass(frozen=True)
class Distance(Signal):
    """A distance from the region table, the same in every month.

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
        """Formula in words."""
        ends = {"capital_km": "the country's capital", "border_km": "the nearest border"}
        return f"km from the region's centre to {ends[self.column]}"

    def lack(self, sources: Sources) -> Lack | None:
        """Return the lack when no region has the distance."""
        regions = sources.panel.regions
        if self.column in regions and regions[self.column].notna().any():
            return None
        return Lack(self.column, f'the region table has no "{self.column}"')

    def series(self, sources: Sources) -> Floats:
        """Return the distance in km, the same in every month; NaN where it is unknown."""
        panel = sources.panel
        km = panel.regions[self.column].to_numpy(np.float32)
        return np.broadcast_to(km[:, None], (len(km), len(panel.months)))


@dataclass(frozen=True)
class MonthOfYear(Signal):
    """The month of the year as one coordinate of a point on a circle.

    Attributes:
        wave: ``sin`` or ``cos`` of 2 pi m / 12, January at m = 0.
    """

    wave: Literal["sin", "cos"]

    @property
    def name(self) -> str:
        """Name made from the fields."""
        return f"month_{self.wave}"

    @property
    def family(self) -> str:
        """Calendar."""
        return "calendar"

    @property
    def formula(self) -> str:
        """Formula in words."""
        return f"{self.wave}(2 pi m / 12), m = 0 in January"

    def series(self, sources: Sources) -> Floats:
        """Return the coordinate, (regions, months), -1 to 1, the same for every region."""
        panel = sources.panel
        turn = np.array([month_number(month) % 12 for month in panel.months]) * (np.pi / 6)
        wave = np.sin(turn) if self.wave == "sin" else np.cos(turn)
        return np.broadcast_to(wave.astype(np.float32), (len(panel.regions), len(turn)))


def _no_place(measure: str, panel: Panel) -> Lack:
    """Return one lack for a panel without places, else one for the kind of place."""
    if PLACE_KM in panel.measures:
        return Lack(measure, f'the list of places gives no "{measure}"')
    return Lack("places", "the panel was made without a list of places (--places FILE)")


def of_kind(measure: str, kind: str) -> Measure:
    """Return a measure restricted to one kind of violence."""
    return Measure(kind_measure(measure, kind))
