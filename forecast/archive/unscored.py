"""Which issues wait for a score though their month is known."""

from __future__ import annotations

from data.workspace import Workspace
from experiments.tracking.spool import SCORES
from features.freshness import newest_complete
from forecast.archive.catalogue import read_catalogue

__all__ = ["unscored"]


def unscored(workspace: Workspace) -> list[str]:
    """Return the names of the issues whose first month is known and that have no score yet.

    Raises:
        EscalationError: A manifest is damaged.
    """
    waiting = []
    known: dict[str, str | None] = {}
    for entry in read_catalogue(workspace).entries:
        if entry.scale not in known:
            known[entry.scale] = newest_complete(workspace, entry.scale)
        month = known[entry.scale]
        if month and entry.origin < month and not (entry.folder / SCORES).exists():
            waiting.append(entry.name)
    return waiting
