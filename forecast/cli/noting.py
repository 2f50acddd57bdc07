"""From what the command line was told to a note beside an issue, and how notes are printed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from data.workspace import Workspace
from forecast.archive.issue_files import read_issue
from forecast.archive.notes import Note, add_note, read_notes

__all__ = ["keep_note", "note_lines"]


def keep_note(
    workspace: Workspace, folder: Path, text: str, *, region: str | None, author: str
) -> Note:
    """Write a note of today beside an issue.

    Raises:
        EscalationError: See ``add_note``; or the issue is damaged, or the workspace locked.
    """
    with workspace.lock():
        today = datetime.now(UTC).date()
        return add_note(read_issue(folder), text, region=region, author=author, today=today)


def note_lines(folder: Path) -> list[str]:
    """Return the notes of an issue, a line each."""
    return [_line(note) for note in read_notes(folder)] or ["no note was written on this issue"]


def _line(note: Note) -> str:
    who = " ".join(
        part for part in (note.author, f"on {note.region}" if note.region else "") if part
    )
    return f"{note.day}  {f'{who}: ' if who else ''}{note.text}"
