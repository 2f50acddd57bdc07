"""Which sheets a workbook has, what stands on each, and names that every program takes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from forecast.report.issue_view import IssueView
from forecast.report.reading import READING
from forecast.text.sections import Section
from forecast.text.wording import printable

__all__ = ["Sheet", "planned_sheets"]

_LONGEST = 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\\ufffd]")
# Sections that share a sheet, whatever of them an issue has.
_GROUPS: dict[str, Callable[[str], bool]] = {
    "Movers": lambda name: name in ("movers_up", "movers_down", "new_on_list", "left_list"),
    "Scorecard": lambda name: name.startswith("scorecard"),
    "Watch": lambda name: name.startswith("watch"),
}
_ALWAYS = ("Movers", "Scorecard")


@dataclass(frozen=True)
class Sheet:
    """One sheet.

    Attributes:
        name: What stands on its tab.
        blocks: Sections below each other.
        filtered: Whether it is one table, with a frozen header and filters.
    """

    name: str
    blocks: tuple[Section, ...]
    filtered: bool


def planned_sheets(record: IssueView) -> list[Sheet]:
    """Return the sheets of an issue in the order of reading."""
    frame = record.frame
    sheets = [Sheet("Table", (_in_reading_order(record.risk()),), filtered=True)]
    if frame["notes"].rows:
        sheets.append(Sheet("Notes", (frame["notes"],), filtered=False))
    taken: set[str] = set()
    for group, belongs in _GROUPS.items():
        blocks = tuple(section for section in record.sections if belongs(section.name))
        taken |= {section.name for section in blocks}
        if blocks or group in _ALWAYS:
            sheets.append(Sheet(group, blocks or (_absent(group),), filtered=False))
    others = [section for section in record.sections if section.name not in taken]
    sheets += [Sheet(section.title, (section,), filtered=bool(section.rows)) for section in others]
    beside = (frame["sources"], frame["models"], frame["about"], frame["caveats"])
    sheets += [
        Sheet("Levels", (frame["levels"], frame["likelihoods"]), filtered=False),
        Sheet("Sources", beside, filtered=False),
        Sheet("Dictionary", (record.dictionary,), filtered=True),
    ]
    return _named(sheets)


def _in_reading_order(risk: Section) -> Section:
    """Return the whole table with what is read before what identifies."""
    names = [column.name for column in risk.columns]
    order = [*READING, *(name for name in names if name not in READING)]
    places = [names.index(name) for name in order]
    rows = tuple(tuple(row[place] for place in places) for row in risk.rows)
    return replace(risk, columns=tuple(risk.columns[place] for place in places), rows=rows)


def _absent(group: str) -> Section:
    return Section(group.casefold(), group, "This issue has no such section.")


def _named(sheets: list[Sheet]) -> list[Sheet]:
    """Give each sheet a name that is allowed and its own."""
    found: dict[str, Sheet] = {}
    for sheet in sheets:
        name = _FORBIDDEN.sub(" ", printable(sheet.name)).strip(" '")[:_LONGEST].strip(" '")
        name = name if name and name.casefold() != "history" else "Section"
        number = 2
        whole = name
        while whole.casefold() in found:
            tail = f" {number}"
            whole, number = f"{name[: _LONGEST - len(tail)]}{tail}", number + 1
        found[whole.casefold()] = Sheet(whole, sheet.blocks, sheet.filtered)
    return list(found.values())
