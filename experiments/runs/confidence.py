"""How sure an issue is of a probability, by a stated rule, apart from how likely the attack is.

Four questions are asked: how many months of the region are observed, how often attacks were as
frequent anywhere, how reliable this band of probability was in past origins, and how far the
members of a blend lie apart. The least favourable
answer is the confidence, and its reason is printed beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.terminal import in_percent
from experiments.bands import DEFAULT_CUTS, LEVELS, level_bands, level_of

__all__ = [
    "CONFIDENCES",
    "ENOUGH_FORECASTS",
    "FEW_AS_HIGH",
    "RULE",
    "BandRecord",
    "Confidence",
    "band_records",
    "judge_confidence",
]

CONFIDENCES = ("high", "moderate", "low")

MANY_MONTHS, FEW_MONTHS = 60, 24
FEW_AS_HIGH = 12
NEAR, FAR = 0.05, 0.12
ENOUGH_FORECASTS = 50
CLOSE_MEMBERS, APART_MEMBERS = 0.15, 0.35

RULE = (
    f"High needs {MANY_MONTHS} observed months of the region, at least {ENOUGH_FORECASTS} past"
    f" forecasts in the same level whose outcome lay within {100 * NEAR:g} points of their mean,"
    f" and blend members within {100 * CLOSE_MEMBERS:g} points of each other. Low is given under"
    f" {FEW_MONTHS} observed months, when attacks of late were about as frequent in fewer than"
    f" {FEW_AS_HIGH} known months of any region, when past forecasts of the level missed by more"
    f" than {100 * FAR:g} points, or when members lie more than {100 * APART_MEMBERS:g} points"
    " apart. All else, and every model without enough past forecasts, is moderate."
)

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Confidence:
    """One of ``CONFIDENCES`` and the sentence that says why."""

    level: str
    reason: str


@dataclass(frozen=True)
class BandRecord:
    """How one level of a model fared in past origins.

    Attributes:
        forecasts: Number of past forecasts in the level.
        said: Their mean probability of at least one attack.
        happened: Share of them in which an attack happened.
    """

    forecasts: int
    said: float
    happened: float

    @property
    def gap(self) -> float:
        """Distance between what was said and what happened."""
        return round(abs(self.said - self.happened), 9)


def band_records(
    forecasts: pd.DataFrame, *, model: str, horizon: int, cuts: Sequence[float] = DEFAULT_CUTS
) -> dict[str, BandRecord]:
    """Return how each level of a model fared in a backtest.

    Args:
        forecasts: Rows of a backtest with the columns of ``FORECAST_COLUMNS``.
        model: Name of the model.
        horizon: Months ahead.
        cuts: Lower edges of the levels.

    Returns:
        Level to record, levels without forecasts left out.
    """
    rows = forecasts[
        (forecasts["model"] == model)
        & (forecasts["horizon"] == horizon)
        & forecasts["observed"].notna()
    ]
    said = rows["p_attack"].to_numpy(np.float64)
    happened = rows["observed"].to_numpy(np.float64) >= 1
    levels = level_of(said, cuts)
    return {
        level: BandRecord(
            int((levels == level).sum()),
            float(said[levels == level].mean()),
            float(happened[levels == level].mean()),
        )
        for level in LEVELS
        if (levels == level).any()
    }


def judge_confidence(
    p_attack: Floats,
    *,
    months_observed: npt.NDArray[np.integer],
    as_high: npt.NDArray[np.integer],
    records: Mapping[str, BandRecord] | None,
    members: Floats | None,
    cuts: Sequence[float] = DEFAULT_CUTS,
) -> list[Confidence]:
    """Return the confidence of each region's probability by the stated ``RULE``.

    Args:
        p_attack: (regions,), probability of at least one attack.
        months_observed: (regions,), observed months up to the origin.
        as_high: (regions,), known region-months with attacks about as frequent, from
            ``months_as_high``.
        records: Past of each level of this model; None where no backtest is at hand.
        members: (members, regions), the members' own probabilities; None for a single model.
        cuts: Lower edges of the levels.
    """
    levels = level_of(p_attack, cuts)
    bands = level_bands(cuts)
    spread = None if members is None else np.ptp(members, axis=0).round(9)
    return [
        _worst(
            [
                _by_months(int(months_observed[row])),
                _by_height(int(as_high[row])),
                _by_record(records, levels[row], bands[levels[row]]),
                *([] if spread is None else [_by_members(float(spread[row]))]),
            ]
        )
        for row in range(len(p_attack))
    ]


def _worst(answers: Sequence[Confidence]) -> Confidence:
    """Return the least favourable level with all sentences that lead to it."""
    place = max(CONFIDENCES.index(answer.level) for answer in answers)
    level = CONFIDENCES[place]
    return Confidence(level, "; ".join(a.reason for a in answers if a.level == level and a.reason))


def _by_months(months: int) -> Confidence:
    if months >= MANY_MONTHS:
        return Confidence("high", "")
    return Confidence(
        "low" if months < FEW_MONTHS else "moderate", f"only {months} months observed"
    )


def _by_height(months: int) -> Confidence:
    if months >= FEW_AS_HIGH:
        return Confidence("high", "")
    known = f"only {months} known month{'s'[: months > 1]}" if months else "no known month"
    return Confidence("low", f"attacks of late beyond the record: {known} half as high")


def _by_record(records: Mapping[str, BandRecord] | None, level: str, band: str) -> Confidence:
    if records is None:
        return Confidence("moderate", "no past forecasts of this model to check against")
    record = records.get(level)
    if record is None or record.forecasts < ENOUGH_FORECASTS:
        count = 0 if record is None else record.forecasts
        return Confidence("moderate", f"only {count} past forecasts of {band} to check against")
    reason = (
        f"{record.forecasts:,} past forecasts of {band}: mean forecast {_percent(record.said)},"
        f" outcome {_percent(record.happened)}"
    )
    if record.gap > FAR:
        return Confidence("low", reason)
    return Confidence("high" if record.gap <= NEAR else "moderate", reason)


def _by_members(spread: float) -> Confidence:
    points = f"{100 * spread:.0f}"
    reason = f"blend members lie {points} point{'' if points == '1' else 's'} apart"
    if spread > APART_MEMBERS:
        return Confidence("low", reason)
    return Confidence("high" if spread <= CLOSE_MEMBERS else "moderate", reason)


def _percent(share: float) -> str:
    return in_percent(share, digits=1 if share < 0.1 else 0)
