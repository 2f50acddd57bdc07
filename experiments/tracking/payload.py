"""What a tracked run says: parameters, metrics, data and files, read from a finished folder.

Pure reading of what a backtest, an issue or a champion wrote. A backtest's metrics come from
``run_metrics``; sending a record is ``tracking``'s part.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from data.errors import RuntimeEnvironmentError
from data.files import read_json, sha256_of
from experiments.backtest.backtest import read_backtest
from experiments.tracking.run_metrics import (
    Measurement,
    comparison_metrics,
    joined_metrics,
    origin_metrics,
    score_metrics,
    worth_metrics,
)
from experiments.tracking.spool import SCORES, Item, make_item

__all__ = ["Addition", "Measurement", "RunRecord", "read_record"]

_LONGEST_PARAM = 500
_NO_PARAMS = ("features", "files", "seal")
# What is made of an issue later goes to its run as an addition.
_SCORE_FILES = ("score.parquet", SCORES)
_SIDE_FILES = ("tracking.json", "score_tracking.json", *_SCORE_FILES)


@dataclass(frozen=True)
class Addition:
    """What a run gets that was logged before.

    Attributes:
        item: Key of the run's own item.
        at: When it was made: metrics that are sent twice are the same metrics.
        metrics: Finite values only; a newer value of a name takes the place of the older.
        artifacts: Files; one of the same name is replaced.
    """

    item: str
    at: datetime
    metrics: tuple[Measurement, ...]
    artifacts: tuple[Path, ...]


@dataclass(frozen=True)
class RunRecord:
    """One run to be logged.

    Attributes:
        experiment: Name of the experiment.
        name: Name of the run.
        params: What was set.
        metrics: Finite values only; a score that does not exist is not logged.
        artifacts: Files that go with the run.
        children: Runs below this one.
        started: When the work began; None where the folder does not say.
        ended: When the work ended.
        data_name: Name of the data set; None without one.
        data_digest: SHA-256 of the panel.
        model: Name of the registered model that takes the artifacts as a new version.
        addition: What is added to this run, which is logged first only where it is missing.
    """

    experiment: str
    name: str
    params: Mapping[str, str]
    metrics: tuple[Measurement, ...] = ()
    artifacts: tuple[Path, ...] = ()
    children: tuple[RunRecord, ...] = field(default=())
    started: datetime | None = None
    ended: datetime | None = None
    data_name: str | None = None
    data_digest: str | None = None
    model: str | None = None
    addition: Addition | None = None


def read_record(item: Item) -> RunRecord:
    """Read the record of a finished folder.

    Raises:
        MachineError: The folder's manifest is absent or damaged, or its scores are of another.
    """
    manifest: dict[str, Any] = read_json(item.folder / "manifest.json")
    if item.kind == "backtest":
        return _backtest(item.folder, manifest)
    if item.kind == "tuning":
        return _tuning(item.folder, manifest)
    if item.kind == "issue":
        return _issue(item.folder, manifest)
    if item.kind == "score":
        return replace(_issue(item.folder, manifest), addition=_scores(item.folder))
    return _champion(item.folder, manifest)


def _backtest(folder: Path, manifest: dict[str, Any]) -> RunRecord:
    scores = pd.read_csv(folder / "scores.csv")
    backtest = read_backtest(folder)
    series = origin_metrics(backtest.forecasts)
    measured = comparison_metrics(backtest)
    worths = worth_metrics(folder)
    children = tuple(
        RunRecord(
            experiment="escalation/backtests",
            name=str(model),
            params={"model": str(model), **_params(_spec_of(manifest, str(model)))},
            metrics=(
                *joined_metrics(
                    score_metrics(scores[scores["model"] == model]), measured[str(model)]
                ),
                *series.get(str(model), ()),
                *worths.get(str(model), ()),
            ),
            **_times(manifest),
        )
        for model in dict.fromkeys(scores["model"])
    )
    best = scores.groupby("model")["crps"].mean().idxmin()
    return RunRecord(
        experiment="escalation/backtests",
        name=folder.name,
        params={**_params(manifest), "best_model": str(best)},
        metrics=joined_metrics(score_metrics(scores[scores["model"] == best]), measured[str(best)]),
        artifacts=_files(folder),
        children=children,
        data_name=f"panel {manifest.get('scale', '')}".strip(),
        data_digest=manifest.get("data_digest"),
        **_times(manifest),
    )


def _tuning(folder: Path, manifest: dict[str, Any]) -> RunRecord:
    trials = read_json(folder / "trials.json")
    children = tuple(
        RunRecord(
            experiment="escalation/tuning",
            name=f"{trial['subject']} trial {trial['number']}",
            params={
                "subject": trial["subject"],
                "state": trial["state"],
                **_params(trial["knobs"]),
            },
            metrics=tuple(
                Measurement("skill", float(value), step)
                for step, value in enumerate(trial["running"])
                if math.isfinite(value)
            ),
            **_times(trial),
        )
        for trial in trials
    )
    return RunRecord(
        experiment="escalation/tuning",
        name=folder.name,
        params=_params(manifest),
        metrics=tuple(
            Measurement(f"{name}_{subject}", float(value))
            for subject, values in manifest["found"].items()
            for name, value in values.items()
        ),
        artifacts=_files(folder),
        children=children,
        data_name=f"panel {manifest['scale']}",
        data_digest=manifest.get("data_digest"),
        **_times(manifest),
    )


def _issue(folder: Path, manifest: dict[str, Any]) -> RunRecord:
    metrics: tuple[Measurement, ...] = ()
    if (folder / "risk.csv").exists():
        levels = pd.read_csv(folder / "risk.csv", keep_default_na=False)["level"].value_counts()
        metrics = tuple(
            Measurement(f"rows_{str(level).replace(' ', '_')}", float(count))
            for level, count in levels.items()
        )
    return RunRecord(
        experiment="escalation/forecasts",
        name=folder.name,
        params=_params(manifest),
        metrics=metrics,
        artifacts=_files(folder),
        data_name=f"panel {manifest.get('scale', '')}".strip(),
        data_digest=manifest.get("data_digest"),
        **_times(manifest),
    )


def _scores(folder: Path) -> Addition:
    """Return the scores of an issue as what its run gets."""
    scores = read_json(folder / SCORES)
    if scores["manifest_sha256"] != sha256_of(folder / "manifest.json"):
        raise RuntimeEnvironmentError(
            f"{folder / SCORES} is of an earlier issue of that name: run `escalation score"
            f" {folder.name}` again"
        )
    return Addition(
        item=make_item("issue", folder).key,
        at=datetime.fromtimestamp((folder / SCORES).stat().st_mtime, tz=UTC),
        metrics=tuple(
            Measurement(name, float(value)) for name, value in sorted(scores["metrics"].items())
        ),
        artifacts=tuple(folder / name for name in _SCORE_FILES),
    )


def _champion(folder: Path, manifest: dict[str, Any]) -> RunRecord:
    return RunRecord(
        experiment="escalation/champions",
        name=f"{folder.name} {manifest['model']}",
        params=_params(manifest),
        artifacts=_files(folder),
        data_digest=manifest.get("data_digest"),
        data_name=f"panel {manifest['scale']}",
        model=f"escalation-{manifest['scale']}-{manifest['target']}",
        **_times(manifest),
    )


def _files(folder: Path) -> tuple[Path, ...]:
    """Return what to upload: the folder's visible entries without side files."""
    return tuple(
        path
        for path in sorted(folder.iterdir())
        if path.name not in _SIDE_FILES and not path.name.startswith(".")
    )


def _spec_of(manifest: dict[str, Any], model: str) -> dict[str, Any]:
    """Return the settings of one model where the specification sets any."""
    spec = manifest.get("spec")
    tables = spec.get("settings") if isinstance(spec, dict) else {}
    table = tables.get(model) if isinstance(tables, dict) else None
    return table if isinstance(table, dict) else {}


def _params(table: Mapping[str, Any]) -> dict[str, str]:
    """Return texts of bounded length; a list of months is written as first:last (count)."""
    return {
        key: _text(value)[:_LONGEST_PARAM]
        for key, value in sorted(table.items())
        if key not in _NO_PARAMS
    }


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return json.dumps(value, sort_keys=True, ensure_ascii=False)
    if isinstance(value, (list, tuple)):
        if len(value) > 12:
            return f"{value[0]}:{value[-1]} ({len(value)})"
        return ",".join(map(str, value))
    return str(value)


def _times(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return when the work began and ended, as far as the manifest says."""
    return {
        name: datetime.fromisoformat(manifest[key])
        for name, key in (("started", "started_at"), ("ended", "finished_at"))
        if manifest.get(key)
    }
