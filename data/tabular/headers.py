"""The first line of a table: which columns it names and what separates them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from data.errors import SchemaError, SourceError
from data.settings import closest

__all__ = ["check_separator", "choose_columns"]

_SHOWN = 60
_SEPARATORS = {",": "a comma", ";": '";"', "\t": "a tab", "|": '"|"'}


def check_separator(header: str, delimiter: str, path: Path) -> None:
    """Refuse a header that reads as one column because another character separates its names.

    Raises:
        SourceError: Another separator is used; it and the expected one are named.
    """
    for mark, name in _SEPARATORS.items():
        if mark != delimiter and mark in header:
            wanted = _SEPARATORS.get(delimiter, f'"{delimiter}"')
            raise SourceError(
                f"expected columns separated by {wanted}, got {name}:"
                f" save the file with {wanted}, or, for `ingest csv`, set delimiter = {mark!a} in"
                " its map",
                file=path,
                line=1,
            )


def choose_columns(
    header: Sequence[str], required: Sequence[str], optional: Sequence[str], path: Path
) -> list[str]:
    """Return the columns to read, by name.

    Args:
        header: Names in the file.
        required: Columns that must be there.
        optional: Columns that are read where they are there.
        path: The file, for messages.

    Raises:
        SchemaError: A required column is absent or a name is repeated.
    """
    counts = Counter(filter(None, header))
    twice = sorted(name for name, count in counts.items() if count > 1)
    if twice:
        raise SchemaError(
            f'duplicate column "{twice[0]}": the header has it {counts[twice[0]]} times;'
            " give each column its own name",
            file=path,
            line=1,
            column=twice[0],
        )
    known = set(header)
    if not known & {*required, *optional}:
        raise SchemaError(
            f"expected the columns {', '.join(required)}, got {', '.join(header[:_SHOWN])}: is the"
            " header line missing?",
            file=path,
            line=1,
        )
    for name in required:
        if name not in known:
            raise SchemaError(
                f'the column "{name}" is missing{closest(name, filter(None, header[:1000]))};'
                f" expected: {', '.join(required)}; got: {', '.join(header[:_SHOWN])}",
                file=path,
                line=1,
                column=name,
            )
    return [*required, *(name for name in optional if name in known)]
