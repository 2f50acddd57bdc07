"""The brief: a short situation note in Markdown, made from an issue's facts by templates."""

from __future__ import annotations

from collections.abc import Sequence

from experiments.bands import band_text, likelihood_bands
from forecast.archive.notes import Note
from forecast.report.issue_view import IssueView
from forecast.report.situation import (
    Situation,
    lede,
    observed,
    outlook,
    reasons,
    scope,
    situation_of,
    title,
)
from forecast.report.situation_changes import changes, confidence, scorecard, watched
from forecast.text.limitations import LIMITATIONS
from forecast.text.markdown import escaped, escaped_lead

__all__ = ["BRIEF_LIMITATIONS", "HEADINGS", "brief_text", "levels_line", "likelihoods_line"]

FIRST_REASONS = 3
# The limitations for which a brief has room.
BRIEF_LIMITATIONS = tuple(LIMITATIONS[place] for place in (0, 2, 4))
HEADINGS = {
    "past": "What happened",
    "outlook": "What is likely in {month}",
    "why": "Why",
    "changes": "What changed",
    "watch": "What to watch",
    "confidence": "Confidence",
    "reading": "How to read it",
}


def brief_text(view: IssueView, *, horizon: int | None = None, country: str | None = None) -> str:
    """Return the brief of an issue as Markdown.

    Args:
        view: The issue.
        horizon: Months ahead; None for the nearest.
        country: Only this country; None for all regions.

    Raises:
        ConfigError: The issue lacks the horizon or the country.
    """
    now = situation_of(view, horizon=horizon, country=country)
    blocks = [
        f"# {escaped(title(now))}",
        escaped_lead(lede(now)),
        *(f"> {escaped(notice)}" for notice in now.view.notices),
        *_notes(now),
        *_part("past", now, observed(now)),
        *_part("outlook", now, outlook(now)),
        *([escaped_lead(" ".join(scope(now)))] if scope(now) else []),
        *_why(now),
        *_part("changes", now, changes(now)),
        *_watch(now),
        *_part("confidence", now, [*confidence(now), scorecard(view)]),
        *_reading(view),
    ]
    return "\n\n".join(blocks) + "\n"


def levels_line(view: IssueView) -> str:
    """Return the levels of an issue with their bands."""
    return f"Levels, by the chance of at least one attack: {band_text(view.cuts)}."


def likelihoods_line() -> str:
    """Return the likelihood words with their bands."""
    return (
        f"Likelihood words: {'; '.join(f'{w} {band}' for w, band in likelihood_bands().items())}."
    )


def _part(name: str, now: Situation, sentences: Sequence[str]) -> list[str]:
    heading = HEADINGS[name].format(month=now.view.month)
    return [f"## {escaped(heading)}", escaped_lead(" ".join(sentences))] if sentences else []


def _why(now: Situation) -> list[str]:
    first = reasons(now, most=FIRST_REASONS)
    lines = [f"- **{escaped(name)}**: {escaped(why)}" for name, why in first]
    return [f"## {HEADINGS['why']}", "\n".join(lines)] if lines else []


def _watch(now: Situation) -> list[str]:
    sections = watched(now.view, country=now.country, most=1)
    lines = [f"- **{escaped(heading)}**: {escaped(text)}" for heading, text in sections]
    return [f"## {HEADINGS['watch']}", "\n".join(lines)] if lines else []


def _notes(now: Situation) -> list[str]:
    """Return the analyst's notes that concern these regions, marked as such."""
    ids = {row["region_id"] for row in now.rows}
    return [
        f"> {_note(note, now.view)}"
        for note in now.view.notes
        if not now.country or not note.region_id or note.region_id in ids
    ]


def _note(note: Note, view: IssueView) -> str:
    by = f" by {escaped(note.author)}" if note.author else ""
    about = f" on {escaped(note.region)}" if note.region else ""
    earlier = "" if note.issue_id == view.manifest["id"] else ", on an earlier version"
    return f"**Analyst's note{about}{by}, {note.day}{earlier}:** {escaped(note.text)}"


def _reading(view: IssueView) -> list[str]:
    lines = [
        levels_line(view),
        likelihoods_line(),
        *BRIEF_LIMITATIONS,
        view.citation,
    ]
    return [f"## {HEADINGS['reading']}", "\n".join(f"- {escaped_lead(line)}" for line in lines)]
