"""Small charts as inline SVG: bars by month, a region's past and forecast, reliability.

Colours come from the page's style sheet; every chart has a title that a screen reader says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from markupsafe import Markup, escape

from data.months import add_months
from experiments.runs.confidence import BandRecord
from forecast.report.issue_view import SHOWN_MONTHS
from forecast.text.wording import month_words, percent, short_month, whole

__all__ = ["Range", "month_bars", "region_chart", "reliability_chart"]

_WIDTH, _BASE, _TOP = 300.0, 66.0, 12.0


@dataclass(frozen=True)
class Range:
    """What is forecast for one month ahead: 5 %, 50 % and 95 % quantiles of the count."""

    horizon: int
    low: float
    middle: float
    high: float


def month_bars(months: Sequence[str], totals: npt.NDArray[np.float64], *, title: str) -> Markup:
    """Return a bar for each of the last months; an unobserved month leaves a gap.

    Args:
        months: Text months.
        totals: (months,), counts; NaN where unobserved.
        title: What the bars show.
    """
    months, totals = months[-SHOWN_MONTHS:], totals[-SHOWN_MONTHS:]
    known = totals[~np.isnan(totals)]
    top = float(known.max()) if len(known) and known.max() > 0 else 1.0
    width, height, step = 360.0, 84.0, 360.0 / len(months)
    bars = [
        f'<rect class="{"bar now" if place == len(months) - 1 else "bar"}"'
        f' x="{place * step:.1f}" y="{height - value / top * height:.1f}"'
        f' width="{max(step - 1.5, 1):.1f}" height="{value / top * height:.1f}">'
        f"<title>{escape(short_month(month))}: {whole(value)}</title></rect>"
        for place, (month, value) in enumerate(zip(months, totals.tolist(), strict=True))
        if not np.isnan(value)
    ]
    return Markup(  # noqa: S704 (numbers and escaped text only)
        f'<svg class="chart" viewBox="0 0 360 104" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>{''.join(bars)}"
        f'<line class="axis" x1="0" y1="{height}" x2="{width}" y2="{height}"/>'
        f'<text x="0" y="100">{escape(short_month(months[0]))}</text>'
        f'<text x="360" y="100" text-anchor="end">{escape(short_month(months[-1]))}</text></svg>'
    )


def region_chart(
    months: Sequence[str], counts: npt.NDArray[np.float64], ranges: Sequence[Range]
) -> Markup:
    """Return bars of the past and, beyond the origin, a range and its middle a month ahead.

    Args:
        months: Text months up to the origin.
        counts: (months,), attacks of the region; NaN where unobserved.
        ranges: Forecasts, by horizon; empty where there is none.
    """
    months, counts = months[-SHOWN_MONTHS:], counts[-SHOWN_MONTHS:]
    step = _WIDTH / (len(months) + max((each.horizon for each in ranges), default=0))
    known = counts[~np.isnan(counts)]
    most = max([float(known.max()) if len(known) else 0.0, *(each.high for each in ranges), 1.0])
    origin = len(months) * step
    return Markup(  # noqa: S704 (numbers and escaped text only)
        f'<svg class="chart region-chart" viewBox="0 0 300 82" role="img"'
        f' aria-label="{escape(_in_words(months, known, ranges))}">'
        f'{_gaps(counts, step)}<path class="bars" stroke-width="{max(step - 1.2, 1):.1f}"'
        f' d="{_bars(counts, step, most)}"/>'
        f"{_fan(ranges, step, most, origin)}"
        f'<path class="axis" d="M0 {_BASE:g}H{_WIDTH:g}M{origin:.1f} {_TOP:g}V{_BASE:g}"/>'
        f'<text y="9">{whole(most)}</text><text y="79">{escape(short_month(months[0]))}</text>'
        f'<text x="300" y="79" text-anchor="end">{escape(_end(months, ranges))}</text></svg>'
    )


def reliability_chart(records: Mapping[str, BandRecord]) -> Markup:
    """Return a point a level: the mean forecast, and the share of forecasts that saw an attack.

    Args:
        records: Level to its past.
    """
    size, left = 200.0, 34.0
    most = max((record.forecasts for record in records.values()), default=1)
    points = [
        f'<circle class="point" cx="{left + record.said * size:.1f}"'
        f' cy="{size + 8 - record.happened * size:.1f}"'
        f' r="{3 + 4 * (record.forecasts / most) ** 0.5:.1f}">'
        f"<title>{escape(level)}: mean forecast {percent(record.said)}, outcome"
        f" {percent(record.happened)} of {record.forecasts:,}</title></circle>"
        for level, record in records.items()
    ]
    ticks = [
        f'<line class="grid" x1="{left}" y1="{size + 8 - share * size}" x2="{left + size}"'
        f' y2="{size + 8 - share * size}"/>'
        f'<text x="{left - 5}" y="{size + 12 - share * size}" text-anchor="end">'
        f"{100 * share:.0f}</text>"
        f'<text x="{left + share * size}" y="{size + 24}" text-anchor="middle">'
        f"{100 * share:.0f}</text>"
        for share in (0.0, 0.5, 1.0)
    ]
    return Markup(  # noqa: S704 (numbers and escaped text only)
        '<svg class="chart square" viewBox="0 0 246 250" role="img"'
        ' aria-label="Reliability: forecast and outcome">'
        "<title>Reliability: mean forecast (across) and share that saw an attack (up),"
        " percent; points on the line are right on average</title>"
        f"{''.join(ticks)}"
        f'<line class="diagonal" x1="{left}" y1="{size + 8}" x2="{left + size}" y2="8"/>'
        f"{''.join(points)}"
        f'<text x="{left + size / 2}" y="{size + 40}" text-anchor="middle">forecast, %</text>'
        f'<text x="{left + 8}" y="20">outcome, %</text></svg>'
    )


def _bars(counts: npt.NDArray[np.float64], step: float, most: float) -> str:
    """Return all bars as one path of thick upright lines."""
    return "".join(
        f"M{(place + 0.5) * step:.1f} {_BASE:g}v-{_tall(count, most):.1f}"
        for place, count in enumerate(counts.tolist())
        if count > 0
    )


def _gaps(counts: npt.NDArray[np.float64], step: float) -> str:
    """Return a strip under each month that is not observed, so that no gap reads as a zero."""
    strips = "".join(
        f"M{place * step:.1f} {_TOP:g}h{step:.1f}V{_BASE:g}h-{step:.1f}z"
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
            _BASE - _tall(value, most) for value in (each.low, each.middle, each.high)
        )
        boxes.append(f"M{x:.1f} {low:.1f}V{high:.1f}h{wide:.1f}V{low:.1f}z")
        middles.append(f"M{x:.1f} {middle:.1f}h{wide:.1f}")
    return f'<path class="fan" d="{"".join(boxes)}"/><path class="mid" d="{"".join(middles)}"/>'


def _tall(count: float, most: float) -> float:
    return count / most * (_BASE - _TOP)


def _end(months: Sequence[str], ranges: Sequence[Range]) -> str:
    ahead = max((each.horizon for each in ranges), default=0)
    return short_month(add_months(months[-1], ahead))


def _in_words(
    months: Sequence[str], known: npt.NDArray[np.float64], ranges: Sequence[Range]
) -> str:
    past = (
        f"Attacks a month since {month_words(months[0])}: {whole(float(known.sum()))} in all,"
        f" {whole(float(known.max()))} at most"
        if len(known)
        else f"No month of the last {SHOWN_MONTHS} is observed"
    )
    ahead = "; ".join(
        f"{month_words(add_months(months[-1], each.horizon))}: {whole(each.low)} to"
        f" {whole(each.high)}"
        for each in ranges
    )
    return f"{past}. Forecast, 90 % range: {ahead}" if ahead else past
