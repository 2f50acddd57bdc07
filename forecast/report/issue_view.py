"""One view of an issue, from which the page, every writer, ``show`` and the brief print.

Figures, words, sources and limitations come from here and from nowhere else, so that no two
outputs can disagree. What a workspace still has of an issue (its panel, boundaries and backtest) is
read once, when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from data.errors import ConfigError, EvidenceError, RuntimeEnvironmentError
from data.records import read_record
from data.schema import EVENTS
from data.terminal import warn
from data.workspace import Workspace
from experiments.backtest.catalogue import known_backtests
from experiments.bands import LEVELS, level_bands
from experiments.runs.performance import Performance, performance_of
from features.panel import Panel, read_panel
from forecast.archive.issue_files import read_issue
from forecast.archive.lateness import warn_if_behind
from forecast.archive.notes import Note, read_notes
from forecast.archive.regions import read_shapes
from forecast.model.gate import Notice, gate_notices
from forecast.model.headline import Headline, headlines
from forecast.report import reference
from forecast.report.rows import Row
from forecast.text.sections import Section
from forecast.text.wording import month_words, shortened

__all__ = [
    "REVISED",
    "SHOWN_MONTHS",
    "Evidence",
    "IssueView",
    "LevelCount",
    "read_view",
]

# Months of the past that charts and lists show.
SHOWN_MONTHS = 36
REVISED = (
    "The data have been revised since this forecast was issued: observed totals are the revised"
    " ones, the table is as it was issued."
)


@dataclass(frozen=True)
class Evidence:
    """What a workspace still has of an issue; nothing is read before it is asked for.

    Attributes:
        workspace: Where panels, boundaries and backtests are.
        manifest: What the issue was made from.
    """

    workspace: Workspace
    manifest: Mapping[str, Any]

    @cached_property
    def panel(self) -> Panel:
        """The panel up to the issue's origin.

        Raises:
            EvidenceError: There is no panel of the issue's scale, or it lacks the origin.
            SchemaError: Its files are damaged.
        """
        panel = read_panel(self.workspace.panel(self.manifest["scale"]))
        return panel.up_to(self.manifest["origin"])

    @cached_property
    def shapes(self) -> Mapping[str, Any] | None:
        """Region id to polygon; None where the workspace has no boundaries of the scale."""
        return read_shapes(self.workspace, self.manifest["scale"])

    @cached_property
    def performances(self) -> Mapping[int, Performance]:
        """Performance of each horizon's model of attacks in the newest backtest that has it."""
        scale, origin = self.manifest["scale"], self.manifest["origin"]
        backtests = known_backtests(self.workspace, scale=scale, target=EVENTS, through=origin)
        backtest = next(backtests, None)
        if backtest is None:
            return {}
        cuts = tuple(self.manifest["levels"])
        by_horizon = {
            int(model["horizon"]): performance_of(
                backtest, model=model["model"], horizon=int(model["horizon"]), cuts=cuts
            )
            for model in self.manifest["models"]
            if model["target"] == EVENTS
        }
        return {horizon: past for horizon, past in by_horizon.items() if past is not None}


@dataclass(frozen=True)
class LevelCount:
    """A level with its band and the number of its regions; no level for those without forecast."""

    level: str | None
    band: str
    regions: int


@dataclass(frozen=True)
class IssueView:
    """Everything that may be printed of an issue.

    Attributes:
        name: Name of the issue.
        table: The risk table, columns ``RISK_COLUMNS``.
        sections: The issue's additional sections.
        manifest: What it was made from.
        evidence: What the workspace still has of it.
        notes: Analyst's notes, stored next to the issue.
        mlflow_run: Id of its run in MLflow; None where it was not tracked.
    """

    name: str
    table: pd.DataFrame
    sections: tuple[Section, ...]
    manifest: Mapping[str, Any]
    evidence: Evidence
    notes: tuple[Note, ...] = ()
    mlflow_run: str | None = None

    @property
    def horizons(self) -> tuple[int, ...]:
        """Months ahead that the table holds, the nearest first."""
        return tuple(sorted({int(horizon) for horizon in self.table["horizon"]}))

    @property
    def title(self) -> str:
        """What the issue is about, in words."""
        return f"Attack risk, {self.month}"

    @property
    def month(self) -> str:
        """The months that are forecast, in words."""
        months = dict.fromkeys(self.table.sort_values("horizon")["target_month"])
        return " and ".join(month_words(month) for month in months)

    @property
    def origin(self) -> str:
        """Last month known, in words."""
        return month_words(self.manifest["origin"])

    @property
    def cuts(self) -> tuple[float, ...]:
        """Lower edges of the levels, from the highest down."""
        return tuple(self.manifest["levels"])

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The table's rows as plain values, None where one is missing."""
        names = [str(name) for name in self.table]
        return tuple(dict(zip(names, cells, strict=True)) for cells in reference.cells(self.table))

    @cached_property
    def rows_by_region(self) -> Mapping[str, tuple[Row, ...]]:
        """Region id to its rows, the nearest month first."""
        regions: dict[str, list[Row]] = {}
        for row in sorted(self.rows, key=lambda row: row["horizon"]):
            regions.setdefault(row["region_id"], []).append(row)
        return {region_id: tuple(rows) for region_id, rows in regions.items()}

    @property
    def levels(self) -> tuple[LevelCount, ...]:
        """Each level with its regions, from the highest down; then those without a forecast."""
        counts = self.table["level"].value_counts()
        unknown = int(self.table["level"].isna().sum())
        bands = level_bands(self.cuts)
        levels = [LevelCount(name, bands[name], int(counts.get(name, 0))) for name in LEVELS]
        return (*levels, *([LevelCount(None, "no forecast", unknown)] if unknown else []))

    @property
    def panel(self) -> Panel | None:
        """The past up to the origin; None where the workspace has no panel that reaches it."""
        try:
            return self.evidence.panel
        except EvidenceError:
            return None

    @cached_property
    def past(self) -> tuple[Headline, ...]:
        """Observed totals of attacks and deaths up to the origin; empty without a panel."""
        return () if self.panel is None else tuple(headlines(self.panel))

    @cached_property
    def revised(self) -> bool:
        """Whether the panel is another one than the issue was made from."""
        return self.panel is not None and self.panel.digest() != self.manifest["data_digest"]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What calls for a second look at the newest months or the observed figures."""
        return (*self.manifest["warnings"], *([REVISED] if self.revised else []))

    @property
    def models(self) -> list[Mapping[str, Any]]:
        """What the manifest says of the models of the horizons that the table holds."""
        return [m for m in self.manifest["models"] if m["horizon"] in self.horizons]

    @property
    def gate_notices(self) -> tuple[Notice, ...]:
        """Notices of models that did not pass the gate, alike ones together."""
        return gate_notices(self.models)

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What a reader must know first: models that did not pass the gate, and warnings."""
        return (*self.gate_notices, *(Notice(warning) for warning in self.warnings))

    @property
    def citation(self) -> str:
        """One line that has to stand with a picture or a figure taken from the issue."""
        counted = [source for source in self.manifest["sources"] if source["counted"]]
        section = reference.sources_section({**self.manifest, "sources": counted})
        names = [
            f"{row['source']} {row['release']} ({row['licence']}), accessed {row['accessed']}"
            for row in section.records()
        ]
        sources = "; ".join(_line(name) for name in dict.fromkeys(names)) or "not named"
        models = ", ".join(dict.fromkeys(str(m["model"]) for m in self.manifest["models"]))
        return (
            f"Data: {sources}; complete through {self.manifest['last_complete_month']}."
            f" Forecast: escalation {self.manifest['code_version']}, model {models},"
            f" gate {self.manifest['gate']}, issue {self.manifest['id']}, MLflow run"
            f" {self.mlflow_run or reference.NOT_TRACKED}."
        )

    @cached_property
    def reference(self) -> Mapping[str, Section]:
        """What is needed to read the table: levels, sources, models, limitations, notes ..."""
        manifest = self.manifest
        sections = (
            reference.levels_section(self.cuts, self.table),
            reference.likelihoods_section(),
            reference.notes_section(self.notes, manifest["id"]),
            reference.sources_section(manifest),
            reference.models_section(manifest),
            reference.limitations_section(self.warnings),
            reference.about_section(manifest, name=self.name, mlflow_run=self.mlflow_run),
        )
        return {section.name: section for section in sections}

    @cached_property
    def dictionary(self) -> Section:
        """What every column of the table, the sections and the reference means."""
        risk = reference.risk_section(self.table.head(0))
        return reference.dictionary_section((risk, *self.sections, *self.reference.values()))

    @cached_property
    def risk(self) -> Section:
        """The table as a section."""
        return reference.risk_section(self.table)

    def at(self, horizon: int) -> IssueView:
        """Return the view with one horizon's rows only.

        Raises:
            ConfigError: The issue does not hold the horizon.
        """
        if horizon not in self.horizons:
            there = ", ".join(str(h) for h in self.horizons)
            raise ConfigError(
                f"expected months ahead that {self.name} has ({there}), got {horizon}"
            )
        rows = self.table[self.table["horizon"] == horizon].reset_index(drop=True)
        return replace(self, table=rows)

    def section(self, name: str) -> Section | None:
        """Return the issue's section of a name; None where it has none."""
        return next((section for section in self.sections if section.name == name), None)


def read_view(workspace: Workspace, folder: Path, *, just_made: bool = False) -> IssueView:
    """Read the view of an issue, with a warning where a newer month is known than the newest one's.

    Args:
        workspace: Where boundaries, panels and backtests are.
        folder: The issue's folder.
        just_made: Whether it was made by this very call, which needs no such warning.

    Raises:
        SourceError: The issue's files are not those that its manifest names.
        RuntimeEnvironmentError: A file is absent or damaged.
    """
    issue = read_issue(folder)
    if not just_made:
        warn_if_behind(workspace, folder.name, issue.manifest)
    return IssueView(
        name=folder.name,
        table=issue.table,
        sections=issue.sections,
        manifest=issue.manifest,
        evidence=Evidence(workspace, issue.manifest),
        notes=read_notes(folder),
        mlflow_run=_run_of(folder),
    )


def _line(text: str) -> str:
    """Return a line for a citation; parts that come from files are cut where very long."""
    return " ".join(shortened(word) for word in text.split())


def _run_of(folder: Path) -> str | None:
    """Return the id of an issue's run in MLflow; None where it was not tracked."""
    path = folder / "tracking.json"
    if not path.exists():
        return None
    try:
        run = read_record(path, advice="remove it").get("run_id")
    except RuntimeEnvironmentError as error:
        warn(f"the run of {folder.name} in MLflow is not known: {error}")
        return None
    return None if run is None else str(run)
