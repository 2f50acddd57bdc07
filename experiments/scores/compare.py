"""Models against each other and against no-change, on the same rows, with honest intervals."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from data.errors import EvidenceError, RuntimeEnvironmentError
from data.files import read_json, read_parquet
from experiments.bands import DEFAULT_CUTS
from experiments.scores.bootstrap import Bootstrap, Interval
from experiments.scores.breakdowns import BREAKDOWNS, break_down
from experiments.scores.leaderboard import scores_of
from experiments.scores.paired_rows import PairedRows, pair_rows
from experiments.scores.reliability import calibration_table, level_table, reliability_table
from experiments.scores.seed_spread import read_seeds
from experiments.scores.skill import BASELINES, Resampler, skill_table
from experiments.scores.top_k import top_k_table

__all__ = [
    "BASELINES",
    "Comparison",
    "Run",
    "combine_runs",
    "compare_models",
    "finished_runs",
    "newest_run",
    "paired_difference",
    "read_run",
    "with_models",
]

_ALIKE = ("data_digest", "scale", "target", "draws")


@dataclass(frozen=True)
class Run:
    """One finished backtest: its manifest, its forecasts and, if it was repeated, its seeds.

    Attributes:
        manifest: What was asked and what it was made from.
        forecasts: Rows of ``forecasts.parquet``.
        seeds: Scores under several seeds, rows of ``seeds.csv``; None where none were tried.
    """

    manifest: Mapping[str, Any]
    forecasts: pd.DataFrame
    seeds: pd.DataFrame | None = None

    @property
    def id(self) -> str:
        """The backtest's id."""
        return str(self.manifest["id"])


@dataclass(frozen=True)
class Comparison:
    """What ``compare_models`` found; every frame has a row a model and horizon, or more.

    Attributes:
        scores: As ``scores_table`` gives it.
        skills: Against each baseline, as ``skill_table`` gives it.
        rivals: The same for crps against the model with the lowest crps of the horizon.
        calibration: As ``calibration_table`` gives it.
        reliability: As ``reliability_table`` gives it.
        top: As ``top_k_table`` gives it.
        levels: As ``level_table`` gives it.
        parts: By phase, country and horizon, as ``break_down`` gives it.
        unrecorded: Names of the breakdowns that the backtest holds no column for.
        bootstrap: How the intervals were drawn.
        cuts: Lower edges of the risk levels.
    """

    scores: pd.DataFrame
    skills: pd.DataFrame
    rivals: pd.DataFrame
    calibration: pd.DataFrame
    reliability: pd.DataFrame
    top: pd.DataFrame
    levels: pd.DataFrame
    parts: pd.DataFrame
    unrecorded: tuple[str, ...]
    bootstrap: Bootstrap
    cuts: tuple[float, ...]


def read_run(folder: Path) -> Run:
    """Read a backtest's folder.

    Raises:
        EvidenceError: The folder holds no finished backtest.
    """
    if not (folder / "manifest.json").exists():
        raise EvidenceError(f"{folder} holds no finished backtest: run `escalation backtest`")
    forecasts = read_parquet(folder / "forecasts.parquet")
    return Run(read_json(folder / "manifest.json"), forecasts, read_seeds(folder))


def newest_run(backtests: Path, *, scale: str | None = None, target: str | None = None) -> Path:
    """Return the folder of the backtest that finished last.

    Args:
        backtests: The workspace's folder of backtests.
        scale: Only backtests of this scale.
        target: Only backtests of this target.

    Raises:
        EvidenceError: There is none.
    """
    found = finished_runs(backtests, scale=scale, target=target)
    if not found:
        asked = " ".join(part for part in (scale, target) if part)
        raise EvidenceError(
            f"{backtests} holds no finished backtest{f' of {asked}' if asked else ''}:"
            " run `escalation backtest` first"
        )
    return found[0]


def finished_runs(
    backtests: Path, *, scale: str | None = None, target: str | None = None
) -> list[Path]:
    """Return the folders of the finished backtests, the one that finished last first.

    Args:
        backtests: The workspace's folder of backtests.
        scale: Only backtests of this scale.
        target: Only backtests of this target.
    """
    found = []
    for path in backtests.glob("*/manifest.json"):
        try:
            manifest = read_json(path)
        except RuntimeEnvironmentError:
            continue  # A damaged backtest is none; naming it reads it and says what is wrong.
        if scale in (None, manifest["scale"]) and target in (None, manifest["target"]):
            found.append((str(manifest["finished_at"]), path.parent))
    return [folder for _, folder in sorted(found, reverse=True)]


def combine_runs(runs: Sequence[Run]) -> pd.DataFrame:
    """Return the forecasts of all runs in one frame, after checking that they are comparable.

    A model whose name an earlier run has taken is called ``name@id``.

    Raises:
        EvidenceError: Two runs or models differ in data, draws or rows; the difference is named.
    """
    first = runs[0]
    frames: list[pd.DataFrame] = []
    taken: set[str] = set()
    for run in runs:
        for key in _ALIKE:
            if run.manifest[key] != first.manifest[key]:
                raise EvidenceError(
                    f"{run.id} cannot be compared with {first.id}: {key} is"
                    f" {json.dumps(run.manifest[key])}, not {json.dumps(first.manifest[key])}"
                )
        names = {m: f"{m}@{run.id}" if m in taken else m for m in run.forecasts["model"].unique()}
        taken |= set(names.values())
        frames.append(run.forecasts.assign(model=run.forecasts["model"].map(names)))
    together = pd.concat(frames, ignore_index=True)
    pair_rows(together)
    return together


def with_models(forecasts: pd.DataFrame, names: Sequence[str] | None) -> pd.DataFrame:
    """Keep the named models and the baselines; all of them where no name is given.

    Raises:
        EvidenceError: A name is not among the models; those that are there are listed.
    """
    if names is None:
        return forecasts
    there = list(dict.fromkeys(forecasts["model"]))
    for name in names:
        if name not in there:
            raise EvidenceError(f"there is no model {name} in it: expected {', '.join(there)}")
    return forecasts[forecasts["model"].isin([*names, *BASELINES])]


def compare_models(
    forecasts: pd.DataFrame,
    *,
    bootstrap: Bootstrap,
    cuts: tuple[float, ...] = DEFAULT_CUTS,
) -> Comparison:
    """Score all models, their skill against the baselines among them, and what it is made of.

    Args:
        forecasts: Forecasts of one target on the same rows, as ``combine_runs`` returns them.
        bootstrap: How the intervals are drawn.
        cuts: Lower edges of the risk levels.

    Raises:
        EvidenceError: The models were not scored on the same rows.
    """
    from threadpoolctl import threadpool_limits

    horizons = list(pair_rows(forecasts).values())
    with threadpool_limits(1):  # The products are small: threads would only wait for each other.
        return _compared(horizons, bootstrap, cuts)


def _compared(
    horizons: Sequence[PairedRows], bootstrap: Bootstrap, cuts: tuple[float, ...]
) -> Comparison:
    def gathered(table: Callable[[PairedRows], pd.DataFrame]) -> pd.DataFrame:
        return pd.concat([table(rows) for rows in horizons], ignore_index=True)

    parts = [break_down(rows, bootstrap, by=by) for by in BREAKDOWNS for rows in horizons]
    return Comparison(
        scores=scores_of(horizons),
        skills=gathered(lambda rows: skill_table(rows, bootstrap)),
        rivals=gathered(lambda rows: _against_best(rows, bootstrap)),
        calibration=gathered(lambda rows: calibration_table(rows, bootstrap)),
        reliability=gathered(lambda rows: reliability_table(rows, bootstrap)),
        top=gathered(lambda rows: top_k_table(rows, bootstrap)),
        levels=gathered(lambda rows: level_table(rows, bootstrap, cuts=cuts)),
        parts=pd.concat(parts, ignore_index=True),
        unrecorded=_unrecorded(horizons[0]),
        bootstrap=bootstrap,
        cuts=cuts,
    )


def paired_difference(
    forecasts: pd.DataFrame, model: str, against: str, *, score: str, bootstrap: Bootstrap
) -> Interval:
    """Return the mean difference of a score between two models on the same rows.

    Args:
        forecasts: Forecasts of one target and horizon that hold both models.
        model: The model asked about.
        against: The model it is compared with.
        score: ``crps``, ``ign``, ``mis`` or ``brier``.
        bootstrap: How the interval is drawn.

    Returns:
        Score of ``model`` less score of ``against``: below 0 is better.

    Raises:
        EvidenceError: A model is absent, or the two were not scored on the same rows.
    """
    both = forecasts[forecasts["model"].isin([model, against])]
    for name in (model, against):
        if name not in set(both["model"]):
            raise EvidenceError(f"the backtest holds no model {name}: run it with that model")
    (rows,) = pair_rows(both).values()
    values = rows.values[score]
    gap = values[rows.line(model)] - values[rows.line(against)]
    return Resampler(rows, bootstrap).means(gap).interval(0)


def _against_best(rows: PairedRows, bootstrap: Bootstrap) -> pd.DataFrame:
    best = rows.models[int(rows.values["crps"].mean(axis=1).argmin())]
    return skill_table(rows, bootstrap, baselines=(best,), scores=("crps",))


def _unrecorded(rows: PairedRows) -> tuple[str, ...]:
    """Return what cannot be told apart for want of a column."""
    needed = {"phase": "phase_observed", "hard onset": "quiet60", "country": "country"}
    return tuple(name for name, column in needed.items() if column not in rows.traits)
