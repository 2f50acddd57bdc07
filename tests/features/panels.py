"""Small panels for the tests of features."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.months import add_months, month_range
from data.schema import DISTANCE_COLUMNS, FIGURE_MEASURES, PLACE_MEASURES, ROW_MEASURES
from features.panel import Panel


def panel_of(
    first: str = "2000-01",
    *,
    neighbours: tuple[str, ...] | None = None,
    country: tuple[str, ...] | None = None,
    latitude: tuple[float, ...] | None = None,
    **measures: list[list[float]],
) -> Panel:
    """Return a panel of regions a, b, c ... on the equator's meridian 0, all observed."""
    values = {name: np.array(rows, dtype=np.float32) for name, rows in measures.items()}
    count, length = next(iter(values.values())).shape
    ids = [chr(ord("a") + row) for row in range(count)]
    regions = pd.DataFrame(
        {
            "region_id": ids,
            "region": ids,
            "country": country or ["Mali"] * count,
            "latitude": latitude or [float(row) for row in range(count)],
            "longitude": [0.0] * count,
            "area_km2": [1.0] * count,
            "neighbours": neighbours or [""] * count,
        }
    )
    unknown = np.isnan(next(iter(values.values())))
    return Panel(
        scale="admin1",
        regions=regions,
        months=tuple(month_range(first, add_months(first, length - 1))),
        measures=values,
        status=np.where(unknown, 3, 0).astype(np.int8),
    )


def rich_panel(
    rng: np.random.Generator, *, regions: int = 14, months: int = 150, gaps: bool = True
) -> Panel:
    """Return a seeded panel with every measure, all families, late starts and gaps."""
    ids = [f"r{row:02d}" for row in range(regions)]
    table = pd.DataFrame(
        {
            "region_id": ids,
            "region": ids,
            "country": [("Mali", "Niger", "Chad")[row % 3] for row in range(regions)],
            "latitude": rng.uniform(10, 20, regions),
            "longitude": rng.uniform(-5, 15, regions),
            "area_km2": 1.0,
            "neighbours": [f"{ids[row - 1]};{ids[(row + 1) % regions]}" for row in range(regions)],
        }
    )
    for place, name in enumerate(DISTANCE_COLUMNS, start=1):
        table[name] = 100.0 * place + np.arange(regions)
    busy = rng.gamma(0.5, 1.0, (regions, 1))
    observed = np.ones((regions, months), dtype=bool)
    if gaps:
        observed[3, :20] = False
        observed[5, 40:44] = False
        observed[:, 70:71] = False
    measures = {}
    for name in (*FIGURE_MEASURES, *ROW_MEASURES, *PLACE_MEASURES):
        counts = rng.poisson(busy * rng.gamma(0.5, 1.0, (regions, months)))
        measures[name] = np.where(observed, counts, np.nan).astype(np.float32)
    return Panel(
        scale="admin1",
        regions=table,
        months=tuple(month_range("2000-01", add_months("2000-01", months - 1))),
        measures=measures,
        status=np.where(observed, 0, 3).astype(np.int8),
    )


def column(panel: Panel, feature: object) -> npt.NDArray[np.float32]:
    """Return one feature of a panel, (regions, months)."""
    from features.table import build_features

    table = build_features(panel, [feature])
    assert table.absent == {}
    return table.values[0]
