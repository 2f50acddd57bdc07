"""The regions that ``[panel]`` names: read from its files, with what a reader should know of them.

Also which locator puts events into them, and which scales ready figures fit.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from data.errors import ConfigError
from data.files import sha256_of
from data.reading import Coverage
from data.regions.boundaries import Boundaries, read_boundaries
from data.regions.carried_regions import carry_boundaries
from data.regions.countries import country_of, place_key, unread_in_countries
from data.regions.coverage import covered_countries
from data.regions.location import NEAREST_KM, CellLocator, CountryLocator, Locator, PolygonLocator
from data.regions.places import Places, read_places, unread_in_places
from data.regions.priogrid import are_cell_ids
from data.regions.region_changes import (
    Change,
    RegionChanges,
    read_region_changes,
    unread_in_region_changes,
)
from data.regions.region_table import read_region_table, unread_in_region_table
from data.regions.regions import cell_regions, country_regions
from data.workspace import PanelSettings

__all__ = [
    "PanelRegions",
    "check_scale",
    "make_locator",
    "panel_locator",
    "read_panel_boundaries",
    "read_panel_regions",
]

_ROLES = ("boundaries", "regions", "places", "countries", "changes")
# What a table holds that is not read is named.
_TABLES = {
    "regions": unread_in_region_table,
    "places": unread_in_places,
    "countries": unread_in_countries,
    "changes": unread_in_region_changes,
}
_MOST = 10
_NAMED = ("country", "admin1", "admin2", "priogrid")


@dataclass(frozen=True)
class PanelRegions:
    """The regions that the settings name: polygons, a table, or neither.

    Attributes:
        boundaries: Polygons.
        table: Region table.
        places: Sensitive places.
        changes: The table of region changes, which the boundaries already follow.
        splits: Splits of which the boundaries hold only the old region.
        facts: Names and fingerprints of the files and repairs of them, as plain data.
        warnings: What a reader should know of the regions.
    """

    boundaries: Boundaries | None
    table: pd.DataFrame | None
    places: Places | None
    changes: RegionChanges | None
    splits: tuple[Change, ...]
    facts: dict[str, Any]
    warnings: tuple[str, ...] = ()


def read_panel_boundaries(settings: PanelSettings, root: Path) -> Boundaries | None:
    """Read the polygons of the settings, with changes applied; None where there are none.

    Args:
        settings: Table ``[panel]``.
        root: Folder to which its paths are relative.
    """
    return _carried(settings, root)[0]


def read_panel_regions(settings: PanelSettings, root: Path) -> PanelRegions:
    """Read the boundaries or the region table that the settings name.

    Args:
        settings: Table ``[panel]``.
        root: Folder to which its paths are relative.

    Raises:
        ConfigError: Both are named.
    """
    if settings.boundaries is not None and settings.regions is not None:
        raise ConfigError("[panel]: expected boundaries or regions, not both: remove one")
    places = None if settings.places is None else read_places(root / settings.places)
    table = None if settings.regions is None else read_region_table(root / settings.regions)
    changes = _changes(settings, root)
    boundaries, splits = _carried(settings, root)
    facts = _file_facts(settings, root)
    warnings = _unread(settings, root)
    if boundaries is not None:
        facts |= {
            "isolated": list(boundaries.isolated),
            "repaired": [asdict(repair) for repair in boundaries.repairs],
            "converted_from": boundaries.crs,
        }
        repairs = (repair.sentence() for repair in boundaries.repairs)
        warnings += (*boundaries.notes, *repairs, *_isolation(boundaries))
        warnings += _unknown_countries(boundaries)
    return PanelRegions(boundaries, table, places, changes, splits, facts, warnings)


def panel_locator(
    panel: PanelRegions,
    settings: PanelSettings,
    *,
    events: pd.DataFrame,
    coverages: Sequence[Coverage],
) -> Locator:
    """Return the locator of a panel: of its region table where it has one, else of its scale.

    Args:
        panel: The regions that the settings name.
        settings: Table ``[panel]``.
        events: Canonical events of complete lists.
        coverages: Of the same lists.

    Raises:
        ConfigError: A scale of polygons comes without boundaries.
        EvidenceError: No list is complete.
    """
    if panel.table is not None and settings.scale == "country":
        return CountryLocator(panel.table)
    if panel.table is not None and settings.scale == "priogrid":
        return CellLocator(panel.table, bounded=True, nearest_km=settings.nearest_km)
    return make_locator(
        settings.scale,
        events=events,
        coverages=coverages,
        boundaries=panel.boundaries,
        until=settings.cells_until,
        nearest_km=settings.nearest_km,
    )


def make_locator(
    scale: str,
    *,
    events: pd.DataFrame,
    coverages: Sequence[Coverage],
    boundaries: Boundaries | None = None,
    until: str | None = None,
    nearest_km: float = NEAREST_KM,
) -> Locator:
    """Return the locator of a scale.

    Args:
        scale: ``country`` (every country that complete lists cover), ``priogrid``, or a scale of
            polygons.
        events: Canonical events of complete lists; they make the cells where there are no
            boundaries.
        coverages: Of the same lists.
        boundaries: Needed for a scale of polygons; at ``country`` they give areas and neighbours,
            at ``priogrid`` the cells.
        until: Last month whose events may make a cell.
        nearest_km: How far an event beside all regions may be moved into one of its country.

    Raises:
        ConfigError: A scale of polygons comes without boundaries.
        EvidenceError: No list is complete.
    """
    if scale == "country":
        covered = covered_countries(coverages)
        return CountryLocator(country_regions(covered, boundaries=boundaries))
    if scale == "priogrid":
        cells = cell_regions(events, boundaries=boundaries, until=until)
        return CellLocator(cells, bounded=boundaries is not None, nearest_km=nearest_km)
    if boundaries is None:
        raise ConfigError(
            f'the scale "{scale}" needs polygons: set [panel] boundaries in escalation.toml or give'
            " --boundaries FILE"
        )
    return PolygonLocator(boundaries, scale, nearest_km)


def check_scale(scale: str, *, levels: Collection[str], regions: pd.DataFrame, source: str) -> None:
    """Refuse a scale that figures do not fit; a scale with a name of its own fits any.

    Args:
        scale: The scale of the panel.
        levels: Administrative levels that the ingests of the figures name.
        regions: Their region table.
        source: Their source, for the message.

    Raises:
        ConfigError: They count another level, several regions a country, or not PRIO-GRID cells.
    """
    if scale not in _NAMED:
        return
    other = sorted(set(levels) - {scale})
    if other:
        raise ConfigError(
            f"the figures of {source} count regions of the level {other[0]}, not {scale}: give"
            f" --scale {other[0]}, or ingest their files again with --admin-level, which adds finer"
            " rows up"
        )
    if scale == "priogrid" and not are_cell_ids(regions["region_id"]):
        raise ConfigError(
            f"the scale priogrid needs PRIO-GRID cells (ids 1 to 259200), got other regions in the"
            f" figures of {source}: give the scale that they have"
        )
    keys = pd.Series([place_key(name) for name in regions["country"]])
    twice = (keys != "") & keys.duplicated()
    if scale == "country" and twice.any():
        name = regions["country"].iloc[int(twice.to_numpy().argmax())]
        raise ConfigError(
            f'the scale country needs one region a country, got several of "{name}" in the figures'
            f" of {source}: give the scale that they have"
        )


def _unread(settings: PanelSettings, root: Path) -> tuple[str, ...]:
    named = {role: getattr(settings, role) for role in _TABLES}
    return tuple(
        sentence
        for role, file in named.items()
        if file is not None
        for sentence in _TABLES[role](root / file)
    )


def _changes(settings: PanelSettings, root: Path) -> RegionChanges | None:
    return None if settings.changes is None else read_region_changes(root / settings.changes)


def _carried(settings: PanelSettings, root: Path) -> tuple[Boundaries | None, tuple[Change, ...]]:
    """Return the polygons with changes applied, and the splits that remain."""
    if settings.boundaries is None:
        return None, ()
    boundaries = read_boundaries(
        root / settings.boundaries,
        id_property=settings.id,
        name_property=settings.name,
        country_property=settings.country,
        layer=settings.layer,
    )
    changes = _changes(settings, root)
    if changes is None or settings.scale in ("country", "priogrid"):
        return boundaries, ()
    return carry_boundaries(boundaries, changes)


def _isolation(boundaries: Boundaries) -> tuple[str, ...]:
    if not boundaries.isolated:
        return ()
    names = ", ".join(boundaries.isolated)
    return (f"no region borders {names}: the nearest one counts as a neighbour",)


def _unknown_countries(boundaries: Boundaries) -> tuple[str, ...]:
    unknown = [name for name in sorted(set(boundaries.regions["country"])) if not country_of(name)]
    if not unknown:
        return ()
    more = f" and {len(unknown) - _MOST} more" if len(unknown) > _MOST else ""
    named = f"{', '.join(unknown[:_MOST])}{more}"
    return (f"countries that are not known: {named}; [panel] countries adds them",)


def _file_facts(settings: PanelSettings, root: Path) -> dict[str, Any]:
    """Return name and fingerprint of each file that was read."""
    named = {role: getattr(settings, role) for role in _ROLES}
    return {
        role: {"file": Path(file).name, "sha256": sha256_of(root / file)}
        for role, file in named.items()
        if file is not None
    }
