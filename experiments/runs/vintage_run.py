"""What ``escalation backtest --vintage`` runs and prints: forecasts from what was known then.

Every origin is forecast twice in the same way, from its vintage and from the data of today, and
both are scored on the data of today: the difference is what revisions are worth.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.errors import ConfigError, EvidenceError
from data.files import write_text
from data.months import add_months, parse_origins
from data.terminal import counted, text_table
from data.workspace import Workspace
from experiments.backtest.backtest import Backtest, run_backtest, write_backtest
from experiments.backtest.specification import BacktestSpec
from experiments.backtest.workers import own_workers
from experiments.runs.backtesting import check_origins
from experiments.runs.vintages import Vintage, make_vintages, revised_panel, vintages_digest
from experiments.scores.leaderboard import scores_table
from experiments.tracking.tracker import Tracked, Tracker
from features.panel import Panel

__all__ = ["VINTAGE_FILE", "vintage_backtest", "vintage_text"]

VINTAGE_FILE = "vintage.csv"
_SCORES = ("crps", "ign", "mis", "brier", "ap")
_TOLD = (
    "Forecasts from what was known at the end of the month after each origin, and the same from the"
    " data of today; both are scored on the data of today."
)
_KEYS = ["model", "horizon", "origin", "region_id"]


def vintage_backtest(workspace: Workspace, spec: BacktestSpec) -> tuple[Path, Tracked]:
    """Run a backtest on what was known at each origin, write it, then track it.

    Args:
        workspace: Where the store and the panel of today are.
        spec: What is asked; origins that were not known in time are left out and named.

    Returns:
        The backtest's folder, with ``vintage.csv`` in it, and what became of its tracking.

    Raises:
        EvidenceError: No origin was known in time, or the panel cannot answer.
        ConfigError: The history is not the store's.
    """
    if spec.history is not None:
        raise ConfigError("--vintage reads the store's own releases: leave out the history")
    revised = revised_panel(workspace, spec.scale)
    check_origins(revised, spec)
    origins = [o for o in parse_origins(spec.origins).months() if _scored(revised, spec, o)]
    vintages, omitted = make_vintages(workspace, revised, origins)
    then, now = _both(vintages, revised, spec)
    difference = _difference(then.forecasts, now.forecasts)
    digest = vintages_digest(vintages)
    name = f"{spec.scale}-{spec.target}-{spec.digest(digest)}"
    facts = {
        "id": name,
        "data_digest": digest,
        "revised_digest": revised.digest(),
        "vintages": [vintage.facts() for vintage in vintages],
        "omitted_origins": omitted,
    }
    backtest = Backtest(then.forecasts, {**then.manifest, **facts}, {})
    table = difference.to_csv(index=False, lineterminator="\n")
    write_text(workspace.backtests / name / VINTAGE_FILE, table)
    folder = write_backtest(backtest, workspace.backtests)
    return folder, Tracker(workspace).log_backtest(folder)


def vintage_text(folder: Path, manifest: dict[str, Any]) -> str:
    """Return the difference of both ways, and which origins were left out."""
    table = pd.read_csv(folder / VINTAGE_FILE)
    rows = [
        [row["model"], row["horizon"], row["rows"], row["score"]]
        + [f"{row[name]:.4f}" for name in ("vintage", "revised")]
        + [f"{row['difference']:+.4f}"]
        for row in table.to_dict("records")
    ]
    columns = ["model", "horizon", "rows", "score", "as known then", "as known now", "difference"]
    told = [_TOLD, "", text_table(columns, rows)]
    if omitted := manifest["omitted_origins"]:
        first = next(iter(omitted.items()))
        told += ["", f"origins left out: {len(omitted)}, such as {first[0]} ({first[1]})"]
    return "\n".join(told)


def _scored(panel: Panel, spec: BacktestSpec, origin: str) -> bool:
    """Say whether a target month of an origin is observed today."""
    panel.position(origin)
    targets = (add_months(origin, horizon) for horizon in spec.horizons)
    known = [panel.position(month) for month in targets if month <= panel.months[-1]]
    return bool(panel.observed()[:, known].any())


def _both(
    vintages: Sequence[Vintage], revised: Panel, spec: BacktestSpec
) -> tuple[Backtest, Backtest]:
    """Forecast every origin from its vintage, and from the data of today in the same way."""
    runs: list[list[Backtest]] = [[], []]
    steps = 2 * len(vintages)
    with counted("backtest") as progress, own_workers():
        for vintage in vintages:
            alone = spec.changed(origins=vintage.origin)
            for kept, panel in zip(runs, (vintage.panel, revised), strict=True):
                kept.append(run_backtest(panel, alone, progress=lambda *_: None))
                progress(len(runs[0]) + len(runs[1]), steps, vintage.origin)
    return _joined(runs[0], spec), _joined(runs[1], spec)


def _joined(runs: Sequence[Backtest], spec: BacktestSpec) -> Backtest:
    """Join backtests of single origins, the models in the order of the specification."""
    frame = pd.concat([run.forecasts for run in runs], ignore_index=True)
    order = {name: place for place, name in enumerate(spec.models)}
    keys = pd.DataFrame({"horizon": frame["horizon"], "model": frame["model"].map(order)})
    places = np.lexsort((np.arange(len(frame)), keys["model"], keys["horizon"]))
    frame = frame.iloc[places].reset_index(drop=True)
    manifest = {
        **runs[-1].manifest,
        "origins": [origin for run in runs for origin in run.manifest["origins"]],
        "spec": spec.as_dict(),
        "pools": {k: v for run in runs for k, v in run.manifest["pools"].items()},
        "started_at": runs[0].manifest["started_at"],
        "seconds": round(sum(run.manifest["seconds"] for run in runs), 1),
        "rows": len(frame),
        "rows_without_target": sum(run.manifest["rows_without_target"] for run in runs),
    }
    return Backtest(frame, manifest, {})


def _difference(then: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """Return a row a model, horizon and score: both means over the same rows, and then - now."""
    shared = then[_KEYS].merge(now[_KEYS], on=_KEYS)
    if shared.empty:
        raise EvidenceError("no region-month is observed both in a vintage and today")
    tables = [scores_table(frame.merge(shared, on=_KEYS)) for frame in (then, now)]
    pairs = zip(*(table.to_dict("records") for table in tables), strict=True)
    return pd.DataFrame(
        {
            "model": old["model"],
            "horizon": old["horizon"],
            "rows": old["rows"],
            "score": score,
            "vintage": old[score],
            "revised": new[score],
            "difference": old[score] - new[score],
        }
        for old, new in pairs
        for score in _SCORES
    )
