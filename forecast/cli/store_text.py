"""The status of a store and its revisions as tables that a person reads, and as JSON."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import pandas as pd

from data.counting.revisions import Revised, Revisions
from data.months import month_spans
from data.store.manifests import CoverageClaim, known_at
from data.store.month_status import LISTED, MonthStatus
from data.store.status import SourceStatus, StoreStatus, YearTotal
from data.terminal import in_percent, one_line, text_table

__all__ = ["revisions_json", "revisions_text", "status_text"]

_COUNTRIES = 20
_YEARS = 6
_CHANGES = 20
_WIDTH = 100
_NAME = 30
_WORDS = {LISTED: "list, not complete", "failed": "failed (no event)"}


def status_text(status: StoreStatus) -> str:
    """Return sources, coverage, ingests and yearly totals as text."""
    if not status["ingests"]:
        return "the store is empty: `escalation ingest` reads a first file"
    day = f", as known on {status['as_of']}" if status["as_of"] else ""
    parts = [
        f"last complete month: {status['last_complete_month'] or 'none'}{day}",
        *(
            ["\n".join(f"warning: {one_line(w)}" for w in status["warnings"])]
            * bool(status["warnings"])
        ),
        *_month_tables(status["months"]),
        _sources(status["sources"]),
        "\n".join(_coverage_line(source) for source in status["sources"]),
        _ingests(status),
        *(_yearly(source, status["totals"]) for source in status["sources"]),
    ]
    return "\n\n".join(parts)


def _sources(sources: list[SourceStatus]) -> str:
    columns = ["source", "content", "releases", "first", "last", "complete through"]
    counts = ["rows", "events", "deaths", "quarantined", "duplicates"]
    rows: list[list[object]] = [
        [
            source["source"],
            source["content"],
            ", ".join(source["releases"]),
            source["first_month"],
            source["last_month"],
            source["complete_through"],
            source["rows"],
            source["events"],
            source["deaths"],
            source["quarantined"],
            source["duplicates"],
        ]
        for source in sources
    ]
    return text_table([*columns, *counts], rows)


def _coverage_line(source: SourceStatus) -> str:
    claims = "; ".join(_claim(claim) for claim in source["coverage"])
    return f"coverage of {one_line(source['source'])}: {one_line(claims)}"


def _claim(claim: CoverageClaim) -> str:
    if not claim["complete"]:
        return "not a complete list, so a month without a row says nothing"
    countries = claim["countries"]
    named = f"{len(countries)} countries ({', '.join(countries)})" if countries else "the world"
    text = f"{claim['first'] or 'start'} to {claim['last'] or 'end'}, {named}"
    if "partial" in claim:
        text += f", {claim['partial']} in part"
    late = ", ".join(f"{name} from {month}" for name, month in claim.get("since", {}).items())
    return f"{text} ({late})" if late else text


def _ingests(status: StoreStatus) -> str:
    columns = ["ingest", "file", "release", "known from", "retrieved", "read", "accepted"]
    columns.append("quarantined")
    return text_table(
        columns,
        [
            [
                f"{m['number']:06d}",
                m["file"],
                m["release"],
                str(known_at(m).date()),
                m["retrieved_at"][:10],
                m["rows"],
                m["accepted"],
                m["quarantined"],
            ]
            for m in status["ingests"]
        ],
    )


def _yearly(source: SourceStatus, totals: list[YearTotal]) -> str:
    """Return events / deaths a country and year, for the last years and the worst countries."""
    by_country: dict[str, dict[int, YearTotal]] = defaultdict(dict)
    for total in totals:
        if total["source"] == source["source"]:
            by_country[total["country"]][total["year"]] = total
    years = sorted({year for by_year in by_country.values() for year in by_year})[-_YEARS:]

    def deaths(country: str) -> int:
        totals = by_country[country]
        return sum(totals[year]["deaths"] for year in years if year in totals)

    worst = sorted(by_country, key=lambda country: (-deaths(country), country))
    rows = [
        [country, *(_pair(by_country[country].get(year)) for year in years)] for country in worst
    ]
    by_event = source["content"] == "events"
    of = "the event's own country and first day" if by_event else "the region's country and month"
    lines = [
        f"{one_line(source['source'])}: events / deaths by {of}",
        text_table(["country", *map(str, years)], rows[:_COUNTRIES]),
    ]
    if len(rows) > _COUNTRIES or len(years) == _YEARS:
        hidden = max(len(rows) - _COUNTRIES, 0)
        lines.append(f"{hidden} more countries and all years: escalation status --json")
    return "\n".join(lines)


def _pair(total: YearTotal | None) -> str:
    """Return ``events / deaths``; ``?`` where no toll is known, ``+`` where some are not."""
    if total is None:
        return "-"
    if total["events"] and total["events"] == total["deaths_unknown"]:
        return f"{total['events']:,} / ?"
    return f"{total['events']:,} / {total['deaths']:,}{'+' if total['deaths_unknown'] else ''}"


def _month_tables(statuses: Sequence[MonthStatus]) -> list[str]:
    """Return the months and sources, one line a month and one column a source, in 100 columns.

    Args:
        statuses: One entry a source and month, all sources with the same months.
    """
    columns: dict[str, dict[str, MonthStatus]] = {}
    for status in statuses:
        columns.setdefault(_heading(status, statuses), {})[status["month"]] = status
    months = sorted({status["month"] for status in statuses})
    cells = {name: [_cell(column[month]) for month in months] for name, column in columns.items()}
    return [
        text_table(["month", *block], [[m, *row] for m, row in zip(months, rows, strict=True)])
        for block in _blocks(cells)
        for rows in [list(zip(*(cells[name] for name in block), strict=True))]
    ]


def _blocks(cells: dict[str, list[str]]) -> list[list[str]]:
    """Return names of columns that stand beside one another, each block within the width."""
    blocks: list[list[str]] = []
    used = _WIDTH
    for name, column in cells.items():
        width = 2 + max(len(name), *map(len, column))
        if used + width > _WIDTH:
            blocks.append([])
            used = len("YYYY-MM")
        blocks[-1].append(name)
        used += width
    return blocks


def _heading(status: MonthStatus, statuses: Sequence[MonthStatus]) -> str:
    """Return a source's name, with its content where two contents have the same name."""
    name = one_line(status["source"])[:_NAME]
    contents = {s["content"] for s in statuses if s["source"] == status["source"]}
    return f"{name} ({status['content']})" if len(contents) > 1 else name


def _cell(status: MonthStatus) -> str:
    """Return a status in words with release, countries and events."""
    words = [_WORDS.get(status["status"], status["status"].replace("_", " "))]
    if status["release"] is not None:
        words.append(one_line(status["release"])[:_NAME])
    if status["countries"] is not None:
        words.append(f"({status['countries']} countries)")
    if status["events"]:
        words.append(f"{status['events']:,} event{'' if status['events'] == 1 else 's'}")
    return " ".join(words)


def revisions_text(revised: Revised) -> str:
    """Return sums and the largest changes as text."""
    revisions = revised.found
    months = month_spans(revisions.months) if revisions.months else "none"
    before, after = one_line(revised.before), one_line(revised.after)
    lines = [
        f"{one_line(revised.source)}, {one_line(revised.scale)}: from {before} to {after}",
        f"months observed in both: {months}",
        f"region-months: {revisions.compared:,} compared, {len(revisions.changed):,} changed",
        "",
        _sums(revisions),
    ]
    if revised.rows:
        rows = [[what, *told.values()] for what, told in revised.rows.items()]
        lines += ["", text_table(["rows", "events", "deaths"], rows)]
    if len(revisions.changed):
        lines += ["", "largest changes:", _largest(revisions.changed)]
    if revisions.added:
        lines.append(f"\nobserved only by {after}: {month_spans(revisions.added)}")
    if revisions.lost:
        lines.append(f"\nobserved only by {before}: {month_spans(revisions.lost)}")
    return "\n".join(lines)


def revisions_json(revised: Revised) -> str:
    """Return everything as JSON, every changed region-month among it."""
    revisions = revised.found
    record: dict[str, Any] = {
        "source": revised.source,
        "scale": revised.scale,
        "from": revised.before,
        "to": revised.after,
        "months": list(revisions.months),
        "compared": revisions.compared,
        "sums": revisions.sums,
        "rows": revised.rows,
        "observed_only_before": list(revisions.lost),
        "observed_only_after": list(revisions.added),
        "changed": [
            {name: None if pd.isna(value) else value for name, value in row.items()}
            for row in revisions.changed.to_dict("records")
        ],
    }
    return json.dumps(record, indent=2, ensure_ascii=False)


def _sums(revisions: Revisions) -> str:
    headings = ["", "before", "after", "change", "in percent", "raised", "lowered"]
    rows: list[list[object]] = []
    for measure, sums in revisions.sums.items():
        change, before = sums["after"] - sums["before"], sums["before"]
        moved = revisions.changed[f"{measure}_change"].fillna(0)
        share = in_percent(change / before if before else math.nan, digits=1, signed=True)
        raised, lowered = int((moved > 0).sum()), int((moved < 0).sum())
        rows.append([measure, before, sums["after"], f"{change:+,}", share, raised, lowered])
    return text_table(headings, rows)


def _largest(changed: pd.DataFrame) -> str:
    rows = [
        [
            row["region"],
            row["country"],
            row["month"],
            *(_change(row, m) for m in ("events", "deaths")),
        ]
        for row in changed.head(_CHANGES).to_dict("records")
    ]
    table = text_table(["region", "country", "month", "events", "deaths"], rows)
    more = len(changed) - _CHANGES
    return f"{table}\n{more:,} more: --json" if more > 0 else table


def _change(row: dict[Any, Any], measure: str) -> str:
    """Return ``before -> after (change)``; ``?`` where a toll is not known."""
    before, after, change = (row[f"{measure}_{end}"] for end in ("before", "after", "change"))
    pair = " -> ".join("?" if pd.isna(value) else f"{value:,}" for value in (before, after))
    return pair if pd.isna(change) else f"{pair} ({change:+,})"
