"""The row of HXL tags (``#country+name``) that humanitarian files carry below their header."""

from __future__ import annotations

from dataclasses import replace

from data.errors import SourceError
from data.tabular.delimited import Delimited

__all__ = ["without_tags"]


def without_tags(table: Delimited) -> Delimited:
    """Return a table without the row of tags, if it has one, and say so in ``fixed``.

    Raises:
        SourceError: Nothing stands below the row of tags.
    """
    first = table.text.iloc[0].tolist() if len(table.text) else []
    tags = [cell for cell in first if cell]
    if not tags or not all(cell.startswith("#") for cell in tags):
        return table
    if len(table.text) == 1:
        raise SourceError(
            "no events: the file holds a header, a row of tags and nothing below",
            file=table.file,
            line=int(table.lines[0]),
        )
    return replace(
        table,
        text=table.text.iloc[1:].reset_index(drop=True),
        lines=table.lines[1:],
        short=table.short[1:],
        fixed=(*table.fixed, "a row of HXL tags was skipped"),
    )
