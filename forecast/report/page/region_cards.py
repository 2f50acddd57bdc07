"""One card a region: what is forecast for it, why, how sure that is, and its last 36 months."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from data.schema import EVENTS, STATUSES
from forecast.report.colours import level_class
from forecast.report.issue_view import IssueView
from forecast.report.page.charts import Range, region_chart
from forecast.report.rows import Row, reasons_of, with_range
from forecast.text.wording import expected, month_words, percent, points, shortened, whole

__all__ = ["Ahead", "RegionCard", "card_numbers", "region_cards"]


@dataclass(frozen=True)
class Ahead:
    """What is forecast for one month; ``deaths`` is empty where they are not forecast."""

    month: str
    level: str
    chance: str
    attacks: str
    deaths: str


@dataclass(frozen=True)
class RegionCard:
    """What a page says of one region.

    Attributes:
        number: Its place on the page, from 1; the first horizon's order.
        region: Its name, cut where very long.
        country: Its country.
        rank: Rank in the first horizon; None without a forecast.
        level: Level in the first horizon; "no forecast" where there is none.
        level_class: Style class of the level.
        chance: P(attack) in the first horizon, in words.
        status: Why there is no forecast; empty where there is one.
        ahead: The forecast by month.
        before: Rank and chance in the issue before; empty where there is none.
        last: What the last month had.
        reasons: Why.
        confidence: How sure, and why.
        chart: 36 months and the forecast.
    """

    number: int
    region: str
    country: str
    rank: int | None
    level: str
    level_class: str
    chance: str
    status: str
    ahead: tuple[Ahead, ...]
    before: str
    last: str
    reasons: tuple[str, ...]
    confidence: str
    chart: Markup


def card_numbers(view: IssueView, most: int) -> dict[str, int]:
    """Return the number of each region's card: its place in the first horizon.

    Args:
        view: The issue.
        most: At most so many cards; regions after them get none.
    """
    first = [row["region_id"] for row in view.at(view.horizons[0]).rows[:most]]
    return {region_id: place for place, region_id in enumerate(first, start=1)}


def region_cards(view: IssueView, numbers: Mapping[str, int]) -> list[RegionCard]:
    """Return the cards, by number.

    Args:
        view: The issue; its workspace must have the panel.
        numbers: Region id to the number of its card.
    """
    panel = view.evidence.panel
    places = {name: place for place, name in enumerate(panel.region_ids)}
    counts = panel.measure(EVENTS).astype(np.float64)
    return [
        _card(number, view.rows_by_region[name], panel.months, counts[places[name]])
        for name, number in numbers.items()
        if name in places
    ]


def _card(
    number: int, rows: Sequence[Row], months: tuple[str, ...], counts: npt.NDArray[np.float64]
) -> RegionCard:
    first = rows[0]
    known = first["data_status"] == STATUSES[0]
    forecast = rows if known else []
    return RegionCard(
        number=number,
        region=shortened(first["region"]),
        country=shortened(first["country"]),
        rank=first["rank"] if known else None,
        level=first["level"] if known else "no forecast",
        level_class=level_class(first["level"] if known else None),
        chance=percent(first["p_attack"]),
        status="" if known else first["data_status"].replace("_", " "),
        ahead=tuple(_ahead(row) for row in forecast),
        before=_before(first),
        last=_last(first) if known else "",
        reasons=tuple(reasons_of(first)),
        confidence=_confidence(first),
        chart=region_chart(months, counts, [_range(row) for row in forecast]),
    )


def _ahead(row: Row) -> Ahead:
    return Ahead(
        month_words(row["target_month"]),
        row["level"],
        percent(row["p_attack"]),
        with_range(row, "events"),
        "" if row["expected_deaths"] is None else with_range(row, "deaths"),
    )


def _range(row: Row) -> Range:
    return Range(row["horizon"], row["events_p05"], row["events_p50"], row["events_p95"])


def _before(row: Row) -> str:
    if row["p_attack_previous"] is None or row["p_attack"] is None:
        return ""
    rank = "" if row["rank_previous"] is None else f", rank {row['rank_previous']}"
    change = points(row["change_p_attack"])
    return f"{percent(row['p_attack_previous'])}{rank}; change {change} points"


def _last(row: Row) -> str:
    """Say what the last month had, with the mean of twelve."""
    parts = []
    for target, word in (("events", "attacks"), ("deaths", "deaths")):
        if row[f"last_{target}"] is not None:
            mean = row[f"mean12_{target}"]
            usual = "" if mean is None else f" (mean of 12 months {expected(mean)})"
            parts.append(f"{whole(row[f'last_{target}'])} {word}{usual}")
    return ", ".join(parts)


def _confidence(row: Row) -> str:
    if row["confidence"] is None:
        return ""
    why = row["confidence_reason"]
    return row["confidence"] if why is None else f"{row['confidence']}: {why}"
