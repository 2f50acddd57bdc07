"""Scores of parts of the rows: by phase, by country, by horizon, each with its skill.

A phase is known only afterwards: a model that always gives high probabilities scores well on
onsets and badly on quiet months. No phase should be read alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from experiments.scores.bootstrap import Bootstrap, Resampled, Resampler
from experiments.scores.paired_rows import PairedRows
from experiments.scores.skill import BASELINES, skill

__all__ = ["BREAKDOWNS", "UNCLEAR_ONSET", "UNKNOWN_PART", "break_down"]

BREAKDOWNS = ("phase", "country", "horizon")
_HARD_ONSET = "hard onset"
# Onsets before which not all of the sixty months that make one hard were observed.
UNCLEAR_ONSET = "unclear onset"
UNKNOWN_PART = "unknown"

_PHASES = ("onset", "escalation", "continuation", "de-escalation", "quiet")

Bools = npt.NDArray[np.bool_]
Objects = npt.NDArray[np.object_]


@dataclass(frozen=True)
class _Part:
    """Some of the rows; a part within another part is not added to the whole."""

    name: str
    where: Bools
    within: str | None = None


def break_down(rows: PairedRows, bootstrap: Bootstrap, *, by: str) -> pd.DataFrame:
    """Score every model on each part of the rows.

    Args:
        rows: The models of one horizon.
        bootstrap: Settings of the bootstrap.
        by: ``phase``, ``country`` or ``horizon`` (the whole horizon as one part).

    Returns:
        A row a part and model: ``by, part, within`` (the part that contains this one, or None),
        ``horizon, model, rows, attacks, crps, ign, brier, mean_p`` (mean probability of an
        attack), ``crps_share`` (of the model's whole CRPS), ``against`` (a baseline) and the crps
        ``skill`` against it with ``_lo`` and ``_hi``. Empty where the backtest lacks the column
        that divides the rows. Parts that are within no other add up to all rows.
    """
    baseline = next((name for name in BASELINES if name in rows.models), None)
    resampler = Resampler(rows, bootstrap)
    table = [
        row
        for part in _PARTS[by](rows)
        if part.where.any()
        for row in _scored(rows, resampler, part, baseline)
    ]
    return pd.DataFrame([{"by": by, **row} for row in table])


def _scored(
    rows: PairedRows, resampler: Resampler, part: _Part, baseline: str | None
) -> Iterator[dict[str, object]]:
    crps = resampler.sums(rows.values["crps"], part.where)
    count = int(part.where.sum())
    means = {
        name: rows.values[score][:, part.where].mean(axis=1)
        for name, score in (("ign", "ign"), ("brier", "brier"), ("mean_p", "p_attack"))
    }
    total = rows.values["crps"].sum(axis=1)
    for line, model in enumerate(rows.models):
        yield {
            "part": part.name,
            "within": part.within,
            "horizon": rows.horizon,
            "model": model,
            "rows": count,
            "attacks": int(rows.attacked[part.where].sum()),
            "crps": float(crps.whole[line] / count),
            **{name: float(values[line]) for name, values in means.items()},
            "crps_share": float(crps.whole[line] / total[line]) if total[line] else np.nan,
            "against": baseline,
            **_skill(rows, crps, line, baseline),
        }


def _skill(rows: PairedRows, crps: Resampled, line: int, baseline: str | None) -> dict[str, float]:
    if baseline is None:
        return dict.fromkeys(("skill", "skill_lo", "skill_hi"), np.nan)
    return skill(crps, line, rows.line(baseline), larger_is_better=False).columns("skill")


def _phases(rows: PairedRows) -> Iterator[_Part]:
    if "phase_observed" not in rows.traits:
        return
    phase = rows.traits["phase_observed"]
    for name in _PHASES:
        yield _Part(name, phase == name)
        if name == "onset" and "quiet60" in rows.traits:
            quiet = rows.traits["quiet60"]
            yield _Part(_HARD_ONSET, (phase == name) & quiet.astype(bool), within=name)
            yield _Part(UNCLEAR_ONSET, (phase == name) & _missing(quiet), within=name)
    yield _Part(UNKNOWN_PART, _missing(phase))


def _countries(rows: PairedRows) -> Iterator[_Part]:
    if "country" not in rows.traits:
        return
    country = rows.traits["country"]
    for name in sorted({str(name) for name in country if name is not None}):
        yield _Part(name, country == name)
    yield _Part(UNKNOWN_PART, _missing(country))


def _whole(rows: PairedRows) -> Iterator[_Part]:
    yield _Part(str(rows.horizon), np.ones(len(rows.observed), dtype=bool))


def _missing(values: Objects) -> Bools:
    return np.asarray(pd.isna(values))


_PARTS = {"phase": _phases, "country": _countries, "horizon": _whole}
