"""The features that models are given, of a workspace's panel, as a frame and as a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.errors import ConfigError
from data.files import write_text, write_with
from data.schema import EVENTS
from data.terminal import text_table
from data.workspace import Workspace
from experiments.models.catalogue import use_plugin
from experiments.models.plugins import loaded_plugin
from features.catalogue import standard_features
from features.feature import Feature
from features.freshness import fresh_panel
from features.panel import Panel
from features.table import FeatureTable, build_features

__all__ = [
    "FeatureOptions",
    "MadeFeatures",
    "feature_record",
    "feature_text",
    "make_features",
    "write_features",
]


@dataclass(frozen=True)
class FeatureOptions:
    """Which features are made.

    Attributes:
        scale: Spatial scale; None for that of the settings.
        target: Measure to be forecast, which the standard features depend on.
        without: Families that are left out.
        plugin: File with features of one's own.
        since: First month of the table, YYYY-MM; None for the panel's. Windows reach back before.
    """

    scale: str | None = None
    target: str = EVENTS
    without: tuple[str, ...] = ()
    plugin: Path | None = None
    since: str | None = None


@dataclass(frozen=True)
class MadeFeatures:
    """A panel's features.

    Attributes:
        panel: The panel.
        table: Their values, (features, regions, months).
        features: What the values are, in the order of the table.
    """

    panel: Panel
    table: FeatureTable
    features: tuple[Feature, ...]

    def catalogue(self) -> pd.DataFrame:
        """Return a row a feature: ``name, family, formula``."""
        rows = [(feature.name, feature.family, feature.formula) for feature in self.features]
        return pd.DataFrame(rows, columns=["name", "family", "formula"], dtype="str")

    def frame(self) -> pd.DataFrame:
        """Return a row a region and month: ``region_id, month`` and a column a feature."""
        months = np.array(self.table.months, dtype=object)
        ids = np.array(self.panel.region_ids, dtype=object)
        values = self.table.values.reshape(len(self.table.names), -1)
        columns = {
            "region_id": pd.Series(np.repeat(ids, len(months)), dtype="str"),
            "month": pd.Series(np.tile(months, len(ids)), dtype="str"),
            **dict(zip(self.table.names, values, strict=True)),
        }
        return pd.DataFrame(columns)


def make_features(workspace: Workspace, options: FeatureOptions) -> MadeFeatures:
    """Compute the features of a workspace's panel.

    Args:
        workspace: Where the panel is.
        options: Which.

    Raises:
        EvidenceError: There is no panel, or ``since`` is outside it.
        ConfigError: A family is not known, or the plugin is not understood.
    """
    scale = options.scale or workspace.settings().panel.scale
    panel = fresh_panel(workspace, scale)
    own = loaded_plugin(use_plugin(options.plugin)).features if options.plugin else ()
    wanted = (*standard_features(options.target), *own)
    table = build_features(panel, wanted, since=options.since, without=options.without)
    by_name = {feature.name: feature for feature in wanted}
    return MadeFeatures(panel, table, tuple(by_name[name] for name in table.names))


def write_features(made: MadeFeatures, path: Path) -> None:
    """Write a row a region and month as CSV or Parquet, told by the file's ending.

    Raises:
        ConfigError: The ending is another.
        RuntimeEnvironmentError: The file cannot be written.
    """
    if path.suffix == ".parquet":
        write_with(path, lambda temporary: made.frame().to_parquet(temporary, index=False))
    elif path.suffix == ".csv":
        write_text(path, made.frame().to_csv(index=False, lineterminator="\n"))
    else:
        raise ConfigError(f"{path}: expected a name that ends in .csv or .parquet")


def feature_record(made: MadeFeatures) -> dict[str, Any]:
    """Return what there is and what is absent as plain values for JSON."""
    return {
        "scale": made.panel.scale,
        "regions": len(made.panel.regions),
        "first_month": made.table.months[0],
        "last_month": made.table.months[-1],
        "features": made.catalogue().to_dict("records"),
        "absent": dict(made.table.absent),
    }


def feature_text(made: MadeFeatures) -> str:
    """Return the features by family with what each says, and what is absent and why."""
    rows: Sequence[Sequence[object]] = made.catalogue().to_numpy().tolist()
    months = made.table.months
    lines = [
        f"{len(rows)} features of {len(made.panel.regions):,} regions, {months[0]} to {months[-1]}",
        "",
        text_table(["feature", "family", "what it says of month t"], rows),
        *(f"absent: {name}: {why}" for name, why in made.table.absent.items()),
    ]
    return "\n".join(lines)
