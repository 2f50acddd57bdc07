"""The windows of the VIEWS challenge as a backtest: the panel, the published rows, the draws.

A window is a calendar year forecast from October of the year before, 3 to 14 months ahead. Reading
the challenge's files belongs to ``data``.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.errors import ConfigError
from data.months import add_months
from data.sources.views.files import (
    challenge_month,
    read_actuals,
    read_draws,
    shared_rows,
    write_draws,
)
from data.sources.views.history import ChallengeHistory
from experiments.distribution import Distribution
from experiments.score_functions import average_precision, brier
from experiments.scores.evaluation import evaluate_draws
from features.panel import Panel

__all__ = [
    "WINDOW_SCORES",
    "KeptDraws",
    "challenge_panel",
    "published_scores",
    "window_of",
    "window_scores",
]

WINDOW_SCORES = ("crps", "ign", "ign_published", "mis", "brier", "ap")

_BENCHMARK = re.compile(r"(?!actuals)(\w+)_(\d{4})\.parquet")
_NEAREST, _FARTHEST = 3, 14


def challenge_panel(history: ChallengeHistory, scale: str) -> Panel:
    """Return the panel of a history under the name of a scale of one's own."""
    return Panel(
        scale=scale,
        regions=history.regions,
        months=history.months,
        measures={name: values.astype(np.float32) for name, values in history.measures.items()},
        status=history.status,
    )


def window_of(origin: str, horizon: int) -> int | None:
    """Return the year of the window that an origin and horizon belong to, None where to none.

    Example:
        >>> window_of("2017-10", 3), window_of("2017-10", 2), window_of("2017-11", 3)
        (2018, None, None)
    """
    if not origin.endswith("-10") or not _NEAREST <= horizon <= _FARTHEST:
        return None
    return int(origin[:4]) + 1


def window_scores(forecasts: pd.DataFrame) -> pd.DataFrame:
    """Average the scores of every model in every window.

    Args:
        forecasts: Rows of ``forecasts.parquet``; rows outside the windows are left out.

    Returns:
        A row a model and window: ``model, window, rows`` and ``WINDOW_SCORES``. ``ign`` is that
        of the backtest's draws, which are neither stretched nor repeated.
    """
    october = forecasts["origin"].str.endswith("-10")
    held = forecasts[october & forecasts["horizon"].between(_NEAREST, _FARTHEST)]
    placed = held.assign(window=held["origin"].str[:4].astype("int64") + 1)
    rows = []
    for (model, window), group in placed.groupby(["model", "window"], sort=False, observed=True):
        happened = group["observed"].to_numpy() >= 1
        p = group["p_attack"].to_numpy()
        rows.append(
            {
                "model": str(model),
                "window": int(str(window)),
                "rows": len(group),
                "crps": float(group["crps"].mean()),
                "ign": float(group["ign"].mean()),
                "ign_published": float(group["ign"].mean()),
                "mis": float(group["mis"].mean()),
                "brier": brier(happened, p),
                "ap": average_precision(happened, p),
            }
        )
    return pd.DataFrame(rows, columns=["model", "window", "rows", *WINDOW_SCORES])


def published_scores(folder: Path, windows: tuple[int, ...]) -> pd.DataFrame:
    """Score the benchmark forecasts that lie beside the actuals of the windows.

    Args:
        folder: Folder of the challenge's own files.
        windows: Years.

    Returns:
        The columns of ``window_scores``; ``crps`` and ``mis`` are of the draws as they are,
        ``ign_published`` of draws stretched to 1,000, ``ign`` of draws repeated to 1,000.

    Raises:
        SourceError: A file is damaged or does not hold the rows of its window.
    """
    rows: list[dict[str, Any]] = []
    for path in sorted(folder.glob("*.parquet")):
        match = _BENCHMARK.fullmatch(path.name)
        if match is None or int(match[2]) not in windows:
            continue
        year = int(match[2])
        shared = shared_rows(read_draws(path), read_actuals(folder / f"actuals_{year}.parquet"))
        found = evaluate_draws(shared.observed, shared.draws)
        means, attack = found.means(), found.attack()
        rows.append(
            {
                "model": match[1],
                "window": year,
                "rows": len(found.rows),
                "crps": means["published"]["crps"],
                "ign": means["honest"]["ign"],
                "ign_published": means["published"]["ign"],
                "mis": means["published"]["mis"],
                "brier": attack["brier"],
                "ap": attack["ap"],
            }
        )
    return pd.DataFrame(rows, columns=["model", "window", "rows", *WINDOW_SCORES])


class KeptDraws:
    """Draws of a backtest's windows, kept while it runs and written in the challenge's layout.

    Attributes:
        history: The countries and their numbers.
    """

    def __init__(self, history: ChallengeHistory) -> None:
        self.history = history
        self._kept: dict[tuple[str, int], dict[int, npt.NDArray[np.int32]]] = {}

    def __call__(self, model: str, origin: str, horizon: int, forecast: Distribution) -> None:
        """Keep the draws of one model, origin and horizon, if they belong to a window."""
        window = window_of(origin, horizon)
        if window is not None:
            month = challenge_month(add_months(origin, horizon))
            self._kept.setdefault((model, window), {})[month] = forecast.draws

    def write(self, folder: Path) -> list[Path]:
        """Write ``MODEL_YEAR.parquet`` for every model and window.

        Raises:
            ConfigError: No forecast of the backtest belongs to a window.
            MachineError: A file cannot be written.
        """
        if not self._kept:
            raise ConfigError(
                "no forecast of the backtest belongs to a window: origins must be Octobers and"
                " horizons from 3 to 14"
            )
        units = self.history.regions["region_id"].astype(np.int64).to_numpy()
        folder.mkdir(parents=True, exist_ok=True)
        paths = []
        for (model, window), by_month in self._kept.items():
            months = np.repeat(np.fromiter(by_month, np.int64), len(units))
            path = folder / f"{model}_{window}.parquet"
            draws = np.concatenate(list(by_month.values()))
            write_draws(path, months, np.tile(units, len(by_month)), draws)
            paths.append(path)
        return paths
