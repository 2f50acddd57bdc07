"""The rolling-origin backtest: every model, every origin, every horizon, nothing read too early."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from data.errors import EvidenceError, SourceError
from data.files import (
    read_json,
    read_parquet,
    sha256_of,
    write_bytes,
    write_json,
    write_text,
    write_with,
)
from data.months import parse_origins
from experiments.backtest.checkpoints import Checkpoints
from experiments.backtest.code_version import code_version, library_versions
from experiments.backtest.folds import Execution, KeepDraws, Progress, ScoredFold, scored_folds
from experiments.backtest.leakage_check import plugin_alarms
from experiments.backtest.specification import BacktestSpec, build_table
from experiments.backtest.workers import cores
from experiments.models.past_forecasts import (
    PastForecasts,
    past_forecasts_file,
    write_past_forecasts,
)
from experiments.scores.diagnostics import phase_plot, pit_plot, png_bytes, reliability_plot
from experiments.scores.leaderboard import leaderboard_markdown, read_seeds, scores_table
from features.panel import Panel
from features.table import FeatureTable

__all__ = [
    "MANIFEST",
    "Backtest",
    "KeepDraws",
    "Progress",
    "read_backtest",
    "read_manifest",
    "run_backtest",
    "write_backtest",
]

MANIFEST = "manifest.json"

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


@dataclass(frozen=True)
class Backtest:
    """Scored forecasts of all models and what they were made from.

    Attributes:
        forecasts: A row a model, origin, horizon and region, columns ``FORECAST_COLUMNS``.
        manifest: Specification, data digest, code version, times.
        records: Horizon to the past forecasts of the members, as it was made; empty where nothing
            is pooled, and in one that was read.
        seeds: Scores under several seeds, rows of ``seeds.csv``; None where none were tried.
    """

    forecasts: pd.DataFrame
    manifest: Mapping[str, Any]
    records: Mapping[int, PastForecasts] = field(default_factory=dict)
    seeds: pd.DataFrame | None = None

    @property
    def id(self) -> str:
        """The backtest's id."""
        return str(self.manifest["id"])


def run_backtest(
    panel: Panel,
    spec: BacktestSpec,
    *,
    progress: Progress,
    jobs: int | None = None,
    checkpoints: Checkpoints | None = None,
    keep_draws: KeepDraws | None = None,
) -> Backtest:
    """Forecast and score every origin of a specification.

    Args:
        panel: Counts of all months; each forecast sees those up to its origin.
        spec: Which models at which origins.
        progress: Called with (folds done, folds in all, what is done).
        jobs: Processes; None for one a core.
        checkpoints: Where finished folds are written meanwhile; None for nowhere.
        keep_draws: Receives every scored forecast (model, origin, horizon, draws of all regions);
            checkpoints hold no draws, so there must be none with it.

    Raises:
        EvidenceError: The panel lacks the target or an origin.
        ConfigError: A model or setting is unknown.
    """
    started = datetime.now(UTC)
    origins = parse_origins(spec.origins).months()
    table = build_table(panel, spec, known_through=origins[0])
    execution = Execution(jobs or cores(), progress, checkpoints or Checkpoints(), keep_draws)
    folds = list(scored_folds(panel, table, spec, origins, execution))
    forecasts = pd.concat([fold.rows for fold in folds], ignore_index=True)
    if forecasts.empty:
        raise EvidenceError(
            f"no target month of the origins {spec.origins} is observed: give earlier origins"
        )
    manifest = {
        **_requested(spec, origins, panel.digest()),
        **_made(table, folds, started=started),
        **_counted(panel, spec, rows=len(forecasts), origins=len(origins)),
    }
    if alarms := plugin_alarms(panel, table, spec, through=origins[0]):
        manifest["leak_alarms"] = alarms
    records = {fold.horizon: fold.record for fold in folds if fold.record.p_attack}
    return Backtest(forecasts, manifest, records)


def write_backtest(backtest: Backtest, folder: Path) -> Path:
    """Write a backtest to ``folder/<id>``; the manifest comes last.

    Returns:
        The folder of this backtest.
    """
    home = folder / backtest.id
    frame = backtest.forecasts
    scores = scores_table(frame)
    for stale in (MANIFEST, "ablation.csv"):
        (home / stale).unlink(missing_ok=True)
    write_with(home / "forecasts.parquet", lambda path: frame.to_parquet(path, index=False))
    write_text(home / "scores.csv", scores.to_csv(index=False, lineterminator="\n"))
    write_text(home / "leaderboard.md", leaderboard_markdown(scores, backtest.manifest))
    write_bytes(home / "reliability.png", png_bytes(reliability_plot(frame)))
    write_bytes(home / "pit.png", png_bytes(pit_plot(frame)))
    write_bytes(home / "skill_by_phase.png", png_bytes(phase_plot(frame)))
    for horizon, record in backtest.records.items():
        write_past_forecasts(record, home / past_forecasts_file(horizon))
    made = {"forecasts_sha256": sha256_of(home / "forecasts.parquet")}
    write_json(home / MANIFEST, {**backtest.manifest, **made})
    return home


def read_backtest(folder: Path) -> Backtest:
    """Read the folder of a finished backtest; what its pools learnt from stays in its files.

    Raises:
        EvidenceError: The folder holds no finished backtest.
        RuntimeEnvironmentError: A file is damaged.
        SourceError: A file is not that of a backtest.
    """
    if not (folder / MANIFEST).exists():
        raise EvidenceError(f"{folder} holds no finished backtest: run `escalation backtest`")
    manifest = read_manifest(folder / MANIFEST)
    forecasts = read_parquet(folder / "forecasts.parquet")
    missing = [name for name in _NEEDED if name not in forecasts]
    if missing:
        raise SourceError(
            f"a backtest's forecasts have no column {', '.join(missing)}: run the backtest again",
            file=folder / "forecasts.parquet",
        )
    return Backtest(forecasts, manifest, seeds=read_seeds(folder))


def read_manifest(path: Path) -> Mapping[str, Any]:
    """Read a manifest and make sure that it is that of a backtest.

    Raises:
        SourceError: It lacks what every backtest's manifest has.
        RuntimeEnvironmentError: It is absent or damaged.
    """
    manifest: Any = read_json(path)
    for name, kind in _EXPECTED.items():
        if not isinstance(manifest, dict) or not isinstance(manifest.get(name), kind):
            raise SourceError(
                f'this is not the manifest of a backtest: "{name}" is absent or of another form;'
                " run the backtest again",
                file=path,
            )
    return dict(manifest)


def _requested(spec: BacktestSpec, origins: Sequence[str], data_digest: str) -> dict[str, Any]:
    return {
        "id": f"{spec.scale}-{spec.target}-{spec.digest(data_digest)}",
        "scale": spec.scale,
        "target": spec.target,
        "horizons": list(spec.horizons),
        "origins": list(origins),
        "models": list(spec.models),
        "draws": spec.draws,
        "seed": spec.seed,
        "refit_months": spec.refit_months,
        "without": list(spec.without),
        "plugin": asdict(spec.plugin) if spec.plugin else None,
        "spec": spec.as_dict(),
        "data_digest": data_digest,
    }


def _made(table: FeatureTable, folds: Sequence[ScoredFold], *, started: datetime) -> dict[str, Any]:
    finished = datetime.now(UTC)
    return {
        "pools": {name: rule for fold in folds for name, rule in fold.rules.items()},
        "features": list(table.names),
        "families": dict(Counter(table.families)),
        "absent_families": table.absent,
        "code_version": code_version(),
        "libraries": library_versions(),
        "started_at": started.isoformat(timespec="seconds"),
        "finished_at": finished.isoformat(timespec="seconds"),
        "seconds": round((finished - started).total_seconds(), 1),
    }


def _counted(panel: Panel, spec: BacktestSpec, *, rows: int, origins: int) -> dict[str, int]:
    whole = len(panel.regions) * origins * len(spec.horizons) * len(spec.models)
    return {
        "rows": rows,
        "rows_without_target": (whole - rows) // max(len(spec.models), 1),
    }
