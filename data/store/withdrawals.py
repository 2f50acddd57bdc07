"""Events that a source took back: they stay in their snapshots and stop counting.

A snapshot may name ids that its source withdrew. They end the rows of releases up to its own; a row
of a later release counts again, as the source has brought the event back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

__all__ = ["WITHDRAWN", "standing_rows", "withdrawn_table"]

WITHDRAWN = "withdrawn"

Order = tuple[int, ...]


def withdrawn_table(ids: Sequence[str]) -> pd.DataFrame:
    """Return the table of a snapshot that names withdrawn ids."""
    return pd.DataFrame({"event_id": sorted(set(ids))}, dtype="str")


def standing_rows(
    rows: pd.DataFrame,
    withdrawn: Sequence[tuple[str, Order, pd.DataFrame]],
    orders: Mapping[str, Order],
) -> pd.DataFrame:
    """Leave out the rows that were taken back.

    Args:
        rows: Winning rows with ``source``, ``release`` and ``event_id``.
        withdrawn: Source, order of the release and table of each snapshot that names ids.
        orders: The order of every release among the rows.
    """
    gone = pd.Series(False, index=rows.index)
    for source, order, table in withdrawn:
        earlier = {name for name, own in orders.items() if own <= order}
        named = rows["event_id"].isin(table["event_id"])
        gone |= named & (rows["source"] == source) & rows["release"].isin(earlier)
    return rows[~gone].reset_index(drop=True) if gone.any() else rows
