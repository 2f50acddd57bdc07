"""The watch sections of an issue: from the events up to its origin, in the panel's regions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd

from data.counting.panel_regions import read_panel_boundaries
from data.errors import EscalationError
from data.files import read_json
from data.regions.countries import country_keys
from data.regions.location import CellLocator, CountryLocator, Locator, PolygonLocator
from data.store.store import Store
from data.workspace import Workspace
from features.panel import Panel
from forecast.text.sections import Section
from forecast.watch.catalogue import NO_ATTACK, watch_sections
from forecast.watch.ground import GroundOf, located, own_words
from forecast.watch.months import months_of_panel
from forecast.watch.store import event_sources, watch_lists

__all__ = ["watch_of_issue"]

_OWN_WORDS = (
    "Regions are the lists' own words: the boundaries that the panel was counted in are not those"
    " of the settings."
)


def watch_of_issue(
    workspace: Workspace, past: Panel, *, as_of: str | None, told: Callable[[str], None]
) -> tuple[Section, ...]:
    """Return the watch sections of an issue.

    Args:
        workspace: Where the store and the panel's manifest are.
        past: The panel; its last month is the origin, and nothing later is read.
        as_of: Day whose knowledge the panel holds; None for today's.
        told: Told in words what was left out.
    """
    made = _manifest(workspace, past.scale)
    store = Store(workspace.store, as_of=None if as_of is None else date.fromisoformat(as_of))
    ground_of, remark = _ground(workspace, past)
    source = made.get("source")
    lists = watch_lists(store, past.months[-1], ground_of, counted=source)
    if lists and remark:
        told(f"watch sections: {remark}")
    if not lists:
        remark = NO_ATTACK if event_sources(store) else ""
    counts = [months_of_panel(past, str(source or past.scale))]
    return watch_sections(past.months[-1], lists, counts, remark=remark)


def _manifest(workspace: Workspace, scale: str) -> dict[str, Any]:
    path = workspace.panel(scale) / "manifest.json"
    return read_json(path) if path.exists() else {}


def _ground(workspace: Workspace, past: Panel) -> tuple[GroundOf, str]:
    """Return a finder of the panel's regions, else of the lists' own words with a remark."""
    locator = _locator(workspace, past)
    if locator is None:
        return own_words(set(country_keys(past.regions["country"]))), _OWN_WORDS
    return located(past.regions, locator), ""


def _locator(workspace: Workspace, past: Panel) -> Locator | None:
    """Return the locator of the panel's very regions; None where there is none any more."""
    if past.scale == "country":
        return CountryLocator(past.regions)
    settings = replace(workspace.settings().panel, scale=past.scale)
    if past.scale == "priogrid":
        return CellLocator(past.regions, bounded=settings.boundaries is not None)
    try:
        boundaries = read_panel_boundaries(settings, workspace.root)
    except EscalationError:
        return None
    if boundaries is None or not _same(boundaries.regions, past.regions):
        return None
    return PolygonLocator(boundaries, past.scale)


def _same(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    return one["region_id"].tolist() == other["region_id"].tolist()
