"""The risk map as a drawing: polygons where there are boundaries, else circles.

Levels stand in the legend with their bands and counts, first ranks as numbers on the map, regions
without a forecast are hatched; so the map can be read without colours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from experiments.bands import level_bands
from forecast.report.canvas import INK, RULE, SOFT, drawable, footer, new_sheet
from forecast.report.issue_view import IssueView
from forecast.text.level_colours import LEVEL_COLOURS, UNKNOWN_COLOURS
from forecast.text.wording import month_words

__all__ = ["draw_map"]

NUMBERED = 10
_BORDER = "#5b6670"
_SMALL_HOLE = 0.02
_FINEST = 2500
_ASIDE = (8, 8)
_READING = (
    "Levels are bands of the chance\nof at least one attack in the\nmonth. Numbers on the map are"
    "\nranks in the table."
)
_SIZES = {"very high": 95.0, "high": 70.0, "elevated": 45.0, "guarded": 24.0, "low": 11.0}


def draw_map(record: IssueView, *, bare: bool = False) -> Any:
    """Return the map of a record with one horizon as a figure.

    Args:
        record: The issue with one horizon.
        bare: Whether title and citation are left to the document around it.
    """
    rows, shapes = record.table, record.shapes or {}
    west, south, east, north = _bounds(rows, shapes)
    shrink = float(np.cos(np.radians((south + north) / 2)))
    shape = (north - south) / ((east - west) * shrink)
    width = 9.0
    tall = min(max(6.6 * shape, 3.0), 8.0)
    head, foot = (0.05, 0.05) if bare else (0.55, 0.75)
    figure = new_sheet(width, tall + head + foot)
    height = tall + head + foot
    axes = figure.add_axes((0.02, foot / height, 0.74, tall / height))
    _frame(axes, (west, south, east, north), shrink)
    _regions(axes, rows, _thinned(shapes, max(east - west, north - south) / _FINEST))
    _names(axes, rows, shrink, (east - west) * shrink)
    _ranks(axes, rows, shapes)
    _legend(figure, record, top=1 - head / height)
    if not bare:
        month = month_words(str(rows["target_month"].iloc[0]))
        figure.text(0.02, 1 - 0.3 / height, f"Attack risk in {month}", fontsize=14, weight="bold")
        footer(figure, record.citation)
    return figure


def _thinned(shapes: Mapping[str, Any], step: float) -> dict[str, Any]:
    """Return the polygons without points that the picture cannot show, in degrees."""
    import shapely

    thin = {name: shapely.simplify(shape, step) for name, shape in shapes.items()}
    return {name: shapes[name] if shape.is_empty else shape for name, shape in thin.items()}


def _bounds(rows: pd.DataFrame, shapes: Mapping[str, Any]) -> tuple[float, float, float, float]:
    boxes = [shapes[name].bounds for name in rows["region_id"] if name in shapes]
    points = rows[["longitude", "latitude"]].dropna().to_numpy(np.float64)
    boxes += [(x, y, x, y) for x, y in points]
    if not boxes:
        return (-180.0, -90.0, 180.0, 90.0)
    west, south = np.min([box[:2] for box in boxes], axis=0)
    east, north = np.max([box[2:] for box in boxes], axis=0)
    margin = max(0.03 * max(east - west, north - south), 0.3)
    return float(west - margin), float(south - margin), float(east + margin), float(north + margin)


def _frame(axes: Any, bounds: Sequence[float], shrink: float) -> None:
    west, south, east, north = bounds
    axes.set_xlim(west, east)
    axes.set_ylim(south, north)
    axes.set_aspect(1 / shrink, adjustable="box", anchor="NW")
    axes.set_facecolor("#f3f6f8")
    axes.grid(color=RULE, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, labelsize=6, labelcolor=SOFT, direction="in", pad=-9)
    axes.xaxis.set_major_formatter(
        lambda x, _: f"{abs(x):g}°{'E' if x > 0 else 'W' if x < 0 else ''}"
    )
    axes.yaxis.set_major_formatter(
        lambda y, _: f"{abs(y):g}°{'N' if y > 0 else 'S' if y < 0 else ''}"
    )
    axes.yaxis.set_tick_params(pad=-4)
    for label in axes.get_yticklabels():
        label.set_horizontalalignment("left")
    for side in axes.spines.values():
        side.set_color(RULE)


def _regions(axes: Any, rows: pd.DataFrame, shapes: Mapping[str, Any]) -> None:
    """Draw polygons, a level at a time; circles where a region has none."""
    for level in (None, *reversed(LEVEL_COLOURS)):
        part = rows[rows["level"].isna() if level is None else rows["level"] == level]
        _polygons(axes, [shapes[i] for i in part["region_id"] if i in shapes], level)
        _circles(axes, part[~part["region_id"].isin(list(shapes))], level)
    _borders(axes, rows, shapes)


def _polygons(axes: Any, shapes: Sequence[Any], level: str | None) -> None:
    from matplotlib.collections import PathCollection

    if shapes:
        axes.add_collection(
            PathCollection([_path(s) for s in shapes], linewidth=0.4, **_look(level))
        )


def _circles(axes: Any, rows: pd.DataFrame, level: str | None) -> None:
    if len(rows):
        size = _SIZES.get(level or "", 20.0)
        look = {**_look(level), "edgecolor": _BORDER}
        axes.scatter(rows["longitude"], rows["latitude"], s=size, linewidth=0.5, zorder=2, **look)


def _look(level: str | None) -> dict[str, Any]:
    if level is None:
        return {"facecolor": UNKNOWN_COLOURS.ground, "edgecolor": "#9aa4ad", "hatch": "/////"}
    return {"facecolor": LEVEL_COLOURS[level].ground, "edgecolor": "white"}


def _path(shape: Any) -> Any:
    """Return a polygon with its holes as one path."""
    import shapely
    from matplotlib.path import Path

    rings = [
        np.asarray(ring.coords)
        for polygon in shapely.get_parts([shape])
        for ring in (polygon.exterior, *polygon.interiors)
    ]
    codes = [np.full(len(ring), Path.LINETO, dtype=Path.code_type) for ring in rings]
    for code in codes:
        code[0], code[-1] = Path.MOVETO, Path.CLOSEPOLY
    return Path(np.concatenate(rings), np.concatenate(codes))


def _borders(axes: Any, rows: pd.DataFrame, shapes: Mapping[str, Any]) -> None:
    """Draw the outline of each country, slivers between its regions closed."""
    import shapely
    from matplotlib.collections import PathCollection

    outlines = []
    for _, part in rows.groupby("country", sort=True):
        there = [shapes[name] for name in part["region_id"] if name in shapes]
        if there:
            whole = shapely.union_all(shapely.buffer(there, _SMALL_HOLE, quad_segs=1))
            outlines += [_path(shapely.Polygon(p.exterior)) for p in shapely.get_parts([whole])]
    if outlines:
        axes.add_collection(
            PathCollection(outlines, facecolor="none", edgecolor=_BORDER, linewidth=0.8)
        )


def _names(axes: Any, rows: pd.DataFrame, shrink: float, wide: float) -> None:
    """Write each country's name at the mean of its centres, lower where one stands already."""
    from matplotlib.patheffects import withStroke

    if rows["country"].nunique() in (1, len(rows)):
        return
    letter, line = wide / 90, wide / 45
    first = rows[rows["rank"].notna()].head(NUMBERED)[["longitude", "latitude"]].dropna()
    taken = [(float(x), letter / shrink, float(y)) for x, y in first.to_numpy(np.float64)]
    centres = rows.groupby("country", sort=True)[["longitude", "latitude"]].mean().dropna()
    for name, (x, y) in zip(centres.index, centres.to_numpy(), strict=True):
        text = drawable(name)
        half = letter * len(text) / 2 / shrink
        y = next((at for at in _nearest(y, line) if _free(taken, x, half, at, line)), y)
        taken.append((x, half, y))
        halo = [withStroke(linewidth=2, foreground="white", alpha=0.75)]
        axes.text(
            x,
            y,
            text,
            fontsize=7,
            weight="bold",
            ha="center",
            va="center",
            path_effects=halo,
            clip_on=True,
            zorder=4,
        )


def _nearest(y: float, line: float) -> list[float]:
    """Return heights to try for a name, from its own place outwards."""
    return [y, *(y + sign * step * line / 2 for step in range(1, 9) for sign in (-1, 1))]


def _free(
    taken: Sequence[tuple[float, float, float]], x: float, half: float, y: float, line: float
) -> bool:
    return not any(abs(x - a) < half + b and abs(y - c) < line for a, b, c in taken)


def _ranks(axes: Any, rows: pd.DataFrame, shapes: Mapping[str, Any]) -> None:
    """Number the first regions, beside their circles where they have no polygon."""
    for row in rows[rows["rank"].notna()].head(NUMBERED).to_dict("records"):
        aside = (0, 0) if row["region_id"] in shapes else _ASIDE
        axes.annotate(
            str(row["rank"]),
            (row["longitude"], row["latitude"]),
            xytext=aside,
            textcoords="offset points",
            fontsize=6,
            weight="bold",
            ha="center",
            va="center_baseline",
            bbox={"boxstyle": "circle,pad=0.25", "facecolor": "white", "edgecolor": INK, "lw": 0.7},
            zorder=6,
        )


def _legend(figure: Any, record: IssueView, *, top: float) -> None:
    """Write levels with bands and numbers of regions beside the map."""
    height = figure.get_figheight()
    step, at = 0.27 / height, top - 0.12 / height
    figure.text(0.78, at, "Level", fontsize=7.5, color=SOFT, va="center")
    figure.text(0.985, at, "regions", fontsize=7.5, color=SOFT, va="center", ha="right")
    counts = record.table["level"].value_counts()
    lines = [
        (level, f"{level}  {band}", int(counts.get(level, 0)))
        for level, band in level_bands(record.manifest["levels"]).items()
    ]
    unknown = int(record.table["level"].isna().sum())
    for level, text, count in [*lines, *([(None, "no forecast", unknown)] if unknown else [])]:
        at -= step
        _swatch(figure, 0.78, at, level)
        figure.text(0.81, at, text, fontsize=7.5, va="center")
        figure.text(0.985, at, f"{count:,}", fontsize=7.5, va="center", ha="right")
    figure.text(0.78, at - step, _READING, fontsize=6.5, color=SOFT, va="top", linespacing=1.35)


def _swatch(figure: Any, x: float, y: float, level: str | None) -> None:
    from matplotlib.patches import Rectangle

    tall = 0.15 / figure.get_figheight()
    look = {**_look(level), "edgecolor": _BORDER}
    figure.add_artist(Rectangle((x, y - tall / 2), 0.022, tall, linewidth=0.5, **look))
