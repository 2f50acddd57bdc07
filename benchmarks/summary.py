"""What the benchmarks of scored months share: memory, and one line a model that can be compared."""

from __future__ import annotations

import os
import resource

import pandas as pd

from experiments.scores.bootstrap import Bootstrap, Interval, Resampler
from experiments.scores.paired_rows import pair_rows
from experiments.scores.skill import skill, yearly_skill

__all__ = ["BASELINE", "peak_mb", "resampler_of", "side_by_side"]

BASELINE = "conflictology"
WORST = 10


def peak_mb() -> float:
    """Return an upper bound of the memory in use at one time, megabytes."""
    workers = len(os.sched_getaffinity(0))
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return (own + workers * largest) / 1024


def resampler_of(forecasts: pd.DataFrame) -> Resampler:
    """Return the resampler of all horizons together: target months are drawn in blocks."""
    regions = forecasts["region_id"].astype("str") + "+" + forecasts["horizon"].astype("str")
    pooled = forecasts.assign(region_id=regions, origin=forecasts["target_month"], horizon=0)
    (rows,) = pair_rows(pooled).values()
    return Resampler(rows, Bootstrap())


def side_by_side(forecasts: pd.DataFrame, name: str) -> str:
    """Return a line a model, lowest CRPS first, for the table of all data sets in the docs.

    CRPS, percent of conflictology's that is saved with its 90 % interval, the same on rows with an
    attack, in the worst year and without the region that decides most, and the share of the CRPS
    that ten rows make.

    Args:
        forecasts: Scored rows of all models, conflictology among them.
        name: Name of the data set.
    """
    resampler = resampler_of(forecasts)
    rows = resampler.rows
    scores, positive = resampler.score("crps"), resampler.sums(rows.values["crps"], rows.attacked)
    base = rows.line(BASELINE)
    lines = [
        "",
        "data set | model | CRPS | saved, % [90 %] | y > 0 | worst year | w/o region | ten",
    ]
    for model in sorted(rows.models, key=lambda one: scores.whole[rows.line(one)]):
        line = rows.line(model)
        crps = pd.Series(rows.values["crps"][line])
        ten = crps.nlargest(WORST).sum() / crps.sum()
        cells = [f"{scores.whole[line]:.4f}", "", "", "", ""]
        if model != BASELINE:
            whole = skill(scores, line, base, larger_is_better=False)
            attacked = skill(positive, line, base, larger_is_better=False)
            worst = yearly_skill(forecasts, model, BASELINE).min()
            cells[1:] = [_interval(whole), *(f"{100 * x:+.1f}" for x in (attacked.estimate, worst))]
            cells.append(f"{100 * _without_region(forecasts, model):+.1f}")
        lines.append(f"{name} | {model} | {' | '.join(cells)} | {100 * ten:.0f} %")
    return "\n".join(lines)


def _interval(found: Interval) -> str:
    return f"{100 * found.estimate:+.1f} [{100 * found.low:+.1f}, {100 * found.high:+.1f}]"


def _without_region(forecasts: pd.DataFrame, model: str) -> float:
    """Return the skill without the region that moves it most."""
    sums = forecasts.assign(
        region_id=forecasts["region_id"].astype("str"), model=forecasts["model"].astype("str")
    ).pivot_table(index="region_id", columns="model", values="crps", aggfunc="sum")
    gap = (sums[BASELINE] - sums[model]).abs()
    kept = sums[sums.index != gap.idxmax()]
    return float(1 - kept[model].sum() / kept[BASELINE].sum())
