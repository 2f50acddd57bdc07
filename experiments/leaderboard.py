"""The scores of a backtest as a table, and that table as a page to read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from experiments.probability_scores import (
    auroc,
    average_precision,
    brier,
    coverage90,
    ece,
    log_loss,
    top_k,
)

__all__ = ["TOP", "leaderboard_markdown", "scores_table"]

TOP = (10, 20, 30)

_ACTIVE = 0.05
_SHOWN = (
    ("crps", 4),
    ("ign", 4),
    ("mis", 3),
    ("brier", 4),
    ("log_loss", 4),
    ("auroc", 3),
    ("ap", 3),
    ("ece", 4),
    ("coverage90", 3),
    ("crps_positive", 3),
    ("recall_20", 3),
)
_LEGEND = """\
Lower is better: crps (distance of the whole distribution from the count), ign (bits over eleven
classes of counts), mis (90 % interval), brier, log_loss and ece (probability of an attack),
crps_positive (crps of the rows with an attack). Higher is better: auroc, ap (average precision),
recall_20 (share of attacked regions among the 20 ranked first each month). coverage90 should be
near 0.9. p is the share of draws with an attack; log_loss holds it off 0 and 1 by one millionth.
"""


def scores_table(forecasts: pd.DataFrame) -> pd.DataFrame:
    """Average the scores of every model and horizon.

    Args:
        forecasts: Rows of ``forecasts.parquet``, each with its own crps, ign, mis and pit.

    Returns:
        A row a model and horizon, models in the order of the frame: ``model, horizon, rows,
        crps, ign, mis, brier, log_loss, auroc, ap, ece, ece_active`` (rows with p >= .05),
        ``coverage90, crps_positive`` (rows with y > 0), ``recall_K`` and ``precision_K`` of the
        K regions ranked first, averaged over origins. NaN where a score does not exist.
    """
    rows = [
        {"model": model, "horizon": int(str(horizon)), **_scores(group)}
        for (model, horizon), group in forecasts.groupby(
            ["model", "horizon"], sort=False, observed=True
        )
    ]
    return pd.DataFrame(rows)


def leaderboard_markdown(scores: pd.DataFrame, manifest: Mapping[str, Any]) -> str:
    """Write the table for readers, best CRPS first, one table a horizon.

    Args:
        scores: What ``scores_table`` returned.
        manifest: The backtest's manifest.
    """
    origins = list(manifest["origins"])
    lines = [
        f"# Leaderboard: {manifest['target']}, {manifest['scale']}",
        "",
        (
            f"Backtest {manifest['id']}: {len(origins)} origins {origins[0]} to {origins[-1]},"
            f" refit every {manifest['refit_months']} months, {manifest['draws']} draws,"
            f" seed {manifest['seed']}."
        ),
    ]
    for horizon, part in scores.groupby("horizon"):
        lines += ["", f"## {horizon} month{'s' if int(str(horizon)) > 1 else ''} ahead", ""]
        lines += _table(part.sort_values(["crps", "model"]))
    return "\n".join([*lines, "", _LEGEND])


def _scores(group: pd.DataFrame) -> dict[str, float]:
    happened = group["observed"].to_numpy(np.float64) >= 1
    p = group["p_attack"].to_numpy(np.float64)
    return {
        "rows": len(group),
        "crps": float(group["crps"].mean()),
        "ign": float(group["ign"].mean()),
        "mis": float(group["mis"].mean()),
        "brier": brier(happened, p),
        "log_loss": log_loss(happened, p),
        "auroc": auroc(happened, p),
        "ap": average_precision(happened, p),
        "ece": ece(happened, p),
        "ece_active": ece(happened, p, floor=_ACTIVE),
        "coverage90": coverage90(group["pit"], p),
        "crps_positive": float(group["crps"][happened].mean()),
        **_ranked(group),
    }


def _ranked(group: pd.DataFrame) -> dict[str, float]:
    """Return recall and precision of the regions ranked first, averaged over origins.

    Regions rank as in the risk table: by probability, then expected count, then id. An origin
    without any attack has no recall and is left out of its mean.
    """
    found: dict[str, list[float]] = {}
    ordered = group.sort_values(
        ["origin", "p_attack", "mean", "region_id"], ascending=[True, False, False, True]
    )
    for _, rows in ordered.groupby("origin", sort=False):
        happened = rows["observed"].to_numpy() >= 1
        for k in TOP:
            recall, precision = top_k(happened, rows["p_attack"], k=k)
            if happened.any():
                found.setdefault(f"recall_{k}", []).append(recall)
            found.setdefault(f"precision_{k}", []).append(precision)
    names = [f"{score}_{k}" for k in TOP for score in ("recall", "precision")]
    return {name: float(np.mean(found[name])) if name in found else np.nan for name in names}


def _table(scores: pd.DataFrame) -> list[str]:
    names = [(name, digits) for name, digits in _SHOWN if name in scores.columns]
    lines = [
        "| model | rows | " + " | ".join(name for name, _ in names) + " |",
        "| --- | ---: |" + " ---: |" * len(names),
    ]
    for row in scores.to_dict("records"):
        values = " | ".join(_number(row[name], digits) for name, digits in names)
        lines.append(f"| {row['model']} | {row['rows']:,} | {values} |")
    return lines


def _number(value: float, digits: int) -> str:
    return "-" if np.isnan(value) else f"{value:.{digits}f}"
