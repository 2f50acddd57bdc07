"""The gate: a model passes if it beats no-change by more than sampling uncertainty."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from data.errors import EvidenceError
from experiments.scores.bootstrap import Bootstrap, Interval, Resampler
from experiments.scores.paired_rows import pair_rows

__all__ = ["GateResult", "judge", "paired_difference"]

FEWEST_MONTHS = 12
_CONDITIONS = (("crps", "conflictology"), ("crps", "last"), ("brier", "conflictology"))
_NAMES = {"crps": "CRPS", "brier": "Brier"}


@dataclass(frozen=True)
class GateResult:
    """Whether a model may be used as a recommended one.

    Attributes:
        passed: All conditions hold at every horizon.
        reasons: A sentence for each condition and horizon, with its figures.
    """

    passed: bool
    reasons: tuple[str, ...]


def judge(forecasts: pd.DataFrame, model: str, *, bootstrap: Bootstrap) -> GateResult:
    """Judge a model against conflictology and last at every horizon.

    It passes if at least twelve target months were scored, its CRPS is below that of both, and its
    Brier score below that of conflictology, each with a 90 % interval of the paired difference
    that excludes zero.

    Args:
        forecasts: Rows of ``forecasts.parquet`` with the model and both baselines.
        model: Name of the model.
        bootstrap: Settings of the bootstrap.

    Raises:
        EvidenceError: A model is absent, or rows differ between models.
    """
    passed, reasons = True, []
    for horizon, rows in forecasts.groupby("horizon"):
        months = rows["target_month"].nunique()
        if months < FEWEST_MONTHS:
            passed = False
            reasons.append(
                f"horizon {horizon} was scored on {months} target months: at least"
                f" {FEWEST_MONTHS} are needed to tell skill from luck"
            )
        for score, against in _CONDITIONS:
            gap = paired_difference(rows, model, against, score=score, bootstrap=bootstrap)
            clear = gap.high < 0
            passed &= clear
            verdict = "beats" if clear else "does not clearly beat"
            reasons.append(
                f"{model} {verdict} {against} on {_NAMES[score]} at horizon {horizon}:"
                f" difference {gap.estimate:+.4f}, 90 % interval {gap.low:+.4f} to {gap.high:+.4f}"
            )
    return GateResult(bool(passed), tuple(reasons))


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
