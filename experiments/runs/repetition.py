"""Repeating a backtest: its specification as it was kept, and what has changed since.

Data of another digest would be another question and is refused; other code or libraries may give
other numbers and are named.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from data.errors import EvidenceError
from data.files import sha256_of
from data.workspace import Workspace
from experiments.backtest.backtest import Backtest
from experiments.backtest.catalogue import find_backtest
from experiments.backtest.code_version import code_version, library_versions
from experiments.backtest.specification import BacktestSpec, spec_of
from experiments.tracking.tracker import Tracker
from features.panel import Panel

__all__ = ["KeptRun", "changes_since", "find_run", "named_apart"]

_SHOWN_DIGITS = 12


@dataclass(frozen=True)
class KeptRun:
    """A backtest that was made before.

    Attributes:
        manifest: What was kept of it.
        sha256: SHA-256 of its forecasts; None where it was not kept.
    """

    manifest: Mapping[str, Any]
    sha256: str | None

    @property
    def id(self) -> str:
        """The backtest's id."""
        return str(self.manifest["id"])

    def spec(self) -> BacktestSpec:
        """Return its specification.

        Raises:
            ConfigError: It needs a plugin that was not given.
        """
        return spec_of(self.manifest)

    def check_data(self, panel: Panel) -> None:
        """Refuse a panel that is not the one the run was made from.

        Raises:
            EvidenceError: The digests differ.
        """
        then, now = str(self.manifest["data_digest"]), panel.digest()
        if then != now:
            raise EvidenceError(
                f"backtest {self.id} was made from other data (digest"
                f" {then[:_SHOWN_DIGITS]}, the panel has {now[:_SHOWN_DIGITS]}): build that panel"
                " again, or ask the same of this one with --force"
            )


def find_run(workspace: Workspace, name: str) -> KeptRun:
    """Return a backtest by its id, or by the id of its MLflow run.

    Args:
        workspace: Whose backtests are looked through first, then its tracking server.
        name: Id of a backtest or of an MLflow run of one.

    Raises:
        EvidenceError: Neither the workspace nor the tracking server knows it.
    """
    try:
        entry = find_backtest(workspace, name)
    except EvidenceError:
        manifest = Tracker(workspace).fetch_manifest(name)
        if "spec" not in manifest or "origins" not in manifest:
            raise EvidenceError(
                f"run {name} is not of a backtest: name one of `escalation backtest`"
            ) from None
        return KeptRun(manifest, manifest.get("forecasts_sha256"))
    forecasts = entry.folder / "forecasts.parquet"
    return KeptRun(entry.manifest, sha256_of(forecasts) if forecasts.exists() else None)


def changes_since(run: KeptRun) -> list[str]:
    """Return in words which code and libraries are others than those the run was made by."""
    found = []
    if run.manifest["code_version"] != code_version():
        found.append(f"code {run.manifest['code_version']}, now {code_version()}")
    then: Mapping[str, str] = run.manifest.get("libraries") or {}
    for name, now in library_versions().items():
        if name in then and then[name] != now:
            found.append(f"{name} {then[name]}, now {now}")
    return found


def named_apart(backtest: Backtest, run: KeptRun) -> Backtest:
    """Return a repetition by other code under a name of its own, so that the run stays."""
    made_by = json.dumps([code_version(), library_versions()])
    digits = hashlib.sha256(made_by.encode()).hexdigest()[:8]
    named = {"id": f"{backtest.manifest['id']}-{digits}", "repeats": run.id}
    return Backtest(backtest.forecasts, {**backtest.manifest, **named}, backtest.records)
