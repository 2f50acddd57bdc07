"""One spelling for every id and name of a region, whatever blanks, Unicode form and capitals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pandas as pd

from data.tabular.delimited import Delimited
from data.tabular.values import clean_text

__all__ = ["with_one_spelling"]


def with_one_spelling(table: Delimited, names: Iterable[str], known: Iterable[str]) -> Delimited:
    """Return figures whose regions are spelt in one way, and say in ``fixed`` how many were not.

    Ids that differ in capital letters only become the known one, else the first of the file; two
    known ids that do so are left alone.

    Args:
        table: Holds ``region_id`` as text.
        names: Columns of names, which lose outer blanks and are put into composed form.
        known: Ids of a region table of one's own, if there is one.
    """
    before = table.text["region_id"].astype("str")
    plain = _cleaned(before)
    spelt = {
        **_first_spellings(plain.drop_duplicates()),
        **_first_spellings(pd.Series(list(known))),
    }
    same = set(known)
    after = plain.map(
        {word: word if word in same else spelt[word.casefold()] for word in set(plain)}
    )
    columns = {name: _cleaned(table.text[name]) for name in names if name in table.text}
    text = table.text.assign(region_id=after.astype("str"), **columns)
    changed = int((before != after).sum())
    told = [f"ids of regions brought into one spelling: {changed:,}"] if changed else []
    return replace(table, text=text, fixed=(*table.fixed, *told))


def _cleaned(cells: pd.Series[str]) -> pd.Series[str]:
    if pd.api.types.is_numeric_dtype(cells.dtype):
        return cells
    return cells.map({cell: clean_text(cell) for cell in set(cells)}).astype("str")


def _first_spellings(words: pd.Series[str]) -> dict[str, str]:
    """Return each word by its small letters; the first one where several are alike."""
    return {word.casefold(): word for word in reversed(words.tolist())}
