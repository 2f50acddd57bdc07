"""What past forecasts were worth, as plain values that the page's template prints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from experiments.bands import level_bands
from experiments.runs.confidence import ENOUGH_FORECASTS
from experiments.runs.performance import Performance
from forecast.report.page.charts_svg import reliability_chart
from forecast.report.page.map_svg import level_class
from forecast.report.page.page_parts import Card
from forecast.text.wording import percent, short_month

__all__ = ["record_card", "record_part"]

NO_CHANGE = "conflictology"

Row = dict[str, Any]


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


def record_card(record: Performance) -> Card | None:
    """Return how often the highest level came true, with the skill against no-change.

    Args:
        record: Past of the model in use; None is returned where no level of it has
            ``ENOUGH_FORECASTS``.
    """
    enough = [kept for kept in record.records.items() if kept[1].forecasts >= ENOUGH_FORECASTS]
    if not enough:
        return None
    level, past = enough[0]
    tried = f"of {past.forecasts:,} at {level} in a backtest"
    lines = [f"{tried}, which said {percent(past.said)} on average"]
    for row in record.skills.to_dict("records"):
        if row["against"] == NO_CHANGE:
            side = "closer to" if row["skill"] >= 0 else "farther from"
            lines.append(f"{100 * abs(row['skill']):.1f} % {side} the count than no-change")
    return Card("Tried on past months: came true", percent(past.happened), tuple(lines))


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
