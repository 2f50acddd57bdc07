"""How far a model's scores move when only the seed of the random numbers changes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

__all__ = ["SEEDED_SCORES", "SEEDS_FILE", "read_seeds", "seed_rows", "seed_spread"]

SEEDS_FILE = "seeds.csv"
SEEDED_SCORES = ("crps", "ign", "brier", "ap")

_KEYS = ["model", "horizon"]


def seed_rows(scores: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return the part of a score table that is kept for one seed.

    Args:
        scores: What ``scores_table`` returned.
        seed: Root of the random numbers that it was made with.

    Returns:
        ``seed, model, horizon, crps, ign, brier, ap``.
    """
    return scores[[*_KEYS, *SEEDED_SCORES]].assign(seed=seed)[["seed", *_KEYS, *SEEDED_SCORES]]


def read_seeds(folder: Path) -> pd.DataFrame | None:
    """Read the scores under several seeds beside a backtest.

    Returns:
        Rows as ``seed_rows`` makes them; None where there are none, or where the backtest was
        made again since and scores otherwise under its own seed.
    """
    file = folder / SEEDS_FILE
    if not file.exists():
        return None
    seeds = pd.read_csv(file, dtype={"model": "str"}, keep_default_na=False, na_values=[""])
    scores = pd.read_csv(
        folder / "scores.csv", dtype={"model": "str"}, keep_default_na=False, na_values=[""]
    )
    own = seeds[seeds["seed"] == seeds["seed"].iloc[0]].set_index(_KEYS)["crps"]
    now = scores.set_index(_KEYS)["crps"]
    same = set(own.index) == set(now.index) and np.allclose(own, now.loc[own.index], atol=1e-12)
    return seeds if same else None


def seed_spread(seeds: pd.DataFrame) -> pd.DataFrame:
    """Return how far each score moved over seeds.

    Args:
        seeds: Rows as ``seed_rows`` makes them.

    Returns:
        A row a model, horizon and score: ``model, horizon, score, seeds, mean, sd`` (of a single
        seed, with n - 1), ``least, most``.
    """
    long = seeds.melt(
        id_vars=["seed", *_KEYS],
        value_vars=list(SEEDED_SCORES),
        var_name="score",
    )
    groups = long.groupby([*_KEYS, "score"], sort=False)["value"]
    found = groups.agg(["count", "mean", "std", "min", "max"]).reset_index()
    names = {"count": "seeds", "std": "sd", "min": "least", "max": "most"}
    return found.rename(columns=names)
