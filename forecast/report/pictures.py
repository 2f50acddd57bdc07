"""An issue as pictures: the map, the first regions and the months, each with its citation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from data.files import write_bytes
from forecast.model.headline import Headline
from forecast.report.canvas import (
    drawable,
    footer,
    new_sheet,
    picture_bytes,
    plain_axes,
    steady,
)
from forecast.report.colours import INK, LEVEL_COLOURS, SOFT
from forecast.report.issue_view import SHOWN_MONTHS, IssueView
from forecast.report.map_drawing import draw_map
from forecast.report.rows import Row, place
from forecast.text.wording import expected, percent, short_month, whole

__all__ = ["draw_months", "draw_ranking", "write_png", "write_svg"]

FIRST = 15
_LONGEST = 40
_BAR, _NOW = "#8a949e", "#1f4e79"
_TITLES = {"events": "Attacks", "deaths": "Deaths"}


def write_svg(view: IssueView, folder: Path, stem: str) -> list[Path]:
    """Write map and charts as SVG; see ``write_png``."""
    return _write(view, folder, stem, "svg")


def write_png(view: IssueView, folder: Path, stem: str) -> list[Path]:
    """Write map and charts as PNG.

    Args:
        view: The issue.
        folder: Where to.
        stem: How the names begin.
    """
    return _write(view, folder, stem, "png")


def draw_ranking(view: IssueView) -> Any | None:
    """Return a chart of the first ranks: chance of attack, and attacks expected with their range.

    Args:
        view: The issue with one horizon.

    Returns:
        A figure; None where no region has a forecast.
    """
    rows = [row for row in view.rows if row["rank"] is not None][:FIRST]
    if not rows:
        return None
    height = 1.7 + 0.3 * len(rows)
    figure = new_sheet(9.0, height)
    figure.text(
        0.02,
        1 - 0.32 / height,
        f"The first {len(rows)} regions, {view.month}",
        fontsize=14,
        weight="bold",
    )
    foot, tall = 0.85 / height, 0.3 * len(rows) / height
    chance = figure.add_axes((0.31, foot, 0.37, tall))
    sizes = figure.add_axes((0.71, foot, 0.27, tall))
    _chances(chance, rows)
    _sizes(sizes, rows)
    footer(figure, view.citation)
    return figure


def draw_months(view: IssueView) -> Any | None:
    """Return a chart of observed attacks and deaths by month; None where no panel is at hand."""
    if not view.past:
        return None
    height = 1.0 + 1.8 * len(view.past)
    figure = new_sheet(9.0, height)
    title = f"Attacks recorded up to {view.origin}"
    figure.text(0.02, 1 - 0.32 / height, title, fontsize=14, weight="bold")
    for number, headline in enumerate(view.past):
        bottom = (0.75 + 1.8 * (len(view.past) - 1 - number)) / height
        _bars(figure.add_axes((0.07, bottom, 0.91, 1.2 / height)), headline)
    footer(figure, view.citation)
    return figure


def _chances(axes: Any, rows: Sequence[Row]) -> None:
    spots = np.arange(len(rows))
    axes.barh(
        spots,
        [row["p_attack"] for row in rows],
        color=[LEVEL_COLOURS[row["level"]].ground for row in rows],
        edgecolor="#5b6670",
        linewidth=0.4,
        height=0.72,
    )
    middle = {"fontsize": 7.5, "va": "center"}
    for spot, row in zip(spots, rows, strict=True):
        chance, level = row["p_attack"], row["level"]
        inside = chance > 0.45
        ink = LEVEL_COLOURS[level].ink if inside else INK
        at, side = (chance - 0.015, "right") if inside else (chance + 0.015, "left")
        axes.text(at, spot, f"{percent(chance)}, {level}", color=ink, ha=side, **middle)
    axes.set_yticks(spots, [str(row["rank"]) for row in rows], fontsize=7.5)
    across = axes.get_yaxis_transform()
    for spot, row in zip(spots, rows, strict=True):
        name = _short(drawable(place(row), longest=200))
        axes.text(-0.065, spot, name, ha="right", transform=across, **middle)
    axes.set_xlim(0, 1.02)
    axes.set_xticks(
        [0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100 %"], fontsize=7, color=SOFT
    )
    axes.set_title("Chance of at least one attack", fontsize=8.5, loc="left", color=SOFT)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    plain_axes(axes, grid="x")


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"


def _sizes(axes: Any, rows: Sequence[Row]) -> None:
    spots = np.arange(len(rows))
    low, high, means = (
        np.array([row[name] for row in rows], dtype=np.float64)
        for name in ("events_p05", "events_p95", "expected_events")
    )
    axes.hlines(spots, low, high, color=_BAR, linewidth=3)
    axes.plot(means, spots, "o", color=_NOW, markersize=4.5)
    most = float(max(high.max(), means.max(), 1.0))
    for spot, mean, end in zip(spots, means, high, strict=True):
        axes.text(max(mean, end) + most * 0.03, spot, expected(mean), fontsize=7.5, va="center")
    axes.set_xlim(-most * 0.02, most * 1.2)
    axes.set_yticks(spots, [""] * len(rows))
    axes.tick_params(axis="x", labelsize=7, labelcolor=SOFT)
    axes.set_title("Attacks expected, 90 % range", fontsize=8.5, loc="left", color=SOFT)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    plain_axes(axes, grid="x")


def _bars(axes: Any, headline: Headline) -> None:
    months, totals = headline.months[-SHOWN_MONTHS:], headline.totals[-SHOWN_MONTHS:]
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
    axes.set_xlim(-0.7, len(months) - 0.3)
    axes.margins(y=0.12)
    plain_axes(axes, grid="y")
    axes.set_title(f"{_TITLES[headline.measure]} a month", fontsize=8.5, loc="left", color=SOFT)


def _write(view: IssueView, folder: Path, stem: str, kind: str) -> list[Path]:
    paths = []
    with steady():
        for name, figure in _drawings(view):
            paths.append(folder / f"{stem}-{name}.{kind}")
            write_bytes(paths[-1], picture_bytes(figure, kind))
    return paths


def _drawings(view: IssueView) -> Iterator[tuple[str, Any]]:
    """Yield each drawing with its name; months ahead stand in it where there are several."""
    for horizon in view.horizons:
        part, ahead = view.at(horizon), f"-h{horizon}" if len(view.horizons) > 1 else ""
        yield f"map{ahead}", draw_map(part)
        ranking = draw_ranking(part)
        if ranking is not None:
            yield f"ranking{ahead}", ranking
    months = draw_months(view)
    if months is not None:
        yield "months", months
