"""The parts of a report page as plain values that a template prints: rows, levels, headlines.

Texts from data stay raw here; the template escapes them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from markupsafe import Markup

from data.schema import STATUSES
from experiments.bands import LEVELS, level_bands
from experiments.runs.confidence import CONFIDENCES
from forecast.model.headline import Headline
from forecast.report.page.charts_svg import month_bars
from forecast.report.page.map_svg import level_class, mapped_rows, risk_map
from forecast.text.wording import expected, month_words, percent, points, shortened, whole

__all__ = [
    "Card",
    "HorizonPart",
    "card",
    "figure",
    "horizon_part",
    "levels_card",
]

MOST_ROWS = 500
FURTHER_ROWS = 100
NAMED = 4
_SURE = {name: len(CONFIDENCES) - place for place, name in enumerate(CONFIDENCES)}

Row = dict[str, Any]


@dataclass(frozen=True)
class Card:
    """One headline figure, with its bars where there is a past to show."""

    title: str
    number: str
    lines: tuple[str, ...]
    bars: Markup | None = None


@dataclass(frozen=True)
class HorizonPart:
    """What the page says about one target month.

    Attributes:
        horizon: Months ahead.
        month: The target month in words.
        map: The map.
        unmapped: Regions of the lowest level that the map leaves out.
        levels: Each level with its band and its regions.
        rows: Rows of the table.
        left_out: Number of rows that the page leaves out.
        countries: Countries of the rows.
        deaths: Whether deaths are forecast.
        previous: Whether an issue before is known.
    """

    horizon: int
    month: str
    map: Markup
    unmapped: int
    levels: list[Row]
    rows: list[Row]
    left_out: int
    countries: list[str]
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


def levels_card(rows: pd.DataFrame) -> Card:
    """Return how many regions stand at the two highest levels, and which come first.

    Args:
        rows: Rows of the risk table of one horizon, sorted by rank.
    """
    counts = [int((rows["level"] == level).sum()) for level in LEVELS[:2]]
    raised = rows[rows["level"].isin(LEVELS[:2])]
    lines = [f"{counts[0]} {LEVELS[0]}, {counts[1]} {LEVELS[1]}, of {len(rows):,} regions"]
    if len(raised):
        name = Markup("<bdi>{}</bdi>")
        names = (name.format(shortened(region)) for region in raised["region"].head(NAMED))
        lines.append(Markup("first: {}").format(Markup(", ").join(names)))
    month = month_words(rows["target_month"].iloc[0])
    title = f"Regions at {LEVELS[1]} or {LEVELS[0]} risk, {month}"
    return Card(title, whole(sum(counts)), tuple(lines))


def horizon_part(
    rows: pd.DataFrame,
    *,
    cuts: Sequence[float],
    polygons: Mapping[str, Any] | None,
    cards: Mapping[str, int],
    first: bool = True,
) -> HorizonPart:
    """Return what the page says about one horizon.

    Args:
        rows: Rows of the risk table of one horizon, sorted by rank.
        cuts: Lower edges of the levels.
        polygons: Region id to polygon, for the map; None for circles.
        cards: Region id to the number of its card.
        first: Whether it is the first horizon of the page; further ones show fewer rows.
    """
    most = MOST_ROWS if first else FURTHER_ROWS
    shown = [_row(record, cards) for record in rows.head(most).to_dict("records")]
    return HorizonPart(
        horizon=int(rows["horizon"].iloc[0]),
        month=month_words(rows["target_month"].iloc[0]),
        map=risk_map(rows, polygons, cards=cards, again=not first),
        unmapped=len(rows) - len(mapped_rows(rows)),
        levels=_levels(rows, cuts),
        rows=shown,
        left_out=max(len(rows) - most, 0),
        countries=sorted({row["country"] for row in shown}),
        deaths=bool(rows["expected_deaths"].notna().any()),
        previous=bool(rows["p_attack_previous"].notna().any()),
    )


def _row(record: dict[Any, Any], cards: Mapping[str, int]) -> Row:
    """Return one row of the table; every figure with its exact value."""
    known = record["data_status"] == STATUSES[0]
    reasons = [
        str(record[name])
        for name in ("reason_1", "reason_2", "reason_3")
        if not pd.isna(record[name])
    ]
    return {
        "known": known,
        "card": cards.get(record["region_id"]),
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
        "reasons": reasons[:1] if record["level"] == LEVELS[-1] else reasons,
        "confidence": None if pd.isna(record["confidence"]) else record["confidence"],
        "sure": _SURE.get(record["confidence"], 0),
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
