"""The figures of a scorecard: levels, the forecast against no change, misses and false alarms.

Works on rows of ``outcomes``, of one issue or of several at one horizon, and knows no files.
Rows that were left out are counted and enter no figure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from experiments.bands import LEVELS
from experiments.score_functions import SPREAD_FLOOR, average_precision, brier, log_loss
from features.panel import Panel
from forecast.scoring.outcomes import FORECASTS, ISSUED, LEFT_OUT, Outcome

__all__ = [
    "ABOVE",
    "ALARM",
    "FALSE_ALARM",
    "MISSED",
    "QUIET",
    "ForecastFigures",
    "LevelFigures",
    "LookBack",
    "Scorecard",
    "as_json",
    "look_back",
    "metrics_of",
    "scorecard_of",
]

# A region at one of the first levels counts as an alarm, at one of the others as none.
ALARM = ("very high", "high")
QUIET = ("guarded", "low")
TOP = (10, 20)

Bools = npt.NDArray[np.bool_]


Row = Mapping[Any, Any]

MISSED, ABOVE, FALSE_ALARM = "missed attack", "more than expected", "false alarm"


@dataclass(frozen=True)
class LevelFigures:
    """Forecast and outcome of one level.

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
    """The scores of one forecast; NaN where one does not exist.

    Attributes:
        forecast: ``issued``, ``conflictology`` or ``last``.
        brier: Mean squared error of P(attack).
        log_loss: Of P(attack), nats.
        ap: Average precision.
        recall_top10: Share of attacked regions among the ten ranked first, mean over months.
        recall_top20: The same of the first twenty.
        listed: Regions at level very high or high in the issue, over all months.
        hits_listed: How many of as many regions ranked first were attacked.
        inside90: Share of counts within the 5 % and 95 % quantiles, ends included.
        inside90_active: The same of regions with P(attack) of 20 % or more.
        crps: Mean of rows with saved draws.
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
    metrics: dict[str, float] = {
        "score_regions": card.regions,
        "score_attacked": card.attacked,
        "score_expected_attacked": card.expected_attacked,
    }
    for name in ("hits", "misses", "false_alarms", "correct_rejections"):
        metrics[f"score_{name}"] = getattr(card.alarm, name)
    for level in card.levels:
        word = level.level.replace(" ", "_")
        metrics |= {
            f"score_{word}_regions": level.regions,
            f"score_{word}_attacked": level.attacked,
        }
    for figures in card.forecasts:
        ending = "" if figures.forecast == ISSUED else f"_{figures.forecast}"
        metrics |= {
            f"score_{name}{ending}": value
            for name, value in asdict(figures).items()
            if name not in ("forecast", "listed", "rows_with_draws")
        }
    return {name: float(value) for name, value in metrics.items() if np.isfinite(value)}


def as_json(value: Any) -> Any:
    """Return plain values for JSON, NaN as None."""
    if isinstance(value, dict):
        return {key: as_json(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(one) for one in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


@dataclass(frozen=True)
class LookBack:
    """One region that a forecast got wrong.

    Attributes:
        kind: ``MISSED``, ``ABOVE`` or ``FALSE_ALARM``.
        region_id: Its id.
        region: Its name.
        country: Its country.
        level: Its level then.
        p_attack: Its probability of an attack then.
        most: The 95 % quantile of attacks then.
        last_events: Attacks in the origin's month, as known then.
        mean12_events: Mean of the twelve months up to it; None where unknown.
        neighbour_events: Attacks in its neighbours in the origin's month, as known then; None
            where it has none or one of them was not observed.
        reason: The first reason that was given; None without one.
        attacks: Attacks that came.
        deaths: Deaths that came; None where unknown.
    """

    kind: str
    region_id: str
    region: str
    country: str
    level: str
    p_attack: float
    most: float
    last_events: int | None
    mean12_events: float | None
    neighbour_events: int | None
    reason: str | None
    attacks: int
    deaths: int | None


def look_back(outcome: Outcome, panel: Panel) -> list[LookBack]:
    """Return all misses, most attacks first, then all false alarms, highest chance first.

    Args:
        outcome: One scored horizon of an issue.
        panel: For who is whose neighbour.
    """
    rows = outcome.rows
    issued = rows[(rows["forecast"] == ISSUED) & rows["left_out"].isna()].to_dict("records")
    then = {str(row["region_id"]): row for row in outcome.table.to_dict("records")}
    neighbours = dict(
        zip(panel.region_ids, panel.regions["neighbours"].fillna("").astype(str), strict=True)
    )
    looks = [
        _look(kind, came, then, neighbours.get(str(came["region_id"]), ""))
        for came in issued
        if (kind := _kind(came)) is not None
    ]
    return sorted(looks, key=_order)


def _attacked(rows: pd.DataFrame) -> Bools:
    return rows["observed_events"].to_numpy(np.float64) >= 1


def _levels(issued: pd.DataFrame) -> tuple[LevelFigures, ...]:
    """Return forecast and outcome of each level, the highest first."""
    attacked, levels = _attacked(issued), issued["level"].to_numpy(object)
    p_attack = issued["p_attack"].to_numpy(np.float64)
    lines, warned = [], np.zeros(len(issued), dtype=bool)
    for level in LEVELS:
        inside = levels == level
        warned = warned | inside
        lines.append(
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
    return tuple(lines)


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


def _kind(row: Row) -> str | None:
    attacks = float(row["observed_events"])
    if attacks >= 1 and row["level"] in QUIET:
        return MISSED
    if attacks > float(row["q95"]):
        return ABOVE
    return FALSE_ALARM if attacks == 0 and row["level"] in ALARM else None


def _order(one: LookBack) -> tuple[int, float, float, float, str]:
    """Put misses in order of attacks and deaths, false alarms in order of their probability."""
    kind = (MISSED, ABOVE, FALSE_ALARM).index(one.kind)
    sure = -one.p_attack if one.kind == FALSE_ALARM else one.p_attack
    return kind, -one.attacks, -(one.deaths or 0), sure, one.region_id


def _look(kind: str, came: Row, then: Mapping[str, Row], neighbours: str) -> LookBack:
    """Return one region with its forecast and its outcome."""
    region_id = str(came["region_id"])
    known = then[region_id]
    return LookBack(
        kind=kind,
        region_id=region_id,
        region=str(known["region"]),
        country=str(known["country"]),
        level=str(known["level"]),
        p_attack=float(known["p_attack"]),
        most=float(known["events_p95"]),
        last_events=_whole(known["last_events"]),
        mean12_events=None if pd.isna(known["mean12_events"]) else float(known["mean12_events"]),
        neighbour_events=_around(then, neighbours),
        reason=None if pd.isna(known["reason_1"]) else str(known["reason_1"]),
        attacks=int(came["observed_events"]),
        deaths=_whole(came["observed_deaths"]),
    )


def _around(then: Mapping[str, Row], neighbours: str) -> int | None:
    """Return the neighbours' attacks in the origin's month; None where one is not known."""
    counts = [then[name]["last_events"] for name in neighbours.split(";") if name in then]
    if not counts or any(pd.isna(count) for count in counts):
        return None
    return int(sum(counts))


def _whole(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)
