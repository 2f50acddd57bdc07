"""The locator of a scale: which regions there are and how events are put in them."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from data.errors import ConfigError
from data.reading import Coverage
from data.regions.boundaries import Boundaries
from data.regions.coverage import covered_countries
from data.regions.location import CellLocator, CountryLocator, Locator, PolygonLocator
from data.regions.regions import cell_regions, country_regions

__all__ = ["make_locator"]


def make_locator(
    scale: str,
    *,
    events: pd.DataFrame,
    coverages: Sequence[Coverage],
    boundaries: Boundaries | None = None,
    until: str | None = None,
) -> Locator:
    """Return the locator of a scale.

    Args:
        scale: ``country`` (every country that complete lists cover), ``priogrid``, or a scale of
            polygons.
        events: Canonical events of complete lists; they make the cells where there are no
            boundaries.
        coverages: Of the same lists.
        boundaries: Needed for a scale of polygons; at ``country`` they give areas and neighbours,
            at ``priogrid`` the cells.
        until: Last month whose events may make a cell.

    Raises:
        ConfigError: A scale of polygons comes without boundaries.
        EvidenceError: No list is complete.
    """
    if scale == "country":
        covered = covered_countries(coverages)
        return CountryLocator(country_regions(covered, boundaries=boundaries))
    if scale == "priogrid":
        cells = cell_regions(events, boundaries=boundaries, until=until)
        return CellLocator(cells, bounded=boundaries is not None)
    if boundaries is None:
        raise ConfigError(
            f'the scale "{scale}" needs polygons: set [panel] boundaries in escalation.toml or give'
            " --boundaries FILE"
        )
    return PolygonLocator(boundaries, scale)
