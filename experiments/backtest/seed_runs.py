"""The same backtest under one seed after another; nothing else differs between the runs."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from data.files import write_text
from experiments.backtest.backtest import Progress, run_backtest
from experiments.backtest.specification import BacktestSpec
from experiments.scores.leaderboard import SEEDS_FILE, scores_table, seed_rows
from features.panel import Panel

__all__ = ["write_seeds"]


def write_seeds(
    panel: Panel,
    spec: BacktestSpec,
    folder: Path,
    *,
    seeds: int,
    progress: Progress,
    jobs: int | None = None,
) -> Path:
    """Repeat a finished backtest under the seeds that follow its own, and keep the scores.

    Args:
        panel: The panel that the backtest saw.
        spec: What was asked.
        folder: The backtest's folder; its own scores are those of the first seed.
        seeds: How many seeds in all.
        progress: Told (folds done, folds in all, what is done).
        jobs: Processes; None for one a core.

    Returns:
        The file ``seeds.csv`` in that folder.
    """
    scores = pd.read_csv(folder / "scores.csv", dtype={"model": "str"}, keep_default_na=False)
    tables = [seed_rows(scores, spec.seed)]
    for place in range(1, seeds):
        seed = spec.seed + place

        def told(done: int, folds: int, what: str, place: int = place) -> None:
            progress((place - 1) * folds + done, (seeds - 1) * folds, f"seed {place + 1}: {what}")

        backtest = run_backtest(panel, spec.changed(seed=seed), progress=told, jobs=jobs)
        tables.append(seed_rows(scores_table(backtest.forecasts), seed))
    file = folder / SEEDS_FILE
    write_text(file, pd.concat(tables).to_csv(index=False, lineterminator="\n"))
    return file
