"""The gate: a model passes if it beats no-change by more than sampling uncertainty."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from data.errors import EvidenceError
from experiments.models.catalogue import members_of
from experiments.scores.bootstrap import Bootstrap, Interval, Resampler
from experiments.scores.paired_rows import pair_rows
from experiments.scores.skill import yearly_skill
from experiments.scores.stress_gains import mean_gain, worst_stress

__all__ = ["FEWEST_MONTHS", "GateResult", "judge", "paired_difference"]

FEWEST_MONTHS = 12
WORST_YEAR = -0.05
WORST_STRESS = -0.10
_BASELINE = "conflictology"
_CONDITIONS = (("crps", _BASELINE), ("crps", "last"), ("brier", _BASELINE))
_NAMES = {"crps": "CRPS", "brier": "Brier"}


class Finding(NamedTuple):
    """Whether a condition holds, and the sentence that says so."""

    holds: bool
    reason: str


@dataclass(frozen=True)
class GateResult:
    """Whether a model may be used as a recommended one.

    Attributes:
        passed: All conditions hold at every horizon.
        reasons: A sentence for each condition and horizon, with its figures.
        horizons: The horizons at which all conditions hold.
        failed: The others.
    """

    passed: bool
    reasons: tuple[str, ...]
    horizons: tuple[int, ...] = ()
    failed: tuple[int, ...] = ()


def judge(
    forecasts: pd.DataFrame,
    model: str,
    *,
    bootstrap: Bootstrap,
    stress: pd.DataFrame | None = None,
) -> GateResult:
    """Judge a model against conflictology and last at every horizon.

    It passes if at least twelve target months were scored, its CRPS is below that of both, and its
    Brier score below that of conflictology, each with a 90 % interval of the paired difference
    that excludes zero; if it is not clearly worse than conflictology on rows with an attack; if
    its CRPS is in no year of six scored months more than 5 % above conflictology's; if the average
    precision of a pool is not clearly below that of its best member; and, where it was put under
    stress, if no stress costs it more than 10 % of conflictology's CRPS and all together nothing.

    Args:
        forecasts: Rows of ``forecasts.parquet`` with the model and both baselines.
        model: Name of the model.
        bootstrap: Settings of the bootstrap.
        stress: Rows of ``stress.csv``; None where it was put under none.

    Raises:
        EvidenceError: A model is absent, or rows differ between models.
    """
    found = {
        int(str(horizon)): [
            *_findings(rows, model, int(str(horizon)), bootstrap),
            *_under_stress(stress, model, int(str(horizon))),
        ]
        for horizon, rows in forecasts.groupby("horizon")
    }
    held = tuple(horizon for horizon, of in found.items() if all(finding.holds for finding in of))
    reasons = tuple(finding.reason for of in found.values() for finding in of)
    failed = tuple(horizon for horizon in found if horizon not in held)
    return GateResult(not failed, reasons, held, failed)


def _findings(
    rows: pd.DataFrame, model: str, horizon: int, bootstrap: Bootstrap
) -> Iterator[Finding]:
    """Yield what was found of each condition at one horizon."""
    months = rows["target_month"].nunique()
    if months < FEWEST_MONTHS:
        yield Finding(
            False,
            f"horizon {horizon} was scored on {months} target months: at least"
            f" {FEWEST_MONTHS} are needed to tell skill from luck",
        )
    for score, against in _CONDITIONS:
        gap = paired_difference(rows, model, against, score=score, bootstrap=bootstrap)
        clear = gap.high < 0
        verdict = "beats" if clear else "does not clearly beat"
        yield Finding(
            clear,
            f"{model} {verdict} {against} on {_NAMES[score]} at horizon {horizon}:"
            f" {_figures(gap)}{'' if clear else _power(gap, months)}",
        )
    attacked = rows[rows["observed"] >= 1]
    if len(attacked):
        gap = paired_difference(attacked, model, _BASELINE, score="crps", bootstrap=bootstrap)
        worse = gap.low > 0
        verdict = "is clearly worse than" if worse else "is not clearly worse than"
        yield Finding(
            not worse,
            f"{model} {verdict} {_BASELINE} on CRPS of rows with an attack at horizon {horizon}:"
            f" {_figures(gap)}",
        )
    yield from _worst_year(rows, model, horizon)
    yield from _best_member(rows, model, horizon, bootstrap)


def _best_member(
    rows: pd.DataFrame, model: str, horizon: int, bootstrap: Bootstrap
) -> Iterator[Finding]:
    """Yield how a pool ranks regions against its best member; nothing where none was scored."""
    gaps = {
        member: paired_difference(rows, model, member, score="ap", bootstrap=bootstrap)
        for member in members_of(model)
        if member != model and (rows["model"] == member).any()
    }
    if not gaps:
        return
    member, gap = min(gaps.items(), key=lambda item: item[1].estimate)
    worse = gap.high < 0
    verdict = "is clearly below" if worse else "is not clearly below"
    yield Finding(
        not worse,
        f"the average precision of {model} at horizon {horizon} {verdict} that of {member}, its"
        f" best member: {_figures(gap)}",
    )


def _under_stress(stress: pd.DataFrame | None, model: str, horizon: int) -> Iterator[Finding]:
    """Yield what was found of made histories; nothing where the model was put to none."""
    found = None if stress is None else worst_stress(stress, model, horizon)
    if stress is None or found is None:
        return
    name, gain = found
    mean = mean_gain(stress, model, horizon)
    yield Finding(
        gain >= WORST_STRESS and mean >= 0,
        f"under stress {model} saves {100 * mean:.1f} % of the CRPS of {_BASELINE} at horizon"
        f' {horizon} in the mean, and {100 * gain:.1f} % where it fares worst ("{name}"): at least'
        f" 0 and {100 * WORST_STRESS:.0f} % are asked",
    )


def _worst_year(rows: pd.DataFrame, model: str, horizon: int) -> Iterator[Finding]:
    """Yield what was found of the year in which the model fared worst; nothing without a year."""
    skills = yearly_skill(rows, model, _BASELINE)
    if not len(skills):
        return
    year, skill = str(skills.idxmin()), float(skills.min())
    where = "above" if skill < 0 else "below"
    yield Finding(
        skill >= WORST_YEAR,
        f"in its worst year, {year}, the CRPS of {model} at horizon {horizon} is"
        f" {100 * abs(skill):.1f} % {where} that of {_BASELINE}:"
        f" at most {-100 * WORST_YEAR:.0f} % above is allowed",
    )


def _figures(gap: Interval) -> str:
    return f"difference {gap.estimate:+.4f}, 90 % interval {gap.low:+.4f} to {gap.high:+.4f}"


def _power(gap: Interval, months: int) -> str:
    """Say how large a difference would have had to be to show in the months scored."""
    return f"; {months} months show one of {gap.detectable:.4f} or more"


def paired_difference(
    forecasts: pd.DataFrame, model: str, against: str, *, score: str, bootstrap: Bootstrap
) -> Interval:
    """Return the mean difference of a score between two models on the same rows.

    Args:
        forecasts: Rows of ``forecasts.parquet`` of one horizon, with both models.
        model: Name of the model.
        against: Name of the model that it is compared with.
        score: ``crps``, ``ign``, ``mis`` or ``brier``.
        bootstrap: Settings of the bootstrap.

    Returns:
        Score of ``model`` less score of ``against``; below 0 ``model`` is better.

    Raises:
        EvidenceError: A model is absent, or the two were not scored on the same rows.
    """
    horizons = pair_rows(forecasts[forecasts["model"].isin([model, against])])
    if not horizons:
        raise EvidenceError(f"the backtest has neither {model} nor {against}: run it with both")
    (rows,) = horizons.values()
    return Resampler(rows, bootstrap).difference(score, rows.line(model), rows.line(against))
