"""The brief: a short situation note in Markdown, made from an issue's facts by templates."""

from __future__ import annotations

from collections.abc import Sequence

from experiments.bands import band_text, likelihood_bands
from forecast.archive.notes import Note
from forecast.report.issue_view import IssueView
from forecast.report.situation import Situation, lede, situation_of, title
from forecast.report.situation_changes import changes, notices, reasons, scorecard, sure, watched
from forecast.report.situation_outlook import observed, outlook, scope
from forecast.text.caveats import CAVEATS
from forecast.text.markdown_text import escaped, escaped_lead

__all__ = ["brief_text"]

FIRST_REASONS = 3
_CAVEATS = (0, 2, 4)


def brief_text(record: IssueView, *, horizon: int | None = None, country: str | None = None) -> str:
    """Return the brief of an issue as Markdown.

    Args:
        record: The issue.
        horizon: Months ahead; None for the nearest.
        country: Only this country; None for all regions.

    Raises:
        ConfigError: The issue lacks the horizon or the country.
    """
    now = situation_of(record, horizon=horizon, country=country)
    blocks = [
        f"# {escaped(title(now))}",
        escaped_lead(lede(now)),
        *(f"> {escaped(notice)}" for notice in notices(now.record)),
        *_notes(now),
        *_part("What happened", observed(now)),
        *_part(f"What is likely in {now.month}", outlook(now)),
        *([escaped_lead(" ".join(scope(now)))] if scope(now) else []),
        *_why(now),
        *_part("What changed", changes(now)),
        *_watch(now),
        *_part("How sure this is", [*sure(now), scorecard(record)]),
        *_reading(record),
    ]
    return "\n\n".join(blocks) + "\n"


def _part(heading: str, sentences: Sequence[str]) -> list[str]:
    return [f"## {escaped(heading)}", escaped_lead(" ".join(sentences))] if sentences else []


def _why(now: Situation) -> list[str]:
    found = reasons(now, most=FIRST_REASONS)
    lines = [f"- **{escaped(name)}**: {escaped(why)}" for name, why in found]
    return ["## Why", "\n".join(lines)] if lines else []


def _watch(now: Situation) -> list[str]:
    found = watched(now.record, country=now.country, most=1)
    lines = [f"- **{escaped(heading)}**: {escaped(text)}" for heading, text in found]
    return ["## To watch", "\n".join(lines)] if lines else []


def _notes(now: Situation) -> list[str]:
    """Return the analyst's notes that concern these regions, marked as such."""
    ids = set(now.rows["region_id"])
    kept = [n for n in now.record.notes if not now.country or not n.region_id or n.region_id in ids]
    return [f"> {_note(note, now.record)}" for note in kept]


def _note(note: Note, record: IssueView) -> str:
    by = f" by {escaped(note.author)}" if note.author else ""
    about = f" on {escaped(note.region)}" if note.region else ""
    earlier = "" if note.issue_id == record.manifest["id"] else ", on an earlier version"
    return f"**Analyst's note{about}{by}, {note.day}{earlier}:** {escaped(note.text)}"


def _reading(record: IssueView) -> list[str]:
    words = "; ".join(f"{word} {band}" for word, band in likelihood_bands().items())
    lines = [
        f"Levels, by the chance of at least one attack: {band_text(record.manifest['levels'])}.",
        f"Likelihood words: {words}.",
        *(CAVEATS[place] for place in _CAVEATS),
        record.citation,
    ]
    return ["## Reading it", "\n".join(f"- {escaped_lead(line)}" for line in lines)]
