"""Sheets to draw pictures on: fixed settings, no display, no clock, no text that is not text.

The same drawing gives the same bytes, as SVG (text stays text) and as PNG.
"""

from __future__ import annotations

import io
import textwrap
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from forecast.report.colours import INK, RULE, SOFT
from forecast.text.wording import shortened

__all__ = ["drawable", "footer", "new_sheet", "picture_bytes", "plain_axes", "steady"]

_FONT = "DejaVu Sans"
_DPI = 160
_SETTINGS: Any = {
    "font.family": [_FONT],
    "font.size": 9.0,
    "text.color": INK,
    "text.parse_math": False,
    "text.usetex": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "escalation",
    "path.simplify": False,
    "hatch.linewidth": 0.6,
}


@contextmanager
def steady() -> Iterator[None]:
    """Draw with the project's settings, whatever the machine's are."""
    import matplotlib as mpl

    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_SETTINGS)
        yield


def new_sheet(width: float, height: float) -> Any:
    """Return an empty figure.

    Args:
        width: Inches.
        height: Inches.
    """
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), facecolor="white")


def plain_axes(axes: Any, *, grid: str) -> None:
    """Take frame and ticks off axes, and draw faint lines behind what they show.

    Args:
        axes: What is drawn on.
        grid: ``x`` for upright lines, ``y`` for level ones.
    """
    axes.grid(axis=grid, color=RULE, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)
    for side in axes.spines.values():
        side.set_visible(False)


def picture_bytes(figure: Any, kind: str) -> bytes:
    """Return a figure as bytes of ``svg`` or ``png``, without a date."""
    stream = io.BytesIO()
    if kind == "svg":
        figure.savefig(stream, format=kind, metadata={"Date": None, "Creator": None})
    else:
        packed = {"compress_level": 4}
        figure.savefig(
            stream, format=kind, dpi=_DPI, metadata={"Software": None}, pil_kwargs=packed
        )
    return stream.getvalue()


def footer(figure: Any, text: str) -> None:
    """Put a citation at the foot of a figure, as many lines as it needs."""
    wide = int(figure.get_figwidth() * 17.5)
    lines = textwrap.wrap(drawable(text, longest=900), wide, break_long_words=True)
    figure.text(
        0.02, 0.012, "\n".join(lines), fontsize=6.5, color=SOFT, va="bottom", linespacing=1.3
    )


def drawable(text: object, *, longest: int | None = None) -> str:
    """Return a name that the font can draw; what it lacks shows as a square.

    Args:
        text: A name, or a longer text with ``longest``.
        longest: Most characters of a longer text.
    """
    line = shortened(text) if longest is None else " ".join(str(text).split())[:longest]
    known = _glyphs()
    return "".join(_shown(character, known) for character in line)


def _shown(character: str, known: frozenset[int]) -> str:
    if unicodedata.category(character) in ("Cf", "Cc", "Cs"):
        return ""
    return character if ord(character) in known else "\u25a1"


@cache
def _glyphs() -> frozenset[int]:
    from matplotlib import font_manager

    font = font_manager.get_font(font_manager.findfont(_FONT))
    return frozenset(font.get_charmap())
