"""From what the command line was told to an issue, and what it prints about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from data.errors import RuntimeEnvironmentError, SourceError
from data.store.completeness import estimate_completeness
from data.store.store import Store
from data.terminal import echo, one_line, text_table, warn
from data.workspace import Workspace
from experiments.backtest.workers import own_workers
from experiments.bands import band_text
from experiments.models.catalogue import use_plugin
from experiments.tracking.tracker import Tracked, Tracker
from features.freshness import fresh_panel
from features.panel import Panel, read_panel_manifest
from forecast.archive.issue_files import MANIFEST, Issue, issue_folder, read_manifest
from forecast.issue.issue import make_issue, track_issue
from forecast.model.completing import Completion
from forecast.model.gate import gate_notices
from forecast.model.predictions import IssueRequest
from forecast.text.wording import expected, month_words, percent, target_words

__all__ = ["ForecastOptions", "issue_forecast", "issue_json", "issue_text"]

TOP = 10
_WARNING = "warning: "


@dataclass(frozen=True)
class ForecastOptions:
    """What an issue is asked for; None, or none at all, where the settings decide.

    Attributes:
        scale: Spatial scale.
        targets: Targets.
        origin: Last month to read.
        horizons: Months ahead.
        model: A model by name.
        keep_draws: Whether the draws are written.
        plugin: File with models or features of one's own.
        complete_months: Whether models see the newest months as they are expected to become.
        outlook: Whether the next three months and the countries are forecast besides.
    """

    scale: str | None = None
    targets: tuple[str, ...] = ()
    origin: str | None = None
    horizons: tuple[int, ...] = ()
    model: str | None = None
    keep_draws: bool = False
    plugin: Path | None = None
    complete_months: bool = False
    outlook: bool = True


def issue_forecast(
    workspace: Workspace, options: ForecastOptions, *, tracker: Tracker | None = None
) -> tuple[Issue, Tracked]:
    """Make, write and track an issue.

    Args:
        workspace: Where the panel is read and the issue written.
        options: What the issue is asked for.
        tracker: Where the issue is tracked; None for the workspace's own.

    Raises:
        EscalationError: See ``make_issue``.
    """
    scale = options.scale or workspace.settings().panel.scale
    folder = workspace.panel(scale)
    panel = fresh_panel(workspace, scale)
    request = _request(workspace, panel, options)
    completion = _completion(workspace, folder) if options.complete_months else None
    with workspace.lock(), own_workers():
        now = datetime.now(UTC)
        before = _issued_before(issue_folder(workspace, request.origin, scale))
        issue = make_issue(
            workspace,
            panel,
            request,
            now=now,
            report_progress=_print_progress,
            completion=completion,
        )
    if before is not None:
        warn(_again(issue, before), label="note")
    return issue, track_issue(workspace, issue, tracker)


def _issued_before(folder: Path) -> Mapping[str, Any] | None:
    """Return the manifest of the issue that a folder holds; None without one that can be read."""
    try:
        return read_manifest(folder / MANIFEST)
    except (SourceError, RuntimeEnvironmentError):
        return None


def _again(issue: Issue, before: Mapping[str, Any]) -> str:
    """Say that a month was issued before, and whether anything is new."""
    said = f"{issue.folder.name} was issued before, on {str(before['finished_at'])[:10]}"
    if before["id"] != issue.manifest["id"]:
        return f"{said}, from other data, models or settings; that one is kept as {before['id']}"
    return f"{said}, from the same data, models and settings: this is the same forecast again"


def issue_json(issue: Issue, tracked: Tracked) -> dict[str, Any]:
    """Return an issue as plain values for JSON."""
    top = issue.table[issue.table["rank"] <= TOP]
    return {
        "issue": issue.folder.name,
        "folder": str(issue.folder),
        "origin": issue.manifest["origin"],
        "horizons": list(issue.manifest["horizons"]),
        "regions": issue.manifest["regions"],
        "models": issue.manifest["models"],
        "gate": issue.manifest["gate"],
        "run_id": issue.manifest["id"],
        "mlflow_run_id": tracked.run_id,
        "top": [
            {name: None if pd.isna(value) else value for name, value in row.items()}
            for row in top.to_dict("records")
        ],
    }


def issue_text(issue: Issue) -> str:
    """Return the first ranks of every horizon, the bands and where the files lie."""
    lines = []
    for _, rows in issue.table.groupby("horizon", sort=True):
        lines += [_table_text(rows), ""]
    lines.append(
        f"levels, by the chance of at least one attack: {band_text(issue.manifest['levels'])}"
    )
    lines += _model_lines(issue)
    lines += [f"files: {issue.folder / name}" for name in issue.manifest["files"]]
    lines.append(f"page:  escalation report {issue.folder.name}")
    return "\n".join(lines)


def _table_text(rows: pd.DataFrame) -> str:
    first = rows.iloc[0]
    shown = [
        [
            int(row["rank"]),
            row["region"],
            row["country"],
            row["level"],
            percent(row["p_attack"]),
            percent(row["p_escalation"]),
            expected(row["expected_events"]),
            expected(row["expected_deaths"]),
            row["reason_1"],
        ]
        for row in rows[rows["rank"] <= TOP].to_dict("records")
    ]
    title = f"{month_words(first['target_month'])}, from data through {first['origin']}"
    columns = ["rank", "region", "country", "level", "attack", "escalation", "attacks", "deaths"]
    return f"{title}\n\n{text_table([*columns, 'why'], shown)}"


def _model_lines(issue: Issue) -> list[str]:
    models = issue.manifest["models"]
    lines = dict.fromkeys(
        f"model: {target_words(model['target'])} by {model['model_used']}, gate {model['gate']}"
        for model in models
    )
    notices = (f"note:  {notice}" for notice in gate_notices(models))
    return [one_line(line) for line in (*lines, *notices)]


def _request(workspace: Workspace, panel: Panel, options: ForecastOptions) -> IssueRequest:
    """Fill options up from the settings; targets the panel lacks count only when asked for."""
    settings = workspace.settings()
    usual = tuple(name for name in settings.target.names if name in panel.measures)
    return IssueRequest(
        origin=options.origin or panel.last_complete_month(),
        horizons=options.horizons or tuple(sorted(set(settings.forecast.horizons))),
        targets=options.targets or usual,
        model=options.model,
        draws=settings.forecast.draws,
        seed=settings.forecast.seed,
        levels=settings.forecast.levels,
        keep_draws=options.keep_draws,
        plugin=use_plugin(options.plugin) if options.plugin else None,
        outlook=options.outlook,
    )


def _completion(workspace: Workspace, folder: Path) -> Completion:
    """Estimate from the store how much the newest months of a panel grow.

    Raises:
        EvidenceError: The store's releases are too few to estimate it.
    """
    manifest = read_panel_manifest(folder)
    day = manifest.get("as_of")
    store = Store(workspace.store, as_of=None if day is None else date.fromisoformat(day))
    return Completion(estimate_completeness(store, str(manifest["source"])))


def _print_progress(text: str) -> None:
    echo(one_line(text), err=True)
