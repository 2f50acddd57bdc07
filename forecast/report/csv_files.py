"""An issue as CSV: the table, and beside it sections, sources, caveats and the data dictionary.

A header line and rows, no comments. No text cell can become a formula; `unguarded` takes the
guard off again. Numbers stand as they are kept, a missing cell is empty.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

from data.csv_safety import guarded
from data.files import write_text
from forecast.report.issue_view import IssueView
from forecast.text.file_names import safe_name
from forecast.text.sections import Cell, Column, Section

__all__ = ["section_csv", "write_csv"]


def write_csv(record: IssueView, folder: Path, stem: str) -> list[Path]:
    """Write the table and what stands beside it, a file each.

    Args:
        record: The issue.
        folder: Where to.
        stem: How the names begin.
    """
    frame = [part for part in record.frame.values() if part.rows]
    beside = [record.dictionary, *frame, _contents(record), *record.sections]
    files = {folder / f"{stem}.csv": record.risk()}
    for section in beside:
        if section.columns:
            files[folder / f"{stem}-{safe_name(section.name)}.csv"] = section
    for path, section in files.items():
        write_text(path, section_csv(section))
    return list(files)


def section_csv(section: Section) -> str:
    """Return a section as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n", quoting=csv.QUOTE_MINIMAL)
    writer.writerow([column.name for column in section.columns])
    writer.writerows([_shown(cell) for cell in row] for row in section.rows)
    return text.getvalue()


def _shown(cell: Cell) -> str:
    if cell is None:
        return ""
    return guarded(cell) if isinstance(cell, str) else repr(cell)


def _contents(record: IssueView) -> Section:
    """Return what sections the issue has, those without rows and why included."""
    return Section(
        "sections",
        "Sections",
        "What stands beside the table.",
        (
            Column("section", "Section", "Name of the section"),
            Column("title", "Title", "Its title"),
            Column("note", "Note", "What it says; where it has no rows, why"),
            Column("rows", "Rows", "Number of its rows", "whole"),
        ),
        tuple((s.name, s.title, s.note, len(s.rows)) for s in record.sections),
    )
