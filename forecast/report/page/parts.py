"""The parts of an issue's page as plain values that a template prints: cards, rows, verification.

Texts from data stay raw here; the template escapes them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from data.schema import STATUSES
from experiments.bands import LEVELS, level_bands
from experiments.runs.confidence import CONFIDENCES, ENOUGH_FORECASTS
from experiments.runs.performance import Performance
from forecast.model.headline import Headline
from forecast.report.colours import level_class
from forecast.report.issue_view import IssueView, LevelCount
from forecast.report.page.charts import month_bars, reliability_chart
from forecast.report.page.risk_map import mapped_rows, risk_map
from forecast.report.rows import Row, reasons_of
from forecast.text.wording import (
    expected,
    month_words,
    percent,
    points,
    share,
    short_month,
    shortened,
    whole,
)

__all__ = ["Card", "HorizonPart", "headline_cards", "horizon_part", "verification_part"]

MOST_ROWS = 500
FURTHER_ROWS = 100
NAMED = 4
NO_CHANGE = "conflictology"
_INTERVAL = ("skill", "low", "high")
_CONFIDENCE_ORDER = {name: len(CONFIDENCES) - place for place, name in enumerate(CONFIDENCES)}

Values = dict[str, Any]


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
    levels: list[Values]
    rows: list[Values]
    left_out: int
    countries: list[str]
    deaths: bool
    previous: bool


def headline_cards(view: IssueView) -> list[Card]:
    """Return the cards at the top: what happened, how many stand high, how past forecasts did.

    Args:
        view: The issue.
    """
    trust = [_verification_card(past) for past in list(view.evidence.performances.values())[:1]]
    cards = [*map(_past_card, view.past), _levels_card(view.at(view.horizons[0])), *trust]
    return [card for card in cards if card is not None]


def horizon_part(view: IssueView, cards: Mapping[str, int], *, first: bool = True) -> HorizonPart:
    """Return what the page says about one horizon.

    Args:
        view: The issue with one horizon.
        cards: Region id to the number of its card.
        first: Whether it is the first horizon of the page; further ones show fewer rows.
    """
    most = MOST_ROWS if first else FURTHER_ROWS
    shown = [_row(row, cards) for row in view.rows[:most]]
    (horizon,) = view.horizons
    return HorizonPart(
        horizon=horizon,
        month=view.month,
        map=risk_map(view.rows, view.evidence.shapes, cards=cards, again=not first),
        unmapped=len(view.rows) - len(mapped_rows(view.rows)),
        levels=[_level(level) for level in view.levels],
        rows=shown,
        left_out=max(len(view.rows) - most, 0),
        countries=sorted({row["country"] for row in shown}),
        deaths=any(row["expected_deaths"] is not None for row in view.rows),
        previous=any(row["p_attack_previous"] is not None for row in view.rows),
    )


def verification_part(past: Performance, cuts: Sequence[float]) -> Values:
    """Return how the model in use did on past months: leaderboard, skill and reliability.

    Args:
        past: The performance of one horizon's model.
        cuts: Lower edges of the levels.
    """
    bands = level_bands(cuts)
    return {
        "backtest": past.backtest,
        "span": f"{short_month(past.origins[0])} to {short_month(past.origins[-1])}",
        "origins": len(past.origins),
        "model": past.model,
        "scores": [_scores(row, past) for row in past.scores.to_dict("records")],
        "skills": [
            {"against": row["against"], **{name: _skill(row[name]) for name in _INTERVAL}}
            for row in past.skills.to_dict("records")
        ],
        "levels": [
            {
                "level": level,
                "class": level_class(level),
                "band": bands[level],
                "forecasts": f"{record.forecasts:,}",
                "forecast": percent(record.said),
                "observed": percent(record.happened),
            }
            for level, record in past.records.items()
        ],
        "chart": reliability_chart(past.records) if past.records else None,
    }


def _past_card(headline: Headline) -> Card:
    title = {"events": "Attacks", "deaths": "Deaths"}[headline.measure]
    month = month_words(headline.months[-1])
    lines = [f"{whole(headline.before)} the month before"]
    if headline.mean12 == headline.mean12:
        lines.append(f"{expected(headline.mean12)} a month over 12 months")
    if headline.record is not None:
        lines.append(headline.record)
    bars = month_bars(headline.months, headline.totals, title=f"{title} by month")
    return Card(f"{title}, {month}", whole(headline.now), tuple(lines), bars)


def _levels_card(view: IssueView) -> Card:
    """Return how many regions stand at the two highest levels, and which come first."""
    raised = [row for row in view.rows if row["level"] in LEVELS[:2]]
    counts = [level.regions for level in view.levels[:2]]
    lines = [f"{counts[0]} {LEVELS[0]}, {counts[1]} {LEVELS[1]}, of {len(view.rows):,} regions"]
    if raised:
        name = Markup("<bdi>{}</bdi>")
        names = (name.format(shortened(row["region"])) for row in raised[:NAMED])
        lines.append(Markup("first: {}").format(Markup(", ").join(names)))
    title = f"Regions at {LEVELS[1]} or {LEVELS[0]} risk, {view.month}"
    return Card(title, whole(sum(counts)), tuple(lines))


def _verification_card(past: Performance) -> Card | None:
    """Return how often the highest level with ``ENOUGH_FORECASTS`` came true; None without one."""
    enough = [(k, r) for k, r in past.records.items() if r.forecasts >= ENOUGH_FORECASTS]
    if not enough:
        return None
    level, record = enough[0]
    lines = [
        f"of {record.forecasts:,} forecasts at {level} in a backtest saw an attack",
        f"mean forecast {percent(record.said)}",
    ]
    for row in past.skills.to_dict("records"):
        if row["against"] == NO_CHANGE:
            side = "closer to" if row["skill"] >= 0 else "farther from"
            lines.append(f"{share(abs(row['skill']), digits=1)} {side} the count than no-change")
    return Card("Outcome of past forecasts", percent(record.happened), tuple(lines))


def _row(row: Row, cards: Mapping[str, int]) -> Values:
    """Return one row of the table; every figure with its exact value."""
    known = row["data_status"] == STATUSES[0]
    reasons = reasons_of(row)
    return {
        "known": known,
        "card": cards.get(row["region_id"]),
        "status": row["data_status"].replace("_", " "),
        "rank": row["rank"],
        "moved": _moved(row),
        "region": shortened(row["region"]),
        "country": shortened(row["country"]),
        "level": row["level"],
        "class": level_class(row["level"] if known else None),
        "likelihood": row["likelihood"],
        "phase": row["phase"],
        "p_attack": _figure(row["p_attack"], percent),
        "change": points(row["change_p_attack"]),
        "p_escalation": _figure(row["p_escalation"], percent),
        "p_deaths_25": _figure(row["p_deaths_25"], percent),
        "events": _counts(row, "events"),
        "deaths": _counts(row, "deaths"),
        "reasons": reasons[:1] if row["level"] == LEVELS[-1] else reasons,
        "confidence": row["confidence"],
        "confidence_order": _CONFIDENCE_ORDER.get(row["confidence"], 0),
    }


def _counts(row: Row, target: str) -> Values:
    return {
        "expected": _figure(row[f"expected_{target}"], expected),
        "low": _figure(row[f"{target}_p05"], whole),
        "high": _figure(row[f"{target}_p95"], whole),
        "last": _figure(row[f"last_{target}"], whole),
        "mean12": _figure(row[f"mean12_{target}"], expected),
    }


def _figure(value: float | None, words: Callable[[float | None], str]) -> Values:
    """Return a figure with its exact value and its rounded text; no value where missing."""
    return {"value": None if value is None else f"{value:.10g}", "text": words(value)}


def _moved(row: Row) -> str:
    """Say how many ranks a region moved since the issue before."""
    if row["rank"] is None or row["rank_previous"] is None:
        return ""
    steps = row["rank_previous"] - row["rank"]
    return f"▲{steps}" if steps > 0 else f"▼{-steps}" if steps < 0 else ""


def _level(count: LevelCount) -> Values:
    return {
        "level": count.level or "not covered",
        "class": level_class(count.level),
        "band": count.band,
        "regions": count.regions,
    }


def _scores(row: Mapping[Any, Any], past: Performance) -> Values:
    reference = past.scores.set_index("model")["crps"].get(NO_CHANGE)
    skill = 1 - row["crps"] / reference if reference and row["model"] != NO_CHANGE else None
    return {
        "model": row["model"],
        "used": row["model"] == past.model,
        "skill": _skill(skill),
        **{name: f"{row[name]:.4f}" for name in ("crps", "ign", "brier")},
        "ap": f"{row['ap']:.3f}",
        "coverage90": percent(row["coverage90"]),
    }


def _skill(value: float | None) -> str:
    return share(value, digits=1, signed=True)
