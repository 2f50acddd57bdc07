"""What is printed as plain text: lines no file's content can break, tables, percentages.

Called from Python (``called_from_python``), nothing is printed but progress on a terminal, and
warnings are Python's.
"""

from __future__ import annotations

import math
import re
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import TypeVar

import click

from data.errors import EscalationWarning
from data.redaction import hide

__all__ = [
    "called_from_python",
    "counted",
    "echo",
    "example",
    "harmless",
    "in_percent",
    "listed",
    "markdown_table",
    "one_line",
    "progress",
    "stages",
    "text_table",
    "warn",
]

Item = TypeVar("Item")

_SAID = "escalation.said"
# Anything but a line break and the letters of ASCII, and what of the blanks breaks lines.
_UNUSUAL = re.compile(r"[^\n\x20-\x7e]")
_BREAKS = "\t\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029"
# What joins or parts letters: in names in Persian or Bengali, and in addresses that are no links.
_JOINERS = "\u200c\u200d\u2060"
# The first character that JSON writes as two.
_PLANES = 0x10000

_from_python: ContextVar[bool] = ContextVar("from_python", default=False)


@contextmanager
def called_from_python() -> Iterator[None]:
    """Print no line about the work inside, unless to a terminal, and let warnings be Python's."""
    token = _from_python.set(True)
    try:
        yield
    finally:
        _from_python.reset(token)


def echo(text: str = "", *, err: bool = False, nl: bool = True) -> None:
    """Print text to stdout, or to stderr what is about the work and not its result.

    It is the one way to the terminal: no text commands it, wherever the text comes from.

    Args:
        text: Lines of text, or JSON.
        err: Whether it is about the work.
        nl: Whether a line break follows.
    """
    if not (err and _from_python.get()) or sys.stderr.isatty():
        click.echo(harmless(hide(text)), err=err, nl=nl)


def warn(text: str, *, label: str = "warning") -> None:
    """Print a warning to stderr as one line, once a command.

    Called from Python, an ``EscalationWarning`` is given.
    """
    line = one_line(hide(text))
    if _from_python.get():
        warnings.warn(line, EscalationWarning, stacklevel=2)
        return
    command = click.get_current_context(silent=True)
    said = set() if command is None else command.find_root().meta.setdefault(_SAID, set())
    if line not in said:
        said.add(line)
        echo(f"{label}: {line}", err=True)


def example(*lines: str) -> str:
    """Return the epilog of a command's help that shows how it is called, unwrapped."""
    return "\n".join(["\b", "Example:", *(f"  {line}" for line in lines)])


def one_line(text: object) -> str:
    r"""Return text as one printable line; control characters show as escapes.

    Example:
        >>> one_line("Ménaka\x1b[2J\n")
        'Ménaka\\x1b[2J\\n'
    """
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in str(text))


def harmless(text: str) -> str:
    r"""Return text in which no character commands a terminal or turns the direction of the text.

    Line breaks and blanks stay. The others show as the escapes of JSON, so that JSON stays what it
    was.

    Example:
        >>> harmless("Ménaka\x1b[2J\nGao\x9b")
        'Ménaka\\u001b[2J\nGao\\u009b'
    """
    return _UNUSUAL.sub(_escaped, text)


def _shown(what: str | None) -> str | None:
    return None if what is None else one_line(what)


def _escaped(found: re.Match[str]) -> str:
    letter = found[0]
    if letter.isprintable() or letter in _JOINERS or (letter.isspace() and letter not in _BREAKS):
        return letter
    number = ord(letter)
    if number < _PLANES:
        return f"\\u{number:04x}"
    high, low = divmod(number - _PLANES, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"


def progress(items: Sequence[Item], label: str) -> AbstractContextManager[Iterable[Item]]:
    """Return the items under a progress bar on stderr; without a terminal nothing is printed."""
    return click.progressbar(
        items, label=label, file=sys.stderr, show_pos=True, hidden=not sys.stderr.isatty()
    )


@contextmanager
def counted(label: str) -> Iterator[Callable[..., None]]:
    """Show a progress bar on stderr whose length becomes known on the way.

    Yields a function to be called with what is done, the whole (0: unknown) and optionally a name.
    """
    with click.progressbar(
        length=1,
        label=label,
        file=sys.stderr,
        item_show_func=_shown,
        hidden=not sys.stderr.isatty(),
    ) as bar:

        def report_progress(done: int, total: int, what: str | None = None) -> None:
            bar.length = max(total, done, 1)
            bar.update(done - bar.pos, what)

        yield report_progress


@contextmanager
def stages(count: int, label: str) -> Iterator[Callable[[], None]]:
    """Show a progress bar of ``count`` stages on a terminal; call what is given after each."""
    with click.progressbar(
        length=count, label=label, file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        yield lambda: bar.update(1)


def in_percent(share: float, *, digits: int = 0, signed: bool = False, unit: str = " %") -> str:
    """Return a share in percent, or ``-`` where it does not exist; what rounds to 0 has no sign.

    Args:
        share: 1 is 100 %.
        digits: Decimals.
        signed: Whether a plus is printed too.
        unit: What follows the number; empty where a heading says it.

    Example:
        >>> in_percent(0.634), in_percent(0.0613, digits=1, signed=True, unit="")
        ('63 %', '+6.1')
    """
    if not math.isfinite(share):
        return "-"
    return f"{round(100 * share, digits) + 0.0:{'+' if signed else ''}.{digits}f}{unit}"


def markdown_table(
    columns: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[bool]
) -> str:
    """Return a Markdown table.

    Args:
        columns: Headings.
        rows: Cells as Markdown, without line breaks; a writer of foreign text escapes it first.
        right: For each column whether it stands to the right.

    Example:
        >>> print(markdown_table(["model", "CRPS"], [["blend", "0.1"]], right=[False, True]))
        | model | CRPS |
        | --- | ---: |
        | blend | 0.1 |
    """
    rule = ["---:" if to_the_right else "---" for to_the_right in right]
    return "\n".join(f"| {' | '.join(line)} |" for line in (columns, rule, *rows))


def listed(texts: Sequence[str], *, most: int) -> str:
    """Return the first texts joined by commas, and how many more there are.

    Example:
        >>> listed(["Gao", "Kidal", "Mopti"], most=2), listed(["Gao"], most=2)
        ('Gao, Kidal and 1 more', 'Gao')
    """
    more = len(texts) - most
    return ", ".join(texts[:most]) + (f" and {more:,} more" if more > 0 else "")


def text_table(
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    left: int | None = None,
    width: int | None = None,
) -> str:
    """Return a table in aligned plain text; numbers stand to the right.

    Args:
        columns: Headings.
        rows: One value a heading; None prints as ``-``, whole numbers get thousands' commas.
        left: How many of the first columns stand to the left; None: those that hold text.
        width: Letters; where the table would be wider, its columns are one blank apart, not two.

    Example:
        >>> print(text_table(["country", "deaths"], [["Mali", 1048], ["Niger", None]]))
        country  deaths
        Mali      1,048
        Niger         -
    """
    lines = [[one_line(title) for title in columns], *([_cell(v) for v in row] for row in rows)]
    right = [
        bool(rows) and all(isinstance(row[place], int | float | None) for row in rows)
        if left is None
        else place >= left
        for place in range(len(columns))
    ]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    wide = width is not None and sum(widths) + 2 * (len(widths) - 1) > width
    return "\n".join(
        (" " if wide else "  ")
        .join(
            text.rjust(size) if to_the_right else text.ljust(size)
            for text, size, to_the_right in zip(line, widths, right, strict=True)
        )
        .rstrip()
        for line in lines
    )


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int | float) else one_line(value)
