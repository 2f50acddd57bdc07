"""What MLflow is given of a finished folder: parameters, metrics, data and files of its run.

Pure reading of what a backtest, a tuning, an issue or a champion wrote; sending it belongs to
``mlflow_store``. A metric is a finite value: a score that does not exist is not logged.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from data.errors import RuntimeEnvironmentError
from data.files import sha256_of
from data.records import read_record
from experiments.backtest.catalogue import ABLATION, Backtest, BacktestEntry
from experiments.backtest.catalogue import SCORES as SCORE_TABLE
from experiments.backtest.study import TrialResult, read_trials
from experiments.scores.bootstrap import Bootstrap
from experiments.scores.compare import compare_models, comparison_figures
from experiments.scores.leaderboard import seed_spread
from experiments.tracking.spool import SCORES, Item, make_item

__all__ = ["Addition", "Measurement", "RunPayload", "read_payload"]

_ADVICE = "make the folder again, or restore it from a copy"
_LONGEST_PARAM = 500
_STEPPED = ("crps", "ign", "mis", "brier")
_NO_METRICS = ("model", "horizon")
_NO_PARAMS = ("features", "files", "seal")
# What is made of an issue later goes to its run as an addition.
_SCORE_FILES = ("score.parquet", SCORES)
_SIDE_FILES = ("tracking.json", "score_tracking.json", *_SCORE_FILES)


@dataclass(frozen=True)
class Measurement:
    """One value of one metric; the step counts origins from 0."""

    name: str
    value: float
    step: int = 0


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
class RunPayload:
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
    children: tuple[RunPayload, ...] = field(default=())
    started: datetime | None = None
    ended: datetime | None = None
    data_name: str | None = None
    data_digest: str | None = None
    model: str | None = None
    addition: Addition | None = None


def read_payload(item: Item) -> RunPayload:
    """Read what MLflow is given of a finished folder.

    Raises:
        RuntimeEnvironmentError: The folder's manifest is absent or damaged, or its scores are
            of another.
    """
    manifest = read_record(item.folder / "manifest.json", advice=_ADVICE)
    if item.kind == "backtest":
        return _backtest(item.folder, manifest)
    if item.kind == "tuning":
        return _tuning(item.folder, manifest)
    if item.kind == "issue":
        return _issue(item.folder, manifest)
    if item.kind == "score":
        return replace(_issue(item.folder, manifest), addition=_scores(item.folder))
    return _champion(item.folder, manifest)


def _backtest(folder: Path, manifest: dict[str, Any]) -> RunPayload:
    entry = BacktestEntry(folder, manifest)
    scores = pd.read_csv(entry.file(SCORE_TABLE))
    backtest = entry.read()
    series = _origin_metrics(backtest.forecasts)
    measured = _comparison_metrics(backtest)
    worths = _worth_metrics(entry)
    children = tuple(
        RunPayload(
            experiment="escalation/backtests",
            name=str(model),
            params={"model": str(model), **_params(_spec_of(manifest, str(model)))},
            metrics=(
                *_joined_metrics(
                    _score_metrics(scores[scores["model"] == model]), measured[str(model)]
                ),
                *series.get(str(model), ()),
                *worths.get(str(model), ()),
            ),
            **_times(manifest),
        )
        for model in dict.fromkeys(scores["model"])
    )
    best = scores.groupby("model")["crps"].mean().idxmin()
    return RunPayload(
        experiment="escalation/backtests",
        name=folder.name,
        params={**_params(manifest), "best_model": str(best)},
        metrics=_joined_metrics(
            _score_metrics(scores[scores["model"] == best]), measured[str(best)]
        ),
        artifacts=_files(folder),
        children=children,
        data_name=f"panel {manifest.get('scale', '')}".strip(),
        data_digest=manifest.get("data_digest"),
        **_times(manifest),
    )


def _tuning(folder: Path, manifest: dict[str, Any]) -> RunPayload:
    children = tuple(
        _trial(subject, trial)
        for subject in manifest["found"]
        for trial in read_trials(folder, subject)
    )
    return RunPayload(
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


def _trial(subject: str, trial: TrialResult) -> RunPayload:
    state = "whole" if trial.whole else "cut short"
    return RunPayload(
        experiment="escalation/tuning",
        name=f"{subject} trial {trial.number}",
        params={"subject": subject, "state": state, **_params(trial.knobs)},
        metrics=tuple(
            Measurement("skill", float(value), step)
            for step, value in enumerate(trial.running)
            if math.isfinite(value)
        ),
        **_times({"started_at": trial.started_at, "finished_at": trial.finished_at}),
    )


def _issue(folder: Path, manifest: dict[str, Any]) -> RunPayload:
    metrics: tuple[Measurement, ...] = ()
    if (folder / "risk.csv").exists():
        levels = pd.read_csv(folder / "risk.csv", keep_default_na=False)["level"].value_counts()
        metrics = tuple(
            Measurement(f"rows_{str(level).replace(' ', '_')}", float(count))
            for level, count in levels.items()
        )
    return RunPayload(
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
    scores = read_record(folder / SCORES, advice=f"run `escalation score {folder.name}` again")
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


def _champion(folder: Path, manifest: dict[str, Any]) -> RunPayload:
    return RunPayload(
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


def _worth_metrics(entry: BacktestEntry) -> dict[str, tuple[Measurement, ...]]:
    """Return what each model's families of features are worth, where there is an ablation."""
    if not entry.has(ABLATION):
        return {}
    table = pd.read_csv(entry.file(ABLATION))
    several = table["horizon"].nunique() > 1
    by_model: dict[str, list[Measurement]] = {}
    for row in table.to_dict("records"):
        ending = f"_h{row['horizon']}" if several else ""
        name = f"worth_{row['family']}_{row['score']}{ending}"
        if math.isfinite(float(row["worth"])):
            by_model.setdefault(str(row["model"]), []).append(
                Measurement(name, float(row["worth"]))
            )
    return {model: tuple(values) for model, values in by_model.items()}


def _score_metrics(scores: pd.DataFrame) -> tuple[Measurement, ...]:
    """Return the scores of one model; with several horizons the name ends in ``_h<horizon>``."""
    several = len(scores) > 1
    return tuple(
        Measurement(f"{name}_h{row['horizon']}" if several else str(name), float(row[name]))
        for row in scores.to_dict("records")
        for name in row
        if name not in _NO_METRICS and math.isfinite(float(row[name]))
    )


def _comparison_metrics(backtest: Backtest) -> dict[str, tuple[Measurement, ...]]:
    """Return each model's figures of the comparison and, where tried, its spread over seeds."""
    comparison = compare_models(backtest.forecasts, bootstrap=Bootstrap())
    seeds = backtest.seeds
    spread = [] if seeds is None else seed_spread(seeds).to_dict("records")
    several = comparison.scores["horizon"].nunique() > 1
    by_model: dict[str, list[Measurement]] = {}
    for model, horizon in comparison.scores[["model", "horizon"]].itertuples(index=False):
        values = comparison_figures(comparison, str(model), int(horizon))
        for row in spread:
            if (row["model"], row["horizon"]) == (model, horizon):
                values[f"{row['score']}_seed_sd"] = float(row["sd"])
        by_model.setdefault(str(model), []).extend(
            Measurement(f"{name}_h{horizon}" if several else name, value)
            for name, value in values.items()
            if math.isfinite(value)
        )
    return {model: tuple(values) for model, values in by_model.items()}


def _joined_metrics(
    first: Iterable[Measurement], more: Iterable[Measurement]
) -> tuple[Measurement, ...]:
    """Return all measurements, each name once; the first to take a name keeps it."""
    names = {measurement.name: measurement for measurement in (*more, *first)}
    return tuple(names.values())


def _origin_metrics(forecasts: pd.DataFrame) -> dict[str, tuple[Measurement, ...]]:
    """Return each model's mean scores at every origin as steps."""
    rows = forecasts.assign(brier=(forecasts["p_attack"] - (forecasts["observed"] >= 1)) ** 2)
    means = rows.groupby(["model", "horizon", "origin"], observed=True)[list(_STEPPED)].mean()
    several = rows["horizon"].nunique() > 1
    steps = {origin: step for step, origin in enumerate(sorted(rows["origin"].unique()))}
    by_model: dict[str, list[Measurement]] = {}
    for (model, horizon, origin), values in zip(means.index, means.to_numpy(), strict=True):
        ending = f"_h{horizon}" if several else ""
        by_model.setdefault(str(model), []).extend(
            Measurement(f"{name}_by_origin{ending}", float(value), steps[origin])
            for name, value in _finite(values)
        )
    return {model: tuple(values) for model, values in by_model.items()}


def _finite(values: Any) -> Iterator[tuple[str, float]]:
    for name, value in zip(_STEPPED, values, strict=True):
        if math.isfinite(value):
            yield name, float(value)
