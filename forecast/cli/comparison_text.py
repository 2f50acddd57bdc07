"""A comparison of models as a page for the terminal, and as a record for a machine."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from data.terminal import in_percent
from experiments.backtest.catalogue import Backtest
from experiments.scores.bootstrap import Interval
from experiments.scores.compare import Comparison
from experiments.scores.leaderboard import seed_spread
from experiments.scores.stress_gains import mean_gain
from forecast.cli.comparison_parts import (
    by_text,
    clear_gap,
    figure,
    full_text,
    interval,
    percent_figure,
    table,
)

__all__ = ["comparison_record", "comparison_text"]

_BASELINE = "conflictology"
_LEGEND = """\
skill: percent of conflictology's CRPS that is saved; y>0: the same on rows with an attack.
ECE: calibration error of P(attack); cov90: percent of outcomes inside the 90 % interval, of rows
with p >= .2; top20: percent of the attacked regions that are among the 20 ranked first.
"""
_LIMITS = """\
What this does not show: months and regions that are not in it; sums over regions, whose errors
go together; what was known at the time, where data were revised since. The best of {models}
models is flattered by having been chosen on these very months.
"""
_MORE = "More: --by phase|country|level|horizon, --full, --json."


def comparison_text(
    comparison: Comparison,
    backtests: Sequence[Backtest],
    *,
    by: str | None = None,
    full: bool = False,
) -> str:
    """Return what is needed to choose a model, and more on request, at most 100 columns wide.

    Args:
        comparison: What is printed.
        backtests: The backtests that were compared.
        by: ``phase``, ``country``, ``level`` or ``horizon``: the parts of the rows, instead of
            the summary.
        full: The summary and all the rest.
    """
    names = _short_names(comparison, backtests)
    parts = [_head(backtests)]
    if by is None:
        parts += [
            _summary(comparison, int(h), names) for h in comparison.scores["horizon"].unique()
        ]
        parts += [_seeds(one) for one in backtests if one.seeds is not None]
        parts += [_stress(one, one.stress) for one in backtests if one.stress is not None]
    else:
        parts.append(by_text(comparison, by, names))
    if full:
        parts.append(full_text(comparison, names))
    return "\n\n".join([*parts, _closing(comparison, by)])


def comparison_record(comparison: Comparison, backtests: Sequence[Backtest]) -> dict[str, Any]:
    """Return plain values for JSON; what does not exist is None."""
    bootstrap = comparison.bootstrap
    frames = {
        name: _records(getattr(comparison, name))
        for name in (
            "scores", "skills", "rivals", "calibration", "reliability", "top", "levels", "parts"
        )
    }  # fmt: skip
    return {
        "backtests": [one.id for one in backtests],
        "target": backtests[0].manifest["target"],
        "block_months": bootstrap.block,
        "resamples": bootstrap.resamples,
        "seed": bootstrap.seed,
        **frames,
        "not_recorded": list(comparison.unrecorded),
        "seeds": [
            {"backtest": one.id, **row}
            for one in backtests
            if one.seeds is not None
            for row in _records(seed_spread(one.seeds))
        ],
        "stress": [
            {"backtest": one.id, **row}
            for one in backtests
            if one.stress is not None
            for row in _records(one.stress)
        ],
    }


def _head(backtests: Sequence[Backtest]) -> str:
    first = backtests[0].manifest
    origins = list(first["origins"])
    word = "backtest" if len(backtests) == 1 else "backtests"
    return (
        f"{word} {', '.join(one.id for one in backtests)}\n{first['target']}, {first['scale']},"
        f" {len(origins)} origins {origins[0]} to {origins[-1]}, {first['draws']:,} draws"
    )


def _summary(comparison: Comparison, horizon: int, names: dict[str, str]) -> str:
    """Return one horizon's table, lowest CRPS first, and the lines that belong to it."""
    scores = _of(comparison.scores, horizon).sort_values(["crps", "model"])
    skills = comparison.skills
    if len(skills):
        on_crps = (skills["against"] == _BASELINE) & (skills["score"] == "crps")
        skills = _of(skills[on_crps], horizon).set_index("model")
    rows = []
    for row in scores.to_dict("records"):
        model = row["model"]
        skill = skills.loc[model].to_dict() if model in skills.index else {}
        rows.append(
            [
                names[model],
                figure(row["crps"], 4),
                interval(skill, "skill"),
                percent_figure(skill.get("positive_skill", math.nan), signed=True),
                figure(row["ign"], 3),
                figure(row["brier"], 4),
                figure(row["ap"], 3),
                figure(row["ece"], 3),
                percent_figure(row["coverage90"], digits=0),
                percent_figure(row["recall_top20"], digits=0),
            ]
        )
    months = f"{horizon} month{'s' if horizon > 1 else ''} ahead"
    head = [
        "model",
        "CRPS",
        "skill % [90 %]",
        "y>0 %",
        "IGN",
        "Brier",
        "AP",
        "ECE",
        "cov90",
        "top20",
    ]
    body = table(head, rows)
    return "\n".join(
        [_rows_line(comparison, horizon, months), body, *_remarks(comparison, horizon, names)]
    )


def _rows_line(comparison: Comparison, horizon: int, months: str) -> str:
    parts = comparison.parts
    whole = _of(parts[parts["by"] == "horizon"], horizon).iloc[0]
    share = whole["attacks"] / whole["rows"]
    return (
        f"{months}: {whole['rows']:,} region-months, {whole['attacks']:,} with an attack"
        f" ({in_percent(share, digits=1)})"
    )


def _power(row: Mapping[Any, Any]) -> str:
    """Say how large a gap has to be to show in the months that were scored."""
    gap = Interval(row["difference"], row["difference_lo"], row["difference_hi"])
    return (
        f"so many months show a gap to {_BASELINE} of {gap.detectable:.4f}"
        f" ({in_percent(gap.detectable / row['baseline'], digits=1)}) or more"
    )


def _remarks(comparison: Comparison, horizon: int, names: dict[str, str]) -> list[str]:
    """Return what stands out: rivals of the best model and where its skill comes from."""
    rivals = _of(comparison.rivals, horizon) if len(comparison.rivals) else comparison.rivals
    scores = _of(comparison.scores, horizon).sort_values(["crps", "model"])
    best = scores.iloc[0]
    lines = []
    if len(rivals):
        open_ = set(rivals[rivals["difference_lo"] <= 0]["model"])
        close = [model for model in scores["model"] if model in open_]
        others = ", ".join(names[m] for m in close) or "none"
        lines.append(f"lowest CRPS: {names[best['model']]}; not clearly worse: {others}")
    skills = comparison.skills
    if len(skills):
        here = skills[(skills["model"] == best["model"]) & (skills["against"] == _BASELINE)]
        here = _of(here[here["score"] == "crps"], horizon)
        if len(here):
            lines.append(_power(here.iloc[0].to_dict()))
        if len(here) and clear_gap(here.iloc[0].to_dict()):
            share = in_percent(here["zero_share"].iloc[0])
            lines.append(f"its gap to {_BASELINE}: {share} from rows without an attack")
    worst = in_percent(best["crps_worst10"])
    lines.append(
        f"its median CRPS is {best['crps_median']:.4f} ({best['crps_positive_median']:.3f} on rows"
        f" with an attack); its ten worst rows make {worst} of its CRPS"
    )
    if best.get("grave_rows"):
        lines.append(
            f"of {best['grave_rows']:,.0f} region-months with more than 10 deaths, less than half a"
            f" death was expected in {in_percent(best['grave_missed'], digits=1)}"
        )
    return lines


def _seeds(backtest: Backtest) -> str:
    """Return how far the scores moved over seeds."""
    if backtest.seeds is None:
        return ""
    spread = seed_spread(backtest.seeds)
    rows = []
    for (model, horizon), part in spread.groupby(["model", "horizon"], sort=False):
        scores = {row["score"]: row for row in part.to_dict("records")}
        cells = [
            f"{row['sd']:.4f} ({row['most'] - row['least']:.4f})"
            for row in (scores[name] for name in ("crps", "ign", "brier", "ap"))
        ]
        rows.append([str(model), str(horizon), *cells])
    count = int(spread["seeds"].max())
    return (
        f"{backtest.id} under {count} seeds: standard deviation (largest less smallest)\n"
        + table(["model", "h", "CRPS", "IGN", "Brier", "AP"], rows)
    )


def _stress(backtest: Backtest, stress: pd.DataFrame) -> str:
    """Return what each model saves in made histories."""
    rows = []
    for (model, horizon), part in stress.groupby(["model", "horizon"], sort=False):
        if model == _BASELINE:
            continue
        cells = [percent_figure(value, signed=True) for value in part["gain"]]
        mean = mean_gain(stress, str(model), int(str(horizon)))
        rows.append([str(model), str(horizon), *cells, percent_figure(mean, signed=True)])
    head = ["model", "h", *stress["stress"].unique(), "mean"]
    return (
        f"{backtest.id} under stress: percent of {_BASELINE}'s CRPS that is saved in made"
        f" histories\n{table(head, rows)}"
    )


def _closing(comparison: Comparison, by: str | None) -> str:
    bootstrap = comparison.bootstrap
    drawn = (
        f"90 % intervals: {bootstrap.resamples:,} resamples of target months in blocks of"
        f" {bootstrap.block}, seed {bootstrap.seed}.\n"
    )
    limits = _LIMITS.format(models=comparison.scores["model"].nunique())
    return drawn + ("" if by else _LEGEND) + limits + _MORE


def _short_names(comparison: Comparison, backtests: Sequence[Backtest]) -> dict[str, str]:
    """Return names for the screen: of a backtest's id its last part says enough."""
    endings = {one.id: one.id.rsplit("-", 1)[-1] for one in backtests}
    unique = len(set(endings.values())) == len(endings)
    short = {}
    for name in comparison.scores["model"].unique():
        model, _, run = str(name).partition("@")
        short[str(name)] = f"{model}@{endings[run]}" if run in endings and unique else str(name)
    return short


def _of(frame: pd.DataFrame, horizon: int) -> pd.DataFrame:
    return frame[frame["horizon"] == horizon]


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {
            str(key): None if isinstance(value, float) and math.isnan(value) else value
            for key, value in row.items()
        }
        for row in frame.to_dict("records")
    ]
