"""The polygons of an issue's regions, where the workspace still has their boundaries."""

from __future__ import annotations

from typing import Any

from data.workspace import Workspace

__all__ = ["read_shapes"]


def read_shapes(workspace: Workspace, scale: str) -> dict[str, Any] | None:
    """Return region id to polygon; None where the settings name no boundaries of the scale.

    Args:
        workspace: Its settings say where the boundaries are.
        scale: Spatial scale of the issue.
    """
    settings = workspace.settings().panel
    if settings.boundaries is None or settings.scale != scale:
        return None
    if not (workspace.root / settings.boundaries).exists():
        return None
    from data.counting.panel_regions import read_panel_boundaries

    boundaries = read_panel_boundaries(settings, workspace.root)
    if boundaries is None:
        return None
    return dict(zip(boundaries.regions["region_id"], boundaries.polygons, strict=True))
