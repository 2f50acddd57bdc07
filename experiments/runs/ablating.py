"""``escalation backtest --ablate``: one backtest, and one more without each family of features."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from data.errors import ConfigError
from data.files import write_text
from data.terminal import text_table
from data.workspace import Workspace
from experiments.backtest.ablation import ablation_models, ablation_table
from experiments.backtest.backtest import write_backtest
from experiments.backtest.kept_folds import KeptFolds
from experiments.backtest.specification import BacktestSpec
from experiments.runs.backtesting import run_kept
from experiments.runs.challenge_run import panel_of
from experiments.scores.bootstrap import Bootstrap
from experiments.tracking.tracker import Tracked, Tracker

__all__ = ["ablate_workspace", "ablation_text"]

_SCORES = ("crps", "ign", "brier", "ap")


def ablate_workspace(
    workspace: Workspace, spec: BacktestSpec, models: Sequence[str]
) -> tuple[Path, Tracked, str]:
    """Say what each family of features is worth, write it beside the backtest and track both.

    Args:
        workspace: Where the panel is.
        spec: The backtest; only the models asked are run.
        models: Models to ask; empty for the usual ones.

    Returns:
        The folder of the backtest with every family, what became of its tracking, the table.

    Raises:
        ConfigError: A model reads no features.
        EvidenceError: The panel is absent or cannot answer the specification.
    """
    spec = spec.changed(models=ablation_models(spec, models))
    panel = panel_of(workspace, spec)
    whole, kept = run_kept(workspace, panel, spec, label="backtest")
    families: dict[str, int] = whole.manifest["families"]
    if len(families) < 2:
        raise ConfigError("--ablate: expected two families of features or more in the table")
    finished: list[KeptFolds] = [kept]
    without: dict[str, pd.DataFrame] = {}
    for place, family in enumerate(families, 1):
        less = spec.changed(without=(*spec.without, family))
        label = f"without {family} ({place} of {len(families)})"
        backtest, kept = run_kept(workspace, panel, less, label=label)
        without[family] = backtest.forecasts
        finished.append(kept)
    bootstrap = Bootstrap()
    table = ablation_table(whole.forecasts, without, families=families, bootstrap=bootstrap)
    folder = write_backtest(whole, workspace.backtests)
    write_text(folder / "ablation.csv", table.to_csv(index=False, lineterminator="\n"))
    for folds in finished:
        folds.forget()
    return folder, Tracker(workspace).log_backtest(folder), ablation_text(table)


def ablation_text(table: pd.DataFrame) -> str:
    """Return the table for readers: a block a model and horizon, a line a family."""
    lines = ["What each family of features is worth: the score without it less the score with it,"]
    lines += ["for ap the other way round; above 0 it helps. In brackets: 90 % interval, block"]
    lines += ["bootstrap over months. Families overlap, so that the worths do not add up."]
    for (model, horizon), rows in table.groupby(["model", "horizon"], sort=False):
        lines += ["", f"{model}, {horizon} month{'s' if int(str(horizon)) > 1 else ''} ahead", ""]
        shown = [
            [family, int(part["features"].iloc[0]), *_cells(part)]
            for family, part in rows.groupby("family", sort=False)
        ]
        lines.append(text_table(["family", "features", *_SCORES], shown))
    return "\n".join(lines)


def _cells(rows: pd.DataFrame) -> list[str]:
    found = {str(row["score"]): row for row in rows.to_dict("records")}
    return [
        f"{found[score]['worth']:+z.4f} [{found[score]['low']:+z.4f}, {found[score]['high']:+z.4f}]"
        for score in _SCORES
    ]
