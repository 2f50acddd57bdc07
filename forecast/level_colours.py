"""The colours of levels in files, those of the page by day: darker is higher, in greyscale too."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["LEVEL_COLOURS", "UNKNOWN_COLOURS", "Colours"]


class Colours(NamedTuple):
    """A ground and the ink that can be read on it, as ``#rrggbb``."""

    ground: str
    ink: str


LEVEL_COLOURS = {
    "very high": Colours("#7a1020", "#ffffff"),
    "high": Colours("#c8502f", "#ffffff"),
    "elevated": Colours("#eca75b", "#34200a"),
    "guarded": Colours("#f5dfae", "#3d2f0c"),
    "low": Colours("#e7ebee", "#2c343b"),
}
UNKNOWN_COLOURS = Colours("#ffffff", "#56616c")
