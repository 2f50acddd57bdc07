"""The record of an issue that every writer prints from: read once, the same for all.

A writer takes its figures, words, sources and caveats from here and from nowhere else, so that no
two outputs can disagree. Shapes and the observed past come from the workspace, where it still has
them; all else from the issue's folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from data.errors import ConfigError, EvidenceError
from data.files import read_json
from data.workspace import Workspace
from features.panel import Panel, read_panel
from forecast.archive.issue_files import read_issue
from forecast.archive.notes import Note, read_notes
from forecast.archive.region_shapes import read_shapes
from forecast.model.headline import Headline, headlines
from forecast.report import view_parts as parts
from forecast.text.sections import Section
from forecast.text.wording import month_words, shortened

__all__ = ["IssueView", "read_record", "run_of"]

REVISED = (
    "The data have been revised since this forecast was issued: observed totals are the revised"
    " ones, the table is as it was issued."
)


@dataclass(frozen=True)
class IssueView:
    """Everything that a writer may print of an issue.

    Attributes:
        name: Name of the issue.
        table: The risk table, columns ``RISK_COLUMNS``.
        sections: What the issue says beside its table.
        manifest: What it was made from.
        notes: Analyst's notes, kept beside the issue.
        mlflow_run: Id of its run in MLflow; None where it was not tracked.
        shapes: Region id to polygon; None where the workspace has no boundaries of the scale.
        past: Observed totals of attacks and deaths up to the origin; empty without a panel.
        revised: Whether the panel is another one than the issue was made from.
    """

    name: str
    table: pd.DataFrame
    sections: tuple[Section, ...]
    manifest: Mapping[str, Any]
    notes: tuple[Note, ...] = ()
    mlflow_run: str | None = None
    shapes: Mapping[str, Any] | None = None
    past: tuple[Headline, ...] = ()
    revised: bool = False

    @property
    def horizons(self) -> tuple[int, ...]:
        """Months ahead that the table holds, the nearest first."""
        return tuple(sorted({int(horizon) for horizon in self.table["horizon"]}))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What calls for a second look at the newest months or the observed figures."""
        return (*self.manifest["warnings"], *([REVISED] if self.revised else []))

    @property
    def title(self) -> str:
        """What the issue is about, in words."""
        months = dict.fromkeys(self.table.sort_values("horizon")["target_month"])
        return f"Attack risk, {' and '.join(month_words(month) for month in months)}"

    @property
    def citation(self) -> str:
        """One line that has to stand beside a picture or a figure taken from the issue."""
        counted = [source for source in self.manifest["sources"] if source["counted"]]
        names = [
            f"{row[0]} {row[1]} ({row[5]}), accessed {row[3]}"
            for row in parts.sources_part({**self.manifest, "sources": counted}).rows
        ]
        sources = "; ".join(_line(name) for name in dict.fromkeys(names)) or "not named"
        models = ", ".join(dict.fromkeys(str(m["model"]) for m in self.manifest["models"]))
        return (
            f"Data: {sources}; complete through {self.manifest['last_complete_month']}."
            f" Forecast: escalation {self.manifest['code_version']}, model {models},"
            f" gate {self.manifest['gate']}, issue {self.manifest['id']}, MLflow run"
            f" {self.mlflow_run or parts.NOT_TRACKED}."
        )

    @cached_property
    def frame(self) -> dict[str, Section]:
        """What stands beside table and sections: levels, sources, models, caveats, notes ..."""
        manifest = self.manifest
        found = (
            parts.levels_part(manifest["levels"], self.table),
            parts.likelihoods_part(),
            parts.notes_part(self.notes, manifest["id"]),
            parts.sources_part(manifest),
            parts.models_part(manifest),
            parts.caveats_part(self.warnings),
            parts.about_part(manifest, name=self.name, mlflow_run=self.mlflow_run),
        )
        return {part.name: part for part in found}

    @cached_property
    def dictionary(self) -> Section:
        """What every column of the table, the sections and the rest means."""
        risk = parts.table_part(self.table.head(0))
        return parts.dictionary_part((risk, *self.sections, *self.frame.values()))

    def at(self, horizon: int) -> IssueView:
        """Return the record with one horizon's rows only.

        Raises:
            ConfigError: The issue does not hold the horizon.
        """
        if horizon not in self.horizons:
            there = ", ".join(str(h) for h in self.horizons)
            raise ConfigError(f"{self.name} holds months ahead {there}, not {horizon}")
        rows = self.table[self.table["horizon"] == horizon].reset_index(drop=True)
        return replace(self, table=rows)

    def risk(self) -> Section:
        """Return the table as a section."""
        return parts.table_part(self.table)

    def section(self, name: str) -> Section | None:
        """Return the issue's section of a name; None where it has none."""
        return next((section for section in self.sections if section.name == name), None)


def read_record(workspace: Workspace, folder: Path) -> IssueView:
    """Read the record of an issue.

    Args:
        workspace: Where boundaries and panels are.
        folder: The issue's folder.

    Raises:
        SourceError: The issue's files are not those that its manifest names.
        MachineError: A file is absent or damaged.
    """
    issue = read_issue(folder)
    panel = _panel(workspace, issue.manifest)
    return IssueView(
        name=folder.name,
        table=issue.table,
        sections=issue.sections,
        manifest=issue.manifest,
        notes=read_notes(folder),
        mlflow_run=run_of(folder),
        shapes=read_shapes(workspace, issue.manifest["scale"]),
        past=() if panel is None else tuple(headlines(panel)),
        revised=panel is not None and panel.digest() != issue.manifest["data_digest"],
    )


def _line(text: str) -> str:
    """Return a line for a citation; parts that come from files are cut where very long."""
    return " ".join(shortened(word) for word in text.split())


def run_of(folder: Path) -> str | None:
    """Return the id of an issue's run in MLflow; None where it was not tracked."""
    path = folder / "tracking.json"
    run = read_json(path).get("run_id") if path.exists() else None
    return None if run is None else str(run)


def _panel(workspace: Workspace, manifest: Mapping[str, Any]) -> Panel | None:
    """Return the panel up to the origin; None where the workspace has none that reaches it."""
    try:
        panel = read_panel(workspace.panel(manifest["scale"]))
    except EvidenceError:
        return None
    return panel.up_to(manifest["origin"]) if manifest["origin"] in panel.months else None
