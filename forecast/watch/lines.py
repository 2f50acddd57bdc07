"""One sentence a row of a watch section, for the top of the page and for the terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from forecast.text.sections import Section
from forecast.text.wording import MISSING
from forecast.watch.catalogue import NO_COUNTS, NO_EVENTS, WATCH

__all__ = ["absence", "has_lines", "watch_lines"]

Row = Mapping[str, str]


def watch_lines(section: Section, most: int | None = None) -> list[str]:
    """Return the first rows of a watch section as sentences; all of them by default."""
    names = [column.name for column in section.columns]
    rows = [dict(zip(names, texts, strict=True)) for texts in section.texts()[:most]]
    return [_SENTENCES[section.name](row) for row in rows]


def has_lines(section: Section) -> bool:
    """Say whether a section is one of the watch sections, with the columns that they have."""
    names = {column.name for column in section.columns}
    return any(
        section.name == watch.name and {column.name for column in watch.columns} <= names
        for watch in WATCH
    )


def absence(section: Section) -> str:
    """Say of a section without rows whether nothing was found or nothing can be known."""
    unknown = NO_EVENTS in section.note or NO_COUNTS in section.note
    return "not known" if unknown else "none"


def _repeat(row: Row) -> str:
    many = "earlier" in row["tolls"]
    deaths = f"{row['deaths']} known deaths in all" if many else f"deaths {row['tolls']}"
    return f"{_where(row, 'place')}: {row['summary']}; {deaths}"


def _actor(row: Row) -> str:
    return f"{row['attacker']}, {_where(row, 'place')}: {row['what']}, {row['date']}{_far(row)}"


def _same_day(row: Row) -> str:
    return f"{row['attacker']}, {row['day']}: {row['places']}; {row['km']} km apart"


def _first(row: Row) -> str:
    who = f" by {row['attackers']}" if _known(row["attackers"]) else ""
    return f"{_where(row, 'place')}: {row['what']}, {row['date']}{who}{_far(row)}"


def _record(row: Row) -> str:
    return f"{_where(row)}: {row['value']} {row['measure']}, {row['record']}"


def _surge(row: Row) -> str:
    return f"{_where(row)}: {row['attacks']} attacks in 3 months after {row['quiet']} quiet months"


def _where(row: Row, *first: str) -> str:
    return ", ".join(row[name] for name in (*first, "region", "country") if _known(row[name]))


def _far(row: Row) -> str:
    return f", {row['km']} km from {row['nearest']}" if _known(row["km"]) else ""


def _known(text: str) -> bool:
    return text != MISSING


_SENTENCES: Mapping[str, Callable[[Row], str]] = {
    "watch_repeat": _repeat,
    "watch_actors": _actor,
    "watch_same_day": _same_day,
    "watch_first": _first,
    "watch_records": _record,
    "watch_surge": _surge,
}
