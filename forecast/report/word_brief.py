"""The brief as a Word document of two pages: headline, map, first ten, what changed, how sure.

The words are those of the Markdown brief. Times inside the file are fixed, so that the same issue
gives the same bytes.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from data.files import write_bytes
from experiments.bands import band_text, likelihood_bands
from forecast.report.canvas import picture_bytes, steady
from forecast.report.issue_view import IssueView
from forecast.report.situation import Situation, lede, situation_of, title
from forecast.report.situation_changes import changes, notices, scorecard, sure, watched
from forecast.report.situation_outlook import observed, outlook, scope
from forecast.report.word_page import WordPage
from forecast.text.caveats import CAVEATS

__all__ = ["write_docx"]

TOP = 10
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
_NOTES, _WATCHED, _LONGEST = 3, 6, 560
# Room, in centimetres, that is kept below each part, so that each page holds its last one.
_KEPT = {
    "notices": 20.0,
    "notes": 16.0,
    "happened": 13.0,
    "likely": 10.0,
    "scope": 7.5,
    "changed": 8.2,
    "sure": 4.6,
    "watch": 4.6,
}


def write_docx(record: IssueView, folder: Path, stem: str) -> list[Path]:
    """Write the brief of the nearest month.

    Args:
        record: The issue.
        folder: Where to.
        stem: How the name begins.
    """
    now = situation_of(record)
    made = datetime.fromisoformat(record.manifest["finished_at"]).replace(tzinfo=None)
    page = WordPage(title(now), made)
    _first_page(page, now)
    _second_page(page, now)
    stream = io.BytesIO()
    page.document.save(stream)
    path = folder / f"{stem}.docx"
    write_bytes(path, _timeless(stream.getvalue()))
    return [path]


def _first_page(page: WordPage, now: Situation) -> None:
    page.heading(title(now), size=20)
    page.text(lede(now), soft=True)
    for notice in notices(now.record):
        page.boxed(notice, keep=_KEPT["notices"])
    for note in now.record.notes[-_NOTES:]:
        about = f" on {note.region}" if note.region else ""
        by = f", {note.author}" if note.author else ""
        page.boxed(f"Analyst's note{about} ({note.day}{by}): {note.text}", keep=_KEPT["notes"])
    _part(page, "What happened", observed(now), "happened")
    _part(page, f"What is likely in {now.month}", outlook(now), "likely")
    _part(page, "", scope(now), "scope")
    from forecast.report.map_drawing import draw_map

    with steady():
        page.picture(picture_bytes(draw_map(now.record, bare=True), "png"), below=1.2)
    page.text(
        f"Regions by level of risk in {now.month}; numbers are ranks in the table overleaf.",
        small=True,
    )


def _second_page(page: WordPage, now: Situation) -> None:
    page.new_page()
    count = min(TOP, len(now.rows))
    if count:
        page.heading(f"The first {count} regions" if count > 1 else "The region")
        page.ranking(now.rows.head(TOP))
    _part(page, "What changed", changes(now), "changed")
    _part(page, "How sure this is", [*sure(now), scorecard(now.record)], "sure")
    found = watched(now.record)[:_WATCHED]
    if found and page.has_room(_KEPT["watch"]):
        page.heading("To watch")
        for heading, text in found:
            page.entry(heading, text, keep=_KEPT["watch"])
    page.heading("Reading it")
    for line in _reading(now.record):
        page.text(line[:_LONGEST], small=True)


def _part(page: WordPage, heading: str, sentences: Sequence[str], name: str) -> None:
    if sentences and page.has_room(_KEPT[name]):
        if heading:
            page.heading(heading)
        page.text(" ".join(sentences), keep=_KEPT[name])


def _reading(record: IssueView) -> list[str]:
    words = "; ".join(f"{word} {band}" for word, band in likelihood_bands().items())
    levels = band_text(record.manifest["levels"])
    return [
        f"Levels, by the chance of at least one attack: {levels}. Likelihood words: {words}.",
        record.citation,
        " ".join([CAVEATS[0], CAVEATS[2], CAVEATS[4]]),
    ]


def _timeless(content: bytes) -> bytes:
    """Return a zip with the same files and no clock in it."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, _FIRST_DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            new.writestr(entry, old.read(name))
    return stream.getvalue()
