"""Facts of where a region lies: its capital, the nearest border, and a list of sensitive places.

Each figure stands in the region table or in the panel under the measure that the function names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from data.counting.place_measures import FARTHEST_KM
from data.schema import BORDER_KM, CAPITAL_KM, EVENTS, PLACE_KM
from experiments.phases import YEAR
from forecast.model.past import Fact, Past, counted, window_sum

__all__ = ["PLACE_FACTS"]


def capital(past: Past, row: int, _target_month: str) -> Fact | None:
    """Say how far the centre lies from the capital (``capital_km``)."""
    return _far(past, CAPITAL_KM, row, "from the capital")


def border(past: Past, row: int, _target_month: str) -> Fact | None:
    """Say how far the centre lies from the nearest border (``border_km``)."""
    return _far(past, BORDER_KM, row, "from the nearest border")


def places(past: Past, row: int, _target_month: str) -> Fact | None:
    """Say how many attacks came close to a place (``attacks_25km``), else how far one is."""
    near = past.panel.measures.get("attacks_25km")
    if near is not None:
        close = window_sum(near[row].astype(np.float64), YEAR)
        total = window_sum(past.panel.measures[EVENTS][row].astype(np.float64), YEAR)
        if close > 0:
            whole = f"{close:,.0f} of {counted(total)} in a year"
            return Fact(f"{whole} within 25 km of a sensitive place", 1)
    distance = past.panel.measures.get(PLACE_KM)
    if distance is None or not distance[row, -1] < FARTHEST_KM:
        return None
    return Fact(f"nearest sensitive place {distance[row, -1]:,.0f} km away", 0)


PLACE_FACTS: Mapping[str, Callable[[Past, int, str], Fact | None]] = {
    "capital": capital,
    "border": border,
    "places": places,
}


def _far(past: Past, column: str, row: int, words: str) -> Fact | None:
    if column not in past.panel.regions:
        return None
    km = past.panel.regions[column].iloc[row]
    return None if np.isnan(km) else Fact(f"{km:,.0f} km {words}", 0)
