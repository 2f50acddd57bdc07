"""The status of the store as tables that a person reads."""

from __future__ import annotations

from collections import defaultdict

from data.store.manifests import CoverageClaim
from data.store.publication import known_at
from data.store.status import SourceStatus, StoreStatus, YearTotal
from data.terminal import one_line, text_table
from forecast.cli.months_text import months_texts

__all__ = ["status_text"]

_COUNTRIES = 20
_YEARS = 6


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
        *months_texts(status["months"]),
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
    told = f"{claim['first'] or 'start'} to {claim['last'] or 'end'}, {named}"
    if "partial" in claim:
        told += f", {claim['partial']} in part"
    late = ", ".join(f"{name} from {month}" for name, month in claim.get("since", {}).items())
    return f"{told} ({late})" if late else told


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
    found: dict[str, dict[int, YearTotal]] = defaultdict(dict)
    for total in totals:
        if total["source"] == source["source"]:
            found[total["country"]][total["year"]] = total
    years = sorted({year for by_year in found.values() for year in by_year})[-_YEARS:]

    def deaths(country: str) -> int:
        return sum(found[country][year]["deaths"] for year in years if year in found[country])

    worst = sorted(found, key=lambda country: (-deaths(country), country))
    rows = [[country, *(_pair(found[country].get(year)) for year in years)] for country in worst]
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
