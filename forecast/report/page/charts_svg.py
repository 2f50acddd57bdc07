"""Small charts as inline SVG: bars by month, and what was said against what happened.

Colours come from the page's style sheet; every chart has a title that a screen reader says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from markupsafe import Markup, escape

from experiments.runs.confidence import BandRecord
from forecast.text.wording import percent, short_month, whole

__all__ = ["month_bars", "reliability_chart"]


def month_bars(
    months: Sequence[str], totals: npt.NDArray[np.float64], *, title: str, shown: int = 36
) -> Markup:
    """Return a bar a month; an unobserved month leaves a gap.

    Args:
        months: Text months.
        totals: (months,), counts; NaN where unobserved.
        title: What the bars show.
        shown: How many of the last months are drawn.
    """
    months, totals = months[-shown:], totals[-shown:]
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


def reliability_chart(records: Mapping[str, BandRecord]) -> Markup:
    """Return a point a level: the mean probability said, and the share that came true.

    Args:
        records: Level to its past.
    """
    size, left = 200.0, 34.0
    most = max((record.forecasts for record in records.values()), default=1)
    points = [
        f'<circle class="point" cx="{left + record.said * size:.1f}"'
        f' cy="{size + 8 - record.happened * size:.1f}"'
        f' r="{3 + 4 * (record.forecasts / most) ** 0.5:.1f}">'
        f"<title>{escape(level)}: said {percent(record.said)}, came true"
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
        ' aria-label="Reliability: said against came true">'
        "<title>Reliability: probability said (across) against share that came true (up),"
        " percent; points on the line are right on average</title>"
        f"{''.join(ticks)}"
        f'<line class="diagonal" x1="{left}" y1="{size + 8}" x2="{left + size}" y2="8"/>'
        f"{''.join(points)}"
        f'<text x="{left + size / 2}" y="{size + 40}" text-anchor="middle">said, %</text>'
        f'<text x="{left + 8}" y="20">came true, %</text></svg>'
    )
