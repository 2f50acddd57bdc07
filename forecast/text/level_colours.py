"""The colours of levels in files, those of the page by day: darker is higher, in greyscale too."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["LEVEL_COLOURS", "UNKNOWN_COLOURS", "Colours"]


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
