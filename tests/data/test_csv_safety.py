"""Cells of CSV files: none starts a formula, and every one can be restored."""

from __future__ import annotations

import re

from hypothesis import example, given
from hypothesis import strategies as st

from data.csv_safety import guarded, unguarded

CELLS = st.text() | st.text(alphabet="'=+-@\t\r\n＝0.9 x", max_size=6)


@given(CELLS)
@example("'=1+1")
@example("''-3")
@example("'-3")
@example("\n=1+1")
def test_a_guarded_cell_is_restored_and_starts_no_formula(cell: str) -> None:
    kept = guarded(cell)
    assert unguarded(kept) == cell
    number = re.fullmatch(r"[+-]?[0-9.]+(e[+-]?[0-9]+)?", kept, re.IGNORECASE)
    assert number or not re.match(r"[-=+@\t\r\n＝＋－＠]", kept)


def test_numbers_stay_numbers() -> None:
    for cell in ("-3", "+4.5", "-1e5", ".5", "Mali", "'quoted'"):
        assert guarded(cell) == cell
