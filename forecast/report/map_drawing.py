"""The risk map as a picture: polygons where there are boundaries, else circles.

Levels stand in the legend with their bands and counts, first ranks as numbers on the map, regions
without a forecast are hatched; so the map can be read without colours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from forecast.report.canvas import drawable, footer, new_sheet
from forecast.report.colours import INK, LEVEL_COLOURS, RULE, SOFT, UNKNOWN_COLOURS
from forecast.report.issue_view import IssueView
from forecast.report.map_geometry import WIDTH, Floats, MapGeometry, map_geometry

__all__ = ["draw_map"]

_BORDER, _SEA = "#5b6670", "#f3f6f8"
# Inches: the sheet, the map on it, and the least height that the legend needs.
_SHEET, _WIDE, _LEAST = 9.0, 6.66, 3.0
_READING = (
    "Levels are bands of the chance\nof at least one attack in the\nmonth. Numbers on the map are"
    "\nranks in the table."
)


def draw_map(view: IssueView, *, bare: bool = False) -> Any:
    """Return the map of an issue with one horizon as a figure.

    Args:
        view: The issue with one horizon.
        bare: Whether title and citation are left to the document around it.
    """
    geometry = map_geometry(view.rows, view.evidence.shapes)
    tall = _WIDE * geometry.height / WIDTH
    head, foot = (0.05, 0.05) if bare else (0.55, 0.75)
    height = max(tall, _LEAST) + head + foot
    figure = new_sheet(_SHEET, height)
    place = (0.02, 1 - (head + tall) / height, _WIDE / _SHEET, tall / height)
    axes = figure.add_axes(place)
    _frame(axes, geometry)
    _regions(axes, geometry)
    _labels(axes, geometry)
    _legend(figure, view, top=1 - head / height)
    if not bare:
        figure.text(
            0.02, 1 - 0.3 / height, f"Attack risk in {view.month}", fontsize=14, weight="bold"
        )
        footer(figure, view.citation)
    return figure


def _frame(axes: Any, geometry: MapGeometry) -> None:
    axes.set_xlim(0, WIDTH)
    axes.set_ylim(geometry.height, 0)
    axes.set_facecolor(_SEA)
    axes.set_xticks([])
    axes.set_yticks([])
    for at in geometry.meridians():
        axes.axvline(at.x, color=RULE, linewidth=0.5, zorder=0)
        axes.text(at.x + 4, at.y - 5, at.text, fontsize=6, color=SOFT, va="bottom")
    for at in geometry.parallels():
        axes.axhline(at.y, color=RULE, linewidth=0.5, zorder=0)
        axes.text(6, at.y - 4, at.text, fontsize=6, color=SOFT, va="bottom")
    for side in axes.spines.values():
        side.set_color(RULE)


def _regions(axes: Any, geometry: MapGeometry) -> None:
    """Draw polygons and circles, a level at a time, the highest on top; then the borders."""
    from matplotlib.collections import PatchCollection, PathCollection
    from matplotlib.patches import Circle

    for level in (None, *reversed(LEVEL_COLOURS)):
        rows = [row for row in geometry.rows if row["level"] == level]
        lines = [rings for row in rows if (rings := geometry.rings(row["region_id"]))]
        axes.add_collection(PathCollection(list(map(_path, lines)), linewidth=0.4, **_look(level)))
        circles = [
            Circle(geometry.centre(row), geometry.radius(row))
            for row in rows
            if row["region_id"] not in geometry.shapes and row["longitude"] is not None
        ]
        look = {**_look(level), "edgecolor": _BORDER}
        axes.add_collection(PatchCollection(circles, linewidth=0.5, zorder=2, **look))
    outlines = list(map(_path, geometry.borders()))
    look = {"facecolor": "none", "edgecolor": _BORDER, "linewidth": 0.8}
    axes.add_collection(PathCollection(outlines, **look))


def _labels(axes: Any, geometry: MapGeometry) -> None:
    """Write names of countries, then numbers of ranks over them."""
    from matplotlib.patheffects import withStroke

    middle = {"ha": "center", "weight": "bold", "clip_on": True}
    halo = [withStroke(linewidth=2, foreground="white", alpha=0.75)]
    for at in geometry.countries():
        text = drawable(at.text)
        look = {**middle, "fontsize": 7, "va": "center", "path_effects": halo, "zorder": 4}
        axes.text(at.x, at.y, text, **look)
    disc = {"boxstyle": "circle,pad=0.25", "facecolor": "white", "edgecolor": INK, "lw": 0.7}
    for at in geometry.ranks():
        look = {**middle, "fontsize": 6, "va": "center_baseline", "bbox": disc, "zorder": 6}
        axes.text(at.x, at.y, at.text, **look)


def _look(level: str | None) -> dict[str, Any]:
    if level is None:
        return {"facecolor": UNKNOWN_COLOURS.ground, "edgecolor": "#9aa4ad", "hatch": "/////"}
    return {"facecolor": LEVEL_COLOURS[level].ground, "edgecolor": "white"}


def _path(rings: Sequence[Floats]) -> Any:
    """Return closed lines, those of holes among them, as one path."""
    from matplotlib.path import Path

    codes = [np.full(len(ring), Path.LINETO, dtype=Path.code_type) for ring in rings]
    for code in codes:
        code[0], code[-1] = Path.MOVETO, Path.CLOSEPOLY
    return Path(np.concatenate(rings), np.concatenate(codes))


def _legend(figure: Any, view: IssueView, *, top: float) -> None:
    """Write levels with bands and numbers of regions next to the map."""
    height = figure.get_figheight()
    step, at = 0.27 / height, top - 0.12 / height
    figure.text(0.78, at, "Level", fontsize=7.5, color=SOFT, va="center")
    figure.text(0.985, at, "regions", fontsize=7.5, color=SOFT, va="center", ha="right")
    for count in view.levels:
        at -= step
        text = f"{count.level}  {count.band}" if count.level else count.band
        _swatch(figure, 0.78, at, count.level)
        figure.text(0.81, at, text, fontsize=7.5, va="center")
        figure.text(0.985, at, f"{count.regions:,}", fontsize=7.5, va="center", ha="right")
    figure.text(0.78, at - step, _READING, fontsize=6.5, color=SOFT, va="top", linespacing=1.35)


def _swatch(figure: Any, x: float, y: float, level: str | None) -> None:
    from matplotlib.patches import Rectangle

    tall = 0.15 / figure.get_figheight()
    look = {**_look(level), "edgecolor": _BORDER}
    figure.add_artist(Rectangle((x, y - tall / 2), 0.022, tall, linewidth=0.5, **look))
