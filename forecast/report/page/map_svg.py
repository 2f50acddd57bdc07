"""The risk map as inline SVG: polygons where boundaries are at hand, else graduated circles.

Colours and hatching come from the page's style sheet; ranks and country names stand as text, so
that the map can be read without colours. A region is a link to its card. One region of the map is
reached by the Tab key, the page's script moves on from there by arrow keys; the table is the same
list in words.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from markupsafe import Markup, escape

from experiments.bands import LEVELS
from forecast.report.page.map_projection import WIDTH, Projection, fit_projection, graticule
from forecast.text.wording import apart, month_words, percent, shortened

__all__ = ["level_class", "mapped_rows", "risk_map"]

MOST_SHAPES = 2000
NUMBERED = 10
_RADII = {"very high": 13.0, "high": 10.5, "elevated": 8.0, "guarded": 5.5, "low": 3.5}
_UNKNOWN_RADIUS = 5.0
_SMALL_HOLE, _THIN = 0.02, 0.5
_LETTER, _LINE = 10.0, 19.0
_ASIDE, _SPOT = 13.0, 11.0


_HATCH = (
    '<defs><pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse"'
    ' patternTransform="rotate(45)"><rect class="hatch-ground" width="7" height="7"/>'
    '<line class="hatch-line" x1="0" y1="0" x2="0" y2="7"/></pattern></defs>'
)


@dataclass(frozen=True)
class _Drawn:
    """What one map is drawn from."""

    records: list[dict[Any, Any]]
    projection: Projection
    cards: Mapping[str, int]
    first: bool
    borrowed: bool


def level_class(level: str | None) -> str:
    """Return the style class of a level; ``unknown`` where there is none.

    Example:
        >>> level_class("very high"), level_class(None)
        ('very-high', 'unknown')
    """
    return "unknown" if level is None or level not in LEVELS else level.replace(" ", "-")


def risk_map(
    rows: pd.DataFrame,
    polygons: Mapping[str, Any] | None = None,
    *,
    cards: Mapping[str, int] | None = None,
    again: bool = False,
) -> Markup:
    """Return the map of one horizon.

    Args:
        rows: Rows of the risk table of one horizon, sorted by rank.
        polygons: Region id to shapely polygon; None draws circles at the centres. Above
            ``MOST_SHAPES`` regions those of the lowest level are left out.
        cards: Region id to the number of its card; a region without one is no link.
        again: Whether a map of the same regions stands before it on the page, whose outlines it
            then borrows where all regions are drawn.
    """
    whole = len(rows) <= MOST_SHAPES
    rows = mapped_rows(rows)
    records, projection = rows.to_dict("records"), fit_projection(rows, polygons)
    drawn = _Drawn(records, projection, cards or {}, first=not again, borrowed=again and whole)
    spots = _spots(drawn, aside=_ASIDE if polygons is None else 0.0)
    lines = () if polygons is None else _borders(drawn, polygons)
    body = "".join(
        [
            *graticule(drawn.projection),
            '<g class="regions">',
            *(_circles(drawn) if polygons is None else _polygons(drawn, polygons)),
            "</g>",
            *lines,
            *_countries(rows, drawn.projection, spots),
            *_ranks(drawn.records, spots),
        ]
    )
    month = escape(month_words(rows["target_month"].iloc[0]))
    return Markup(  # noqa: S704 (numbers and escaped text only)
        f'<svg class="map" viewBox="0 0 {WIDTH:.0f} {drawn.projection.height:.0f}" role="group"'
        f' aria-label="Map of regions by level of risk in {month}; numbers are ranks">'
        f"{_HATCH if drawn.first else ''}{body}</svg>"
    )


def mapped_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that a map draws: all, or all above the lowest level where they are many.

    Args:
        rows: Rows of the risk table of one horizon.
    """
    if len(rows) <= MOST_SHAPES:
        return rows
    raised = rows[rows["level"] != LEVELS[-1]]
    return raised if len(raised) else rows.head(MOST_SHAPES)


def _polygons(drawn: _Drawn, polygons: Mapping[str, Any]) -> Iterator[str]:
    for record in drawn.records:
        name = record["region_id"]
        if name not in polygons:
            continue
        if drawn.borrowed and name in drawn.cards:
            yield _linked(drawn, record, f'<use href="#s{drawn.cards[name]}"/>')
        else:
            path = _path(polygons[name], drawn.projection)
            yield _linked(drawn, record, f'<path{_shape_id(drawn, record)} d="{path}"/>')


def _circles(drawn: _Drawn) -> Iterator[str]:
    """Yield circles, the lowest level first so that the highest lie on top."""
    for record in reversed(drawn.records):
        radius = _RADII.get(_level(record) or "", _UNKNOWN_RADIUS)
        x, y = drawn.projection.x(record["longitude"]), drawn.projection.y(record["latitude"])
        circle = f'cx="{x:.1f}" cy="{y:.1f}" r="{radius}"'
        yield _linked(drawn, record, f"<circle{_shape_id(drawn, record)} {circle}/>")


def _shape_id(drawn: _Drawn, record: dict[Any, Any]) -> str:
    """Return the name by which further maps and the page's script draw a shape again."""
    number = drawn.cards.get(record["region_id"]) if drawn.first else None
    return "" if number is None else f' id="s{number}"'


def _linked(drawn: _Drawn, record: dict[Any, Any], shape: str) -> str:
    """Return a shape with its name, as a link where the region has a card."""
    named = f'class="region {level_class(_level(record))}"'
    number = drawn.cards.get(record["region_id"])
    if number is None:
        return f"<g {named}>{_title(record)}{shape}</g>"
    mark = f' id="m{number}"' if drawn.first else ""
    reached = "0" if number == 1 else "-1"
    return (
        f'<a {named}{mark} href="#c{number}" data-r="{number}" tabindex="{reached}">'
        f"{_title(record)}{shape}</a>"
    )


def _borders(drawn: _Drawn, polygons: Mapping[str, Any]) -> Iterator[str]:
    """Yield the outline of each country, slivers between its regions closed."""
    import shapely

    by_country: dict[str, list[Any]] = {}
    for record in drawn.records:
        if record["region_id"] in polygons:
            by_country.setdefault(record["country"], []).append(polygons[record["region_id"]])
    for shapes in by_country.values():
        outline = shapely.union_all(shapely.buffer(shapes, _SMALL_HOLE, quad_segs=1))
        outer = [shapely.Polygon(part.exterior) for part in shapely.get_parts([outline])]
        path = _path(shapely.MultiPolygon(outer), drawn.projection)
        yield f'<path class="border" d="{path}"/>'


def _path(shape: Any, projection: Projection) -> str:
    """Return the path of a polygon, thinned to what the picture can show."""
    import shapely

    thin = shapely.simplify(shape, _THIN / projection.scale)
    return "".join(
        _ring(np.asarray(ring.coords), projection)
        for polygon in shapely.get_parts([shape if thin.is_empty else thin])
        for ring in (polygon.exterior, *polygon.interiors)
    )


def _ring(corners: npt.NDArray[np.float64], projection: Projection) -> str:
    """Return a closed line in tenths of a unit, each corner as its distance from the one before."""
    x, y = projection.x(corners[:, 0]), projection.y(corners[:, 1])
    tenths = np.rint(10 * np.column_stack([x, y])[:-1]).astype(int)
    steps = np.diff(tenths, axis=0)
    first = ",".join(f"{value / 10:g}" for value in tenths[0])
    rest = " ".join(f"{dx / 10:g},{dy / 10:g}" for dx, dy in steps[steps.any(axis=1)].tolist())
    return f"M{first}l{rest}Z" if rest else ""


def _countries(
    rows: pd.DataFrame, projection: Projection, spots: list[tuple[float, float]]
) -> Iterator[str]:
    """Yield each country's name at the mean of its regions' centres, or on the next free line."""
    if rows["country"].nunique() == len(rows):
        return
    centres = rows.groupby("country")[["longitude", "latitude"]].mean()
    taken = [(x, _SPOT, y) for x, y in spots]
    for name, (longitude, latitude) in zip(centres.index, centres.to_numpy(), strict=True):
        x, y, half = (
            projection.x(longitude),
            projection.y(latitude),
            _LETTER * len(shortened(name)) / 2,
        )
        y = next(
            place
            for place in (y + step * _LINE for step in _steps())
            if not any(abs(x - a) < half + b and abs(place - c) < _LINE for a, b, c in taken)
        )
        taken.append((x, half, y))
        yield f'<text class="country" x="{x:.1f}" y="{y:.1f}">{escape(shortened(name))}</text>'


def _steps() -> Iterator[int]:
    """Yield 0, -1, 1, -2, 2 and so on: the nearest free line is taken, upwards first."""
    yield 0
    for step in itertools.count(1):
        yield from (-step, step)


def _spots(drawn: _Drawn, *, aside: float) -> list[tuple[float, float]]:
    """Return where the numbers of the first ranks stand: at the centres, or a little aside."""
    return [
        (
            drawn.projection.x(record["longitude"]) + aside,
            drawn.projection.y(record["latitude"]) - aside,
        )
        for record in drawn.records[:NUMBERED]
        if not pd.isna(record["rank"])
    ]


def _ranks(records: list[dict[Any, Any]], spots: list[tuple[float, float]]) -> Iterator[str]:
    """Yield the numbers of the first ranks; regions without a rank stand last in the table."""
    for record, (x, y) in zip(records, spots, strict=False):
        yield (
            f'<g class="rank" aria-hidden="true"><circle cx="{x:.1f}" cy="{y:.1f}" r="{_SPOT}"/>'
            f'<text x="{x:.1f}" y="{y + 4.5:.1f}">{record["rank"]}</text></g>'
        )


def _level(record: dict[Any, Any]) -> str | None:
    return None if pd.isna(record["level"]) else str(record["level"])


def _title(record: dict[Any, Any]) -> str:
    level = _level(record)
    says = f"{level}, {percent(record['p_attack'])}" if level else "not covered: no forecast"
    place = f"{apart(record['region'])}, {apart(record['country'])}"
    return f"<title>{escape(place)}: {says}</title>"
