"""An issue as one Markdown file: the table in columns for reading, sections, sources, caveats."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from data.files import write_text
from forecast.report.issue_view import IssueView
from forecast.report.reading import reading_part
from forecast.report.situation import lede, situation_of
from forecast.report.situation_changes import notices
from forecast.text.markdown_text import escaped, escaped_lead, section_text

__all__ = ["write_markdown"]


def write_markdown(record: IssueView, folder: Path, stem: str) -> list[Path]:
    """Write the issue as tables.

    Args:
        record: The issue.
        folder: Where to.
        stem: How the names begin.
    """
    path = folder / f"{stem}.md"
    write_text(path, "\n\n".join(_blocks(record)) + "\n")
    return [path]


def _blocks(record: IssueView) -> Sequence[str]:
    frame = dict(record.frame)
    notes, caveats = frame.pop("notes"), frame.pop("caveats")
    return [
        f"# {escaped(record.title)}",
        escaped_lead(lede(situation_of(record))),
        *(f"> {escaped(notice)}" for notice in notices(record)),
        *([section_text(notes)] if notes.rows else []),
        *(section_text(reading_part(record.at(horizon))) for horizon in record.horizons),
        *(section_text(section) for section in record.sections),
        *(section_text(section) for section in frame.values()),
        f"## {caveats.title}",
        "\n".join(f"- {escaped_lead(str(text))}" for (text,) in caveats.rows),
        section_text(record.dictionary),
        escaped_lead(record.citation),
    ]
