"""The risk map as inline SVG: polygons where boundaries are at hand, else graduated circles.

Colours and hatching come from the page's style sheet; ranks and country names stand as text, so
that the map can be read without colours. A region is a link to its card. One region of the map is
reached by the Tab key, the page's script moves on from there by arrow keys; the table is the same
list in words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup, escape

from experiments.bands import LEVELS
from forecast.report.colours import level_class
from forecast.report.map_geometry import (
    RANK_RADIUS,
    WIDTH,
    Floats,
    Label,
    MapGeometry,
    map_geometry,
)
from forecast.report.rows import Row
from forecast.text.wording import apart, month_words, percent

__all__ = ["mapped_rows", "risk_map"]

MOST_SHAPES = 2000

_HATCH = (
    '<defs><pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse"'
    ' patternTransform="rotate(45)"><rect class="hatch-ground" width="7" height="7"/>'
    '<line class="hatch-line" x1="0" y1="0" x2="0" y2="7"/></pattern></defs>'
)


@dataclass(frozen=True)
class _Drawn:
    """What one map is drawn from, and how its regions are linked."""

    geometry: MapGeometry
    cards: Mapping[str, int]
    first: bool
    borrowed: bool


def risk_map(
    rows: Sequence[Row],
    shapes: Mapping[str, Any] | None = None,
    *,
    cards: Mapping[str, int] | None = None,
    again: bool = False,
) -> Markup:
    """Return the map of one horizon.

    Args:
        rows: Rows of the risk table of one horizon, by rank.
        shapes: Region id to shapely polygon; None draws circles at the centres. Above
            ``MOST_SHAPES`` regions those of the lowest level are left out.
        cards: Region id to the number of its card; a region without one is no link.
        again: Whether a map of the same regions stands before it on the page, whose outlines it
            then borrows where all regions are drawn.
    """
    whole = len(rows) <= MOST_SHAPES
    geometry = map_geometry(mapped_rows(rows), shapes)
    drawn = _Drawn(geometry, cards or {}, first=not again, borrowed=again and whole)
    body = "".join(
        [
            *_graticule(geometry),
            '<g class="regions">',
            *_regions(drawn),
            "</g>",
            *(f'<path class="border" d="{_path(rings)}"/>' for rings in geometry.borders()),
            *(
                f'<text class="country" x="{at.x:.1f}" y="{at.y:.1f}">{escape(at.text)}</text>'
                for at in geometry.countries()
            ),
            *(_rank(at) for at in geometry.ranks()),
        ]
    )
    month = escape(month_words(rows[0]["target_month"]))
    return Markup(  # noqa: S704 (numbers and escaped text only)
        f'<svg class="map" viewBox="0 0 {WIDTH:.0f} {geometry.height:.0f}" role="group"'
        f' aria-label="Map of regions by level of risk in {month}; numbers are ranks">'
        f"{_HATCH if drawn.first else ''}{body}</svg>"
    )


def mapped_rows(rows: Sequence[Row]) -> Sequence[Row]:
    """Return the rows that a map draws: all, or all above the lowest level where they are many.

    Args:
        rows: Rows of the risk table of one horizon.
    """
    if len(rows) <= MOST_SHAPES:
        return rows
    raised = [row for row in rows if row["level"] != LEVELS[-1]]
    return raised or rows[:MOST_SHAPES]


def _graticule(geometry: MapGeometry) -> Iterator[str]:
    for at in geometry.meridians():
        yield (
            f'<line class="graticule" x1="{at.x:.1f}" y1="0" x2="{at.x:.1f}" y2="{at.y:.1f}"/>'
            f'<text class="degrees" x="{at.x + 4:.1f}" y="{at.y - 6:.1f}">{at.text}</text>'
        )
    for at in geometry.parallels():
        yield (
            f'<line class="graticule" x1="0" y1="{at.y:.1f}" x2="{WIDTH:.0f}" y2="{at.y:.1f}"/>'
            f'<text class="degrees" x="6" y="{at.y - 5:.1f}">{at.text}</text>'
        )


def _regions(drawn: _Drawn) -> Iterator[str]:
    """Yield polygons, then circles, the lowest level first so that the highest lie on top."""
    circles = []
    for row in drawn.geometry.rows:
        rings = drawn.geometry.rings
        if row["region_id"] not in drawn.geometry.shapes:
            circles.append(row)
        elif drawn.borrowed and row["region_id"] in drawn.cards:
            yield _linked(drawn, row, f'<use href="#s{drawn.cards[row["region_id"]]}"/>')
        else:
            path = _path(rings(row["region_id"]))
            yield _linked(drawn, row, f'<path{_shape_id(drawn, row)} d="{path}"/>')
    for row in reversed(circles):
        if row["longitude"] is not None and row["latitude"] is not None:
            x, y = drawn.geometry.centre(row)
            circle = f'cx="{x:.1f}" cy="{y:.1f}" r="{drawn.geometry.radius(row)}"'
            yield _linked(drawn, row, f"<circle{_shape_id(drawn, row)} {circle}/>")


def _shape_id(drawn: _Drawn, row: Row) -> str:
    """Return the name by which further maps and the page's script draw a shape again."""
    number = drawn.cards.get(row["region_id"]) if drawn.first else None
    return "" if number is None else f' id="s{number}"'


def _linked(drawn: _Drawn, row: Row, shape: str) -> str:
    """Return a shape with its name, as a link where the region has a card."""
    named = f'class="region {level_class(row["level"])}"'
    number = drawn.cards.get(row["region_id"])
    if number is None:
        return f"<g {named}>{_title(row)}{shape}</g>"
    mark = f' id="m{number}"' if drawn.first else ""
    reached = "0" if number == 1 else "-1"
    return (
        f'<a {named}{mark} href="#c{number}" data-r="{number}" tabindex="{reached}">'
        f"{_title(row)}{shape}</a>"
    )


def _rank(at: Label) -> str:
    return (
        f'<g class="rank" aria-hidden="true"><circle cx="{at.x:.1f}" cy="{at.y:.1f}"'
        f' r="{RANK_RADIUS}"/><text x="{at.x:.1f}" y="{at.y + 4.5:.1f}">{at.text}</text></g>'
    )


def _path(rings: Sequence[Floats]) -> str:
    return "".join(map(_line, rings))


def _line(corners: Floats) -> str:
    """Return a closed line in tenths of a unit, each corner as its distance from the one before."""
    tenths = np.rint(10 * corners[:-1]).astype(int)
    steps = np.diff(tenths, axis=0)
    first = ",".join(f"{value / 10:g}" for value in tenths[0])
    rest = " ".join(f"{dx / 10:g},{dy / 10:g}" for dx, dy in steps[steps.any(axis=1)].tolist())
    return f"M{first}l{rest}Z" if rest else ""


def _title(row: Row) -> str:
    level = row["level"]
    text = f"{level}, {percent(row['p_attack'])}" if level else "not covered: no forecast"
    place = f"{apart(row['region'])}, {apart(row['country'])}"
    return f"<title>{escape(place)}: {text}</title>"
