"""The rolling-origin backtest: every model, every origin, every horizon, nothing read too early."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from data.errors import EscalationError, EvidenceError
from data.files import (
    sha256_of,
    write_bytes,
    write_folder,
    write_text,
    write_with,
)
from data.months import parse_origins
from data.records import write_record
from data.workspace import folder_within
from experiments.backtest.catalogue import (
    ABLATION,
    FORECASTS,
    MANIFEST,
    SCORES,
    STRESS,
    Backtest,
    read_backtest_manifest,
)
from experiments.backtest.checkpoints import Checkpoints
from experiments.backtest.code_version import code_version, library_versions
from experiments.backtest.folds import Execution, KeepDraws, Progress, ScoredFold, scored_folds
from experiments.backtest.leakage_check import plugin_alarms
from experiments.backtest.specification import BacktestSpec, build_table
from experiments.backtest.workers import cores
from experiments.models.past_forecasts import (
    past_forecasts_file,
    write_past_forecasts,
)
from experiments.scores.diagnostics import phase_plot, pit_plot, png_bytes, reliability_plot
from experiments.scores.leaderboard import SEEDS_FILE, leaderboard_markdown, scores_table
from features.panel import Panel
from features.table import FeatureTable

__all__ = [
    "KeepDraws",
    "Progress",
    "add_to_backtest",
    "run_backtest",
    "write_backtest",
]


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
    """Write a backtest to ``folder/<id>``, whole and in one step.

    Returns:
        The folder of this backtest.
    """
    home = folder_within(folder, backtest.id)
    frame = backtest.forecasts
    scores = scores_table(frame)
    kept = (SEEDS_FILE, STRESS) if _same_code(home, backtest) else (SEEDS_FILE,)

    def write(fresh: Path) -> None:
        write_with(fresh / FORECASTS, lambda path: frame.to_parquet(path, index=False))
        write_text(fresh / SCORES, scores.to_csv(index=False, lineterminator="\n"))
        write_text(fresh / "leaderboard.md", leaderboard_markdown(scores, backtest.manifest))
        write_bytes(fresh / "reliability.png", png_bytes(reliability_plot(frame)))
        write_bytes(fresh / "pit.png", png_bytes(pit_plot(frame)))
        write_bytes(fresh / "skill_by_phase.png", png_bytes(phase_plot(frame)))
        for horizon, record in backtest.records.items():
            write_past_forecasts(record, fresh / past_forecasts_file(horizon))
        files = {path.name: sha256_of(path) for path in sorted(fresh.iterdir())}
        files |= {name: sha256_of(home / name) for name in kept if (home / name).exists()}
        made = {"forecasts_sha256": files[FORECASTS], "files": files}
        write_record(fresh / MANIFEST, {**backtest.manifest, **made})

    gone = {MANIFEST, ABLATION, STRESS}.difference(kept)
    write_folder(home, write, keep=lambda name: name not in gone)
    return home


def _same_code(home: Path, backtest: Backtest) -> bool:
    """Say whether the same backtest lies there already, made by the same version of the code."""
    try:
        return bool(
            read_backtest_manifest(home)["code_version"] == backtest.manifest["code_version"]
        )
    except (EscalationError, KeyError):
        return False


def add_to_backtest(folder: Path, name: str, text: str) -> Path:
    """Write one more text file of a finished backtest and its fingerprint, in one step.

    Args:
        folder: The backtest's folder.
        name: The file's name.
        text: Its content.

    Returns:
        The file.
    """
    manifest = read_backtest_manifest(folder)

    def write(fresh: Path) -> None:
        shutil.copytree(folder, fresh, dirs_exist_ok=True)
        write_text(fresh / name, text)
        files = {**manifest.get("files", {}), name: sha256_of(fresh / name)}
        write_record(fresh / MANIFEST, {**manifest, "files": files})

    write_folder(folder, write)
    return folder / name


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
