"""The chart of one region as inline SVG: its last 36 months as bars, then the forecast as a fan.

All bars are one path, so that hundreds of charts fit on a page. Colours come from the page's
style sheet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from markupsafe import Markup, escape

from data.months import add_months
from forecast.text.wording import month_words, short_month, whole

__all__ = ["Range", "region_chart"]

SHOWN = 36
WIDTH, BASE, TOP = 300.0, 66.0, 12.0


@dataclass(frozen=True)
class Range:
    """What is forecast for one month ahead: 5 %, 50 % and 95 % quantiles of the count."""

    horizon: int
    low: float
    middle: float
    high: float


def region_chart(
    months: Sequence[str], counts: npt.NDArray[np.float64], ranges: Sequence[Range]
) -> Markup:
    """Return bars of the past and, beyond the origin, a range and its middle a month ahead.

    Args:
        months: Text months up to the origin.
        counts: (months,), attacks of the region; NaN where unobserved.
        ranges: Forecasts, by horizon; empty where there is none.
    """
    months, counts = months[-SHOWN:], counts[-SHOWN:]
    step = WIDTH / (len(months) + max((each.horizon for each in ranges), default=0))
    known = counts[~np.isnan(counts)]
    most = max([float(known.max()) if len(known) else 0.0, *(each.high for each in ranges), 1.0])
    origin = len(months) * step
    return Markup(  # noqa: S704 (numbers and escaped text only)
        f'<svg class="chart region-chart" viewBox="0 0 300 82" role="img"'
        f' aria-label="{escape(_said(months, known, ranges))}">'
        f'{_gaps(counts, step)}<path class="bars" stroke-width="{max(step - 1.2, 1):.1f}"'
        f' d="{_bars(counts, step, most)}"/>'
        f"{_fan(ranges, step, most, origin)}"
        f'<path class="axis" d="M0 {BASE:g}H{WIDTH:g}M{origin:.1f} {TOP:g}V{BASE:g}"/>'
        f'<text y="9">{whole(most)}</text><text y="79">{escape(short_month(months[0]))}</text>'
        f'<text x="300" y="79" text-anchor="end">{escape(_end(months, ranges))}</text></svg>'
    )


def _bars(counts: npt.NDArray[np.float64], step: float, most: float) -> str:
    """Return all bars as one path of thick upright lines."""
    return "".join(
        f"M{(place + 0.5) * step:.1f} {BASE:g}v-{_tall(count, most):.1f}"
        for place, count in enumerate(counts.tolist())
        if count > 0
    )


def _gaps(counts: npt.NDArray[np.float64], step: float) -> str:
    """Return a strip under each month that is not observed, so that no gap reads as a zero."""
    strips = "".join(
        f"M{place * step:.1f} {TOP:g}h{step:.1f}V{BASE:g}h-{step:.1f}z"
        for place in np.flatnonzero(np.isnan(counts))
    )
    return f'<path class="gap" d="{strips}"/>' if strips else ""


def _fan(ranges: Sequence[Range], step: float, most: float, origin: float) -> str:
    if not ranges:
        return ""
    wide = max(step - 1.2, 2.0)
    boxes, middles = [], []
    for each in ranges:
        x = origin + (each.horizon - 1) * step + 0.6
        low, middle, high = (
            BASE - _tall(value, most) for value in (each.low, each.middle, each.high)
        )
        boxes.append(f"M{x:.1f} {low:.1f}V{high:.1f}h{wide:.1f}V{low:.1f}z")
        middles.append(f"M{x:.1f} {middle:.1f}h{wide:.1f}")
    return f'<path class="fan" d="{"".join(boxes)}"/><path class="mid" d="{"".join(middles)}"/>'


def _tall(count: float, most: float) -> float:
    return count / most * (BASE - TOP)


def _end(months: Sequence[str], ranges: Sequence[Range]) -> str:
    ahead = max((each.horizon for each in ranges), default=0)
    return short_month(add_months(months[-1], ahead))


def _said(months: Sequence[str], known: npt.NDArray[np.float64], ranges: Sequence[Range]) -> str:
    past = (
        f"Attacks a month since {month_words(months[0])}: {whole(float(known.sum()))} in all,"
        f" {whole(float(known.max()))} at most"
        if len(known)
        else "No month of the last 36 is observed"
    )
    ahead = "; ".join(
        f"{month_words(add_months(months[-1], each.horizon))}: {whole(each.low)} to"
        f" {whole(each.high)}"
        for each in ranges
    )
    return f"{past}. Forecast, 90 % range: {ahead}" if ahead else past
