"""Events, or ready figures, to counts of every region and month.

Counts are added up in int64. A region-month that is not observed has no number, and where a toll is
unknown the deaths of that region-month are unknown too: neither is ever 0.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.counting.actor_measures import actor_measures
from data.counting.attacks import Attacks, list_attacks
from data.counting.link_measures import link_measures
from data.counting.place_measures import attacks_near_places, place_distances
from data.counting.placing import PlacedParts, place_parts, spread_counts
from data.counting.region_months import RegionMonths, reconcile, reconcile_figures
from data.counting.row_groups import blanked
from data.counting.site_measures import site_measures
from data.errors import EvidenceError, SchemaError
from data.months import month_number, month_range
from data.reading import Coverage
from data.regions.coverage import coverage_status, covered_months
from data.regions.location import Locator
from data.regions.neighbours import split_neighbours
from data.regions.places import Places
from data.schema import DEATHS, EVENTS, FIGURE_MEASURES, KINDS, OBSERVED, STATUSES, kind_measure

__all__ = ["count_events", "count_figures"]

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Status = npt.NDArray[np.int8]
Measures = dict[str, Floats]

_TOLLS = {DEATHS: "deaths_best", "deaths_low": "deaths_low", "deaths_high": "deaths_high"}


def count_events(
    events: pd.DataFrame,
    coverages: Sequence[Coverage],
    place: Locator,
    *,
    first_month: str | None = None,
    last_month: str | None = None,
    suspect: Collection[str] = (),
    places: Places | None = None,
    spans: Mapping[str, tuple[str | None, str | None]] | None = None,
) -> RegionMonths:
    """Count the events of complete lists.

    Measures: ``events``; ``deaths``, ``deaths_low``, ``deaths_high`` (``civilians`` where the
    events tell of any); ``largest_event``, the most deaths of one event in that month; and by
    kind ``events_<kind>``, ``deaths_<kind>`` for the kinds that occur. Those of attackers, places
    and simultaneity (``ROW_MEASURES``) where the events name sides, points and days; those of
    ``PLACE_MEASURES`` where there is a list of places.

    Args:
        events: Canonical events of complete lists, each attack once.
        coverages: What these lists claim to cover.
        place: Finds the region of an event.
        first_month: First month of the panel; None: the first covered one.
        last_month: Last month of the panel; None: the last covered one.
        suspect: Covered months without an event that are more likely missing than quiet.
        places: Sensitive places.
        spans: Region ids to the month in which they appeared and the one in which they ended, None
            for never; months outside are ``not_covered``.

    Raises:
        EvidenceError: No list is complete, no month is left, or the counts do not add up.
    """
    months = _months(covered_months(coverages), first_month, last_month)
    status = coverage_status(place.regions, months, coverages, scale=place.scale, suspect=suspect)
    _blank_outside(status, place.regions, months, spans or {})
    location = place.locate(events)
    placed = place_parts(events, location, months, status)
    measures = _measures(events, placed, status) | _of_rows(
        list_attacks(events, location, placed, months), place.regions, status
    )
    if places is not None:
        observed = np.asarray(status == STATUSES.index(OBSERVED))
        measures |= place_distances(places, place.regions, months, observed)
        measures |= attacks_near_places(places, events, placed, months, observed)
    return RegionMonths(
        scale=place.scale,
        regions=place.regions,
        months=months,
        measures=measures,
        status=status,
        reconciliation=reconcile(
            events, location, placed, regions=place.regions, measures=measures
        ),
    )


def count_figures(
    frame: pd.DataFrame,
    regions: pd.DataFrame,
    *,
    scale: str,
    first_month: str | None = None,
    last_month: str | None = None,
    places: Places | None = None,
) -> RegionMonths:
    """Arrange ready figures as a rectangle.

    A region-month without a row is ``not_covered``; one with a row has the row's ``status``,
    ``observed`` where there is none. A measure without a number stays missing.

    Args:
        frame: Figures: ``region_id, month``, any of ``FIGURE_MEASURES``, optional ``status``.
        regions: Region table, sorted by ``region_id``; it may hold regions without figures.
        scale: Name of the spatial scale.
        first_month: First month of the panel; None: the first of the figures.
        last_month: Last month of the panel; None: the last of the figures.
        places: Sensitive places; figures have no points, so only distances can be measured.

    Raises:
        EvidenceError: There is no figure, or no month is left.
        SchemaError: A region is not in the region table or a region-month is repeated.
    """
    if frame.empty:
        raise EvidenceError("expected figures to count, got none: ingest some first")
    span = str(frame["month"].min()), str(frame["month"].max())
    months = _months(span, first_month, last_month)
    held, cell = _figure_cells(frame, regions, months)
    status = _figure_status(held, cell, (len(regions), len(months)))
    unseen = status != STATUSES.index(OBSERVED)
    measures = {
        name: _laid_out(held[name], cell, unseen) for name in FIGURE_MEASURES if name in held
    }
    if places is not None:
        measures |= place_distances(places, regions, months, ~unseen)
    return RegionMonths(
        scale=scale,
        regions=regions,
        months=months,
        measures=measures,
        status=status,
        reconciliation=reconcile_figures(regions, measures),
    )


def _months(span: tuple[str, str], first: str | None, last: str | None) -> tuple[str, ...]:
    months = tuple(month_range(first or span[0], last or span[1]))
    if not months:
        raise EvidenceError(
            f"expected months from {first or span[0]} to {last or span[1]}, got none: the data"
            f" cover {span[0]} to {span[1]}"
        )
    return months


def _blank_outside(
    status: Status,
    regions: pd.DataFrame,
    months: Sequence[str],
    spans: Mapping[str, tuple[str | None, str | None]],
) -> None:
    """Mark the months before a region appeared and after it ended as not covered."""
    column = np.array(months)
    for region_id, (begin, end) in spans.items():
        outside = (column < (begin or "")) | (column >= (end or "9999-12"))
        rows = np.flatnonzero(regions["region_id"] == region_id)
        status[rows[:, None], np.flatnonzero(outside)] = STATUSES.index("not_covered")


def _measures(events: pd.DataFrame, placed: PlacedParts, status: Status) -> Measures:
    unseen = status != STATUSES.index(OBSERVED)
    best = events["deaths_best"]
    tolls = dict(_TOLLS)
    if events["civilians"].notna().any():
        tolls["civilians"] = "civilians"
    measures = {EVENTS: _counted(placed, unseen)}
    for name, column in tolls.items():
        measures[name] = _summed(events[column], placed, unseen)
    measures["largest_event"] = _largest(best, placed, unseen)
    for kind in KINDS:
        own = (events["kind"] == kind).fillna(False).to_numpy(dtype=bool)
        if own.any():
            measures |= _of_kind(kind, own, events, placed, unseen)
    return measures


def _of_rows(attacks: Attacks, regions: pd.DataFrame, status: Status) -> Measures:
    observed = np.asarray(status == STATUSES.index(OBSERVED))
    neighbours = split_neighbours(
        regions["neighbours"].fillna("").tolist(), regions["region_id"].tolist()
    )
    return (
        actor_measures(attacks, observed, neighbours)
        | site_measures(attacks, observed)
        | link_measures(attacks, observed)
    )


def _of_kind(
    kind: str, own: Flags, events: pd.DataFrame, placed: PlacedParts, unseen: Flags
) -> Measures:
    """Return both measures of one kind; missing where the kind of an event is unknown."""
    vague = ~events["kind"].isin(KINDS).to_numpy()
    blank = unseen | _touched(vague, placed, unseen.shape)
    deaths = events["deaths_best"].where(own, 0)
    return {
        kind_measure(EVENTS, kind): _counted(placed, blank, own),
        kind_measure(DEATHS, kind): _summed(deaths, placed, blank),
    }


def _counted(placed: PlacedParts, blank: Flags, own: Flags | None = None) -> Floats:
    first = placed.counted & placed.parts.first
    if own is not None:
        first &= own[placed.parts.event]
    counts = np.bincount(placed.cell[first], minlength=blank.size)
    return blanked(counts.reshape(blank.shape), ~blank)


def _summed(tolls: pd.Series, placed: PlacedParts, blank: Flags) -> Floats:
    amounts, unknown = _spread(tolls, placed)
    sums = np.zeros(blank.size, dtype=np.int64)
    np.add.at(sums, placed.cell[placed.counted], amounts)
    hidden = blank | _touched(unknown, placed, blank.shape)
    return blanked(sums.reshape(blank.shape), ~hidden)


def _largest(tolls: pd.Series, placed: PlacedParts, blank: Flags) -> Floats:
    amounts, unknown = _spread(tolls, placed)
    most = np.zeros(blank.size, dtype=np.int64)
    np.maximum.at(most, placed.cell[placed.counted], amounts)
    hidden = blank | _touched(unknown, placed, blank.shape)
    return blanked(most.reshape(blank.shape), ~hidden)


def _spread(tolls: pd.Series, placed: PlacedParts) -> tuple[npt.NDArray[np.int64], Flags]:
    """Return the deaths of the counted parts and which events have an unknown toll."""
    known = tolls.fillna(0).to_numpy(np.int64)
    return spread_counts(placed.parts, known)[placed.counted], tolls.isna().to_numpy(dtype=bool)


def _touched(chosen: Flags, placed: PlacedParts, shape: tuple[int, ...]) -> Flags:
    """Say in which region-months a part of a chosen event falls."""
    touched = np.zeros(shape, dtype=bool)
    touched.ravel()[placed.cell[placed.counted & chosen[placed.parts.event]]] = True
    return touched


def _figure_cells(
    frame: pd.DataFrame, regions: pd.DataFrame, months: Sequence[str]
) -> tuple[pd.DataFrame, npt.NDArray[np.intp]]:
    row = pd.Index(regions["region_id"]).get_indexer(pd.Index(frame["region_id"]))
    if (row < 0).any():
        unknown = frame["region_id"].iloc[int(np.argmax(row < 0))]
        raise SchemaError(f'region "{unknown}" has figures but is not in the region table: add it')
    codes, texts = pd.factorize(frame["month"])
    numbers = np.array([month_number(text) for text in texts], dtype=np.int64)
    column = numbers[codes] - month_number(months[0])
    inside = (column >= 0) & (column < len(months))
    cell = (row * len(months) + column)[inside].astype(np.intp)
    if len(np.unique(cell)) < len(cell):
        raise SchemaError("duplicate key: the figures repeat a region and month: choose one source")
    return frame[inside], cell


def _figure_status(
    frame: pd.DataFrame, cell: npt.NDArray[np.intp], shape: tuple[int, int]
) -> Status:
    status = np.full(shape, STATUSES.index("not_covered"), dtype=np.int8)
    codes = np.full(len(frame), STATUSES.index(OBSERVED), dtype=np.int8)
    if "status" in frame:
        given = pd.Index(STATUSES).get_indexer(pd.Index(frame["status"].fillna(OBSERVED)))
        if (given < 0).any():
            wrong = frame["status"].iloc[int(np.argmax(given < 0))]
            raise SchemaError(f'expected one of the statuses {", ".join(STATUSES)}, got "{wrong}"')
        codes = given.astype(np.int8)
    status.ravel()[cell] = codes
    return status


def _laid_out(values: pd.Series, cell: npt.NDArray[np.intp], blank: Flags) -> Floats:
    laid = np.full(blank.shape, np.nan, dtype=np.float32)
    laid.ravel()[cell] = values.to_numpy(dtype=np.float64, na_value=np.nan)
    laid[blank] = np.nan
    return laid
