"""In which form a column writes its dates, as far as the cells themselves can tell.

Where day and month could change places in every cell, both forms come back: nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Sequence

from data.tabular.values import Parser, date_parser

__all__ = ["date_forms"]

_FORMS = (
    "iso",
    *("%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%Y", "%m.%d.%Y"),
    *("%Y%m%d", "%d %B %Y", "%d %b %Y", "%d-%B-%Y", "%d-%b-%Y", "%B %d, %Y", "%b %d, %Y"),
    *("%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S"),
    *("%d/%m/%y", "%m/%d/%y", "%d-%m-%y", "%m-%d-%y", "%d-%b-%y", "%d.%m.%y"),
)
_SHARE = 0.99


def date_forms(cells: Sequence[str]) -> tuple[str, ...]:
    """Return the forms that read most of the cells, at least 99 in 100; none where none does.

    Args:
        cells: As they stand; empty ones do not count.

    Example:
        >>> date_forms(["03/04/2025", "25/04/2025"])
        ('%d/%m/%Y',)
        >>> date_forms(["03/04/2025", "05/06/2025"])
        ('%d/%m/%Y', '%m/%d/%Y')
    """
    filled = sorted({cell for cell in cells if cell.strip()})
    if not filled:
        return ()
    read = {form: sum(_reads(date_parser(form), cell) for cell in filled) for form in _FORMS}
    most = max(read.values())
    if most < _SHARE * len(filled):
        return ()
    best = [form for form in _FORMS if read[form] == most]
    # Full and short names of months read the same days: the first of both stands for both.
    return tuple({form.replace("%B", "%b"): form for form in reversed(best)}.values())[::-1]


def _reads(parse: Parser, cell: str) -> bool:
    try:
        parse(cell)
    except ValueError:
        return False
    return True
