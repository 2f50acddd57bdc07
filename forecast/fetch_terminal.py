"""Telling on the terminal how far a fetch is."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

__all__ = ["counted"]


@contextmanager
def counted(label: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on stderr; call what is given with rows fetched and rows in all (0: unknown)."""
    shown = sys.stderr.isatty()
    with click.progressbar(length=1, label=label, file=sys.stderr, hidden=not shown) as bar:

        def told(done: int, total: int) -> None:
            bar.length = max(total, done, 1)
            bar.update(done - bar.pos)

        yield told
