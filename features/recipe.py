"""What a panel was made from, kept beside it: settings, copies of the given files, and the store.

``panels/SCALE/given/`` holds the files of regions, changes and places that the settings or the
options named, so that map, watch and a new count have them wherever they came from.
"""

from __future__ import annotations

import glob
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from data.errors import EvidenceError
from data.records import check_file
from data.store.store import Store
from data.workspace import PanelSettings, Workspace
from features.panel import read_panel_manifest

__all__ = [
    "FILES",
    "RECIPE",
    "keep_given",
    "made_settings",
    "make_recipe",
    "panel_settings",
    "placed",
    "stored",
]

RECIPE = "recipe"
_GIVEN = "given"
_ADVICE = "run `escalation panel` again"
_KEPT = ("boundaries", "regions", "changes", "places")
# The settings that name files.
FILES = (*_KEPT, "countries")


def make_recipe(
    workspace: Workspace,
    settings: PanelSettings,
    store: Store,
    *,
    source: str,
    complete: str,
    last_month: str | None,
) -> dict[str, Any]:
    """Return what a panel is made from, as plain data for its manifest.

    Args:
        workspace: Its settings file is set apart from what was asked for besides.
        settings: Table ``[panel]`` with the options in place of the file's.
        store: Where the rows are; as it was known on its day, where it has one.
        source: Source that is counted.
        complete: Last complete month of the panel.
        last_month: Last month that was asked for; None for the last covered one.
    """
    file = asdict(placed(workspace.settings().panel, workspace.root))
    asked = asdict(placed(settings, workspace.root))
    return {
        "settings": asked,
        "given": {name: value for name, value in asked.items() if value != file[name]},
        "last_month": last_month,
        "complete": complete,
        "stored": stored(store, source),
    }


def placed(settings: PanelSettings, root: Path) -> PanelSettings:
    """Return settings whose files are named from the workspace on, wherever they lie.

    So a manifest tells nothing of the machine, and holds where a tree is moved as a whole.
    """
    named = {role: getattr(settings, role) for role in FILES}
    paths: dict[str, Any] = {
        role: os.path.relpath(root / file, root) for role, file in named.items() if file
    }
    return replace(settings, **paths)


def stored(store: Store, source: str) -> list[dict[str, Any]]:
    """Return what a store holds for a source: its files, and lists that name withdrawn rows."""
    held = {
        (m["release"], m["sha256"], repr(m["coverage"])): {
            "file": m["file"],
            "release": m["release"],
            "sha256": m["sha256"],
            "coverage": m["coverage"],
        }
        for m in store.manifests()
        if m["source"] == source or m.get("taken_back")
    }
    return [held[key] for key in sorted(held)]


def keep_given(settings: PanelSettings, root: Path, folder: Path) -> dict[str, str]:
    """Copy the files that settings name into a panel's folder.

    Args:
        settings: Table ``[panel]``.
        root: Folder to which its paths are relative.
        folder: The panel's folder.

    Returns:
        Role of each file to its copy, relative to the panel's folder.
    """
    kept = {}
    for role in _KEPT:
        named = getattr(settings, role)
        if named is not None:
            kept[role] = f"{_GIVEN}/{role}{Path(named).suffix}"
            _copy(root / named, folder / kept[role])
    return kept


def panel_settings(workspace: Workspace, scale: str) -> PanelSettings:
    """Return the settings that a scale's panel was made with, its files those kept beside it.

    Without a panel, or with one of an earlier version that kept none, they are those of the file.

    Raises:
        RuntimeEnvironmentError: The panel's manifest or a copy is damaged.
    """
    folder = workspace.panel(scale)
    try:
        manifest = read_panel_manifest(folder)
    except EvidenceError:
        return workspace.settings().panel
    recipe = manifest.get(RECIPE)
    if recipe is None:
        return workspace.settings().panel
    return replace(made_settings(recipe), **_copies(folder, manifest))


def made_settings(recipe: Mapping[str, Any]) -> PanelSettings:
    """Return the settings of a recipe; fields of another version of escalation are left out."""
    known = asdict(PanelSettings())
    return PanelSettings(**{n: v for n, v in recipe["settings"].items() if n in known})


def _copies(folder: Path, known: Mapping[str, Any]) -> dict[str, Any]:
    """Return role to path of the copies, which must be those that were made."""
    return {
        role: str(check_file(folder / place, known[role]["sha256"], advice=_ADVICE).resolve())
        for role, place in known[RECIPE]["kept"].items()
    }


def _copy(file: Path, place: Path) -> None:
    """Copy a file; of a shapefile every part."""
    place.parent.mkdir(exist_ok=True)
    parts = [file]
    if file.suffix.lower() == ".shp":
        parts = sorted(file.parent.glob(f"{glob.escape(file.stem)}.*"))
    for part in parts:
        shutil.copyfile(part, place.with_suffix(part.suffix))
