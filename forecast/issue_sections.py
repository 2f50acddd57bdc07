"""The sections of an issue, in the order in which a reader meets them."""

from __future__ import annotations

from forecast.change_sections import change_sections
from forecast.occasion import Occasion
from forecast.outlook_sections import outlook_sections
from forecast.sections import Section

__all__ = ["Occasion", "gather_sections"]


def gather_sections(occasion: Occasion) -> tuple[Section, ...]:
    """Return the sections of an issue."""
    return (*change_sections(occasion), *outlook_sections(occasion))
