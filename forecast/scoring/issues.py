"""Scoring past issues: which ones, the scores written beside them, and their tracking.

``scores.json`` and ``score.parquet`` lie beside an issue; its own files and their fingerprints
stay as they are. Results are written first and tracked second.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from data.errors import EscalationError, EvidenceError, RuntimeEnvironmentError
from data.files import sha256_of, write_with
from data.records import read_record, write_record
from data.terminal import progress
from data.workspace import Workspace
from experiments.tracking.spool import SCORES
from experiments.tracking.tracker import Tracked, Tracker
from features.freshness import refresh_panel
from features.panel import Panel, read_panel
from forecast.archive.catalogue import find_issue, left_out, read_catalogue
from forecast.archive.issue_files import MANIFEST, Issue, read_issue, read_manifest
from forecast.scoring.outcomes import IssueOutcomes, Outcome, outcomes_of
from forecast.scoring.scorecard import (
    LookBack,
    Scorecard,
    as_json,
    look_back,
    metrics_of,
    scorecard_of,
)

__all__ = ["Horizon", "ScoreResult", "ScoredIssue", "score_issue", "score_issues", "scores_json"]

ROWS = "score.parquet"


@dataclass(frozen=True)
class Horizon:
    """One scored horizon of an issue: its rows, its figures and what it got wrong."""

    outcome: Outcome
    card: Scorecard
    looks: list[LookBack]


@dataclass(frozen=True)
class ScoredIssue:
    """A scored issue.

    Attributes:
        issue: The issue.
        outcomes: Its forecasts and outcomes.
        horizons: Those that can be scored, in order.
    """

    issue: Issue
    outcomes: IssueOutcomes
    horizons: tuple[Horizon, ...]

    @property
    def name(self) -> str:
        """The issue's name."""
        return self.outcomes.name


@dataclass(frozen=True)
class ScoreResult:
    """What scoring some issues gave.

    Attributes:
        scored: One an issue, by origin; those without an observed target month among them.
        tracked: What became of tracking; nothing of scores that are tracked already.
        damaged: Issues that could not be read or scored, each with the reason.
    """

    scored: tuple[ScoredIssue, ...]
    tracked: tuple[Tracked, ...]
    damaged: tuple[str, ...]


def score_issues(
    workspace: Workspace, names: Sequence[str], *, tracker: Tracker | None = None
) -> ScoreResult:
    """Score issues, write the scores beside them and track them on each issue's own run.

    Args:
        workspace: Where the issues and the panels are.
        names: Issues; none for all of them, copies and earlier versions aside.
        tracker: Where scores are tracked; None for the workspace's own.

    Raises:
        EvidenceError: There is no such issue, or none at all.
        EscalationError: A named issue is damaged or its scale has no panel.
    """
    folders = [find_issue(workspace, name) for name in dict.fromkeys(names)]
    damaged: list[str] = []
    if not names:
        folders, damaged = _all(workspace)
    for scale in _scales(folders):
        refresh_panel(workspace, scale)
    panels: dict[str, Panel] = {}
    scored: list[ScoredIssue] = []
    with workspace.lock(), progress(folders, "scoring") as folders_shown:
        for folder in folders_shown:
            try:
                one = _score(workspace, folder, panels)
            except EscalationError as error:
                if names:
                    raise
                damaged.append(left_out(folder.name, str(error)))
                continue
            scored.append(one)
            if one.horizons:
                _write(one)
    written = [one.issue.folder for one in scored if one.horizons]
    tracked = (tracker or Tracker(workspace)).log_scores(written)
    return ScoreResult(tuple(scored), tuple(tracked), tuple(damaged))


def score_issue(issue: Issue, panel: Panel) -> ScoredIssue:
    """Score one issue by a panel; nothing is written."""
    outcomes = outcomes_of(issue, panel)
    horizons = tuple(
        Horizon(outcome, scorecard_of(outcome.rows), look_back(outcome, panel))
        for outcome in outcomes.outcomes
    )
    return ScoredIssue(issue, outcomes, horizons)


def _all(workspace: Workspace) -> tuple[list[Path], list[str]]:
    """Return the folders of the issues that count, and why others cannot be read."""
    catalogue = read_catalogue(workspace)
    if not catalogue.all_entries and not catalogue.unreadable:
        raise EvidenceError(
            f"{workspace.issues} holds no issue: `escalation forecast` makes one, to be scored"
            " once its target month is observed"
        )
    unreadable = [left_out(name, reason) for name, reason in catalogue.unreadable.items()]
    return [entry.folder for entry in catalogue.entries], unreadable


def _scales(folders: Sequence[Path]) -> list[str]:
    """Return the scales of issues; one that cannot be read is named where it is scored."""
    scales = set()
    for folder in folders:
        with contextlib.suppress(EscalationError):
            scales.add(str(read_manifest(folder / MANIFEST)["scale"]))
    return sorted(scales)


def _score(workspace: Workspace, folder: Path, panels: dict[str, Panel]) -> ScoredIssue:
    issue = read_issue(folder)
    scale = str(issue.manifest["scale"])
    if scale not in panels:
        panels[scale] = read_panel(workspace.panel(scale))
    return score_issue(issue, panels[scale])


def _write(scored: ScoredIssue) -> None:
    """Write the rows and, last, the scores; the same scores are not written again."""
    folder = scored.issue.folder
    rows = pd.concat([one.outcome.rows for one in scored.horizons], ignore_index=True)
    write_with(folder / ROWS, lambda path: rows.to_parquet(path, index=False))
    record = {**_record(scored), "files": {ROWS: sha256_of(folder / ROWS)}}
    if _read_scores(folder) != record:
        write_record(folder / SCORES, record)


def _read_scores(folder: Path) -> Any:
    """Return the scores beside an issue; None where they are absent or damaged."""
    try:
        return read_record(folder / SCORES, advice="score the issue again")
    except RuntimeEnvironmentError:
        return None


def _record(scored: ScoredIssue) -> dict[str, Any]:
    """Return the scores of an issue as plain values; nothing of them depends on the clock."""
    manifest, several = scored.issue.manifest, len(scored.issue.manifest["horizons"]) > 1
    metrics = {
        f"{name}_h{one.outcome.horizon}" if several else name: value
        for one in scored.horizons
        for name, value in metrics_of(one.card).items()
    }
    return {
        **scores_json(scored),
        "id": manifest["id"],
        "manifest_sha256": sha256_of(scored.issue.folder / MANIFEST),
        "metrics": metrics,
    }


def scores_json(scored: ScoredIssue) -> dict[str, Any]:
    """Return an issue's scores as plain values for JSON."""
    scores: dict[str, Any] = as_json(_plain(scored))
    return scores


def _plain(scored: ScoredIssue) -> dict[str, Any]:
    return {
        "issue": scored.name,
        "scale": scored.issue.manifest["scale"],
        "origin": scored.outcomes.origin,
        "revised": scored.outcomes.revised,
        "draws_kept": scored.outcomes.draws_saved,
        "horizons": [
            {
                "horizon": one.outcome.horizon,
                "target_month": one.outcome.target_month,
                "model": one.outcome.model,
                **asdict(one.card),
                "looks_back": [asdict(look) for look in one.looks],
            }
            for one in scored.horizons
        ],
        "waiting": [asdict(one) for one in scored.outcomes.waiting],
    }
