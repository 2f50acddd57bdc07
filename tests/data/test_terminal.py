import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import EscalationWarning
from data.terminal import (
    called_from_python,
    echo,
    in_percent,
    markdown_table,
    one_line,
    text_table,
    warn,
)


@given(st.text())
def test_nothing_can_break_the_line_or_command_the_terminal(text):
    assert one_line(text).isprintable()


@given(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"])))
def test_plain_text_stays_as_it_is(text):
    assert one_line(text) == text


def test_direction_marks_are_shown():
    assert one_line("a\u202eb\x1b[31m") == "a\\u202eb\\x1b[31m"


def test_numbers_stand_to_the_right_and_gaps_are_shown():
    assert text_table(["name", "n"], [["Mali", 12345], ["Niger", None]]) == (
        "name        n\nMali   12,345\nNiger       -"
    )


def test_a_table_without_rows_is_its_heading():
    assert text_table(["name", "n"], []) == "name  n"


def test_printed_figures_stand_to_the_right_of_so_many_names():
    lines = text_table(["model", "CRPS"], [["last", "0.1"], ["blend", "12.5"]], left=1)
    assert lines == "model  CRPS\nlast    0.1\nblend  12.5"


@pytest.mark.parametrize(("width", "gap"), [(11, "  "), (10, " ")])
def test_a_table_that_would_be_too_wide_has_narrower_gaps(width, gap):
    assert text_table(["model", "CRPS"], [["blend", 0.1]], width=width).startswith(
        f"model{gap}CRPS"
    )


def test_headings_and_cells_cannot_break_a_table():
    table = text_table(["a\nb"], [["c\x1b[2J"]])
    assert len(table.splitlines()) == 2
    assert all(line.isprintable() for line in table.splitlines())


@pytest.mark.parametrize(
    ("share", "printed"),
    [(0.125, "12.5 %"), (-0.0001, "0.0 %"), (1.0, "100.0 %"), (float("nan"), "-")],
)
def test_shares_are_printed_in_percent_and_no_zero_has_a_sign(share, printed):
    assert in_percent(share, digits=1) == printed


def test_a_markdown_table_says_which_columns_stand_to_the_right():
    table = markdown_table(["model", "rows"], [["blend", "12"]], right=[False, True])
    assert table.splitlines() == ["| model | rows |", "| --- | ---: |", "| blend | 12 |"]


def test_called_from_python_nothing_is_printed_and_warnings_are_pythons(capsys):
    with called_from_python():
        echo("backtest: going on", err=True)
        with pytest.warns(EscalationWarning, match=r"^no release\\n holds 2024-01$"):
            warn("no release\n holds 2024-01")
    assert capsys.readouterr() == ("", "")
    echo("backtest: going on", err=True)
    warn("no release\n holds 2024-01")
    assert capsys.readouterr() == ("", "backtest: going on\nwarning: no release\\n holds 2024-01\n")


def test_called_from_python_a_terminal_shows_progress(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with called_from_python():
        echo("backtest: going on", err=True)
    assert capsys.readouterr().err == "backtest: going on\n"
