from hypothesis import given
from hypothesis import strategies as st

from data.terminal import one_line, text_table


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
