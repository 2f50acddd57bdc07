"""A small seeded panel that looks like conflict: most regions quiet, a few active, one late."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.months import month_range
from data.schema import STATUSES
from features.panel import Panel

MONTHS = tuple(month_range("2008-01", "2015-12"))


def make_panel(*, regions: int = 14, seed: int = 1) -> Panel:
    """Return a panel whose region 0 is always quiet and whose region 1 is covered late."""
    rng = np.random.default_rng(seed)
    count = len(MONTHS)
    drift = np.cumsum(rng.normal(0, 0.15, (regions, count)), axis=1)
    rate = np.exp(rng.normal(-1.2, 1.2, regions)[:, None] + drift)
    events = rng.poisson(np.minimum(rate, 20.0)).astype(np.float32)
    deaths = (events * rng.geometric(0.25, (regions, count))).astype(np.float32)
    status = np.zeros((regions, count), dtype=np.int8)
    status[1, :60] = STATUSES.index("not_covered")
    for values in (events, deaths):
        values[0] = 0.0
        values[status > 0] = np.nan
    return Panel(
        scale="admin1",
        regions=_region_table(regions),
        months=MONTHS,
        measures={"events": events, "deaths": deaths, "events_state_based": events.copy()},
        status=status,
    )


def _region_table(regions: int) -> pd.DataFrame:
    ids = [f"R-{place:02d}" for place in range(regions)]
    return pd.DataFrame(
        {
            "region_id": ids,
            "region": [f"Region {place}" for place in range(regions)],
            "country": ["Left" if place % 2 else "Right" for place in range(regions)],
            "latitude": [12.0 + place // 4 for place in range(regions)],
            "longitude": [-2.0 + place % 4 for place in range(regions)],
            "area_km2": [12_000.0] * regions,
            "neighbours": [
                ";".join(ids[other] for other in (place - 1, place + 1) if 0 <= other < regions)
                for place in range(regions)
            ],
        }
    )


def poisoned(panel: Panel, origin: str) -> Panel:
    """Return the panel with garbage in every month after the origin."""
    stop = panel.position(origin) + 1
    rng = np.random.default_rng(99)
    measures = {}
    for name, values in panel.measures.items():
        garbage = rng.integers(0, 1_000_000, values.shape).astype(np.float32)
        garbage[rng.random(values.shape) < 0.2] = np.nan
        measures[name] = np.concatenate([values[:, :stop], garbage[:, stop:]], axis=1)
    status = panel.status.copy()
    status[:, stop:] = rng.integers(0, len(STATUSES), status[:, stop:].shape)
    return Panel(panel.scale, panel.regions, panel.months, measures, status)
