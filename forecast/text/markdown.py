"""Markdown in which no text from data can become markup, a link or HTML."""

from __future__ import annotations

import re

from data.terminal import markdown_table
from forecast.text.sections import Section
from forecast.text.wording import printable

__all__ = ["escaped", "escaped_lead", "section_text"]

LONGEST_CELL = 1200
_MARKS = re.compile(r"([\\`*\[\]|~$]|(?<![^\W_])_|_(?![^\W_]))")
_TAG, _ENTITY = re.compile(r"<(?=[A-Za-z/!?])"), re.compile(r"&(?=[#A-Za-z])")
# Where readers of Markdown see an address: an invisible joiner keeps them from it.
_ADDRESS = re.compile(r"(?<=:)(?=//)|(?<=\bwww)(?=\.)|(?<=\w)(?=@)", re.IGNORECASE)
_JOINER = "\u2060"


def escaped(text: object) -> str:
    r"""Return text that Markdown prints as it stands, on one line.

    Example:
        >>> escaped("*a* | <b>"), escaped("[x](y)")
        ('\\*a\\* \\| &lt;b>', '\\[x\\](y)')
    """
    line = printable(" ".join(str(text).split()))
    line = _ADDRESS.sub(_JOINER, _MARKS.sub(r"\\\1", line))
    return _TAG.sub("&lt;", _ENTITY.sub("&amp;", line))


def section_text(section: Section, *, level: int = 2) -> str:
    """Return a section with its title, its note and, where it has rows, its table."""
    blocks = [f"{'#' * level} {escaped(section.title)}", *_paragraph(section.note)]
    if section.rows:
        titles = [escaped(column.title) for column in section.columns]
        rows = ([escaped(cell[:LONGEST_CELL]) for cell in row] for row in section.texts())
        right = [column.form != "text" for column in section.columns]
        blocks.append(markdown_table(titles, rows, right=right))
    return "\n\n".join(blocks)


def _paragraph(text: str) -> list[str]:
    return [escaped_lead(text)] if text else []


def escaped_lead(text: str) -> str:
    r"""Return text for the start of a line, where more marks count.

    Example:
        >>> escaped_lead("# not a heading"), escaped_lead("1. no list")
        ('\\# not a heading', '1\\. no list')
    """
    line = escaped(text)
    return re.sub(r"^(\d*)([#+\-=.)>])", r"\1\\\2", line)
