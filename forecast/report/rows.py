"""How a row of the risk table is worded: its place, its ranges, its reasons.

A row is a mapping of column to plain value, None where one is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forecast.text.wording import expected, shortened, whole

__all__ = ["REASONS", "Row", "place", "reasons_of", "with_range"]

REASONS = ("reason_1", "reason_2", "reason_3")

Row = Mapping[str, Any]


def place(row: Row, figure: str = "", *, within: str | None = None) -> str:
    """Return a region with its country, and a figure where one is given.

    Args:
        row: A row of the risk table.
        figure: A printed figure.
        within: A country that needs no naming.

    Example:
        >>> place({"region": "Gao", "country": "Mali", "scale": "admin1"}, "88 %")
        'Gao (Mali, 88 %)'
    """
    name, country = shortened(row["region"]), shortened(row["country"])
    known = row["scale"] == "country" or country in (name, within)
    inside = [] if known else [country]
    inside += [figure] if figure else []
    return f"{name} ({', '.join(inside)})" if inside else name


def with_range(row: Row, target: str) -> str:
    """Return the expected count of a target with the range that holds nine draws of ten.

    Example:
        >>> with_range({"expected_events": 2.04, "events_p05": 0.0, "events_p95": 6.0}, "events")
        '2.0 (0 to 6)'
    """
    low, high = whole(row[f"{target}_p05"]), whole(row[f"{target}_p95"])
    return f"{expected(row[f'expected_{target}'])} ({low} to {high})"


def reasons_of(row: Row) -> list[str]:
    """Return the reasons that a row gives, the weightiest first."""
    return [str(row[name]) for name in REASONS if row[name] is not None]
