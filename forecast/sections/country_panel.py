"""Countries as the sum of a panel's regions: what was observed is added up, never a forecast.

A country's month is observed only where all its regions are.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.schema import FIGURE_MEASURES
from features.panel import Panel

__all__ = ["COUNTRY", "country_panel"]

COUNTRY = "country"
_LARGEST = "largest_event"


def country_panel(panel: Panel) -> Panel:
    """Return a panel of the countries of a panel's regions; ids and names are the countries'.

    Counts are added up, of the largest attack the largest is kept; other measures of single
    regions, such as distances and attackers, are left out.

    Args:
        panel: Regions of a finer scale.
    """
    names = panel.regions["country"].astype(str).to_numpy()
    countries = tuple(sorted(set(names)))
    rows = [np.flatnonzero(names == country) for country in countries]
    kept = [name for name in FIGURE_MEASURES if name in panel.measures]
    return Panel(
        scale=COUNTRY,
        regions=_table(panel, countries, rows),
        months=panel.months,
        measures={name: _joined(panel.measures[name], rows, name) for name in kept},
        status=np.stack([panel.status[places].max(axis=0) for places in rows]),
    )


def _joined(
    values: npt.NDArray[np.float32], rows: list[npt.NDArray[np.intp]], name: str
) -> npt.NDArray[np.float32]:
    """Return the sum, or the largest, of each country's regions; NaN where one is missing."""
    join = np.max if name == _LARGEST else np.sum
    return np.stack([join(values[places], axis=0) for places in rows]).astype(np.float32)


def _table(
    panel: Panel, countries: tuple[str, ...], rows: list[npt.NDArray[np.intp]]
) -> pd.DataFrame:
    regions = panel.regions
    return pd.DataFrame(
        {
            "region_id": countries,
            "region": countries,
            "country": countries,
            **{
                name: [float(regions[name].iloc[places].mean()) for places in rows]
                for name in ("latitude", "longitude")
            },
            "area_km2": [float(regions["area_km2"].iloc[places].sum()) for places in rows],
            "neighbours": [
                ";".join(sorted(_neighbours(panel, places) - {country}))
                for country, places in zip(countries, rows, strict=True)
            ],
        }
    )


def _neighbours(panel: Panel, places: npt.NDArray[np.intp]) -> set[str]:
    """Return the countries of all neighbours of some regions."""
    country = dict(zip(panel.region_ids, panel.regions["country"].astype(str), strict=True))
    texts = panel.regions["neighbours"].fillna("").iloc[places]
    return {country[name] for text in texts for name in str(text).split(";") if name in country}
