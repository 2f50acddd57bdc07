"""The scores of a backtest as a table, and that table as a page to read."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from data.schema import DEATHS
from data.terminal import markdown_table
from experiments.scores.bootstrap import Bootstrap
from experiments.scores.paired_rows import PairedRows, pair_rows
from experiments.scores.probability_scores import (
    ACTIVE,
    auroc,
    average_precision,
    brier,
    coverage90,
    ece,
    log_loss,
)
from experiments.scores.skill import skill_table
from experiments.scores.top_k import top_k_scores

__all__ = ["leaderboard_markdown", "scores_of", "scores_table"]

_BASELINE = "conflictology"

# Deaths that make a region-month grave, and an expectation that rounds to none.
_GRAVE = 10
_ABOUT_NONE = 0.5
_WORST = 10
# A column with an interval beside it, ``NAME_lo`` and ``NAME_hi``, is shown in percent.
_SHOWN = (
    ("crps", 4),
    ("crps_skill", 3),
    ("ign", 4),
    ("mis", 3),
    ("brier", 4),
    ("log_loss", 4),
    ("auroc", 3),
    ("ap", 3),
    ("ece", 4),
    ("coverage90", 3),
    ("crps_positive", 3),
    ("recall_top20", 3),
)
_LEGEND = """\
Lower is better: crps (distance of the whole distribution from the count), ign (bits over eleven
classes of counts), mis (90 % interval), brier, log_loss and ece (probability of an attack),
crps_positive (crps of the rows with an attack). Higher is better: crps_skill (percent of
conflictology's crps that is saved, with the 90 % interval of a block bootstrap over target
months), auroc, ap (average precision), recall_top20 (share of attacked regions among the 20 ranked
first each month). coverage90 should be near 0.9. p is the share of draws with an attack; log_loss
holds it off 0 and 1 by one millionth. `escalation compare` says more.
"""


def scores_table(forecasts: pd.DataFrame) -> pd.DataFrame:
    """Average the scores of every model and horizon.

    Args:
        forecasts: Rows of ``forecasts.parquet``, each with its own crps, ign, mis and pit, all
            models on the same rows.

    Returns:
        A row a horizon and model, models in the order of the frame: ``model, horizon, rows``;
        means ``crps, ign, mis`` and ``crps_positive`` (rows with y > 0), each with its median
        ``NAME_median``; ``crps_worst10``, the share of the crps that the ten worst rows make;
        ``crps_skill`` against conflictology with ``_lo`` and ``_hi`` (absent without it);
        ``brier, log_loss, auroc, ap, ece, ece_active`` (rows with p >= .05), ``coverage90``;
        ``recall_topK`` and ``precision_topK`` of the K regions ranked first, averaged over
        months. For deaths ``grave_rows``, those with more than ten deaths, and ``grave_missed``,
        the share of them of which less than half a death was expected. NaN where a score does
        not exist.

    Raises:
        EvidenceError: The models were not scored on the same rows.
    """
    return scores_of(list(pair_rows(forecasts).values()))


def scores_of(horizons: Sequence[PairedRows]) -> pd.DataFrame:
    """Return what ``scores_table`` returns, from rows that are paired already."""
    found = []
    for rows in horizons:
        deaths = rows.target.startswith(DEATHS)
        skills = _skills(rows)
        for line, model in enumerate(rows.models):
            row = {"model": model, "horizon": rows.horizon, "rows": len(rows.observed)}
            row |= _means(rows, line) | skills.get(model, {}) | _chances(rows, line)
            found.append(row | (_grave(rows, line) if deaths else {}))
    return pd.DataFrame(found)


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
        lines.append(_table(part.sort_values(["crps", "model"])))
    return "\n".join([*lines, "", _LEGEND])


def _means(rows: PairedRows, line: int) -> dict[str, float]:
    """Return means with their medians, and how much the ten worst rows make of the crps."""
    crps = rows.values["crps"][line]
    parts = {name: rows.values[name][line] for name in ("crps", "ign", "mis")}
    found: dict[str, float] = {}
    for name, values in (parts | {"crps_positive": crps[rows.attacked]}).items():
        found[name] = float(values.mean()) if len(values) else np.nan
        found[f"{name}_median"] = float(np.median(values)) if len(values) else np.nan
    whole = crps.sum()
    found["crps_worst10"] = float(np.sort(crps)[-_WORST:].sum() / whole) if whole else np.nan
    return found


def _skills(rows: PairedRows) -> dict[str, dict[str, float]]:
    """Return each model's skill on crps against conflictology; nothing without it."""
    if _BASELINE not in rows.models:
        return {}
    table = skill_table(rows, Bootstrap(), baselines=(_BASELINE,), scores=("crps",))
    return {
        str(row["model"]): {
            f"crps_{name}": float(row[name]) for name in ("skill", "skill_lo", "skill_hi")
        }
        for row in table.to_dict("records")
    }


def _chances(rows: PairedRows, line: int) -> dict[str, float]:
    happened, p = rows.attacked, rows.values["p_attack"][line]
    return {
        "brier": brier(happened, p),
        "log_loss": log_loss(happened, p),
        "auroc": auroc(happened, p),
        "ap": average_precision(happened, p),
        "ece": ece(happened, p),
        "ece_active": ece(happened, p, floor=ACTIVE),
        "coverage90": coverage90(rows.values["pit"][line], p),
        **top_k_scores(rows, line),
    }


def _grave(rows: PairedRows, line: int) -> dict[str, float]:
    """Return how often grave months were not seen coming at all."""
    grave = rows.observed > _GRAVE
    missed = rows.values["mean"][line][grave] < _ABOUT_NONE
    return {
        "grave_rows": int(grave.sum()),
        "grave_missed": float(missed.mean()) if len(missed) else np.nan,
    }


def _table(scores: pd.DataFrame) -> str:
    names = [(name, digits) for name, digits in _SHOWN if name in scores.columns]
    rows = [
        [row["model"], f"{row['rows']:,}", *(_shown(row, name, digits) for name, digits in names)]
        for row in scores.to_dict("records")
    ]
    columns = ["model", "rows", *(name for name, _ in names)]
    return markdown_table(columns, rows, right=[False, *(len(columns) - 1) * [True]])


def _shown(row: Mapping[Hashable, Any], name: str, digits: int) -> str:
    """Return a figure; one with an interval in percent, with that interval."""
    if f"{name}_lo" not in row or np.isnan(row[name]):
        return _number(row[name], digits)
    middle, low, high = (100 * row[name + ending] for ending in ("", "_lo", "_hi"))
    return f"{middle:+.1f} % [{low:+.1f}, {high:+.1f}]"


def _number(value: float, digits: int) -> str:
    return "-" if math.isnan(value) else f"{value:.{digits}f}"
