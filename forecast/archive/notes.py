"""An analyst's notes on an issue: dated sentences beside the figures, which they never change.

They are written to ``notes.json`` in the issue's folder, which the manifest does not name: the
issue's own files and their fingerprints stay as they are. A note carries today's date and is never
removed; a wrong one is corrected by another. It names the version of the issue it was written on,
as the same month may be issued again.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd

from data.errors import ConfigError, RuntimeEnvironmentError
from data.files import read_json
from data.records import read_record, write_record
from data.workspace import Workspace
from forecast.archive.issue_files import Issue, read_issue
from forecast.archive.regions import find_region

__all__ = ["LONGEST_NOTE", "NOTES", "Note", "add_note", "keep_note", "read_notes"]

NOTES = "notes.json"
LONGEST_NOTE = 1000
_ADVICE = "restore it from a copy"
_LONGEST_AUTHOR = 80


@dataclass(frozen=True)
class Note:
    """One note.

    Attributes:
        day: Day it was written, YYYY-MM-DD.
        text: What it says, on one line.
        author: Who wrote it; empty where not said.
        region_id: The region it is about; None for the whole issue.
        region: That region's name.
        issue_id: The version of the issue that it was written on.
    """

    day: str
    text: str
    author: str
    region_id: str | None
    region: str | None
    issue_id: str


def read_notes(folder: Path) -> tuple[Note, ...]:
    """Return the notes of an issue in the order in which they were written.

    Raises:
        RuntimeEnvironmentError: The file of notes is damaged.
    """
    path = folder / NOTES
    if not path.exists():
        return ()
    try:
        # Earlier versions wrote the plain list.
        listed = read_json(path)
        if not isinstance(listed, list):
            listed = read_record(path, advice=_ADVICE, notes=list)["notes"]
        notes = tuple(Note(**note) for note in listed)
    except TypeError as error:
        raise RuntimeEnvironmentError(
            f"{path}: expected a list of notes, got another form ({error}): {_ADVICE}"
        ) from error
    if not notes:
        # The file is made for the first note, and none is ever removed.
        raise RuntimeEnvironmentError(f"{path}: expected notes, got an empty list: {_ADVICE}")
    return notes


def add_note(
    issue: Issue, text: str, *, region: str | None = None, author: str = "", today: date
) -> Note:
    """Write a note beside an issue; the caller holds the workspace's lock.

    Args:
        issue: The issue.
        text: What it says; line breaks become spaces.
        region: Id of the region it is about, or its name where only one has it.
        author: Who wrote it.
        today: The day it is written.

    Raises:
        ConfigError: The text is empty or too long, or the issue has no such region, or several
            of that name.
    """
    text, author = " ".join(text.split()), " ".join(author.split())
    if not text:
        raise ConfigError("expected a note with at least one word, got an empty text")
    if len(text) > LONGEST_NOTE or len(author) > _LONGEST_AUTHOR:
        raise ConfigError(
            f"expected a note of at most {LONGEST_NOTE:,} characters by an author of at most"
            f" {_LONGEST_AUTHOR}, got {len(text):,} and {len(author)}"
        )
    place, name = (None, None) if region is None else _region(issue.table, region)
    note = Note(today.isoformat(), text, author, place, name, issue.manifest["id"])
    notes = [asdict(one) for one in (*read_notes(issue.folder), note)]
    write_record(issue.folder / NOTES, {"notes": notes})
    return note


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


def _region(table: pd.DataFrame, asked: str) -> tuple[str, str]:
    """Return id and name of the region that is asked for."""
    known = {
        str(row["region_id"]): (str(row["region"]), str(row["country"]))
        for row in table[["region_id", "region", "country"]].to_dict("records")
    }
    region_id = find_region(known, asked)
    return region_id, known[region_id][0]
