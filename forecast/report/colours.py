"""Colours of files: those of levels are the page's by day, darker is higher, in greyscale too."""

from __future__ import annotations

from typing import NamedTuple

from experiments.bands import LEVELS

__all__ = ["INK", "LEVEL_COLOURS", "RULE", "SOFT", "UNKNOWN_COLOURS", "Colours", "level_class"]

INK, SOFT, RULE = "#1a2026", "#56616c", "#d9dee3"


class Colours(NamedTuple):
    """A ground and the ink that can be read on it, as ``#rrggbb``."""

    ground: str
    ink: str


LEVEL_COLOURS = {
    "very high": Colours("#6d0c1c", "#ffffff"),
    "high": Colours("#bf4527", "#ffffff"),
    "elevated": Colours("#e09a45", "#2b1a06"),
    "guarded": Colours("#f0d596", "#3d2f0c"),
    "low": Colours("#e9edf0", "#2c343b"),
}
UNKNOWN_COLOURS = Colours("#ffffff", "#56616c")


def level_class(level: str | None) -> str:
    """Return the style class of a level on the page; ``unknown`` where there is none.

    Example:
        >>> level_class("very high"), level_class(None)
        ('very-high', 'unknown')
    """
    return "unknown" if level is None or level not in LEVELS else level.replace(" ", "-")
