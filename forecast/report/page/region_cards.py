"""One card a region: what is forecast for it, why, how sure that is, and its last 36 months."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from data.schema import EVENTS, STATUSES
from features.panel import Panel
from forecast.report.page.map_svg import level_class
from forecast.report.page.region_chart import Range, region_chart
from forecast.text.wording import expected, month_words, percent, points, shortened, whole

__all__ = ["Ahead", "RegionCard", "card_numbers", "region_cards"]


@dataclass(frozen=True)
class Ahead:
    """What is forecast for one month; ``deaths`` is empty where they are not forecast."""

    month: str
    level: str
    level_class: str
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


def card_numbers(table: pd.DataFrame, most: int) -> dict[str, int]:
    """Return the number of each region's card: its place in the first horizon.

    Args:
        table: Risk table.
        most: At most so many cards; regions after them get none.
    """
    first = table[table["horizon"] == table["horizon"].min()]
    return {str(name): place for place, name in enumerate(first["region_id"].head(most), start=1)}


def region_cards(table: pd.DataFrame, panel: Panel, numbers: Mapping[str, int]) -> list[RegionCard]:
    """Return the cards, by number.

    Args:
        table: Risk table, all horizons.
        panel: The past; its last month is the origin.
        numbers: Region id to the number of its card.
    """
    rows = table[table["region_id"].isin(list(numbers))]
    by_region: dict[str, list[dict[Any, Any]]] = {name: [] for name in numbers}
    for record in rows.sort_values("horizon", kind="stable").to_dict("records"):
        by_region[record["region_id"]].append(record)
    places = {name: place for place, name in enumerate(panel.region_ids)}
    counts = panel.measure(EVENTS).astype(np.float64)
    return [
        _card(number, by_region[name], panel.months, counts[places[name]])
        for name, number in numbers.items()
        if name in places
    ]


def _card(
    number: int,
    records: list[dict[Any, Any]],
    months: tuple[str, ...],
    counts: np.ndarray[Any, np.dtype[np.float64]],
) -> RegionCard:
    first = records[0]
    known = first["data_status"] == STATUSES[0]
    forecast = records if known else []
    return RegionCard(
        number=number,
        region=shortened(first["region"]),
        country=shortened(first["country"]),
        rank=int(first["rank"]) if known else None,
        level=first["level"] if known else "no forecast",
        level_class=level_class(first["level"] if known else None),
        chance=percent(first["p_attack"]),
        status="" if known else str(first["data_status"]).replace("_", " "),
        ahead=tuple(_ahead(record) for record in forecast),
        before=_before(first),
        last=_last(first) if known else "",
        reasons=tuple(
            str(first[name])
            for name in ("reason_1", "reason_2", "reason_3")
            if not pd.isna(first[name])
        ),
        confidence=_confidence(first),
        chart=region_chart(months, counts, [_range(record) for record in forecast]),
    )


def _ahead(record: dict[Any, Any]) -> Ahead:
    return Ahead(
        month_words(record["target_month"]),
        record["level"],
        level_class(record["level"]),
        percent(record["p_attack"]),
        _spread(record, "events"),
        "" if pd.isna(record["expected_deaths"]) else _spread(record, "deaths"),
    )


def _spread(record: dict[Any, Any], target: str) -> str:
    low, high = record[f"{target}_p05"], record[f"{target}_p95"]
    return f"{expected(record[f'expected_{target}'])} ({whole(low)} to {whole(high)})"


def _range(record: dict[Any, Any]) -> Range:
    return Range(
        int(record["horizon"]), *(float(record[f"events_p{q}"]) for q in ("05", "50", "95"))
    )


def _before(record: dict[Any, Any]) -> str:
    if pd.isna(record["p_attack_previous"]) or pd.isna(record["p_attack"]):
        return ""
    rank = "" if pd.isna(record["rank_previous"]) else f", rank {int(record['rank_previous'])}"
    change = points(record["change_p_attack"])
    return f"{percent(record['p_attack_previous'])}{rank}; change {change} points"


def _last(record: dict[Any, Any]) -> str:
    """Say what the last month had, beside the mean of twelve."""
    said = []
    for target, word in (("events", "attacks"), ("deaths", "deaths")):
        if not pd.isna(record[f"last_{target}"]):
            mean = record[f"mean12_{target}"]
            beside = "" if pd.isna(mean) else f" (mean of 12 months {expected(mean)})"
            said.append(f"{whole(float(record[f'last_{target}']))} {word}{beside}")
    return ", ".join(said)


def _confidence(record: dict[Any, Any]) -> str:
    if pd.isna(record["confidence"]):
        return ""
    why = record["confidence_reason"]
    return record["confidence"] if pd.isna(why) else f"{record['confidence']}: {why}"
