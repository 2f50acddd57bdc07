"""The VIEWS challenge as a backtest: its panel, its windows' scores, draws and published rows.

A window is a calendar year forecast from October of the year before, 3 to 14 months ahead. Reading
the challenge's files belongs to ``data``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
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
from data.sources.views.history import ChallengeHistory, challenge_folder, read_challenge_history
from data.terminal import text_table
from data.workspace import Workspace
from experiments.backtest.catalogue import Backtest
from experiments.backtest.specification import BacktestSpec
from experiments.distribution import Distribution
from experiments.score_functions import average_precision, brier
from experiments.scores.evaluation import evaluate_draws
from features.freshness import fresh_panel
from features.panel import Panel, write_panel

__all__ = [
    "WindowDraws",
    "challenge_history",
    "challenge_panel",
    "challenge_text",
    "panel_of",
    "window_of",
    "window_scores",
    "with_challenge",
]

_WINDOW_SCORES = ("crps", "ign", "ign_published", "mis", "brier", "ap")

_BENCHMARK = re.compile(r"(?!actuals)(\w+)_(\d{4})\.parquet")
_NEAREST, _FARTHEST = 3, 14
_HERE, _FILE, _CITED = "this run", "published file", "cited"
_TITLES = {
    "crps": "CRPS",
    "ign": "IGN of 1,000 draws (published draws repeated)",
    "ign_published": "IGN as published (published draws stretched)",
    "mis": "MIS of the 90 % interval",
    "brier": "Brier score of P(a death)",
    "ap": "average precision of P(a death), higher is better",
}
# Computed elsewhere from the entries' stored draws; quoted for reference, not scored here.
_QUOTED = (
    ("bootstrap of 240 months", "crps", {2018: 23.577, 2019: 22.458, 2020: 31.417}),
    ("zero", "crps", {2018: 24.131, 2019: 23.019, 2020: 32.041}),
    ("negative-binomial entry", "crps", {2018: 14.090, 2019: 9.337, 2020: 21.884}),
    ("negative-binomial entry", "ign_published", {2018: 0.6171, 2019: 0.5541, 2020: 0.5747}),
)


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
        A row a model and window: ``model, window, rows`` and ``_WINDOW_SCORES``. ``ign`` is that
        of the backtest's draws, which are neither stretched nor repeated.
    """
    october = forecasts["origin"].str.endswith("-10")
    inside = forecasts[october & forecasts["horizon"].between(_NEAREST, _FARTHEST)]
    placed = inside.assign(window=inside["origin"].str[:4].astype("int64") + 1)
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
    return pd.DataFrame(rows, columns=["model", "window", "rows", *_WINDOW_SCORES])


def _published_scores(folder: Path, windows: tuple[int, ...]) -> pd.DataFrame:
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
        evaluation = evaluate_draws(shared.observed, shared.draws)
        means, attack = evaluation.means(), evaluation.attack()
        rows.append(
            {
                "model": match[1],
                "window": year,
                "rows": len(evaluation.rows),
                "crps": means["published"]["crps"],
                "ign": means["honest"]["ign"],
                "ign_published": means["published"]["ign"],
                "mis": means["published"]["mis"],
                "brier": attack["brier"],
                "ap": attack["ap"],
            }
        )
    return pd.DataFrame(rows, columns=["model", "window", "rows", *_WINDOW_SCORES])


class WindowDraws:
    """Draws of a backtest's windows, held while it runs and written in the challenge's layout.

    Attributes:
        history: The countries and their numbers.
    """

    def __init__(self, history: ChallengeHistory) -> None:
        self.history = history
        self._draws: dict[tuple[str, int], dict[int, npt.NDArray[np.int32]]] = {}

    def __call__(self, model: str, origin: str, horizon: int, forecast: Distribution) -> None:
        """Hold the draws of one model, origin and horizon, if they belong to a window."""
        window = window_of(origin, horizon)
        if window is not None:
            month = challenge_month(add_months(origin, horizon))
            self._draws.setdefault((model, window), {})[month] = forecast.draws

    def write(self, folder: Path) -> list[Path]:
        """Write ``MODEL_YEAR.parquet`` for every model and window.

        Raises:
            ConfigError: No forecast of the backtest belongs to a window.
            RuntimeEnvironmentError: A file cannot be written.
        """
        if not self._draws:
            raise ConfigError(
                "no forecast of the backtest belongs to a window: origins must be Octobers and"
                " horizons from 3 to 14"
            )
        units = self.history.regions["region_id"].astype(np.int64).to_numpy()
        folder.mkdir(parents=True, exist_ok=True)
        paths = []
        for (model, window), by_month in self._draws.items():
            months = np.repeat(np.fromiter(by_month, np.int64), len(units))
            path = folder / f"{model}_{window}.parquet"
            draws = np.concatenate(list(by_month.values()))
            write_draws(path, months, np.tile(units, len(by_month)), draws)
            paths.append(path)
        return paths


def challenge_history(workspace: Workspace, spec: BacktestSpec) -> ChallengeHistory | None:
    """Make the panel of a specification that takes its history from the challenge's files.

    Returns:
        The history, whose panel now stands in the workspace; None where the specification takes
        its panel from the workspace.

    Raises:
        ConfigError: Their folder is not named, or lacks them.
        SourceError: A file is damaged.
        RuntimeEnvironmentError: The disk or another process is in the way.
    """
    if spec.history is None:
        return None
    history = read_challenge_history(challenge_folder(workspace.challenge()))
    manifest = {"source": spec.history, "windows": list(history.windows)}
    with workspace.lock():
        panel = challenge_panel(history, spec.scale)
        write_panel(panel, workspace.panel(spec.scale), manifest=manifest)
    return history


def panel_of(workspace: Workspace, spec: BacktestSpec) -> Panel:
    """Return the panel of a specification, made anew where it comes from the challenge's files.

    Raises:
        EvidenceError: The workspace has no panel of that scale.
    """
    challenge_history(workspace, spec)
    return fresh_panel(workspace, spec.scale)


def with_challenge(backtest: Backtest, history: ChallengeHistory) -> Backtest:
    """Return a backtest whose manifest names the pooled countries and scores the windows."""
    ours = window_scores(backtest.forecasts)
    windows = tuple(sorted(set(ours["window"]) & set(history.windows)))
    ours = ours[ours["window"].isin(windows)].assign(source=_HERE)
    theirs = _published_scores(history.folder, windows).assign(source=_FILE)
    names = history.regions.set_index("region_id")["region"]
    record = {
        "windows": list(windows),
        "windows_not_asked": sorted(set(history.windows) - set(windows)),
        "pooled_regions": {region_id: names[region_id] for region_id in history.pooled},
        "scores": pd.concat([ours, theirs]).to_dict("records"),
    }
    return replace(backtest, manifest={**backtest.manifest, "challenge": record})


def challenge_text(manifest: Mapping[str, Any]) -> str:
    """Return the windows' scores beside the published ones; empty for any other backtest.

    Args:
        manifest: The backtest's manifest.
    """
    record = manifest.get("challenge")
    if record is None:
        return ""
    parts = ["# Windows of the VIEWS 2023/24 Prediction Challenge"]
    if record["windows"]:
        scores = pd.DataFrame(record["scores"])
        parts += [_table(scores, score, record["windows"]) for score in _WINDOW_SCORES]
    else:
        parts.append("no window is scored: origins must be Octobers, horizons 3 to 14")
    return "\n\n".join([*parts, *_notes(manifest, record)])


def _table(scores: pd.DataFrame, score: str, windows: Sequence[int]) -> str:
    """Return one score of all models by window and over windows, best first."""
    wide = scores.pivot_table(index=["model", "source"], columns="window", values=score)
    rows = [[*map(str, key), *values] for key, values in zip(wide.index, wide.values, strict=True)]
    for model, quoted, values in _QUOTED:
        if quoted == score and set(windows) <= set(values):
            rows.append([model, _CITED, *(values[window] for window in windows)])
    rows = [[*row, sum(row[2:]) / len(windows)] for row in rows]
    rows.sort(key=lambda row: (-row[-1] if score == "ap" else row[-1], row[0]))
    digits = 3 if score in ("crps", "mis") else 4
    shown = [[*row[:2], *(f"{value:9,.{digits}f}" for value in row[2:])] for row in rows]
    heads = [f"{head:>9}" for head in (*map(str, windows), "mean")]
    return f"{_TITLES[score]}\n{text_table(['model', 'from', *heads], shown)}"


def _notes(manifest: Mapping[str, Any], record: Mapping[str, Any]) -> list[str]:
    notes = []
    if record["pooled_regions"]:
        notes.append(
            "pooled (no history but the challenge's own twelve months, so forecast from what all"
            f" countries share): {', '.join(record['pooled_regions'].values())}"
        )
    if record["windows_not_asked"]:
        years = ", ".join(map(str, record["windows_not_asked"]))
        notes.append(f"windows that are not scored here: {years}; see --origins")
    rows = {source: _rows_of(record, source) for source in (_HERE, _FILE)}
    if rows[_FILE] and rows[_HERE] != rows[_FILE]:
        notes.append(
            f"not like for like: this run scored {rows[_HERE]:,} rows and the published files hold"
            f" {rows[_FILE]:,}; ask for every horizon from 3 to 14"
        )
    if manifest["draws"] != 1000:
        notes.append(f"IGN of {manifest['draws']} draws cannot be compared with that of 1,000")
    notes.append(
        "published file: scored here from the challenge's stored draws; cited: computed elsewhere"
        " from the entries' stored draws. mean: of the windows."
    )
    return notes


def _rows_of(record: Mapping[str, Any], source: str) -> int:
    """Return the rows of a source's first model, in all windows."""
    scores = [row for row in record["scores"] if row["source"] == source]
    return sum(row["rows"] for row in scores if row["model"] == scores[0]["model"])
