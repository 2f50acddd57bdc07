"""Text that a spreadsheet does not read as a formula when it opens a CSV file of this project."""

from __future__ import annotations

import re

import pandas as pd

__all__ = ["csv_text", "guard_text", "guarded", "unguarded"]

# Leading apostrophes count as well, so that the guard can always be removed again.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def csv_text(frame: pd.DataFrame) -> str:
    r"""Return a frame as CSV with LF line breaks and guarded text columns.

    Example:
        >>> csv_text(pd.DataFrame({"place": ["@Kidal"], "deaths": [-3]}))
        "place,deaths\n'@Kidal,-3\n"
    """
    texts = {
        str(name): guard_text(column)
        for name, column in frame.items()
        if not pd.api.types.is_numeric_dtype(column.dtype)
    }
    return frame.assign(**texts).to_csv(index=False, lineterminator="\n")


def guard_text(column: pd.Series[str]) -> pd.Series[str]:
    """Return a text column with an apostrophe before every cell that would be a formula.

    Plain numbers are unchanged; missing cells stay missing.

    Example:
        >>> guard_text(pd.Series(["=1+1", "-3", "Mali", "-3+cmd"])).tolist()
        ["'=1+1", '-3', 'Mali', "'-3+cmd"]
    """
    return column.map(guarded, na_action="ignore")


def guarded(text: str) -> str:
    """Return a cell with an apostrophe before it where it would be a formula."""
    if _FORMULA.match(text) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def unguarded(text: str) -> str:
    """Return a cell as it was before ``guarded``.

    Example:
        >>> [unguarded(guarded(text)) for text in ("=1+1", "'=1", "Mali", "-3")]
        ['=1+1', "'=1", 'Mali', '-3']
    """
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text
