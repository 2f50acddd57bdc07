"""The scores of a backtest as a table, as a page, and over several seeds."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.schema import DEATHS
from data.terminal import markdown_table
from experiments.score_functions import (
    ACTIVE,
    auroc,
    average_precision,
    brier,
    coverage90,
    ece,
    log_loss,
)
from experiments.scores.bootstrap import Bootstrap
from experiments.scores.paired_rows import PairedRows, pair_rows
from experiments.scores.skill import skill_table
from experiments.scores.top_k import top_k_scores

__all__ = [
    "SEEDS_FILE",
    "leaderboard_markdown",
    "read_seeds",
    "scores_of",
    "scores_table",
    "seed_rows",
    "seed_spread",
]

SEEDS_FILE = "seeds.csv"
_SEEDED_SCORES = ("crps", "ign", "brier", "ap")

_KEYS = ["model", "horizon"]
_BASELINE = "conflictology"

# Deaths above which a region-month is grave, and an expectation that rounds to none.
_GRAVE = 10
_ABOUT_NONE = 0.5
_WORST = 10
# Columns and digits; a column with an interval, ``NAME_lo`` and ``NAME_hi``, is in percent.
_SHOWN = (
    ("crps", 4),
    ("crps_skill", 3),
    ("crps_log", 4),
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
Lower is better: crps (distance of the whole distribution from the count), crps_log (the same of
log(y + 1), in which no few great months rule), ign (bits over eleven
classes of counts), mis (90 % interval), brier, log_loss and ece (probability of an attack),
crps_positive (crps of the rows with an attack). Higher is better: crps_skill (percent of
conflictology's crps that is saved, with the 90 % interval of a block bootstrap over target
months), auroc, ap (average precision), recall_top20 (share of attacked regions among the 20 ranked
first each month). coverage90 should be near 0.9. p is the share of draws with an attack; log_loss
holds it off 0 and 1 by one millionth. `escalation compare` says more.
"""


def scores_table(forecasts: pd.DataFrame) -> pd.DataFrame:
    """Return the scores of every model and horizon.

    Args:
        forecasts: Rows of ``forecasts.parquet``, each with its own crps, ign, mis and pit, all
            models on the same rows.

    Returns:
        A row a horizon and model, models in the order of the frame: ``model, horizon, rows``;
        means ``crps, crps_log, ign, mis`` and ``crps_positive`` (rows with y > 0), each with its
        median ``NAME_median``; ``crps_worst10``, the ten worst rows' share of the summed crps;
        ``crps_skill`` against conflictology with ``_lo`` and ``_hi`` (absent without it);
        ``brier, log_loss, auroc, ap, ece, ece_active`` (rows with p >= .05), ``coverage90``;
        ``recall_topK`` and ``precision_topK`` of the K regions ranked first, averaged over
        months. For deaths ``grave_rows``, the number of rows with more than ten deaths, and
        ``grave_missed``, the share of them with an expectation below half a death. NaN where a
        score does not exist.

    Raises:
        EvidenceError: The models were not scored on the same rows.
    """
    return scores_of(list(pair_rows(forecasts).values()))


def scores_of(horizons: Sequence[PairedRows]) -> pd.DataFrame:
    """Return what ``scores_table`` returns.

    Args:
        horizons: The models of each horizon.
    """
    table = []
    for rows in horizons:
        deaths = rows.target.startswith(DEATHS)
        skills = _skills(rows)
        for line, model in enumerate(rows.models):
            row = {"model": model, "horizon": rows.horizon, "rows": len(rows.observed)}
            row |= _means(rows, line) | skills.get(model, {}) | _chances(rows, line)
            table.append(row | (_grave(rows, line) if deaths else {}))
    return pd.DataFrame(table)


def leaderboard_markdown(scores: pd.DataFrame, manifest: Mapping[str, Any]) -> str:
    """Return the scores as a Markdown page, a table a horizon, lowest CRPS first.

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


def seed_rows(scores: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return the rows of ``seeds.csv`` for one seed.

    Args:
        scores: What ``scores_table`` returned.
        seed: Seed of its backtest.

    Returns:
        ``seed, model, horizon, crps, ign, brier, ap``.
    """
    return scores[[*_KEYS, *_SEEDED_SCORES]].assign(seed=seed)[["seed", *_KEYS, *_SEEDED_SCORES]]


def read_seeds(file: Path, own: Path) -> pd.DataFrame | None:
    """Read the scores of a backtest under several seeds.

    Args:
        file: Its ``seeds.csv``.
        own: Its ``scores.csv``.

    Returns:
        Rows as ``seed_rows`` returns them; None if the backtest was run again since and has other
        scores under its own seed.
    """
    seeds = pd.read_csv(file, dtype={"model": "str"}, keep_default_na=False, na_values=[""])
    scores = pd.read_csv(own, dtype={"model": "str"}, keep_default_na=False, na_values=[""])
    first = seeds[seeds["seed"] == seeds["seed"].iloc[0]].set_index(_KEYS)["crps"]
    now = scores.set_index(_KEYS)["crps"]
    same = set(first.index) == set(now.index) and np.allclose(
        first, now.loc[first.index], atol=1e-12
    )
    return seeds if same else None


def seed_spread(seeds: pd.DataFrame) -> pd.DataFrame:
    """Return the spread of each score over seeds.

    Args:
        seeds: Rows as ``seed_rows`` returns them.

    Returns:
        A row a model, horizon and score: ``model, horizon, score, seeds`` (their number),
        ``mean, sd`` (with n - 1), ``least, most``.
    """
    long = seeds.melt(
        id_vars=["seed", *_KEYS],
        value_vars=list(_SEEDED_SCORES),
        var_name="score",
    )
    groups = long.groupby([*_KEYS, "score"], sort=False)["value"]
    spread = groups.agg(["count", "mean", "std", "min", "max"]).reset_index()
    names = {"count": "seeds", "std": "sd", "min": "least", "max": "most"}
    return spread.rename(columns=names)


def _means(rows: PairedRows, line: int) -> dict[str, float]:
    """Return means, medians, and the share of the ten worst rows in the summed crps."""
    crps = rows.values["crps"][line]
    parts = {name: rows.values[name][line] for name in ("crps", "crps_log", "ign", "mis")}
    figures: dict[str, float] = {}
    for name, values in (parts | {"crps_positive": crps[rows.attacked]}).items():
        figures[name] = float(values.mean()) if len(values) else np.nan
        figures[f"{name}_median"] = float(np.median(values)) if len(values) else np.nan
    whole = crps.sum()
    figures["crps_worst10"] = float(np.sort(crps)[-_WORST:].sum() / whole) if whole else np.nan
    return figures


def _skills(rows: PairedRows) -> dict[str, dict[str, float]]:
    """Return each model's skill on crps against conflictology; empty without it."""
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
    """Return the number of rows with many deaths, and the share of them that was missed."""
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
    """Return a figure as text; one with an interval in percent, with that interval."""
    if f"{name}_lo" not in row or np.isnan(row[name]):
        return _number(row[name], digits)
    middle, low, high = (100 * row[name + ending] for ending in ("", "_lo", "_hi"))
    return f"{middle:+.1f} % [{low:+.1f}, {high:+.1f}]"


def _number(value: float, digits: int) -> str:
    return "-" if math.isnan(value) else f"{value:.{digits}f}"
