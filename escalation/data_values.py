"""What the data side gives back: ingests, the store's status, revisions, the panel, features."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.schema import STATUSES
from escalation.notebook import page
from features.panel import Panel

__all__ = ["BuiltPanel", "Features", "Ingested", "Revisions", "Status"]


@dataclass(frozen=True, eq=False)
class Ingested:
    """What became of the files of one ingest.

    Attributes:
        files: A row a file: ``file, source, release``, counts of rows (``read`` = ``accepted`` +
            ``quarantined`` + ``duplicate``; of the accepted ``new, revised, unchanged, outdated``),
            ``events, deaths``, ``complete_through`` and the folder of its snapshot.
        quarantined: A row a fault of a row that was refused: ``file, line, column, rule, value``.
        warnings: What calls for a look.
    """

    files: pd.DataFrame
    quarantined: pd.DataFrame
    warnings: tuple[str, ...]

    def __repr__(self) -> str:
        files = ", ".join(self.files["file"]) or "nothing new"
        counts = (f"{int(self.files[name].sum()):,} {name}" for name in ("accepted", "quarantined"))
        return f"Ingested({files}: {', '.join(counts)})"

    def _repr_html_(self) -> str:
        shown = ["file", "source", "release", "read", "accepted", "quarantined", "duplicate"]
        shown += ["events", "deaths", "complete_through"]
        tables = {"Files": self.files[shown]}
        if len(self.quarantined):
            tables["Quarantined rows"] = self.quarantined
        return page("Ingested", tables=tables, notes=self.warnings)


@dataclass(frozen=True, eq=False)
class Status:
    """What a store holds.

    Attributes:
        last_complete_month: The last month that a source covers whole, YYYY-MM; None without one.
        as_of: The day whose knowledge it is; None for today's.
        months: A row a source and month: ``month, source, content, status, release, countries,
            events``.
        sources: A row a source, with its releases, rows, events, deaths and coverage.
        ingests: A row an ingest, as its manifest has it.
        totals: A row a source, country and year: ``events, deaths, deaths_unknown``.
        warnings: Months that call for a look.
    """

    last_complete_month: str | None
    as_of: str | None
    months: pd.DataFrame
    sources: pd.DataFrame
    ingests: pd.DataFrame
    totals: pd.DataFrame
    warnings: tuple[str, ...]

    def __repr__(self) -> str:
        return (
            f"Status({len(self.sources)} sources, {len(self.ingests)} ingests, last complete month"
            f" {self.last_complete_month})"
        )

    def _repr_html_(self) -> str:
        facts = {"last complete month": self.last_complete_month, "as known on": self.as_of}
        names = ["source", "content", "rows", "events", "deaths", "complete_through", "quarantined"]
        tables = {"Sources": self.sources[names]} if len(self.sources) else {}
        return page("Store", facts, tables, notes=self.warnings)


@dataclass(frozen=True, eq=False)
class Revisions:
    """What changed between two releases, or two days.

    Attributes:
        source: The source.
        scale: Spatial scale.
        before: The earlier release or day.
        after: The later one.
        changed: A row a region-month whose events or deaths changed, the largest change first.
        sums: A row a measure: its sums ``before`` and ``after``.
        rows: A row a fate (``new, withdrawn, merged, renumbered, moved, changed toll``): how many
            ``events`` met it, and their ``deaths``.
        compared: How many region-months both observe.
        months: Months that both observe.
        added: Months that only the later one observes.
        lost: Months that only the earlier one observes.
    """

    source: str
    scale: str
    before: str
    after: str
    changed: pd.DataFrame
    sums: pd.DataFrame
    rows: pd.DataFrame
    compared: int
    months: tuple[str, ...]
    added: tuple[str, ...]
    lost: tuple[str, ...]

    def __repr__(self) -> str:
        return (
            f"Revisions({self.source} {self.before} to {self.after}: {len(self.changed):,} of"
            f" {self.compared:,} region-months changed)"
        )

    def _repr_html_(self) -> str:
        facts = {
            "region-months compared": f"{self.compared:,}",
            "changed": f"{len(self.changed):,}",
        }
        title = f"{self.source}, {self.scale}: from {self.before} to {self.after}"
        return page(
            title, facts, {"Sums": self.sums, "Rows": self.rows, "Largest changes": self.changed}
        )


@dataclass(frozen=True, eq=False)
class BuiltPanel(Panel):
    """The region-month panel of one scale, as it stands in the workspace.

    It is the ``Panel`` that models and features read: ``regions``, ``months``, ``measures`` and
    ``status``, with ``measure("events")`` as an array (regions, months).

    Attributes:
        manifest: What it was made from: source, releases, coverage and reconciliation.
        folder: Where its files lie.
    """

    manifest: Mapping[str, Any]
    folder: Path

    @property
    def frame(self) -> pd.DataFrame:
        """A row a region and month: ``region_id, month, status`` and every measure, a month."""
        count = len(self.months)
        return pd.DataFrame(
            {
                "region_id": np.repeat(np.array(self.region_ids, dtype=object), count),
                "month": np.tile(np.array(self.months, dtype=object), len(self.regions)),
                "status": pd.Categorical.from_codes(self.status.ravel(), pd.Index(STATUSES)),
                **{name: values.ravel() for name, values in self.measures.items()},
            }
        ).astype({"region_id": "str", "month": "str"})

    @property
    def reconciliation(self) -> pd.DataFrame:
        """Where every event and death went: a row ``accepted``, ``panel``, ``outside`` ..."""
        sums: Mapping[str, Any] = self.manifest["reconciliation"]
        sides = ("accepted", "panel", "unlocated", "outside", "before", "unobserved")
        return pd.DataFrame([{"side": side, **sums[side]} for side in sides])

    def __repr__(self) -> str:
        return (
            f"BuiltPanel({self.scale}: {len(self.regions):,} regions x {len(self.months):,} months,"
            f" {self.months[0]} to {self.months[-1]}, source {self.manifest['source']})"
        )

    def _repr_html_(self) -> str:
        facts = {
            "regions": f"{len(self.regions):,}",
            "months": f"{self.months[0]} to {self.months[-1]}",
            "last complete month": self.last_complete_month(),
            "source": self.manifest["source"],
            "as known on": self.manifest.get("as_of"),
        }
        tables = {"Where every event and death went": self.reconciliation}
        return page(f"Panel, {self.scale}", facts, tables, notes=self.manifest["warnings"])


@dataclass(frozen=True, eq=False)
class Features:
    """The features that models are given.

    Attributes:
        frame: A row a region and month: ``region_id, month`` and a column a feature, NaN where a
            window is not observed. A value at a month reads months up to it only.
        catalogue: A row a feature: its ``name``, ``family`` and ``formula`` in words.
        absent: Family, or family and input, to the reason why its features are not there.
    """

    frame: pd.DataFrame
    catalogue: pd.DataFrame
    absent: Mapping[str, str]

    def __repr__(self) -> str:
        return f"Features({len(self.catalogue)} features, {len(self.frame):,} region-months)"

    def _repr_html_(self) -> str:
        facts = {"region-months": f"{len(self.frame):,}", "features": len(self.catalogue)}
        notes = [f"absent: {name}: {why}" for name, why in self.absent.items()]
        return page("Features", facts, {"Catalogue": self.catalogue}, notes=notes)
