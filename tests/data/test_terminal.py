import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import EscalationWarning
from data.terminal import called_from_python, echo, one_line, text_table, warn


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
