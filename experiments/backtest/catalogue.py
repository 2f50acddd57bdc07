"""The finished backtests of a workspace: listed, found by name, the newest one, and read.

Scale and target are those of the manifest, never of the folder's name. A folder without the whole
manifest of a backtest is not listed; to name it says what is wrong with it. Running a backtest and
writing it belongs to ``backtest``; no model is imported here, so that readers start quickly.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from data.errors import (
    ConfigError,
    EscalationError,
    EvidenceError,
    RuntimeEnvironmentError,
    SourceError,
)
from data.files import read_parquet
from data.records import check_file, read_record
from data.terminal import warn
from data.workspace import Workspace, folder_within
from experiments.scores.leaderboard import SEEDS_FILE, read_seeds

if TYPE_CHECKING:
    from experiments.models.past_forecasts import PastForecasts

__all__ = [
    "ABLATION",
    "FORECASTS",
    "MANIFEST",
    "SCORES",
    "STRESS",
    "Backtest",
    "BacktestEntry",
    "find_backtest",
    "known_backtests",
    "list_backtests",
    "newest_backtest",
    "read_backtest",
    "read_backtest_manifest",
]

MANIFEST, FORECASTS, SCORES = "manifest.json", "forecasts.parquet", "scores.csv"
ABLATION, STRESS = "ablation.csv", "stress.csv"
_ADVICE = "run the backtest again, or restore it from a copy"

# Columns that every reader of a backtest needs.
_NEEDED = ("region_id", "origin", "target_month", "horizon", "model", "observed", "p_attack")

# What every backtest's manifest has held since the first version.
_EXPECTED: Mapping[str, type] = {
    "id": str,
    "scale": str,
    "target": str,
    "origins": list,
    "data_digest": str,
    "draws": int,
    "finished_at": str,
    "spec": dict,
}
_TRACKING = "tracking.json"


@dataclass(frozen=True)
class Backtest:
    """Scored forecasts of all models and what they were made from.

    Attributes:
        forecasts: A row a model, origin, horizon and region, columns ``FORECAST_COLUMNS``.
        manifest: Specification, data digest, code version, times.
        records: Horizon to the past forecasts of the members, as it was made; empty where nothing
            is pooled, and in one that was read.
        seeds: Scores under several seeds, rows of ``seeds.csv``; None where none were tried.
        stress: Gains in made histories, rows of ``stress.csv``; None where it was put to none.
    """

    forecasts: pd.DataFrame
    manifest: Mapping[str, Any]
    records: Mapping[int, PastForecasts] = field(default_factory=dict)
    seeds: pd.DataFrame | None = None
    stress: pd.DataFrame | None = None

    @property
    def id(self) -> str:
        """The backtest's id."""
        return str(self.manifest["id"])


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

    def has(self, name: str) -> bool:
        """Say whether a file belongs to it: it lies there, or the manifest vouches for it."""
        return name in self.manifest.get("files", {}) or (self.folder / name).exists()

    def file(self, name: str) -> Path:
        """Return the path of one of its files.

        Raises:
            RuntimeEnvironmentError: It is absent, or not the one that was written.
        """
        known = {FORECASTS: self.manifest.get("forecasts_sha256"), **self.manifest.get("files", {})}
        return check_file(self.folder / name, known.get(name), advice=_ADVICE)

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
    for path in filter(_holds_one, workspace.backtests.glob("[!.]*")):
        try:
            manifest = read_backtest_manifest(path)
        except EscalationError as error:
            warn(f"the backtest {path.name} is left out: {error}")
            continue
        if scale in (None, manifest["scale"]) and target in (None, manifest["target"]):
            entries.append(BacktestEntry(path, manifest))
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
    with contextlib.suppress(ConfigError):
        folder = folder_within(workspace.backtests, name)
        if _holds_one(folder):
            return BacktestEntry(folder, read_backtest_manifest(folder))
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
        except EscalationError as error:
            warn(f"the backtest {entry.id} is left out: {error}")
            continue
        known = backtest.forecasts[backtest.forecasts["target_month"] <= through]
        if len(known):
            origins = sorted(set(known["origin"]))
            manifest = {**backtest.manifest, "origins": origins}
            yield replace(backtest, forecasts=known, manifest=manifest)


def read_backtest(folder: Path) -> Backtest:
    """Read the folder of a finished backtest; what its pools learnt from stays in its files.

    Raises:
        EvidenceError: The folder holds no finished backtest.
        RuntimeEnvironmentError: A file is damaged.
        SourceError: A file is not that of a backtest.
    """
    if not _holds_one(folder):
        raise EvidenceError(f"{folder} holds no finished backtest: run `escalation backtest`")
    entry = BacktestEntry(folder, read_backtest_manifest(folder))
    forecasts = read_parquet(entry.file(FORECASTS))
    missing = [name for name in _NEEDED if name not in forecasts]
    if missing:
        raise SourceError(
            f"a backtest's forecasts have no column {', '.join(missing)}: run the backtest again",
            file=folder / FORECASTS,
        )
    seeds, stress = None, None
    if entry.has(SEEDS_FILE):
        seeds = read_seeds(entry.file(SEEDS_FILE), entry.file(SCORES))
    if entry.has(STRESS):
        stress = pd.read_csv(entry.file(STRESS), dtype={"model": "str", "stress": "str"})
    return Backtest(forecasts, entry.manifest, seeds=seeds, stress=stress)


def read_backtest_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest of a backtest's folder.

    Raises:
        SourceError: It lacks what every backtest's manifest has.
        RuntimeEnvironmentError: It is absent or damaged.
    """
    manifest = read_record(folder / MANIFEST, advice=_ADVICE)
    for name, kind in _EXPECTED.items():
        if not isinstance(manifest.get(name), kind):
            raise SourceError(
                f'this is not the manifest of a backtest: "{name}" is absent or of another form;'
                " run the backtest again",
                file=folder / MANIFEST,
            )
    return manifest


def _holds_one(folder: Path) -> bool:
    """Say whether a folder holds a backtest or what is left of one."""
    return any((folder / name).is_file() for name in (MANIFEST, FORECASTS))


def _tracked_as(folder: Path) -> str | None:
    """Return the id of a backtest's MLflow run; None where it was not tracked."""
    try:
        return str(read_record(folder / _TRACKING, advice="remove it")["run_id"])
    except (RuntimeEnvironmentError, KeyError):
        return None
