"""From the store and the settings to region-months: which source is counted, and in which regions.

Counting itself belongs to ``data.counting.counting``, the panel's files to ``features.panel``.
Nothing here depends on the order in which files were ingested.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from data.counting.carried_counts import carry_figures, split_counts
from data.counting.counting import count_events, count_figures
from data.counting.panel_regions import PanelRegions, check_scale, panel_locator, read_panel_regions
from data.counting.region_months import RegionMonths
from data.counting.strays import refuse_strays
from data.errors import ConfigError, EvidenceError
from data.reading import Coverage
from data.regions.carried_regions import carry_table, check_changes, life_spans
from data.regions.countries import country_keys
from data.regions.coverage import covered_countries
from data.regions.location import Locator
from data.regions.regions import with_distances
from data.schema import FIGURE_MEASURES, OBSERVED, PLACE_MEASURES, ROW_MEASURES, STATUSES
from data.store.manifests import claims_of, release_order
from data.store.month_status import silences_of
from data.store.quiet_months import Silence, silence_warnings
from data.store.store import Store
from data.store.supersession import fates_by_release
from data.workspace import PanelSettings

__all__ = ["CountedStore", "asked_settings", "chosen_source", "count_store"]


@dataclass(frozen=True)
class CountedStore:
    """Region-months of one source and what they are made from.

    Attributes:
        counts: The region-months with their reconciliation.
        manifest: Source, snapshots, coverage, region files and reconciliation, as plain data.
    """

    counts: RegionMonths
    manifest: dict[str, Any]


def asked_settings(settings: PanelSettings, given: Mapping[str, Any]) -> PanelSettings:
    """Return settings with the given options in place of the file's.

    Args:
        settings: Table ``[panel]``.
        given: Field names to values, None where none is given. Boundaries replace a region table
            and the other way round.
    """
    asked = {name: value for name, value in given.items() if value is not None}
    if "boundaries" in asked or "regions" in asked:
        settings = replace(settings, boundaries=None, layer=None, regions=None)
    return replace(settings, **asked)


def count_store(
    store: Store, settings: PanelSettings, *, root: Path, last_month: str | None = None
) -> CountedStore:
    """Count the one complete source of a store, or its figures, into region-months.

    Args:
        store: Where the rows are; as it was known on its day, where it has one.
        settings: Scale, regions, source and first month.
        root: Folder to which the settings' paths are relative.
        last_month: Last month of the panel; default: the last covered one.

    Raises:
        EvidenceError: The store holds nothing that can be counted, or ``last_month`` is after the
            last complete one.
        ConfigError: It holds several sources and none is chosen, or the regions are not given.
    """
    content, source = chosen_source(store, settings.source)
    coverages = store.coverages(source=source, complete_only=content == "events")
    places = read_panel_regions(settings, root)
    span = _Span(settings.from_month, last_month)
    silences: list[Silence] = []
    carried: dict[str, Any] = {}
    if content == "figures":
        counts, carried = _count_figures(store, source, settings, places, span)
    else:
        counts, silences = _count_listed(store, source, coverages, settings, places, span)
    counts = replace(
        counts,
        regions=with_distances(counts.regions, scale=counts.scale, boundaries=places.boundaries),
    )
    _check_until(counts, last_month)
    manifest = {
        "source": source,
        "content": content,
        "snapshots": _snapshots(store, content, source),
        "coverage": [claims_of(coverage) for coverage in coverages],
        "reconciliation": {
            **counts.reconciliation.summary(),
            "superseded": fates_by_release(store.superseded(source=source, content=content)),
        },
        "absent": sorted({*FIGURE_MEASURES, *ROW_MEASURES, *PLACE_MEASURES} - set(counts.measures)),
        "warnings": [*places.warnings, *silence_warnings(silences)],
        **places.facts,
        **carried,
    }
    if store.as_of is not None:
        manifest["as_of"] = str(store.as_of)
    return CountedStore(counts, manifest)


_NAMED = 5


def _count_listed(
    store: Store,
    source: str,
    coverages: Sequence[Coverage],
    settings: PanelSettings,
    places: PanelRegions,
    span: _Span,
) -> tuple[RegionMonths, list[Silence]]:
    """Count the events of complete lists; also return their months without any event."""
    events = store.events(source=source)
    silences = silences_of(store, source, events)
    locator = panel_locator(places, settings, events=events, coverages=coverages)
    _check_countries(locator, coverages)
    counts = _count_events(events, coverages, locator, silences, places, span)
    if places.boundaries is not None:
        refuse_strays(
            counts.reconciliation,
            places.boundaries,
            most_outside=settings.most_outside,
            scale=settings.scale,
        )
    return counts, silences


class _Span(NamedTuple):
    """First and last month of the panel; None for the first and the last covered one."""

    first: str | None
    last: str | None


def _count_figures(
    store: Store, source: str, settings: PanelSettings, places: PanelRegions, span: _Span
) -> tuple[RegionMonths, dict[str, Any]]:
    """Count figures after applying region changes; also return what was carried over."""
    figures, regions = _figures(store, source, places, settings.scale)
    carried: dict[str, Any] = {}
    if places.changes is not None:
        result = carry_figures(figures, places.changes)
        figures, regions = result.frame, carry_table(regions, places.changes)
        carried = {"carried": {"rows": result.rows, "held_back": result.held_back}}
    counts = count_figures(
        figures,
        regions,
        scale=settings.scale,
        first_month=span.first,
        last_month=span.last,
        places=places.places,
    )
    return counts, carried


def _count_events(
    events: pd.DataFrame,
    coverages: Sequence[Coverage],
    locator: Locator,
    silences: Sequence[Silence],
    places: PanelRegions,
    span: _Span,
) -> RegionMonths:
    """Count events, in regions to which changes are applied as far as possible."""
    changes = places.changes
    if changes is not None:
        check_changes(changes, locator)
    counts = count_events(
        events,
        coverages,
        locator,
        first_month=span.first,
        last_month=span.last,
        suspect=[silence.month for silence in silences if silence.suspect],
        places=places.places,
        spans=None if changes is None else life_spans(changes),
    )
    if changes is None or not places.splits:
        return counts
    return split_counts(counts, replace(changes, changes=places.splits))


def _check_countries(locator: Locator, coverages: Sequence[Coverage]) -> None:
    """Refuse regions of which none lies in a country that a list covers."""
    covered = covered_countries(coverages)
    owners = locator.regions["country"]
    if not covered or not len(owners) or set(country_keys(owners)) & set(country_keys(covered)):
        return
    named = ", ".join(f'"{name}"' for name in sorted(set(owners))[:_NAMED])
    raise EvidenceError(
        f"the lists cover {', '.join(covered[:_NAMED])}, but the regions lie in {named}: give the"
        " boundaries of the covered countries, and with --country the property that names them"
    )


def _check_until(counts: RegionMonths, last_month: str | None) -> None:
    """Refuse a panel that would end after the last complete month."""
    observed = (counts.status == STATUSES.index(OBSERVED)).any(axis=0)
    last = counts.months[int(np.flatnonzero(observed)[-1])] if observed.any() else None
    if last_month is not None and (last is None or last_month > last):
        known = f"the last complete month is {last}" if last else "no month is complete"
        raise EvidenceError(f"the panel cannot end with {last_month}: {known}")


def chosen_source(store: Store, wanted: str | None) -> tuple[str, str]:
    """Return content and name of the source to count.

    Args:
        store: Where the rows are.
        wanted: Name of the source; None where there is but one.

    Raises:
        EvidenceError: The store holds nothing that can be counted.
        ConfigError: It holds several sources and none is chosen, or it lacks the chosen one.
    """
    sources = {
        (m["source"], m["content"])
        for m in store.manifests()
        if m["coverage"]["complete"] or m["content"] == "figures"
    }
    names = sorted({source for source, _ in sources})
    if not names:
        raise EvidenceError(
            "expected a complete list or figures in the store, got neither: `escalation ingest` a"
            " complete source first"
        )
    if wanted is not None and wanted not in names:
        raise ConfigError(
            f'there is no complete source "{wanted}": choose one of {", ".join(names)}'
        )
    if wanted is None and len(names) > 1:
        raise ConfigError(
            f"the store holds several complete sources ({', '.join(names)}) that may list the same"
            " attacks: choose one with --source NAME or with source in [panel]"
        )
    source, content = min(pair for pair in sources if pair[0] == (wanted or names[0]))
    return content, source


def _snapshots(store: Store, content: str, source: str) -> list[dict[str, str]]:
    """Return the files that were counted, in order of release and fingerprint."""
    used = store.manifests(source=source, content=content, complete_only=content == "events")
    used.sort(key=lambda m: (release_order(m["release"]), m["sha256"]))
    return [{"release": m["release"], "file": m["file"], "sha256": m["sha256"]} for m in used]


def _figures(
    store: Store, source: str, places: PanelRegions, scale: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return figures and their regions: from the settings, otherwise what came with them."""
    figures, regions = store.figures(source=source)
    if places.table is not None:
        regions = places.table
    elif places.boundaries is not None:
        regions = places.boundaries.regions
    if regions is None:
        raise ConfigError(f"the figures of {source} have no region table: give one with --regions")
    ingests = store.manifests(source=source, content="figures")
    levels = {m["level"] for m in ingests if "level" in m}
    check_scale(scale, levels=levels, regions=regions, source=source)
    return figures, regions
