"""Repeating a backtest: its own specification, what has changed since, and whether bytes agree.

Data of another digest would be another question and is refused; other code or libraries may give
other numbers and are named.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from data.errors import EvidenceError
from data.files import sha256_of
from data.terminal import echo, one_line
from data.workspace import Workspace
from experiments.backtest.backtest import write_backtest
from experiments.backtest.catalogue import Backtest, find_backtest, read_backtest_manifest
from experiments.backtest.code_version import code_version, library_versions
from experiments.backtest.specification import spec_of
from experiments.runs.challenge import panel_of
from experiments.runs.running import BacktestResult, run_resumable
from experiments.tracking.tracker import Tracker
from features.panel import Panel

__all__ = ["repeat_backtest"]

_SHOWN_DIGITS = 12


@dataclass(frozen=True)
class _Original:
    """The backtest that is repeated: its manifest, and the SHA-256 of its forecasts if known."""

    manifest: Mapping[str, Any]
    sha256: str | None

    @property
    def id(self) -> str:
        return str(self.manifest["id"])

    def check_data(self, panel: Panel) -> None:
        then, now = str(self.manifest["data_digest"]), panel.digest()
        if then != now:
            raise EvidenceError(
                f"backtest {self.id} was made from other data (digest"
                f" {then[:_SHOWN_DIGITS]}, the panel has {now[:_SHOWN_DIGITS]}): build that panel"
                " again, or repeat it on this one with --force"
            )

    def changes(self) -> list[str]:
        """Return in words which code and libraries are others than those it was made by."""
        changed = []
        if self.manifest["code_version"] != code_version():
            changed.append(f"code {self.manifest['code_version']}, now {code_version()}")
        then: Mapping[str, str] = self.manifest.get("libraries") or {}
        for name, now in library_versions().items():
            if name in then and then[name] != now:
                changed.append(f"{name} {then[name]}, now {now}")
        return changed


def repeat_backtest(workspace: Workspace, name: str, *, force: bool) -> BacktestResult:
    """Run a backtest again with its own specification, and say whether it gave the same bytes.

    Args:
        workspace: Where the panel is read and the repetition written.
        name: Id of a backtest, or of its MLflow run.
        force: Whether to go on with a panel of another content.

    Raises:
        EvidenceError: There is no such backtest, its data are others, or the same code, libraries
            and data gave other bytes.
        ConfigError: It needs a plugin that was not given.
    """
    original = _find(workspace, name)
    spec = spec_of(original.manifest)
    panel = panel_of(workspace, spec)
    if not force:
        original.check_data(panel)
    changes = original.changes()
    for change in changes:
        echo(f"warning: backtest {original.id} was made by {one_line(change)}", err=True)
    backtest, checkpoints = run_resumable(workspace, panel, spec, label=f"repeating {original.id}")
    folder = write_backtest(
        _renamed(backtest, original.id) if changes else backtest, workspace.backtests
    )
    checkpoints.remove()
    tracked = Tracker(workspace).log_backtest(folder)
    same = read_backtest_manifest(folder)["forecasts_sha256"] == original.sha256
    if not (same or changes or force or original.sha256 is None):
        raise EvidenceError(
            f"{original.id} could not be repeated: the same code, libraries and data gave other"
            f" forecasts ({folder})"
        )
    verdict = f"the same bytes of forecasts.parquet as {original.id}"
    if not same:
        verdict = f"other bytes of forecasts.parquet than {original.id}"
    return BacktestResult(folder, tracked, f"{verdict}: {folder}")


def _find(workspace: Workspace, name: str) -> _Original:
    """Return a backtest of the workspace, else one that the tracking server knows."""
    try:
        entry = find_backtest(workspace, name)
    except EvidenceError:
        manifest = Tracker(workspace).fetch_manifest(name)
        if "spec" not in manifest or "origins" not in manifest:
            raise EvidenceError(
                f"run {name} is not that of a backtest: name one that `escalation backtest` made"
            ) from None
        return _Original(manifest, manifest.get("forecasts_sha256"))
    forecasts = entry.folder / "forecasts.parquet"
    return _Original(entry.manifest, sha256_of(forecasts) if forecasts.exists() else None)


def _renamed(backtest: Backtest, original: str) -> Backtest:
    """Return a repetition by other code under an id of its own, so that the original stays."""
    made_by = json.dumps([code_version(), library_versions()])
    digits = hashlib.sha256(made_by.encode()).hexdigest()[:8]
    named = {"id": f"{backtest.id}-{digits}", "repeats": original}
    return replace(backtest, manifest={**backtest.manifest, **named})
