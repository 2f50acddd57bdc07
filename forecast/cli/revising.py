"""What ``escalation revisions`` asks for, compares and prints."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from data.counting.panel_making import chosen_source, count_store
from data.counting.revisions import Revisions, compare_counts
from data.errors import ConfigError, EvidenceError
from data.store.manifests import release_order
from data.store.quiet_months import month_spans
from data.store.store import Store
from data.terminal import one_line, text_table
from data.workspace import PanelSettings

__all__ = ["Revised", "find_revisions", "revisions_record", "revisions_text"]

_SHOWN = 20


@dataclass(frozen=True)
class Revised:
    """Revisions with what was compared.

    Attributes:
        source: The source.
        scale: The spatial scale.
        before: The earlier state of knowledge, a release or a day.
        after: The later one.
        found: The difference.
    """

    source: str
    scale: str
    before: str
    after: str
    found: Revisions


def find_revisions(
    store: Store, settings: PanelSettings, *, root: Path, before: str | None, after: str | None
) -> Revised:
    """Compare what a source said up to two releases, or on two days.

    Args:
        store: Where the rows are.
        settings: Scale, regions and source.
        root: Folder to which the settings' paths are relative.
        before: Release or day; None for the release before ``after``.
        after: Release or day; None for the newest release.

    Raises:
        EvidenceError: There are not two releases, or one of the two knew nothing.
        ConfigError: A release or day is not understood.
    """
    content, source = chosen_source(store, settings.source)
    known = (
        m["release"] for m in store.manifests() if (m["content"], m["source"]) == (content, source)
    )
    releases = sorted(dict.fromkeys(known), key=release_order)
    late = after or releases[-1]
    early = before or _before(late, releases)
    views = [_view(store, name, releases) for name in (early, late)]
    counted = [count_store(view, settings, root=root).counts for view in views]
    return Revised(source, settings.scale, early, late, compare_counts(*counted))


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


def _before(late: str, releases: list[str]) -> str:
    """Return the release before another."""
    earlier = [name for name in releases if release_order(name) < release_order(late)]
    if late not in releases or not earlier:
        raise EvidenceError(
            f"the store holds no release before {late} ({', '.join(releases)}): ingest one, or"
            " compare two days with --from YYYY-MM-DD --to YYYY-MM-DD"
        )
    return earlier[-1]


def _view(store: Store, name: str, releases: list[str]) -> Store:
    """Return the store up to a release, or as it was known on a day."""
    if name in releases:
        return store.known(release=name)
    try:
        day = date.fromisoformat(name)
    except ValueError:
        raise ConfigError(
            f"expected a release of the store ({', '.join(releases)}) or a day as YYYY-MM-DD,"
            f' got "{name}"'
        ) from None
    return store.known(as_of=day)


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
