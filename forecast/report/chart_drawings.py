"""The charts of an issue as drawings: the first regions, and the months behind the forecast."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from forecast.model.headline import Headline
from forecast.report.canvas import INK, RULE, SOFT, drawable, footer, new_sheet
from forecast.report.issue_view import IssueView
from forecast.report.situation import place
from forecast.text.level_colours import LEVEL_COLOURS
from forecast.text.wording import expected, month_words, percent, short_month, whole

__all__ = ["draw_months", "draw_ranking"]

FIRST = 15
_LONGEST = 40
MONTHS = 36
_BAR, _NOW = "#8a949e", "#1f4e79"
_TITLES = {"events": "Attacks", "deaths": "Deaths"}


def draw_ranking(record: IssueView) -> Any | None:
    """Return a chart of the first ranks: chance of attack, and attacks expected with their range.

    Args:
        record: The issue with one horizon.

    Returns:
        A figure; None where no region has a forecast.
    """
    rows = record.table[record.table["rank"].notna()].head(FIRST)
    if not len(rows):
        return None
    height = 1.7 + 0.3 * len(rows)
    figure = new_sheet(9.0, height)
    month = month_words(str(rows["target_month"].iloc[0]))
    figure.text(
        0.02,
        1 - 0.32 / height,
        f"The first {len(rows)} regions, {month}",
        fontsize=14,
        weight="bold",
    )
    foot, tall = 0.85 / height, 0.3 * len(rows) / height
    chance = figure.add_axes((0.31, foot, 0.37, tall))
    sizes = figure.add_axes((0.71, foot, 0.27, tall))
    _chances(chance, rows)
    _sizes(sizes, rows)
    footer(figure, record.citation)
    return figure


def draw_months(record: IssueView) -> Any | None:
    """Return a chart of observed attacks and deaths by month; None where no panel is at hand."""
    if not record.past:
        return None
    height = 1.0 + 1.8 * len(record.past)
    figure = new_sheet(9.0, height)
    month = month_words(record.manifest["origin"])
    figure.text(
        0.02, 1 - 0.32 / height, f"Attacks recorded up to {month}", fontsize=14, weight="bold"
    )
    for number, headline in enumerate(record.past):
        bottom = (0.75 + 1.8 * (len(record.past) - 1 - number)) / height
        _bars(figure.add_axes((0.07, bottom, 0.91, 1.2 / height)), headline)
    footer(figure, record.citation)
    return figure


def _chances(axes: Any, rows: pd.DataFrame) -> None:
    levels = rows["level"].tolist()
    names = [_short(drawable(place(row), longest=200)) for row in rows.to_dict("records")]
    spots = np.arange(len(rows))
    axes.barh(
        spots,
        rows["p_attack"],
        color=[LEVEL_COLOURS[level].ground for level in levels],
        edgecolor="#5b6670",
        linewidth=0.4,
        height=0.72,
    )
    for spot, level, chance in zip(spots, levels, rows["p_attack"].tolist(), strict=True):
        inside = chance > 0.45
        ink = LEVEL_COLOURS[level].ink if inside else INK
        at, side = (chance - 0.015, "right") if inside else (chance + 0.015, "left")
        axes.text(
            at, spot, f"{percent(chance)}, {level}", color=ink, fontsize=7.5, ha=side, va="center"
        )
    axes.set_yticks(spots, [str(rank) for rank in rows["rank"]], fontsize=7.5)
    for spot, name in zip(spots, names, strict=True):
        across = axes.get_yaxis_transform()
        axes.text(-0.065, spot, name, fontsize=7.5, ha="right", va="center", transform=across)
    axes.set_xlim(0, 1.02)
    axes.set_xticks(
        [0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100 %"], fontsize=7, color=SOFT
    )
    axes.set_title("Chance of at least one attack", fontsize=8.5, loc="left", color=SOFT)
    _plain(axes, len(rows))


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"


def _sizes(axes: Any, rows: pd.DataFrame) -> None:
    spots = np.arange(len(rows))
    low, high = (rows[f"events_{q}"].to_numpy(np.float64) for q in ("p05", "p95"))
    means = rows["expected_events"].to_numpy(np.float64)
    axes.hlines(spots, low, high, color=_BAR, linewidth=3)
    axes.plot(means, spots, "o", color=_NOW, markersize=4.5)
    most = float(max(high.max(), means.max(), 1.0))
    for spot, mean, end in zip(spots, means, high, strict=True):
        axes.text(max(mean, end) + most * 0.03, spot, expected(mean), fontsize=7.5, va="center")
    axes.set_xlim(-most * 0.02, most * 1.2)
    axes.set_yticks(spots, [""] * len(rows))
    axes.tick_params(axis="x", labelsize=7, labelcolor=SOFT)
    axes.set_title("Attacks expected, 90 % range", fontsize=8.5, loc="left", color=SOFT)
    _plain(axes, len(rows))


def _plain(axes: Any, count: int) -> None:
    axes.set_ylim(count - 0.4, -0.6)
    axes.grid(axis="x", color=RULE, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)
    for side in axes.spines.values():
        side.set_visible(False)


def _bars(axes: Any, headline: Headline) -> None:
    months, totals = headline.months[-MONTHS:], headline.totals[-MONTHS:]
    spots = np.arange(len(months))
    colours = [_BAR] * (len(months) - 1) + [_NOW]
    axes.bar(spots, np.nan_to_num(totals), color=colours, width=0.8)
    for spot in np.flatnonzero(np.isnan(totals)):
        axes.text(spot, 0, "?", fontsize=7, color=SOFT, ha="center", va="bottom")
    if not np.isnan(totals[-1]):
        axes.text(spots[-1], totals[-1], whole(totals[-1]), fontsize=7.5, ha="center", va="bottom")
    ticks = [spot for spot in spots if (len(months) - 1 - spot) % 6 == 0]
    axes.set_xticks(ticks, [short_month(months[spot]) for spot in ticks], fontsize=7, color=SOFT)
    axes.tick_params(axis="y", labelsize=7, labelcolor=SOFT)
    axes.yaxis.set_major_formatter(lambda y, _: f"{y:,.0f}")
    axes.tick_params(length=0)
    axes.set_xlim(-0.7, len(months) - 0.3)
    axes.margins(y=0.12)
    axes.grid(axis="y", color=RULE, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.set_title(f"{_TITLES[headline.measure]} a month", fontsize=8.5, loc="left", color=SOFT)
    for side in axes.spines.values():
        side.set_visible(False)
