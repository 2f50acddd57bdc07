"""Signals: the monthly series of every region that features look back over.

A signal is a frozen description of one (regions, months) series of a panel: a measure as it was
counted, or something made from it across regions. Windows over time belong to the features.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

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

__all__ = ["Hit", "Lack", "Measure", "Signal", "Sources", "of_kind"]

Floats = npt.NDArray[np.float32]

_OWN_FAMILIES = {
    "actors": ACTOR_MEASURES,
    "sites": SITE_MEASURES,
    "simultaneity": LINK_MEASURES,
    "location": PLACE_MEASURES,
}


@dataclass(frozen=True)
class Lack:
    """What a panel lacks for a signal.

    Attributes:
        subject: The missing input, such as ``deaths`` or ``coordinates``.
        reason: A sentence for run and manifest.
    """

    subject: str
    reason: str


class Sources:
    """Series of one panel's signals, each made once and kept until it is dropped.

    Attributes:
        panel: Where regions, months and measures come from.
        known: How many of the first months may be asked whether a measure is known at all.
    """

    def __init__(self, panel: Panel, *, known: int) -> None:
        self.panel = panel
        self.known = known
        self._kept: dict[Signal, Floats] = {}

    def read(self, signal: Signal) -> Floats:
        """Return the series of a signal, (regions, months)."""
        if signal not in self._kept:
            self._kept[signal] = signal.series(self)
        return self._kept[signal]

    def keep_only(self, signals: Iterable[Signal]) -> None:
        """Drop every series that is not among ``signals``."""
        wanted = set(signals)
        self._kept = {signal: kept for signal, kept in self._kept.items() if signal in wanted}


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
        """What one value says, in words."""
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
        """Return the series, (regions, months) float32, NaN where it is not known."""
        raise NotImplementedError


@dataclass(frozen=True)
class Measure(Signal):
    """A measure of the panel as it was counted.

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
        """Say when the measure is not there or says nothing up to the last month of training.

        A kind that was never counted by then is one that later rows brought into the panel.
        """
        values = sources.panel.measures.get(self.measure)
        if values is None and self.measure in PLACE_MEASURES:
            return _no_place(self.measure, sources.panel)
        if values is None:
            need = "; it is made from event rows" if self.measure in ROW_MEASURES else ""
            return Lack(self.measure, f'the panel has no measure "{self.measure}"{need}')
        known = values[:, : sources.known]
        if np.isnan(known).all():
            return Lack(self.measure, f'no month has a known value of "{self.measure}"')
        if self.measure not in (EVENTS, DEATHS) and not (known > 0).any():
            return Lack(self.measure, f'no month of training has any "{self.measure}"')
        return None

    def series(self, sources: Sources) -> Floats:
        """Return the measure."""
        return sources.panel.measure(self.measure)


@dataclass(frozen=True)
class Hit(Signal):
    """Whether a region was hit at least once in the last months.

    Attributes:
        source: What counts as being hit when it is 1 or more.
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
        """What one value says."""
        return f"1 if {self.source.formula} >= 1 in any of the last {self.months} months, else 0"

    def series(self, sources: Sources) -> Floats:
        """Return the indicator, 0 or 1."""
        most = moving_max(sources.read(self.source), self.months)
        return np.where(np.isnan(most), most, most >= 1).astype(np.float32)


def _no_place(measure: str, panel: Panel) -> Lack:
    """Say once that there is no list of places, else what a list lacks."""
    if PLACE_KM in panel.measures:
        return Lack(measure, f'the list of places gives no "{measure}"')
    return Lack("places", "the panel was made without a list of places (--places FILE)")


def of_kind(measure: str, kind: str) -> Measure:
    """Return a measure restricted to one kind of violence."""
    return Measure(kind_measure(measure, kind))
