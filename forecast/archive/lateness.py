"""Whether the newest issue is still of the newest month, which whoever reads it is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from data.errors import EscalationError
from data.terminal import warn
from data.workspace import Workspace
from features.freshness import newest_complete
from forecast.archive.catalogue import read_catalogue

__all__ = ["behind_by", "warn_if_behind"]


def behind_by(workspace: Workspace, scale: str, origin: str) -> str | None:
    """Return a sentence where a newer month is known than an issue's; None where none is.

    Args:
        workspace: Where panel and store are.
        scale: Scale of the issue.
        origin: Its origin.

    Raises:
        EscalationError: A manifest is damaged.
    """
    month = newest_complete(workspace, scale)
    if month is None or month <= origin:
        return None
    return (
        f"made from data through {origin}, while the store is complete through {month}: run"
        " `escalation forecast`"
    )


def warn_if_behind(workspace: Workspace, name: str, manifest: Mapping[str, Any]) -> None:
    """Warn where an issue is the newest of its scale, and a newer month is known.

    Damaged files are left to the command that needs them.
    """
    scale, origin = str(manifest["scale"]), str(manifest["origin"])
    try:
        sentence = behind_by(workspace, scale, origin)
    except EscalationError:
        return
    if sentence is None:
        return
    others = read_catalogue(workspace).entries
    if not any(entry.scale == scale and entry.origin > origin for entry in others):
        warn(f"{name} was {sentence}")
