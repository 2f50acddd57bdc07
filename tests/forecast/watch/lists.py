"""Small lists of attacks, and their event rows, for the tests of the watch."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.months import month_number, month_text
from data.schema import EVENTS
from forecast.watch.area_months import AreaMonths
from forecast.watch.event_rows import Area, Covered, EventRows, events_until
from forecast.watch.lists import named_regions
from tests.data.geography import at

MONTH = "2020-12"


def list_of(events: pd.DataFrame, month: str = MONTH, covered: Covered | None = None) -> EventRows:
    number = month_number(month)
    known, left_out = events_until(events, number)
    return EventRows("mine", number, known, named_regions()(known), covered, left_out)


def whole(*keys: str, first: str = "2015-01", last: str = MONTH) -> Covered:
    """Return that countries are covered without a gap."""
    begin = month_number(first)
    months = month_number(last) - begin + 1
    return Covered(tuple(sorted(keys)), begin, np.zeros((len(keys), months), dtype=np.int8))


def hit(event_id: str, day: str, latitude: float = 14.0, longitude: float = -4.0, **more) -> dict:
    """Return an attack on civilians by JNIM in Mopti, Mali."""
    sides = {"kind": "one-sided", "side_a": "JNIM", "side_b": "Civilians", "admin1": "Mopti"}
    when = {"date_start": pd.Timestamp(day), "date_end": pd.Timestamp(more.pop("end", day))}
    tolls = {"deaths_best": more.pop("deaths", 1)}
    return at(event_id, latitude, longitude, **(sides | when | tolls | more))


def vague(event_id: str, first: str, last: str, precision: str, **more) -> dict:
    return hit(event_id, first, end=last, date_precision=precision, **more)


def cells(rows: list[tuple], columns: tuple) -> list[dict]:
    return [dict(zip([c.name for c in columns], row, strict=True)) for row in rows]


def months_of(series: list[float], first: str = "2017-01", **more: list[float]) -> AreaMonths:
    months = tuple(month_text(month_number(first) + n) for n in range(len(series)))
    values = {EVENTS: np.array([series], dtype=float)}
    values |= {name: np.array([other], dtype=float) for name, other in more.items()}
    return AreaMonths("mine", (Area("Gao", "Mali"),), months, values)
