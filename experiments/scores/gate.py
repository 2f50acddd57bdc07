"""The gate: only a model that beats no-change, beyond the luck of the months, gets through."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from experiments.scores.bootstrap import Bootstrap
from experiments.scores.compare import paired_difference

__all__ = ["GateResult", "judge"]

FEWEST_MONTHS = 12
_CONDITIONS = (("crps", "conflictology"), ("crps", "last"), ("brier", "conflictology"))
_NAMES = {"crps": "CRPS", "brier": "Brier"}


@dataclass(frozen=True)
class GateResult:
    """Whether a model may be presented as recommended.

    Attributes:
        passed: All conditions hold at every horizon.
        reasons: One sentence a condition and horizon, with its figures.
    """

    passed: bool
    reasons: tuple[str, ...]


def judge(forecasts: pd.DataFrame, model: str, *, bootstrap: Bootstrap) -> GateResult:
    """Hold a model against conflictology and last, horizon by horizon.

    It passes when at least twelve target months were scored, its CRPS is below that of both,
    and its Brier score below that of conflictology, each with the 90 % interval of the paired
    difference clear of zero.

    Args:
        forecasts: Forecasts of one backtest with the model and both baselines.
        model: The model asked about.
        bootstrap: How the intervals are drawn.

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
