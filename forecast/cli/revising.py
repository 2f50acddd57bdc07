"""What ``escalation revisions`` prints."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from data.counting.revisions import Revised, Revisions
from data.store.quiet_months import month_spans
from data.terminal import one_line, text_table

__all__ = ["revisions_record", "revisions_text"]

_SHOWN = 20


def revisions_text(revised: Revised) -> str:
    """Return sums and the largest changes as text."""
    found = revised.found
    months = month_spans(found.months) if found.months else "none"
    lines = [
        (
            f"{one_line(revised.source)}, {one_line(revised.scale)}: from"
            f" {one_line(revised.before)} to {one_line(revised.after)}"
        ),
        f"months observed in both: {months}",
        f"region-months: {found.compared:,} compared, {len(found.changed):,} changed",
        "",
        text_table(
            ["", "before", "after", "change", "in percent", "raised", "lowered"], _sums(found)
        ),
    ]
    if len(found.changed):
        lines += ["", "largest changes:", _largest(found.changed)]
    if found.added:
        lines.append(f"\nobserved only by {one_line(revised.after)}: {month_spans(found.added)}")
    if found.lost:
        lines.append(f"\nobserved only by {one_line(revised.before)}: {month_spans(found.lost)}")
    return "\n".join(lines)


def revisions_record(revised: Revised) -> str:
    """Return everything as JSON, every changed region-month among it."""
    found = revised.found
    record: dict[str, Any] = {
        "source": revised.source,
        "scale": revised.scale,
        "from": revised.before,
        "to": revised.after,
        "months": list(found.months),
        "compared": found.compared,
        "sums": found.sums,
        "observed_only_before": list(found.lost),
        "observed_only_after": list(found.added),
        "changed": [
            {name: None if pd.isna(value) else value for name, value in row.items()}
            for row in found.changed.to_dict("records")
        ],
    }
    return json.dumps(record, indent=2, ensure_ascii=False)


def _sums(found: Revisions) -> list[list[object]]:
    rows: list[list[object]] = []
    for measure, sums in found.sums.items():
        change, before = sums["after"] - sums["before"], sums["before"]
        moved = found.changed[f"{measure}_change"].fillna(0)
        share = f"{100 * change / before:+.1f} %" if before else "-"
        raised, lowered = int((moved > 0).sum()), int((moved < 0).sum())
        rows.append([measure, before, sums["after"], f"{change:+,}", share, raised, lowered])
    return rows


def _largest(changed: pd.DataFrame) -> str:
    rows = [
        [
            row["region"],
            row["country"],
            row["month"],
            *(_pair(row, m) for m in ("events", "deaths")),
        ]
        for row in changed.head(_SHOWN).to_dict("records")
    ]
    table = text_table(["region", "country", "month", "events", "deaths"], rows)
    more = len(changed) - _SHOWN
    return f"{table}\n{more:,} more: --json" if more > 0 else table


def _pair(row: dict[Any, Any], measure: str) -> str:
    """Return ``before -> after (change)``; ``?`` where a toll is not known."""
    before, after, change = (row[f"{measure}_{end}"] for end in ("before", "after", "change"))
    told = " -> ".join("?" if pd.isna(value) else f"{value:,}" for value in (before, after))
    return told if pd.isna(change) else f"{told} ({change:+,})"
