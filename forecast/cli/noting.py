"""How the notes on an issue are printed."""

from __future__ import annotations

from pathlib import Path

from forecast.archive.notes import Note, read_notes

__all__ = ["note_lines"]


def note_lines(folder: Path) -> list[str]:
    """Return the notes of an issue, a line each."""
    return [_line(note) for note in read_notes(folder)] or ["no note was written on this issue"]


def _line(note: Note) -> str:
    who = " ".join(
        part for part in (note.author, f"on {note.region}" if note.region else "") if part
    )
    return f"{note.day}  {f'{who}: ' if who else ''}{note.text}"
