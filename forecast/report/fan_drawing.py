"""One region as a drawing: its last months as bars, then the forecast as a range a month ahead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from data.errors import ConfigError
from data.months import add_months, month_number
from data.schema import DEATHS, EVENTS
from forecast.report.canvas import drawable, footer, new_sheet, plain_axes
from forecast.report.colours import RULE, SOFT
from forecast.text.wording import short_month, whole

__all__ = ["draw_fan"]

_HEIGHT = 3.6
_BAR, _RANGE, _MIDDLE = "#8a949e", "#9fc0dd", "#1f4e79"
_LEGEND = ("observed", "forecast, 90 % range", "median")
_TITLES = {EVENTS: "Attacks", DEATHS: "Deaths"}


def draw_fan(
    rows: Sequence[Mapping[str, Any]],
    months: Sequence[str],
    counts: Sequence[int | None],
    *,
    measure: str = EVENTS,
    citation: str,
) -> Any:
    """Return a chart of one region of an issue.

    Args:
        rows: The region's rows of the risk table, the nearest month first.
        months: Text months up to the origin; none where no panel is at hand.
        counts: The measure's count in each of them; None where unobserved.
        measure: ``events`` or ``deaths``.
        citation: Stands at the foot.

    Returns:
        A figure: bars are observed, a box is the 90 % range of a month and its line the median;
        a strip with a question mark is a month that is not observed.

    Raises:
        ConfigError: The measure is another.
    """
    if measure not in _TITLES:
        raise ConfigError(f'expected {" or ".join(_TITLES)}, got "{measure}"')
    figure = new_sheet(9.0, _HEIGHT)
    axes = figure.add_axes((0.07, 0.27, 0.91, 0.55))
    place = f"{drawable(rows[0]['region'])}, {drawable(rows[0]['country'])}"
    title = f"{place}: {_TITLES[measure].lower()} a month"
    figure.text(0.02, 1 - 0.32 / _HEIGHT, title, fontsize=14, weight="bold")
    ahead = [row for row in rows if row[f"{measure}_p95"] is not None]
    known = [count for count in counts if count is not None]
    most = max([*known, *(row[f"{measure}_p95"] for row in ahead), 1])
    _past(axes, counts, most)
    _ahead(axes, ahead, len(months), measure)
    _frame(axes, rows, months, most)
    footer(figure, citation)
    return figure


def _past(axes: Any, counts: Sequence[int | None], most: float) -> None:
    spots = np.arange(len(counts))
    heights = [count or 0 for count in counts]
    axes.bar(spots, heights, color=_BAR, width=0.8, label=_LEGEND[0])
    for spot in (place for place, count in enumerate(counts) if count is None):
        axes.axvspan(spot - 0.5, spot + 0.5, color=RULE, linewidth=0)
        axes.text(spot, most * 0.02, "?", fontsize=7, color=SOFT, ha="center", va="bottom")


def _ahead(axes: Any, rows: Sequence[Mapping[str, Any]], past: int, measure: str) -> None:
    labels = _LEGEND[1:]
    for row in rows:
        spot = past - 1 + int(row["horizon"])
        low, middle, high = (float(row[f"{measure}_{q}"]) for q in ("p05", "p50", "p95"))
        axes.bar(spot, high - low, bottom=low, color=_RANGE, width=0.8, label=labels[0])
        axes.hlines(middle, spot - 0.4, spot + 0.4, color=_MIDDLE, linewidth=2.5, label=labels[1])
        axes.text(spot, high, whole(high), fontsize=7.5, ha="center", va="bottom")
        labels = ("_", "_")


def _frame(
    axes: Any, rows: Sequence[Mapping[str, Any]], months: Sequence[str], most: float
) -> None:
    first = months[0] if months else add_months(str(rows[0]["origin"]), 1)
    last = max(str(row["target_month"]) for row in rows)
    count = month_number(last) - month_number(first) + 1
    ticks = [place for place in range(count) if (count - 1 - place) % 6 == 0]
    texts = [short_month(add_months(first, place)) for place in ticks]
    axes.set_xticks(ticks, texts, fontsize=7, color=SOFT)
    axes.set_xlim(-0.7, count - 0.3)
    axes.set_ylim(0, most * 1.15)
    axes.axvline(len(months) - 0.5, color=SOFT, linewidth=0.8, linestyle=":")
    axes.yaxis.set_major_formatter(lambda y, _: f"{y:,.0f}")
    axes.yaxis.get_major_locator().set_params(integer=True)
    axes.tick_params(axis="y", labelsize=7, labelcolor=SOFT)
    plain_axes(axes, grid="y")
    handles, names = axes.get_legend_handles_labels()
    known = dict(zip(names, handles, strict=True))
    ordered = [known[name] for name in _LEGEND if name in known]
    place = {"loc": "lower right", "bbox_to_anchor": (1, 1), "ncols": 3}
    axes.legend(handles=ordered, **place, fontsize=7.5, frameon=False, labelcolor=SOFT)
