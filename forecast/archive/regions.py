"""The regions of an issue: found by id or name, however accents are typed, and their polygons."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Mapping
from typing import Any

from data.errors import ConfigError
from data.workspace import Workspace
from features.recipe import panel_settings
from forecast.text.wording import shortened

__all__ = ["find_region", "read_shapes"]

_MOST_HINTS = 5
_NEAR = 0.6


def find_region(regions: Mapping[str, tuple[str, str]], asked: str) -> str:
    """Return the id of the region that is asked for.

    Args:
        regions: Region id to name and country.
        asked: An id, or a name without regard to accents and capitals.

    Raises:
        ConfigError: None fits, and the nearest are named; or several do, a country of that name
            among them, and they are listed.

    Example:
        >>> find_region({"NER-1": ("Tillabéri", "Niger")}, "tillaberi")
        'NER-1'
    """
    if asked in regions:
        return asked
    wanted = _plain(asked)
    names = {region_id: _plain(name) for region_id, (name, _) in regions.items()}
    fit = [region_id for region_id, name in names.items() if wanted in (name, _plain(region_id))]
    inside = [r for r, (_, country) in regions.items() if _plain(country) == wanted]
    if len(fit) == 1 and set(inside) <= set(fit):
        return fit[0]
    if inside:
        other = f"the region {_listed(regions, fit)}, and " if fit else ""
        more = f" and {len(inside) - _MOST_HINTS} more" if len(inside) > _MOST_HINTS else ""
        raise ConfigError(
            f'"{shortened(asked)}" is {other}a country: give the id of a region, such as'
            f" {_listed(regions, inside[:_MOST_HINTS])}{more}"
        )
    if fit:
        raise ConfigError(
            f'{len(fit)} regions are called "{shortened(asked)}": give one of the ids'
            f" {_listed(regions, fit)}"
        )
    near = _near(names, wanted)
    hint = f": did you mean {_listed(regions, near)}?" if near else ""
    raise ConfigError(f'the issue has no region "{shortened(asked)}"{hint}')


def _near(names: Mapping[str, str], wanted: str) -> list[str]:
    """Return ids whose names hold the words, else those that are spelt alike."""
    within = [region_id for region_id, name in names.items() if wanted and wanted in name]
    if within:
        return within[:_MOST_HINTS]
    alike = difflib.get_close_matches(wanted, set(names.values()), n=_MOST_HINTS, cutoff=_NEAR)
    near = [region_id for name in alike for region_id in names if names[region_id] == name]
    return near[:_MOST_HINTS]


def _listed(regions: Mapping[str, tuple[str, str]], ids: list[str]) -> str:
    return ", ".join(
        f"{region_id} ({shortened(name)}, {shortened(country)})"
        for region_id, (name, country) in ((i, regions[i]) for i in ids)
    )


def _plain(name: str) -> str:
    """Return a name in small letters without accents and needless blanks."""
    apart = unicodedata.normalize("NFKD", name.casefold())
    return " ".join("".join(c for c in apart if not unicodedata.combining(c)).split())


def read_shapes(workspace: Workspace, scale: str) -> dict[str, Any] | None:
    """Return region id to polygon; None where the scale's panel was made without boundaries.

    Args:
        workspace: Its panel's folder holds the boundaries, or its settings name them.
        scale: Spatial scale of the issue.
    """
    settings = panel_settings(workspace, scale)
    if settings.boundaries is None or settings.scale != scale:
        return None
    if not (workspace.root / settings.boundaries).exists():
        return None
    from data.counting.panel_regions import read_panel_boundaries

    boundaries = read_panel_boundaries(settings, workspace.root)
    if boundaries is None:
        return None
    return dict(zip(boundaries.regions["region_id"], boundaries.polygons, strict=True))
