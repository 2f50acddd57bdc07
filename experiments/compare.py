"""Models against each other and against no-change, on the same rows, with honest intervals."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.errors import EvidenceError, MachineError
from data.files import read_json, read_parquet
from experiments.bootstrap import Bootstrap, Interval, resampled_means, resampled_precision
from experiments.leaderboard import scores_table

__all__ = [
    "BASELINES",
    "Comparison",
    "Run",
    "combine_runs",
    "compare_models",
    "newest_run",
    "paired_difference",
    "read_run",
]

BASELINES = ("conflictology", "last", "zero")

_LOSSES = ("crps", "ign", "mis", "brier")
_KEYS = ["origin", "horizon", "region_id"]
_ALIKE = ("data_digest", "scale", "target", "draws")


@dataclass(frozen=True)
class Run:
    """One finished backtest: its manifest and its forecasts."""

    manifest: Mapping[str, Any]
    forecasts: pd.DataFrame

    @property
    def id(self) -> str:
        """The backtest's id."""
        return str(self.manifest["id"])


@dataclass(frozen=True)
class Comparison:
    """What ``compare_models`` found.

    Attributes:
        scores: A row a model and horizon, as ``scores_table`` gives it.
        skills: A row a model, horizon, score and baseline: ``skill, low, high`` (90 %), and for
            crps ``quiet_share``, the share of the gap that comes from rows with y = 0, and
            ``skill_positive``, the skill on rows with y > 0.
        bootstrap: How the intervals were drawn.
    """

    scores: pd.DataFrame
    skills: pd.DataFrame
    bootstrap: Bootstrap


def read_run(folder: Path) -> Run:
    """Read a backtest's folder.

    Raises:
        EvidenceError: The folder holds no finished backtest.
    """
    if not (folder / "manifest.json").exists():
        raise EvidenceError(f"{folder} holds no finished backtest: run `escalation backtest`")
    return Run(read_json(folder / "manifest.json"), read_parquet(folder / "forecasts.parquet"))


def newest_run(backtests: Path, *, scale: str | None = None, target: str | None = None) -> Path:
    """Return the folder of the backtest that finished last.

    Args:
        backtests: The workspace's folder of backtests.
        scale: Only backtests of this scale.
        target: Only backtests of this target.

    Raises:
        EvidenceError: There is none.
    """
    found = []
    for path in backtests.glob("*/manifest.json"):
        try:
            manifest = read_json(path)
        except MachineError:
            continue  # A damaged backtest is none; naming it reads it and says what is wrong.
        if scale in (None, manifest["scale"]) and target in (None, manifest["target"]):
            found.append((str(manifest["finished_at"]), path.parent))
    if not found:
        asked = " ".join(part for part in (scale, target) if part)
        raise EvidenceError(
            f"{backtests} holds no finished backtest{f' of {asked}' if asked else ''}:"
            " run `escalation backtest` first"
        )
    return max(found)[1]


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
    _check_rows(together)
    return together


def compare_models(forecasts: pd.DataFrame, *, bootstrap: Bootstrap) -> Comparison:
    """Score all models and their skill against the baselines that are among them.

    Args:
        forecasts: Forecasts of one target on the same rows, as ``combine_runs`` returns them.
        bootstrap: How the intervals are drawn.

    Returns:
        Scores and skills; skill is 1 - score / baseline's score, for ap
        (ap - baseline's ap) / (1 - baseline's ap): 1 is perfect, 0 is no better.
    """
    rows: list[dict[str, Any]] = []
    for horizon, part in forecasts.groupby("horizon"):
        scores = _resampled(part, bootstrap)
        crps = _columns(part, "crps")
        quiet = next(iter(_models(part).values()))["observed"].to_numpy() == 0
        for against in (name for name in BASELINES if name in scores):
            for model in (name for name in scores if name != against):
                place = {"model": model, "horizon": int(str(horizon)), "against": against}
                shares = _shares(crps[model], crps[against], quiet)
                for score in (*_LOSSES, "ap"):
                    skill = _skill(score, scores[model][score], scores[against][score])
                    rows.append(
                        {**place, "score": score}
                        | {"skill": skill.estimate, "low": skill.low, "high": skill.high}
                        | (shares if score == "crps" else {})
                    )
    return Comparison(scores_table(forecasts), pd.DataFrame(rows), bootstrap)


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
    _check_rows(both)
    columns = _columns(both, score)
    rows = _models(both)[model]
    month, months = _months(rows)
    mean, means = resampled_means(
        columns[model] - columns[against], month, bootstrap.counts(months)
    )
    return Interval.of(mean, means)


def _models(forecasts: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return each model's rows in the same order."""
    ordered = forecasts.sort_values(_KEYS, kind="stable")
    return {str(m): rows for m, rows in ordered.groupby("model", sort=False, observed=True)}


def _check_rows(forecasts: pd.DataFrame) -> None:
    models = _models(forecasts)
    first, *others = models
    keys = models[first][[*_KEYS, "observed"]].reset_index(drop=True)
    for other in others:
        theirs = models[other][[*_KEYS, "observed"]].reset_index(drop=True)
        if len(theirs) != len(keys):
            raise EvidenceError(
                f"{other} was scored on {len(theirs):,} rows and {first} on {len(keys):,}:"
                " only the same rows can be compared"
            )
        if not theirs.equals(keys):
            odd = int(np.flatnonzero((theirs.to_numpy() != keys.to_numpy()).any(axis=1))[0])
            raise EvidenceError(
                f"{other} and {first} were scored on other rows, first"
                f" {_row(theirs, odd)} and {_row(keys, odd)}"
            )


def _row(keys: pd.DataFrame, place: int) -> str:
    row = keys.iloc[place]
    return f"{row['region_id']} {row['origin']}+{row['horizon']} = {row['observed']:g}"


def _columns(forecasts: pd.DataFrame, score: str) -> dict[str, npt.NDArray[np.float64]]:
    """Return one score of every model, a value a row, rows in the same order."""
    return {model: _values(rows, score) for model, rows in _models(forecasts).items()}


def _values(rows: pd.DataFrame, score: str) -> npt.NDArray[np.float64]:
    if score != "brier":
        return rows[score].to_numpy(np.float64)
    happened = rows["observed"].to_numpy(np.float64) >= 1
    return np.asarray((rows["p_attack"].to_numpy(np.float64) - happened) ** 2)


def _months(rows: pd.DataFrame) -> tuple[npt.NDArray[np.intp], int]:
    """Return each row's position among the sorted target months, and how many there are."""
    months, place = np.unique(rows["target_month"].to_numpy(str), return_inverse=True)
    return place, len(months)


_Resampled = dict[str, tuple[float, npt.NDArray[np.float64]]]


def _resampled(forecasts: pd.DataFrame, bootstrap: Bootstrap) -> dict[str, _Resampled]:
    """Return every score of every model, whole and resampled, on the same resamples."""
    found: dict[str, _Resampled] = {}
    for model, rows in _models(forecasts).items():
        month, months = _months(rows)
        counts = bootstrap.counts(months)
        found[model] = {s: resampled_means(_values(rows, s), month, counts) for s in _LOSSES}
        found[model]["ap"] = resampled_precision(
            rows["observed"].to_numpy() >= 1, rows["p_attack"], month, counts
        )
    return found


def _skill(
    score: str,
    model: tuple[float, npt.NDArray[np.float64]],
    against: tuple[float, npt.NDArray[np.float64]],
) -> Interval:
    with np.errstate(invalid="ignore", divide="ignore"):
        both = [np.append(values, whole) for whole, values in (model, against)]
        mine, theirs = [1.0 - values if score == "ap" else values for values in both]
        skill = np.where(theirs != 0, 1.0 - mine / theirs, np.nan)
    return Interval.of(float(skill[-1]), skill[:-1])


def _shares(
    model: npt.NDArray[np.float64],
    against: npt.NDArray[np.float64],
    quiet: npt.NDArray[np.bool_],
) -> dict[str, float]:
    """Return which part of the gap comes from quiet rows, and the skill on the others."""
    gap = against - model
    lost = against[~quiet].sum()
    return {
        "quiet_share": float(gap[quiet].sum() / gap.sum()) if gap.sum() else np.nan,
        "skill_positive": float(gap[~quiet].sum() / lost) if lost else np.nan,
    }
