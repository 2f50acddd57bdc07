"""The tables of a comparison and their cells: parts of the rows, every baseline, top k ...

The summary that is read first is ``comparison_text``.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from functools import partial
from typing import Any

import pandas as pd

from data.errors import EvidenceError
from data.terminal import in_percent, text_table
from experiments.bands import band_text
from experiments.scores.breakdowns import UNCLEAR_ONSET
from experiments.scores.compare import Comparison
from experiments.scores.skill import BASELINES, SCORES

__all__ = [
    "PARTS",
    "by_text",
    "clear_gap",
    "figure",
    "full_text",
    "interval",
    "percent_figure",
    "table",
]

PARTS = ("phase", "country", "level", "horizon")

Names = dict[str, str]

_NONE = "-"
# Names to the left, figures to the right, within a terminal.
table = partial(text_table, left=1, width=100)
# A share in percent whose heading says so.
percent_figure = partial(in_percent, digits=1, unit="")

_SCORE_NAMES = {"crps": "CRPS", "ign": "IGN", "mis": "MIS", "brier": "Brier", "ap": "AP"}
_MOST_COLUMNS = 8
_PART_NOTE = "CRPS %: the part's share of the model's CRPS; mean p: mean P(attack), %"
_FEW_NOTE = (
    "Intervals that rest on a handful of attacks are too narrow: resampled months hold nothing\n"
    "that did not happen."
)
_PHASE_NOTE = (
    "A phase is known only afterwards: a model that always warns scores well on onsets and badly\n"
    "on quiet months, so read no phase alone. Hard onset: no event in the 60 months before."
)


def figure(value: float, digits: int) -> str:
    """Return a figure, or a dash where it does not exist."""
    return f"{value:.{digits}f}" if math.isfinite(value) else _NONE


def interval(row: Mapping[Any, Any], name: str, *, signed: bool = True) -> str:
    """Return a figure of a row in percent with its interval, ``NAME_lo`` to ``NAME_hi``.

    Example:
        >>> interval({"skill": 0.06, "skill_lo": -0.01, "skill_hi": 0.12}, "skill")
        '+6.0 [-1.0, +12.0]'
    """
    if not math.isfinite(row.get(name, math.nan)):
        return _NONE
    middle, low, high = (
        percent_figure(row[name + ending], signed=signed) for ending in ("", "_lo", "_hi")
    )
    return f"{middle} [{low}, {high}]"


def clear_gap(row: Mapping[Any, Any]) -> bool:
    """Say whether the interval of a row's difference is clear of 0."""
    return bool(row["difference_lo"] > 0 or row["difference_hi"] < 0)


def by_text(comparison: Comparison, by: str, names: Names) -> str:
    """Return the tables of one breakdown, a block a horizon.

    Args:
        comparison: What is printed.
        by: ``phase``, ``country``, ``level`` or ``horizon``.
        names: Model to its name on the screen.

    Raises:
        EvidenceError: The backtest was made before its rows recorded what parts them.
    """
    if by in comparison.unrecorded:
        raise EvidenceError(
            f"{by} is not recorded in this backtest: make it again with `escalation backtest`"
        )
    if by == "level":
        blocks = [_levels(part, names, h) for h, part in _horizons(comparison.levels)]
        return "\n\n".join([*blocks, f"P(attack): {band_text(comparison.cuts)}"])
    parts = comparison.parts[comparison.parts["by"] == by]
    if by == "horizon":
        return _parts(parts, names, title="by horizon")
    blocks = [
        _parts(part, names, title=f"by {by}, {horizon} ahead") for horizon, part in _horizons(parts)
    ]
    notes = [_FEW_NOTE]
    if by == "phase":
        notes.append(_PHASE_NOTE)
        if "hard onset" in comparison.unrecorded:
            notes.append(
                "Hard onsets are not recorded in this backtest: make it again to see them."
            )
    return "\n\n".join([*blocks, *notes])


def full_text(comparison: Comparison, names: Names) -> str:
    """Return every table that the summary leaves out."""
    blocks = [
        _against(part, score, names, horizon)
        for horizon, part in (_horizons(comparison.skills) if len(comparison.skills) else [])
        for score in SCORES
    ]
    blocks += [_gap(part, names, h) for h, part in _horizons(comparison.skills)]
    blocks += [_calibration(part, names, h) for h, part in _horizons(comparison.calibration)]
    blocks += [_top(part, names, h) for h, part in _horizons(comparison.top)]
    blocks += [_tails(part, names, h) for h, part in _horizons(comparison.scores)]
    for by in PARTS:
        if by in comparison.unrecorded:
            blocks.append(f"by {by}: not recorded in this backtest")
        elif by != "horizon" or comparison.scores["horizon"].nunique() > 1:
            blocks.append(by_text(comparison, by, names))
    return "\n\n".join(blocks)


def _horizons(frame: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Return each horizon's part with its words."""
    if not len(frame):
        return []
    return [
        (f"{horizon} month{'' if horizon == 1 else 's'}", part)
        for horizon, part in frame.groupby("horizon")
    ]


def _parts(parts: pd.DataFrame, names: Names, *, title: str) -> str:
    """Return one model's parts in full, and the skill of all models on each part."""
    best = _focus(parts)
    return "\n\n".join([_one_model(parts, best, names, title), _all_models(parts, names)]).rstrip()


def _focus(parts: pd.DataFrame) -> str:
    """Return the model with the lowest CRPS that is no baseline, else the lowest of all."""
    whole = parts[parts["within"].isna()]
    total = (whole["crps"] * whole["rows"]).groupby(whole["model"], sort=False).sum()
    others = total[~total.index.isin(BASELINES)]
    return str((others if len(others) else total).idxmin())


def _one_model(parts: pd.DataFrame, model: str, names: Names, title: str) -> str:
    mine = parts[parts["model"] == model]
    against = mine["against"].iloc[0]
    theirs = parts[parts["model"] == against].set_index("part")["crps"] if against else None
    rows = [
        [
            ("  " if isinstance(row["within"], str) else "") + row["part"],
            f"{row['rows']:,}",
            f"{row['attacks']:,}",
            percent_figure(row["crps_share"], digits=0),
            figure(row["crps"], 4),
            figure(theirs[row["part"]], 4) if theirs is not None else "-",
            interval(row, "skill"),
            figure(row["ign"], 3),
            figure(row["brier"], 4),
            percent_figure(row["mean_p"], digits=0),
        ]
        for row in mine.to_dict("records")
    ]
    head = ["part", "rows", "attacks", "CRPS %", "CRPS", "base's", "skill % [90 %]", "IGN"]
    head += ["Brier", "mean p"]
    title += f": {names[model]} against {against or 'no baseline'}"
    return f"{title}\n{_PART_NOTE}\n{table(head, rows)}"


def _all_models(parts: pd.DataFrame, names: Names) -> str:
    """Return a row a model and a column a part; nothing where that would be too wide."""
    columns = [p for p in parts["part"].unique() if p != UNCLEAR_ONSET]
    if len(columns) > _MOST_COLUMNS or parts["model"].nunique() < 2:
        return ""
    skills = parts.set_index(["model", "part"])["skill"]
    rows = [
        [names[model], *(percent_figure(skills[model, part], signed=True) for part in columns)]
        for model in parts["model"].unique()
    ]
    return f"skill % on CRPS, all models\n{table(['model', *map(str, columns)], rows)}"


def _levels(levels: pd.DataFrame, names: Names, horizon: str) -> str:
    """Return how often each level came true, model by model."""
    order = list(dict.fromkeys(levels["level"]))
    by_level = {(row["model"], row["level"]): row for row in levels.to_dict("records")}
    rows = [
        [names[model], *(_came_true(by_level[model, level]) for level in order)]
        for model in levels["model"].unique()
    ]
    title = f"by level, {horizon} ahead: observed rate (region-months at the level)"
    return f"{title}\n{table(['model', *order], rows)}"


def _came_true(row: Mapping[Hashable, Any]) -> str:
    count = int(row["rows"])
    return f"{percent_figure(row['observed_rate'], digits=0)} % ({count:,})" if count else "-"


def _against(skills: pd.DataFrame, score: str, names: Names, horizon: str) -> str:
    """Return differences and skills on one score against every baseline."""
    some = skills[skills["score"] == score]
    pairs = {(row["model"], row["against"]): row for row in some.to_dict("records")}
    baselines = [name for name in BASELINES if name in set(some["against"])]
    models = list(dict.fromkeys(some["model"]))
    head = ["model", *(f"v {name}" for name in baselines)]
    size = max(float(some[f"difference_{end}"].abs().max()) for end in ("lo", "hi"))
    differences, skills_ = (
        [[names[m], *(cell(pairs.get((m, b), {})) for b in baselines)] for m in models]
        for cell in (partial(_difference, size=size), partial(interval, name="skill"))
    )
    better = "more" if score == "ap" else "less"
    title = f"{_SCORE_NAMES[score]}, difference ({better} is better), {horizon} ahead"
    return (
        f"{title}\n{table(head, differences)}\n\n"
        f"{_SCORE_NAMES[score]}, skill %, {horizon} ahead\n{table(head, skills_)}"
    )


def _gap(skills: pd.DataFrame, names: Names, horizon: str) -> str:
    """Return where the gap to each baseline comes from."""
    some = skills[skills["score"] == "crps"]
    rows = [
        [
            names[row["model"]],
            row["against"],
            percent_figure(row["zero_share"] if clear_gap(row) else math.nan, digits=0),
            interval(row, "positive_skill"),
        ]
        for row in some.to_dict("records")
    ]
    head = ["model", "against", "% of the gap from y = 0", "skill % on y > 0 [90 %]"]
    title = f"where the CRPS gap comes from, {horizon} ahead (a gap that may be none has no share)"
    return f"{title}\n{table(head, rows, left=2)}"


def _calibration(calibration: pd.DataFrame, names: Names, horizon: str) -> str:
    rows = [
        [names[row["model"]], *(interval(row, name, signed=False) for name in _CALIBRATED)]
        for row in calibration.to_dict("records")
    ]
    head = ["model", "ECE %", "ECE %, p >= .05", "coverage90 %, p >= .2"]
    return (
        f"calibration, {horizon} ahead; drawing months adds noise to every bin: intervals of ECE"
        f" lean upward\n{table(head, rows)}"
    )


_CALIBRATED = ("ece", "ece_active", "coverage90")


def _top(top: pd.DataFrame, names: Names, horizon: str) -> str:
    by_k = {(row["model"], row["k"]): row for row in top.to_dict("records")}
    sizes = sorted({k for _, k in by_k})
    blocks = []
    for name in ("recall", "precision"):
        rows = [
            [names[m], *(interval(by_k[m, k], name, signed=False) for k in sizes)]
            for m in top["model"].unique()
        ]
        head = ["model", *(f"top {k} [90 %]" for k in sizes)]
        blocks.append(f"{name} %, {horizon} ahead\n{table(head, rows)}")
    return "\n\n".join(blocks)


def _tails(scores: pd.DataFrame, names: Names, horizon: str) -> str:
    """Return medians beside means and what the worst rows make."""
    shown = ("crps", "crps_median", "crps_positive", "crps_positive_median", "ign", "ign_median")
    grave = "grave_missed" in scores
    rows = [
        [names[row["model"]], *(figure(row[name], 4) for name in shown)]
        + [percent_figure(row["crps_worst10"], digits=0)]
        + ([percent_figure(row["grave_missed"])] if grave else [])
        for row in scores.to_dict("records")
    ]
    head = ["model", "CRPS", "median", "y>0", "median", "IGN", "median", "% in 10 worst"]
    head += ["missed %"] if grave else []
    note = (
        "\nmissed: share of region-months with more than 10 deaths of which < 0.5 was expected"
        if grave
        else ""
    )
    return f"means and medians, {horizon} ahead\n{table(head, rows)}{note}"


def _difference(row: Mapping[Any, Any], *, size: float) -> str:
    """Return a paired difference with its interval.

    Args:
        row: ``difference`` with ``_lo`` and ``_hi``; a row without it gives a dash.
        size: Largest difference of the table, which all of its figures fit.

    Example:
        >>> _difference({"difference": -0.01, "difference_lo": -0.02, "difference_hi": 0.0}, size=1)
        '-0.010 [-0.020, +0.000]'
    """
    if not math.isfinite(row.get("difference", math.nan)):
        return _NONE
    digits = 4 if size < 1 else 3 if size < 10 else 2 if size < 100 else 1
    middle, low, high = (
        f"{_rounded(row['difference' + ending], digits):+.{digits}f}"
        for ending in ("", "_lo", "_hi")
    )
    if digits == 4:
        middle, low, high = (text.replace("0.", ".", 1) for text in (middle, low, high))
    return f"{middle} [{low}, {high}]"


def _rounded(value: float, digits: int) -> float:
    """Return a rounded value; what rounds to none has no sign."""
    return round(value, digits) + 0.0
