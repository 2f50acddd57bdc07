"""The parts of a report page as plain values that a template prints: rows, levels, movers.

Texts from data stay raw here; the template escapes them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from markupsafe import Markup

from data.schema import STATUSES
from experiments.bands import level_bands
from forecast.charts_svg import month_bars, reliability_chart
from forecast.headline import Headline
from forecast.map_svg import level_class, risk_map
from forecast.performance import Performance
from forecast.wording import expected, month_words, percent, points, short_month, shortened, whole

__all__ = [
    "Card",
    "HorizonPart",
    "card",
    "figure",
    "horizon_part",
    "record_part",
]

TOP_ROWS = 50
MOST_ROWS = 500
MOVERS = 5
LEAST_MOVE = 0.05
NO_CHANGE = "conflictology"

Row = dict[str, Any]


@dataclass(frozen=True)
class Card:
    """One headline figure with its bars."""

    title: str
    number: str
    lines: tuple[str, ...]
    bars: Markup


@dataclass(frozen=True)
class HorizonPart:
    """What the page says about one target month."""

    horizon: int
    month: str
    map: Markup
    levels: list[Row]
    top: list[Row]
    rest: list[Row]
    left_out: int
    up: list[Row]
    down: list[Row]
    deaths: bool
    previous: bool


def figure(value: float | None, text: str) -> Row:
    """Return a figure with its exact value beside its rounded text; no value where missing."""
    missing = value is None or pd.isna(value)
    return {"value": None if missing else f"{value:.10g}", "text": text}


def card(headline: Headline) -> Card:
    """Return the card of one measure."""
    title = {"events": "Attacks", "deaths": "Deaths"}[headline.measure]
    month = month_words(headline.months[-1])
    lines = [f"{whole(headline.before)} the month before"]
    if headline.mean12 == headline.mean12:
        lines.append(f"{expected(headline.mean12)} a month over 12 months")
    if headline.record is not None:
        lines.append(headline.record)
    bars = month_bars(headline.months, headline.totals, title=f"{title} by month")
    return Card(f"{title}, {month}", whole(headline.now), tuple(lines), bars)


def horizon_part(
    rows: pd.DataFrame, *, cuts: Sequence[float], polygons: Mapping[str, Any] | None
) -> HorizonPart:
    """Return what the page says about one horizon.

    Args:
        rows: Rows of the risk table of one horizon, sorted by rank.
        cuts: Lower edges of the levels.
        polygons: Region id to polygon, for the map; None for circles.
    """
    shown = [_row(record) for record in rows.head(MOST_ROWS).to_dict("records")]
    up, down = _movers(rows)
    return HorizonPart(
        horizon=int(rows["horizon"].iloc[0]),
        month=month_words(rows["target_month"].iloc[0]),
        map=risk_map(rows, polygons),
        levels=_levels(rows, cuts),
        top=shown[:TOP_ROWS],
        rest=shown[TOP_ROWS:],
        left_out=max(len(rows) - MOST_ROWS, 0),
        up=up,
        down=down,
        deaths=bool(rows["expected_deaths"].notna().any()),
        previous=bool(rows["p_attack_previous"].notna().any()),
    )


def record_part(record: Performance, cuts: Sequence[float]) -> Row:
    """Return the past of the model in use: leaderboard, skill and reliability."""
    bands = level_bands(cuts)
    return {
        "backtest": record.backtest,
        "span": f"{short_month(record.origins[0])} to {short_month(record.origins[-1])}",
        "origins": len(record.origins),
        "model": record.model,
        "scores": [_score(row, record) for row in record.scores.to_dict("records")],
        "skills": [
            {
                "against": row["against"],
                "skill": _skill(row["skill"]),
                "low": _skill(row["low"]),
                "high": _skill(row["high"]),
            }
            for row in record.skills.to_dict("records")
        ],
        "levels": [
            {
                "level": level,
                "class": level_class(level),
                "band": bands[level],
                "forecasts": f"{past.forecasts:,}",
                "said": percent(past.said),
                "happened": percent(past.happened),
            }
            for level, past in record.records.items()
        ],
        "chart": reliability_chart(record.records) if record.records else None,
    }


def _row(record: dict[Any, Any]) -> Row:
    """Return one row of the table; every figure with its exact value."""
    known = record["data_status"] == STATUSES[0]
    return {
        "known": known,
        "status": str(record["data_status"]).replace("_", " "),
        "rank": None if pd.isna(record["rank"]) else int(record["rank"]),
        "moved": _moved(record),
        "region": shortened(record["region"]),
        "country": shortened(record["country"]),
        "level": record["level"],
        "class": level_class(record["level"] if known else None),
        "likelihood": record["likelihood"],
        "phase": None if pd.isna(record["phase"]) else record["phase"],
        "p_attack": figure(record["p_attack"], percent(record["p_attack"])),
        "change": points(record["change_p_attack"]),
        "p_escalation": figure(record["p_escalation"], percent(record["p_escalation"])),
        "p_deaths_25": figure(record["p_deaths_25"], percent(record["p_deaths_25"])),
        "events": _counts(record, "events"),
        "deaths": _counts(record, "deaths"),
        "reasons": [
            str(record[name])
            for name in ("reason_1", "reason_2", "reason_3")
            if not pd.isna(record[name])
        ],
        "confidence": None if pd.isna(record["confidence"]) else record["confidence"],
        "confidence_reason": record["confidence_reason"],
    }


def _counts(record: dict[Any, Any], target: str) -> Row:
    return {
        "expected": figure(record[f"expected_{target}"], expected(record[f"expected_{target}"])),
        "low": figure(record[f"{target}_p05"], whole(record[f"{target}_p05"])),
        "high": figure(record[f"{target}_p95"], whole(record[f"{target}_p95"])),
        "last": figure(_number(record[f"last_{target}"]), whole(_number(record[f"last_{target}"]))),
        "mean12": figure(record[f"mean12_{target}"], expected(record[f"mean12_{target}"])),
    }


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)


def _moved(record: dict[Any, Any]) -> str:
    """Say how many ranks a region moved since the issue before."""
    if pd.isna(record["rank"]) or pd.isna(record["rank_previous"]):
        return ""
    steps = int(record["rank_previous"]) - int(record["rank"])
    return f"▲{steps}" if steps > 0 else f"▼{-steps}" if steps < 0 else ""


def _levels(rows: pd.DataFrame, cuts: Sequence[float]) -> list[Row]:
    """Return each level with its band and its regions, and the regions without a forecast."""
    counts = rows["level"].value_counts()
    levels = [
        {
            "level": level,
            "class": level_class(level),
            "band": band,
            "regions": int(counts.get(level, 0)),
        }
        for level, band in level_bands(cuts).items()
    ]
    unknown = int(rows["level"].isna().sum())
    if unknown:
        levels.append(
            {
                "level": "not covered",
                "class": level_class(None),
                "band": "no forecast",
                "regions": unknown,
            }
        )
    return levels


def _movers(rows: pd.DataFrame) -> tuple[list[Row], list[Row]]:
    """Return the regions whose probability moved most, up and down, by five points or more."""
    change = rows["change_p_attack"].astype("float64")
    ordered = rows.assign(change_p_attack=change).sort_values(
        ["change_p_attack", "region_id"], ascending=[False, True]
    )
    up = ordered[ordered["change_p_attack"] >= LEAST_MOVE].head(MOVERS)
    down = ordered[ordered["change_p_attack"] <= -LEAST_MOVE].tail(MOVERS).iloc[::-1]
    return tuple([_mover(r) for r in part.to_dict("records")] for part in (up, down))  # type: ignore[return-value]


def _mover(record: dict[Any, Any]) -> Row:
    return {
        "region": shortened(record["region"]),
        "country": shortened(record["country"]),
        "before": percent(record["p_attack_previous"]),
        "now": percent(record["p_attack"]),
        "change": points(record["change_p_attack"]),
    }


def _score(row: dict[Any, Any], record: Performance) -> Row:
    reference = record.scores.set_index("model")["crps"].get(NO_CHANGE)
    skill = 1 - row["crps"] / reference if reference and row["model"] != NO_CHANGE else None
    return {
        "model": row["model"],
        "used": row["model"] == record.model,
        "skill": _skill(skill),
        **{name: f"{row[name]:.4f}" for name in ("crps", "ign", "brier")},
        "ap": f"{row['ap']:.3f}",
        "coverage90": percent(row["coverage90"]),
    }


def _skill(value: float | None) -> str:
    return "–" if value is None or pd.isna(value) else f"{100 * value:+.1f} %".replace("-", "−")
