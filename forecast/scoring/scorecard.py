"""The figures of a scorecard: what became of each level, and the forecast against no-change.

Works on rows of ``outcomes``, of one issue or of several at one horizon, and knows no files.
Rows that were left out are counted and enter no figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from experiments.bands import LEVELS
from experiments.score_functions import (
    SPREAD_FLOOR,
    average_precision,
    brier,
    log_loss,
)
from forecast.scoring.outcomes import FORECASTS, ISSUED, LEFT_OUT

__all__ = [
    "ALARM",
    "QUIET",
    "ForecastFigures",
    "LevelFigures",
    "Scorecard",
    "as_json",
    "metrics_of",
    "scorecard_of",
]

# A region of these levels counts as warned of, one of those as taken for calm.
ALARM = ("very high", "high")
QUIET = ("guarded", "low")
TOP = (10, 20)

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class LevelFigures:
    """What became of one level of the issue.

    Attributes:
        level: The level.
        regions: Regions in it.
        said: Their mean probability of at least one attack; NaN without regions.
        attacked: How many of them were attacked.
        hits: Attacked regions of this level or one above.
        misses: Attacked regions below.
        false_alarms: Regions of this level or one above that were not attacked.
        correct_rejections: Regions below that were not attacked.
    """

    level: str
    regions: int
    said: float
    attacked: int
    hits: int
    misses: int
    false_alarms: int
    correct_rejections: int


@dataclass(frozen=True)
class ForecastFigures:
    """What one forecast was worth; NaN where a figure does not exist.

    Attributes:
        forecast: ``issued``, ``conflictology`` or ``last``.
        brier: Mean squared error of P(attack).
        log_loss: Of P(attack), nats.
        ap: Average precision.
        recall_top10: Share of attacked regions among the ten ranked first, mean over months.
        recall_top20: The same of the first twenty.
        listed: As many regions as the issue held very high or high, over all months.
        hits_listed: How many of so many regions that rank first were attacked.
        inside90: Share of counts within the 5 % and 95 % quantiles, ends included.
        inside90_active: The same of regions with P(attack) of 20 % or more.
        crps: Mean of rows with kept draws.
        ign: The same, bits.
        rows_with_draws: How many rows those are.
    """

    forecast: str
    brier: float
    log_loss: float
    ap: float
    recall_top10: float
    recall_top20: float
    listed: int
    hits_listed: int
    inside90: float
    inside90_active: float
    crps: float
    ign: float
    rows_with_draws: int


@dataclass(frozen=True)
class Scorecard:
    """The figures of one or several issues at one horizon.

    Attributes:
        target_months: The months that were forecast.
        regions: Rows that are scored.
        left_out: Why rows are not scored, and how many; reasons without rows are absent.
        attacked: Scored rows with at least one attack.
        expected_attacked: Sum of P(attack) over them.
        attacks: Attacks in scored rows.
        expected_attacks: Sum of the expected numbers of attacks.
        deaths: Deaths in scored rows; NaN where the panel has none.
        levels: A line a level, the highest first.
        forecasts: A line a forecast, the issue's own first.
    """

    target_months: tuple[str, ...]
    regions: int
    left_out: dict[str, int]
    attacked: int
    expected_attacked: float
    attacks: int
    expected_attacks: float
    deaths: float
    levels: tuple[LevelFigures, ...]
    forecasts: tuple[ForecastFigures, ...]

    def of(self, forecast: str) -> ForecastFigures:
        """Return the figures of one forecast."""
        return next(figures for figures in self.forecasts if figures.forecast == forecast)

    @property
    def alarm(self) -> LevelFigures:
        """Hits to correct rejections when very high and high count as alarms."""
        return next(figures for figures in self.levels if figures.level == ALARM[-1])


def scorecard_of(rows: pd.DataFrame) -> Scorecard:
    """Return the figures of scored rows.

    Args:
        rows: Rows of ``SCORE_COLUMNS`` of one horizon, one or several origins, all forecasts.
    """
    counted = rows["left_out"].isna()
    issued = rows[(rows["forecast"] == ISSUED) & counted]
    reasons = rows.loc[(rows["forecast"] == ISSUED) & ~counted, "left_out"]
    listed = {
        str(origin): int(part["level"].isin(ALARM).sum())
        for origin, part in issued.groupby("origin")
    }
    return Scorecard(
        target_months=tuple(sorted(set(rows["target_month"]))),
        regions=len(issued),
        left_out={why: int((reasons == why).sum()) for why in LEFT_OUT if (reasons == why).any()},
        attacked=int(_attacked(issued).sum()),
        expected_attacked=float(issued["p_attack"].sum()),
        attacks=int(issued["observed_events"].sum()),
        expected_attacks=float(issued["mean"].sum()),
        deaths=float(issued["observed_deaths"].sum(min_count=1)),
        levels=_levels(issued),
        forecasts=tuple(
            _figures(name, rows[(rows["forecast"] == name) & counted], listed) for name in FORECASTS
        ),
    )


def metrics_of(card: Scorecard) -> dict[str, float]:
    """Return the finite figures of a scorecard under names for tracking."""
    found: dict[str, float] = {
        "score_regions": card.regions,
        "score_attacked": card.attacked,
        "score_expected_attacked": card.expected_attacked,
    }
    for name in ("hits", "misses", "false_alarms", "correct_rejections"):
        found[f"score_{name}"] = getattr(card.alarm, name)
    for level in card.levels:
        word = level.level.replace(" ", "_")
        found |= {f"score_{word}_regions": level.regions, f"score_{word}_attacked": level.attacked}
    for figures in card.forecasts:
        ending = "" if figures.forecast == ISSUED else f"_{figures.forecast}"
        found |= {
            f"score_{name}{ending}": value
            for name, value in asdict(figures).items()
            if name not in ("forecast", "listed", "rows_with_draws")
        }
    return {name: float(value) for name, value in found.items() if np.isfinite(value)}


def as_json(value: Any) -> Any:
    """Return plain values for JSON, NaN as None."""
    if isinstance(value, dict):
        return {key: as_json(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(one) for one in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _attacked(rows: pd.DataFrame) -> Bools:
    return rows["observed_events"].to_numpy(np.float64) >= 1


def _levels(issued: pd.DataFrame) -> tuple[LevelFigures, ...]:
    """Return what became of each level, the highest first."""
    attacked, levels = _attacked(issued), issued["level"].to_numpy(object)
    p_attack = issued["p_attack"].to_numpy(np.float64)
    found, warned = [], np.zeros(len(issued), dtype=bool)
    for level in LEVELS:
        inside = levels == level
        warned = warned | inside
        found.append(
            LevelFigures(
                level=level,
                regions=int(inside.sum()),
                said=float(p_attack[inside].mean()) if inside.any() else float("nan"),
                attacked=int((attacked & inside).sum()),
                hits=int((attacked & warned).sum()),
                misses=int((attacked & ~warned).sum()),
                false_alarms=int((~attacked & warned).sum()),
                correct_rejections=int((~attacked & ~warned).sum()),
            )
        )
    return tuple(found)


def _figures(name: str, rows: pd.DataFrame, listed: dict[str, int]) -> ForecastFigures:
    attacked, p_attack = _attacked(rows), rows["p_attack"].to_numpy(np.float64)
    inside = rows["observed_events"].between(rows["q05"], rows["q95"]).to_numpy(bool)
    known = rows["crps"].notna()
    some = len(rows) > 0
    return ForecastFigures(
        forecast=name,
        brier=brier(attacked, p_attack) if some else float("nan"),
        log_loss=log_loss(attacked, p_attack) if some else float("nan"),
        ap=average_precision(attacked, p_attack),
        **{f"recall_top{k}": _recall(rows, k) for k in TOP},
        listed=sum(listed.values()),
        hits_listed=_hits_listed(rows, listed),
        inside90=_mean(inside),
        inside90_active=_mean(inside[p_attack >= SPREAD_FLOOR]),
        crps=_mean(rows.loc[known, "crps"].to_numpy()),
        ign=_mean(rows.loc[known, "ign"].to_numpy()),
        rows_with_draws=int(known.sum()),
    )


def _by_rank(rows: pd.DataFrame) -> Sequence[tuple[str, Bools]]:
    """Return each origin with whether its scored regions were attacked, in order of rank."""
    ordered = rows.sort_values(["origin", "rank"])
    return [(str(origin), _attacked(part)) for origin, part in ordered.groupby("origin")]


def _recall(rows: pd.DataFrame, k: int) -> float:
    """Return the share of attacked regions among the first k, mean over months with attacks."""
    shares = [hit[:k].sum() / hit.sum() for _, hit in _by_rank(rows) if hit.any()]
    return float(np.mean(shares)) if shares else float("nan")


def _hits_listed(rows: pd.DataFrame, listed: dict[str, int]) -> int:
    return sum(int(hit[: listed[origin]].sum()) for origin, hit in _by_rank(rows))


def _mean(values: npt.NDArray[Any]) -> float:
    return float(values.mean()) if len(values) else float("nan")
