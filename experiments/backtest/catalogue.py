"""The finished backtests of a workspace: listed, found by name, the newest of a scale and target.

Scale and target are those of the manifest, never of the folder's name. A folder without the whole
manifest of a backtest is not listed; to name it says what is wrong with it. Reading the files of a
backtest belongs to ``backtest``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from data.errors import EscalationError, EvidenceError, RuntimeEnvironmentError, SourceError
from data.files import read_json
from data.workspace import Workspace
from experiments.backtest.backtest import MANIFEST, Backtest, read_backtest, read_manifest

__all__ = [
    "BacktestEntry",
    "find_backtest",
    "known_backtests",
    "list_backtests",
    "newest_backtest",
]

_TRACKING = "tracking.json"


@dataclass(frozen=True)
class BacktestEntry:
    """One finished backtest whose manifest was read, and nothing else.

    Attributes:
        folder: Where it lies.
        manifest: Its specification and what it was made from.
    """

    folder: Path
    manifest: Mapping[str, Any]

    @property
    def id(self) -> str:
        """The backtest's id."""
        return str(self.manifest["id"])

    def read(self) -> Backtest:
        """Read its forecasts.

        Raises:
            EscalationError: A file is absent, damaged or of another form.
        """
        return read_backtest(self.folder)


def list_backtests(
    workspace: Workspace, *, scale: str | None = None, target: str | None = None
) -> list[BacktestEntry]:
    """Return the finished backtests, the one that finished last first.

    Args:
        workspace: Where the backtests are.
        scale: Only backtests of this scale.
        target: Only backtests of this target.
    """
    entries = []
    for path in workspace.backtests.glob(f"*/{MANIFEST}"):
        try:
            manifest = read_manifest(path)
        except (RuntimeEnvironmentError, SourceError):
            continue
        if scale in (None, manifest["scale"]) and target in (None, manifest["target"]):
            entries.append(BacktestEntry(path.parent, manifest))
    return sorted(entries, key=lambda e: (e.manifest["finished_at"], e.folder), reverse=True)


def newest_backtest(
    workspace: Workspace, *, scale: str | None = None, target: str | None = None
) -> BacktestEntry:
    """Return the backtest that finished last.

    Args:
        workspace: Where the backtests are.
        scale: Only backtests of this scale.
        target: Only backtests of this target.

    Raises:
        EvidenceError: There is none.
    """
    entries = list_backtests(workspace, scale=scale, target=target)
    if not entries:
        wanted = " ".join(part for part in (scale, target) if part)
        raise EvidenceError(
            f"{workspace.backtests} holds no finished backtest{f' of {wanted}' if wanted else ''}:"
            " run `escalation backtest` first"
        )
    return entries[0]


def find_backtest(workspace: Workspace, name: str) -> BacktestEntry:
    """Return a backtest by its id, or by the id of the MLflow run that it was tracked as.

    Raises:
        EvidenceError: There is none of that name, or it was stopped before its end.
        RuntimeEnvironmentError: Its manifest is damaged.
        SourceError: Its manifest is not that of a backtest.
    """
    folder = workspace.backtests / name
    if folder.parent == workspace.backtests and (folder / MANIFEST).exists():
        return BacktestEntry(folder, read_manifest(folder / MANIFEST))
    entries = list_backtests(workspace)
    for entry in entries:
        if name == _tracked_as(entry.folder):
            return entry
    known = ", ".join(sorted(entry.folder.name for entry in entries))
    raise EvidenceError(
        f'{workspace.backtests} holds no finished backtest "{name}"'
        f" (known: {known or 'none yet: run `escalation backtest`'})"
    )


def known_backtests(
    workspace: Workspace, *, scale: str, target: str, through: str
) -> Iterator[Backtest]:
    """Yield the backtests as they stood at an origin, the one that finished last first.

    Damaged ones are left out, and so are those of which nothing was known by then.

    Args:
        workspace: Where the backtests are.
        scale: Spatial scale.
        target: Measure that they forecast.
        through: Origin; rows whose target month is later were not known then and are left out.
    """
    for entry in list_backtests(workspace, scale=scale, target=target):
        try:
            backtest = entry.read()
        except EscalationError:
            continue
        known = backtest.forecasts[backtest.forecasts["target_month"] <= through]
        if len(known):
            origins = sorted(set(known["origin"]))
            manifest = {**backtest.manifest, "origins": origins}
            yield replace(backtest, forecasts=known, manifest=manifest)


def _tracked_as(folder: Path) -> str | None:
    """Return the id of a backtest's MLflow run; None where it was not tracked."""
    try:
        return str(read_json(folder / _TRACKING)["run_id"])
    except (RuntimeEnvironmentError, KeyError, TypeError):
        return None
