"""What a month would do, told before anything is done."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from data.files import sha256_of
from data.store.store import Store
from data.workspace import Workspace
from features.freshness import behind, newest_complete
from features.panel import panel_provenance
from forecast.archive.catalogue import read_catalogue
from forecast.archive.unscored import unscored
from forecast.month.run import kind_of
from forecast.report.exporting import checked_formats

__all__ = ["planned"]


def planned(workspace: Workspace, files: Sequence[Path], *, fetch: bool) -> list[str]:
    """Return what ``escalation month`` would do, a line a step; nothing is written or asked for.

    Args:
        workspace: The workspace.
        files: Files that would be read.
        fetch: Whether the source would be asked for what is new.

    Raises:
        EscalationError: What ``run_month`` would refuse before it does anything, or a manifest
            cannot be read.
    """
    settings = workspace.settings()
    scale = settings.panel.scale
    checked_formats(settings.month.formats)
    kind = kind_of(workspace, settings.month, files, fetch=fetch)
    held = {manifest["sha256"] for manifest in Store(workspace.store).manifests()}
    lines = [
        f"ingest: {file.name} {'is in the store' if sha256_of(file) in held else 'would be read'}"
        for file in files
    ]
    lines += [f"ingest: {kind} would be asked for what is new"] if fetch else []
    lines += [_panel(workspace, scale)]
    waiting = unscored(workspace)
    lines += [f"score: {', '.join(waiting)}" if waiting else "score: no issue waits"]
    lines += [_forecast(workspace, scale, more=bool(files) or fetch)]
    formats = ", ".join(settings.month.formats)
    return [*lines, f"write: page, watch, {formats}, brief and digest in {workspace.reports}"]


def _panel(workspace: Workspace, scale: str) -> str:
    if not panel_provenance(workspace.panel(scale)):
        return f"panel: {scale} would be counted"
    found = behind(workspace, scale)
    why = "is of the store as it is" if found is None else f"is behind, as {found.reason}"
    return f"panel: {scale} {why}"


def _forecast(workspace: Workspace, scale: str, *, more: bool) -> str:
    month = newest_complete(workspace, scale)
    newest = read_catalogue(workspace).newest(scale)
    if more or month is None:
        return "forecast: from the last month that is complete then"
    if newest is not None and newest.scale == scale and newest.origin >= month:
        return f"forecast: {newest.name} would be made again, as no newer month is known"
    return f"forecast: from data through {month}"
