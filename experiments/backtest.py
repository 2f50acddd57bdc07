"""The rolling-origin backtest: every model, every origin, every horizon, nothing read too early."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from data.errors import EvidenceError
from data.files import write_bytes, write_json, write_text, write_with
from data.months import parse_origins
from experiments.code_version import code_version
from experiments.diagnostics import phase_plot, pit_plot, reliability_plot
from experiments.distribution import Distribution
from experiments.knowledge import Forecasting
from experiments.leaderboard import leaderboard_markdown, scores_table
from experiments.models import is_pooled, members_of
from experiments.pool import PoolRule, learn_rule
from experiments.record_keeping import keep_record
from experiments.scoring import outcome_at, scored_rows
from experiments.specification import BacktestSpec
from experiments.track_record import TrackRecord, record_name, write_record
from experiments.walk import Fold, FoldForecasts, make_folds, walk
from features.panel import Panel
from features.table import FeatureTable, build_features

__all__ = ["Backtest", "KeepDraws", "Progress", "run_backtest", "write_backtest"]

Progress = Callable[[int, int, str], None]
KeepDraws = Callable[[str, str, int, Distribution], None]


@dataclass(frozen=True)
class Backtest:
    """Scored forecasts of all models and what they were made from.

    Attributes:
        forecasts: A row a model, origin, horizon and region, columns ``FORECAST_COLUMNS``.
        manifest: Specification, data digest, code version, times.
        records: Horizon to the track record of the members; empty where nothing is pooled.
    """

    forecasts: pd.DataFrame
    manifest: dict[str, Any]
    records: Mapping[int, TrackRecord]


def run_backtest(
    panel: Panel,
    spec: BacktestSpec,
    *,
    progress: Progress,
    jobs: int | None = None,
    keep_draws: KeepDraws | None = None,
) -> Backtest:
    """Forecast and score every origin of a specification.

    Args:
        panel: Counts of all months; each forecast sees those up to its origin.
        spec: What is asked.
        progress: Told (folds done, folds in all, what is done).
        jobs: Processes; None for one a core.
        keep_draws: Handed every scored forecast (model, origin, horizon, draws of all regions).

    Raises:
        EvidenceError: The panel lacks the target or an origin.
        ConfigError: A model or setting is unknown.
    """
    started = datetime.now(UTC)
    origins = parse_origins(spec.origins).months()
    table = build_features(panel, known_through=origins[0])
    rows: list[pd.DataFrame] = []
    rules: dict[str, str] = {}
    records: dict[int, TrackRecord] = {}
    for place, horizon in enumerate(spec.horizons):
        run = _HorizonRun(
            panel, table, replace(spec, horizons=(horizon,)), jobs or _cores(), keep_draws
        )
        share = _Share(progress, place, len(spec.horizons))
        for fold in run.folds(origins, share):
            rows += fold.rows
            rules |= fold.rules
            records[horizon] = fold.record
    forecasts = pd.concat(rows, ignore_index=True)
    if forecasts.empty:
        raise EvidenceError(
            f"no target month of the origins {spec.origins} is observed: give earlier origins"
        )
    asked = len(panel.regions) * len(origins) * len(spec.horizons) * len(spec.models)
    finished = datetime.now(UTC)
    digest = panel.digest()
    manifest = {
        "id": f"{spec.scale}-{spec.target}-{spec.digest(digest)}",
        "scale": spec.scale,
        "target": spec.target,
        "horizons": list(spec.horizons),
        "origins": origins,
        "models": list(spec.models),
        "draws": spec.draws,
        "seed": spec.seed,
        "refit_months": spec.refit_months,
        "spec": spec.as_dict(),
        "pools": rules,
        "features": list(table.names),
        "absent_families": table.absent,
        "data_digest": digest,
        "code_version": code_version(),
        "rows": len(forecasts),
        "rows_without_target": (asked - len(forecasts)) // max(len(spec.models), 1),
        "started_at": started.isoformat(timespec="seconds"),
        "finished_at": finished.isoformat(timespec="seconds"),
        "seconds": round((finished - started).total_seconds(), 1),
    }
    return Backtest(forecasts, manifest, {h: r for h, r in records.items() if r.p_attack})


def write_backtest(backtest: Backtest, folder: Path) -> Path:
    """Write a backtest to ``folder/<id>``; the manifest comes last.

    Returns:
        The folder of this backtest.
    """
    home = folder / str(backtest.manifest["id"])
    frame = backtest.forecasts
    scores = scores_table(frame)
    (home / "manifest.json").unlink(missing_ok=True)
    write_with(home / "forecasts.parquet", lambda path: frame.to_parquet(path, index=False))
    write_text(home / "scores.csv", scores.to_csv(index=False, lineterminator="\n"))
    write_text(home / "leaderboard.md", leaderboard_markdown(scores, backtest.manifest))
    write_bytes(home / "reliability.png", reliability_plot(frame))
    write_bytes(home / "pit.png", pit_plot(frame))
    write_bytes(home / "skill_by_phase.png", phase_plot(frame))
    for horizon, record in backtest.records.items():
        write_record(record, home / record_name(horizon))
    write_json(home / "manifest.json", backtest.manifest)
    return home


@dataclass(frozen=True)
class _Share:
    """One horizon's share of the progress."""

    progress: Progress
    place: int
    horizons: int

    def told(self, done: int, folds: int, what: str) -> None:
        self.progress(self.place * folds + done, self.horizons * folds, what)


@dataclass(frozen=True)
class _ScoredFold:
    """Scored rows of one fold, what its pools had learnt, and the record up to its end."""

    rows: list[pd.DataFrame]
    rules: dict[str, str]
    record: TrackRecord


@dataclass(frozen=True)
class _HorizonRun:
    """All folds of one horizon: inner folds for the record, then the scored ones."""

    panel: Panel
    table: FeatureTable
    spec: BacktestSpec
    jobs: int
    keep_draws: KeepDraws | None = None

    @property
    def task(self) -> Forecasting:
        """Target, horizon, seed and draws."""
        spec = self.spec
        return Forecasting(spec.target, spec.horizons[0], spec.seed, spec.draws)

    def folds(self, origins: Sequence[str], share: _Share) -> Iterator[_ScoredFold]:
        """Yield every scored fold in turn."""
        spec = self.spec
        pooled = [name for name in spec.models if is_pooled(name)]
        recorded = _in_order(member for name in pooled for member in members_of(name))
        members = _in_order(member for name in spec.models for member in members_of(name))
        inner = spec.pool.inner if recorded else 0
        folds = make_folds(
            self.panel,
            origins,
            refit_months=spec.refit_months,
            inner=inner,
            horizon=self.task.horizon,
        )
        early = [fold for fold in folds if fold.origins[-1] < origins[0]]
        record = keep_record(self.panel, self.task, [], recorded)
        for done, found in enumerate(self._walk(early, recorded), 1):
            record = keep_record(self.panel, self.task, [found], recorded, before=record)
            share.told(done, len(folds), f"inner origins to {found.fold.origins[-1]}")
        for done, found in enumerate(self._walk(folds[len(early) :], members), len(early) + 1):
            rules = self._rules(record, found.fold, pooled)
            frames = self._scored(found, rules)
            record = keep_record(self.panel, self.task, [found], recorded, before=record)
            share.told(done, len(folds), f"origins to {found.fold.origins[-1]}")
            key = f"h{self.task.horizon} {found.fold.origins[0]}"
            learnt = {f"{name} {key}": rule.described() for name, rule in rules.items()}
            yield _ScoredFold(frames, learnt, record)

    def _walk(self, folds: Sequence[Fold], members: Sequence[str]) -> Iterator[FoldForecasts]:
        return walk(
            self.panel,
            self.table,
            self.task,
            folds,
            members=members,
            settings=self.spec.settings,
            jobs=self.jobs,
        )

    def _rules(self, record: TrackRecord, fold: Fold, pooled: Sequence[str]) -> dict[str, PoolRule]:
        start = self.panel.position(fold.origins[0])
        inner = self.spec.pool.inner
        known = record.known_at(start, horizon=self.task.horizon, window=inner)
        return {name: learn_rule(known, members_of(name), self.spec.pool) for name in pooled}

    def _scored(self, found: FoldForecasts, rules: Mapping[str, PoolRule]) -> list[pd.DataFrame]:
        frames = []
        for place, origin in enumerate(found.fold.origins):
            outcome = outcome_at(self.panel, self.task, origin)
            here = {name: forecasts[place] for name, forecasts in found.forecasts.items()}
            for name in self.spec.models:
                rule = rules.get(name)
                forecast = rule.combine(here, draws=self.task.draws) if rule else here[name]
                used = found.used.get(name, name)
                if self.keep_draws is not None:
                    self.keep_draws(name, origin, self.task.horizon, forecast)
                frames.append(scored_rows(outcome, forecast, model=name, used=used))
        return frames


def _in_order(names: Iterator[str]) -> list[str]:
    """Return names without repeats, first come first."""
    return list(dict.fromkeys(names))


def _cores() -> int:
    return len(os.sched_getaffinity(0))
