"""Faults, the quarantine, the share that refuses a file, and rows that repeat."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.errors import SourceError
from data.schema import QUARANTINE_COLUMNS
from data.tabular.validation import Place, decode, fault_rows, refuse_above, repeated_rows
from data.tabular.values import parse_count, parse_id


def texts(*cells: str) -> "pd.Series[str]":
    return pd.Series(list(cells), dtype="str")


def place(*lines: int) -> Place:
    return Place(Path("events.csv"), np.array(lines))


def test_each_cell_gets_its_value_or_its_rule() -> None:
    values, faults = decode(texts("3", "-3", "x", "3"), parse_count, column="best", dtype="float64")
    np.testing.assert_array_equal(values, [3, np.nan, np.nan, 3])
    assert faults["row"].tolist() == [1, 2]
    assert faults["value"].tolist() == ["-3", "x"]
    assert set(faults["column"]) == {"best"}


def test_a_nul_character_is_a_fault_in_any_column() -> None:
    _, faults = decode(texts("a", "b\0"), parse_id, column="id", dtype="object")
    assert faults["rule"].tolist() == ["must not hold a NUL character"]


def test_long_cells_are_cut_in_the_report() -> None:
    faults = fault_rows(np.array([True]), column="c", rule="r", value=texts("x" * 10_000))
    assert len(faults["value"].iloc[0]) == 200


def test_the_quarantine_has_one_row_a_fault_in_the_order_of_lines() -> None:
    bad = np.array([False, True, False, True])
    later = fault_rows(bad, column="b", rule="rule b", value=texts(*"wxyz"))
    first = fault_rows(~bad & [1, 0, 0, 0], column="a", rule="rule a", value=texts(*"wxyz"))
    mask, quarantine = refuse_above(0.75, [later, first], place=place(2, 3, 7, 8))
    assert mask.tolist() == [True, True, False, True]
    assert tuple(quarantine) == QUARANTINE_COLUMNS
    assert quarantine["line"].tolist() == [2, 3, 8]
    assert quarantine["value"].tolist() == ["w", "x", "z"]
    assert set(quarantine["file"]) == {"events.csv"}


def test_nothing_wrong_gives_an_empty_quarantine_of_the_same_columns() -> None:
    mask, quarantine = refuse_above(0.0, [], place=place(2, 3))
    assert not mask.any()
    assert tuple(quarantine) == QUARANTINE_COLUMNS
    assert len(quarantine) == 0


@pytest.mark.parametrize(("limit", "refused"), [(0.24, True), (0.25, False)])
def test_the_share_of_bad_rows_decides(limit: float, refused: bool) -> None:
    faults = fault_rows(np.array([0, 0, 1, 0]) > 0, column="best", rule="bad", value=texts(*"wxyz"))
    if not refused:
        assert refuse_above(limit, [faults], place=place(2, 3, 4, 5))[0].sum() == 1
        return
    with pytest.raises(
        SourceError, match=r"1 of 4 rows .25.0 %. are invalid.*--limit 0.25"
    ) as caught:
        refuse_above(limit, [faults], place=place(2, 3, 4, 5))
    assert str(caught.value).startswith("events.csv line 4 column 'best': bad, got \"y\"")


def test_a_row_that_repeats_to_the_letter_is_found_once() -> None:
    text = pd.DataFrame({"id": texts(*"aba"), "best": texts(*"121")})
    assert repeated_rows(text, ("id",), place=place(2, 3, 4)).tolist() == [False, False, True]


def test_other_content_under_one_key_names_both_lines() -> None:
    text = pd.DataFrame({"id": texts(*"abab"), "best": texts(*"1213")})
    with pytest.raises(
        SourceError, match=r'line 9 column \'id\': duplicate key "b": line 3 has it too'
    ):
        repeated_rows(text, ("id",), place=place(2, 3, 5, 9))
    with pytest.raises(SourceError, match=r"different content \(best\)"):
        repeated_rows(text, ("id",), place=place(2, 3, 5, 9))
