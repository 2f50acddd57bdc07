"""Scoring past issues: which ones, what is written beside them, and that tracking hears of it.

``scores.json`` and ``score.parquet`` lie beside an issue; its own files and their fingerprints
stay as they are. Results are written first and tracked second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from data.errors import EscalationError, EvidenceError, RuntimeEnvironmentError
from data.files import read_json, sha256_of, write_json, write_with
from data.terminal import progress
from data.workspace import Workspace
from experiments.tracking.spool import SCORES
from experiments.tracking.tracker import Tracked, Tracker
from features.panel import Panel, read_panel
from forecast.archive.catalogue import find_issue, left_out, read_catalogue
from forecast.archive.issue_files import MANIFEST, Issue, read_issue
from forecast.scoring.outcomes import Outcome, ScoredIssue, score_issue
from forecast.scoring.postmortem import LookBack, look_back
from forecast.scoring.scorecard import Scorecard, as_json, metrics_of, scorecard_of

__all__ = ["Horizon", "Scoring", "Scorings", "described", "score_issues", "scoring_of"]

ROWS = "score.parquet"


@dataclass(frozen=True)
class Horizon:
    """One scored horizon of an issue: its rows, its figures and what it got wrong."""

    outcome: Outcome
    card: Scorecard
    looks: list[LookBack]


@dataclass(frozen=True)
class Scoring:
    """A scored issue.

    Attributes:
        issue: The issue.
        found: What it said beside what came.
        horizons: Those that can be scored, in order.
    """

    issue: Issue
    found: ScoredIssue
    horizons: tuple[Horizon, ...]

    @property
    def name(self) -> str:
        """The issue's name."""
        return self.found.name


@dataclass(frozen=True)
class Scorings:
    """What the command did.

    Attributes:
        scorings: One an issue, by name; those without an observed month among them.
        tracked: What became of telling MLflow; nothing of scores it knows already.
        damaged: Issues that could not be read or scored, each with the reason.
        superseded: Copies and earlier versions that were left out, each with the one that counts.
    """

    scorings: tuple[Scoring, ...]
    tracked: tuple[Tracked, ...]
    damaged: tuple[str, ...]
    superseded: tuple[str, ...]


def score_issues(
    workspace: Workspace, names: Sequence[str], *, tracker: Tracker | None = None
) -> Scorings:
    """Score issues, write the scores beside them and tell MLflow on each issue's own run.

    Args:
        workspace: Where the issues and the panels are.
        names: Issues; none for all of them.
        tracker: Who is told; None for the workspace's usual one.

    Raises:
        EvidenceError: There is no such issue, or none at all.
        EscalationError: A named issue is damaged or its scale has no panel.
    """
    folders = [find_issue(workspace, name) for name in dict.fromkeys(names)]
    damaged: list[str] = []
    superseded: list[str] = []
    if not names:
        folders, damaged, superseded = _all(workspace)
    panels: dict[str, Panel] = {}
    scorings = []
    with workspace.lock(), progress(folders, "scoring") as some:
        for folder in some:
            try:
                scoring = _score(workspace, folder, panels)
            except EscalationError as error:
                if names:
                    raise
                damaged.append(left_out(folder.name, str(error)))
                continue
            scorings.append(scoring)
            if scoring.horizons:
                _write(scoring)
    scored = [scoring.issue.folder for scoring in scorings if scoring.horizons]
    tracked = (tracker or Tracker(workspace)).log_scores(scored)
    return Scorings(tuple(scorings), tuple(tracked), tuple(damaged), tuple(superseded))


def scoring_of(issue: Issue, panel: Panel) -> Scoring:
    """Score one issue by a panel; nothing is written."""
    found = score_issue(issue, panel)
    horizons = tuple(
        Horizon(outcome, scorecard_of(outcome.rows), look_back(outcome, panel))
        for outcome in found.outcomes
    )
    return Scoring(issue, found, horizons)


def _all(workspace: Workspace) -> tuple[list[Path], list[str], list[str]]:
    """Return the folders of all issues that count, and what is said of those that do not."""
    catalogue = read_catalogue(workspace)
    if not catalogue.all_entries and not catalogue.unreadable:
        raise EvidenceError(
            f"{workspace.issues} holds no issue: `escalation forecast` makes one, and it can be"
            " scored once its target month is observed"
        )
    return (
        [entry.folder for entry in catalogue.entries],
        [left_out(name, reason) for name, reason in catalogue.unreadable.items()],
        [
            left_out(name, f"{entry.name} is of the same scale and origin and was issued last")
            for name, entry in catalogue.superseded.items()
        ],
    )


def _score(workspace: Workspace, folder: Path, panels: dict[str, Panel]) -> Scoring:
    issue = read_issue(folder)
    scale = str(issue.manifest["scale"])
    if scale not in panels:
        panels[scale] = read_panel(workspace.panel(scale))
    return scoring_of(issue, panels[scale])


def _write(scoring: Scoring) -> None:
    """Write the rows and, last, the scores; the same scores are not written again."""
    folder = scoring.issue.folder
    rows = pd.concat([one.outcome.rows for one in scoring.horizons], ignore_index=True)
    write_with(folder / ROWS, lambda path: rows.to_parquet(path, index=False))
    record = {**_record(scoring), "files": {ROWS: sha256_of(folder / ROWS)}}
    if _kept(folder) != record:
        write_json(folder / SCORES, record)


def _kept(folder: Path) -> Any:
    """Return the scores that lie beside an issue; None without any or where they are damaged."""
    try:
        return read_json(folder / SCORES)
    except RuntimeEnvironmentError:
        return None


def _record(scoring: Scoring) -> dict[str, Any]:
    """Return the scores of an issue as plain values; nothing of them depends on the clock."""
    manifest, several = scoring.issue.manifest, len(scoring.issue.manifest["horizons"]) > 1
    metrics = {
        f"{name}_h{one.outcome.horizon}" if several else name: value
        for one in scoring.horizons
        for name, value in metrics_of(one.card).items()
    }
    return {
        **described(scoring),
        "id": manifest["id"],
        "manifest_sha256": sha256_of(scoring.issue.folder / MANIFEST),
        "metrics": metrics,
    }


def described(scoring: Scoring) -> dict[str, Any]:
    """Return what is said of an issue's scores, for files and machines, as JSON's values."""
    found: dict[str, Any] = as_json(_plain(scoring))
    return found


def _plain(scoring: Scoring) -> dict[str, Any]:
    return {
        "issue": scoring.name,
        "scale": scoring.issue.manifest["scale"],
        "origin": scoring.found.origin,
        "revised": scoring.found.revised,
        "draws_kept": scoring.found.draws_kept,
        "horizons": [
            {
                "horizon": one.outcome.horizon,
                "target_month": one.outcome.target_month,
                "model": one.outcome.model,
                **asdict(one.card),
                "looks_back": [asdict(look) for look in one.looks],
            }
            for one in scoring.horizons
        ],
        "waiting": [asdict(one) for one in scoring.found.waiting],
    }
