"""A look back at what an issue missed: what was known then beside what came.

A miss is an attack where the level was guarded or low, or a count above the 95 % quantile; the
worst false alarms are very high or high regions without an attack. What was known is read from the
issue itself, so that later revisions do not change it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from features.panel import Panel
from forecast.scoring.outcomes import ISSUED, Outcome
from forecast.scoring.scorecard import ALARM, QUIET

__all__ = ["ABOVE", "FALSE_ALARM", "MISSED", "LookBack", "look_back"]

Row = Mapping[Any, Any]

MISSED, ABOVE, FALSE_ALARM = "missed attack", "more than expected", "false alarm"


@dataclass(frozen=True)
class LookBack:
    """One region that a forecast got wrong.

    Attributes:
        kind: ``MISSED``, ``ABOVE`` or ``FALSE_ALARM``.
        region_id: Its id.
        region: Its name.
        country: Its country.
        level: Its level then.
        p_attack: Its probability of an attack then.
        most: The 95 % quantile of attacks then.
        last_events: Attacks in the origin's month, as known then.
        mean12_events: Mean of the twelve months up to it; None where unknown.
        neighbour_events: Attacks in its neighbours in the origin's month, as known then; None
            where it has none or one of them was not observed.
        reason: The first reason that was given; None without one.
        attacks: Attacks that came.
        deaths: Deaths that came; None where unknown.
    """

    kind: str
    region_id: str
    region: str
    country: str
    level: str
    p_attack: float
    most: float
    last_events: int | None
    mean12_events: float | None
    neighbour_events: int | None
    reason: str | None
    attacks: int
    deaths: int | None


def look_back(outcome: Outcome, panel: Panel) -> list[LookBack]:
    """Return all misses, the bloodiest first, then all false alarms, the surest first.

    Args:
        outcome: One scored horizon of an issue.
        panel: For who is whose neighbour.
    """
    rows = outcome.rows
    issued = rows[(rows["forecast"] == ISSUED) & rows["left_out"].isna()].to_dict("records")
    then = {str(row["region_id"]): row for row in outcome.table.to_dict("records")}
    neighbours = dict(
        zip(panel.region_ids, panel.regions["neighbours"].fillna("").astype(str), strict=True)
    )
    found = [
        _look(kind, came, then, neighbours.get(str(came["region_id"]), ""))
        for came in issued
        if (kind := _kind(came)) is not None
    ]
    return sorted(found, key=_order)


def _kind(row: Row) -> str | None:
    attacks = float(row["observed_events"])
    if attacks >= 1 and row["level"] in QUIET:
        return MISSED
    if attacks > float(row["q95"]):
        return ABOVE
    return FALSE_ALARM if attacks == 0 and row["level"] in ALARM else None


def _order(one: LookBack) -> tuple[int, float, float, float, str]:
    """Put misses in order of attacks and deaths, false alarms in order of their probability."""
    kind = (MISSED, ABOVE, FALSE_ALARM).index(one.kind)
    sure = -one.p_attack if one.kind == FALSE_ALARM else one.p_attack
    return kind, -one.attacks, -(one.deaths or 0), sure, one.region_id


def _look(kind: str, came: Row, then: Mapping[str, Row], neighbours: str) -> LookBack:
    """Return one region with what its own issue said and what came."""
    region_id = str(came["region_id"])
    known = then[region_id]
    return LookBack(
        kind=kind,
        region_id=region_id,
        region=str(known["region"]),
        country=str(known["country"]),
        level=str(known["level"]),
        p_attack=float(known["p_attack"]),
        most=float(known["events_p95"]),
        last_events=_whole(known["last_events"]),
        mean12_events=None if pd.isna(known["mean12_events"]) else float(known["mean12_events"]),
        neighbour_events=_around(then, neighbours),
        reason=None if pd.isna(known["reason_1"]) else str(known["reason_1"]),
        attacks=int(came["observed_events"]),
        deaths=_whole(came["observed_deaths"]),
    )


def _around(then: Mapping[str, Row], neighbours: str) -> int | None:
    """Return the neighbours' attacks in the origin's month; None where one is not known."""
    counts = [then[name]["last_events"] for name in neighbours.split(";") if name in then]
    if not counts or any(pd.isna(count) for count in counts):
        return None
    return int(sum(counts))


def _whole(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)
