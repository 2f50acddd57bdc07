"""The sections of an issue as a page prints them: grouped under headings, long ones folded.

A section is printed whatever it is about. Only its place on the page is chosen by its name; one
that no group expects comes last, under a heading of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from experiments.bands import LEVELS
from forecast.report.colours import level_class
from forecast.text.sections import Cell, Column, Section, shown
from forecast.text.wording import printable

__all__ = ["Group", "PageCell", "PageColumn", "PageSection", "glossary", "section_groups"]

OPEN_ROWS = 10
# A fold that hides one or two rows only costs a click.
SPARED_ROWS = 3
MOST_ROWS = 400
PRINTED_ROWS = 60
LONGEST_SHORT = 30
HIDDEN = ("region_id",)
_PLACES = ("region", "region_id")
_LEVELS = ("level", "level_previous")

# In the order in which a reader meets them; a name belongs to the first group that it begins with.
_GROUPS = (
    ("notes", "Analyst's notes", ("note", "analyst")),
    ("changes", "What changed", ("movers", "new_on", "left", "change")),
    ("watch", "What to watch", ("watch",)),
    ("outlook", "Outlook", ("next", "by_deaths", "countr", "outlook")),
    ("scorecard", "Scores of earlier forecasts", ("scorecard",)),
    ("more", "Further sections", ("",)),
)


@dataclass(frozen=True)
class PageCell:
    """One cell: its text, the card that it leads to, the style class of the level it names."""

    text: str
    card: int | None = None
    level: str | None = None


@dataclass(frozen=True)
class PageColumn:
    """One column: its heading and the style class of its cells."""

    title: str
    style: str


@dataclass(frozen=True)
class PageSection:
    """A section ready to be printed.

    Attributes:
        section: The section.
        columns: The columns that are shown.
        rows: The rows that stand open.
        folded: The rows behind a fold.
        left_out: Number of rows that the page leaves out.
    """

    section: Section
    columns: tuple[PageColumn, ...]
    rows: list[list[PageCell]]
    folded: list[list[PageCell]]
    left_out: int

    @property
    def long(self) -> bool:
        """Say whether the folded rows are too many to be printed on paper."""
        return len(self.folded) > PRINTED_ROWS


@dataclass(frozen=True)
class Group:
    """Sections under one heading; ``name`` is its anchor."""

    name: str
    title: str
    sections: tuple[PageSection, ...]


def section_groups(sections: Sequence[Section], cards: Mapping[str, int]) -> dict[str, Group]:
    """Return the groups that have a section, by name, in the order of the page.

    Args:
        sections: Sections of an issue.
        cards: Region id to the number of its card.
    """
    members: dict[str, list[Section]] = {}
    for section in sections:
        name = next(group for group, _, starts in _GROUPS if section.name.startswith(starts))
        members.setdefault(name, []).append(section)
    return {
        name: Group(name, title, tuple(_printed(section, cards) for section in members[name]))
        for name, title, _ in _GROUPS
        if name in members
    }


def glossary(sections: Sequence[Section]) -> list[tuple[str, str]]:
    """Return what the columns of the sections hold, each once, in their order."""
    meanings = {
        (column.title, column.meaning): None
        for section in sections
        for column in section.columns
        if column.meaning and column.name not in HIDDEN and section.rows
    }
    return list(meanings)


def _printed(section: Section, cards: Mapping[str, int]) -> PageSection:
    """Return a section, its rows divided into open and folded ones."""
    names = [column.name for column in section.columns]
    shown_places = [
        place for place, name in enumerate(names) if name not in HIDDEN or "region" not in names
    ]
    ids = names.index("region_id") if "region_id" in names else None
    rows = [
        [
            _cell(
                row[place],
                section.columns[place],
                None if ids is None else cards.get(str(row[ids])),
            )
            for place in shown_places
        ]
        for row in section.rows[:MOST_ROWS]
    ]
    opened = len(rows) if len(rows) <= OPEN_ROWS + SPARED_ROWS else OPEN_ROWS
    return PageSection(
        section,
        tuple(
            _column(section.columns[place], [row[at].text for row in rows])
            for at, place in enumerate(shown_places)
        ),
        rows[:opened],
        rows[opened:],
        max(len(section.rows) - MOST_ROWS, 0),
    )


def _column(column: Column, texts: Sequence[str]) -> PageColumn:
    """Return a column; one of sentences gets more room than one of names."""
    if column.form != "text":
        return PageColumn(column.title, "n")
    long = any(len(text) > LONGEST_SHORT for text in texts)
    return PageColumn(column.title, "long" if long else "")


def _cell(cell: Cell, column: Column, card: int | None) -> PageCell:
    text = shown(cell, column.form)
    if column.form != "text":
        return PageCell(text)
    if column.name in _LEVELS and text in LEVELS:
        return PageCell(text, level=level_class(text))
    line = printable(" ".join(text.split()))
    return PageCell(line, card=card if column.name in _PLACES else None)
