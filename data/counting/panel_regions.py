"""The regions that ``[panel]`` names: read from its files, with what is to be said of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from data.counting.carried_panel import carry_boundaries
from data.errors import ConfigError
from data.files import sha256_of
from data.regions.boundaries import Boundaries, read_boundaries
from data.regions.places import Places, read_places
from data.regions.region_changes import Change, RegionChanges, read_region_changes
from data.regions.region_table import read_region_table
from data.workspace import PanelSettings

__all__ = ["PanelRegions", "read_panel_boundaries", "read_panel_regions"]


_ROLES = ("boundaries", "regions", "places", "countries", "changes")


@dataclass(frozen=True)
class PanelRegions:
    """The regions that the settings name: polygons, a table, or neither.

    Attributes:
        boundaries: Polygons.
        table: Region table.
        places: Sensitive places.
        changes: The map table of regions that changed; the boundaries are carried over it.
        splits: Splits of which the boundaries hold the old region only.
        facts: Names and fingerprints of the files and what had to be done to them, as plain data.
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
    """Read the polygons that the settings name, carried over changes; None where they name none.

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
        raise ConfigError("give boundaries or a region table, not both")
    places = None if settings.places is None else read_places(root / settings.places)
    table = None if settings.regions is None else read_region_table(root / settings.regions)
    changes = _changes(settings, root)
    boundaries, splits = _carried(settings, root)
    facts = _file_facts(settings, root)
    warnings: tuple[str, ...] = ()
    if boundaries is not None:
        facts |= {
            "isolated": list(boundaries.isolated),
            "repaired": [asdict(repair) for repair in boundaries.repairs],
            "converted_from": boundaries.crs,
        }
        warnings = tuple(r.sentence() for r in boundaries.repairs) + _lonely(boundaries)
    return PanelRegions(boundaries, table, places, changes, splits, facts, warnings)


def _changes(settings: PanelSettings, root: Path) -> RegionChanges | None:
    return None if settings.changes is None else read_region_changes(root / settings.changes)


def _carried(settings: PanelSettings, root: Path) -> tuple[Boundaries | None, tuple[Change, ...]]:
    """Return the polygons carried over the changes, and the splits that they leave."""
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


def _lonely(boundaries: Boundaries) -> tuple[str, ...]:
    if not boundaries.isolated:
        return ()
    names = ", ".join(boundaries.isolated)
    return (f"no region lies next to {names}: the nearest one was taken for a neighbour",)


def _file_facts(settings: PanelSettings, root: Path) -> dict[str, Any]:
    """Return name and fingerprint of each file that was read."""
    named = {role: getattr(settings, role) for role in _ROLES}
    return {
        role: {"file": Path(file).name, "sha256": sha256_of(root / file)}
        for role, file in named.items()
        if file is not None
    }
