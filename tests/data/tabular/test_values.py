"""Single cells: what is taken, what breaks which rule, and that nothing is guessed."""

import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.tabular.values import (
    CAP,
    choice_parser,
    clean_text,
    date_parser,
    parse_count,
    parse_id,
    parse_latitude,
    parse_longitude,
    parse_measure,
    parse_month,
    parse_unknown_count,
    translated,
)


@pytest.mark.parametrize(
    ("text", "count"), [("0", 0), (" 12 ", 12), ("14.0", 14), ("007", 7), (f"{CAP}", CAP)]
)
def test_whole_numbers_are_counts(text: str, count: int) -> None:
    assert parse_count(text) == count


@pytest.mark.parametrize(
    "text",
    [
        "-1",
        "2.5",
        "True",
        "inf",
        "nan",
        "1e400",
        "1,234",
        "12 34",
        "1234 567",
        "١٢",
        "0x10",
        "1_000",
    ],
)
def test_all_else_is_no_count(text: str) -> None:
    with pytest.raises(ValueError, match="whole number >= 0"):
        parse_count(text)


@pytest.mark.parametrize("text", [f"{CAP + 1}", "1" * 6000, "1000001.0"])
def test_a_count_has_a_cap(text: str) -> None:
    with pytest.raises(ValueError, match="above 1,000,000"):
        parse_count(text)


def test_an_empty_count_is_unknown_only_where_it_may_be() -> None:
    with pytest.raises(ValueError, match="must not be empty"):
        parse_count(" ")
    assert math.isnan(parse_unknown_count(" "))


@given(st.integers(0, CAP))
def test_counts_come_back(count: int) -> None:
    assert parse_count(str(count)) == count


def test_degrees_have_bounds() -> None:
    assert parse_latitude("-90") == -90
    assert parse_longitude("180.0") == 180
    assert math.isnan(parse_latitude(""))
    for text, message in (("95", "between -90"), ("1e999", "between -90"), ("12,5", "not a comma")):
        with pytest.raises(ValueError, match=message):
            parse_latitude(text)
    for text, message in (("-181", "between -180"), ("355.2", "from 0 to 360"), ("E5", "decimal")):
        with pytest.raises(ValueError, match=message):
            parse_longitude(text)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2020-02-29", date(2020, 2, 29)),
        ("2023-10-02 00:00:00.000", date(2023, 10, 2)),
        ("2010-05-13T00:00:00", date(2010, 5, 13)),
        ("2020-01-31T23:30:00-05:00", date(2020, 1, 31)),
        ("2020-02-01T00:30:00+03:00", date(2020, 2, 1)),
    ],
)
def test_the_local_date_is_kept(text: str, day: date) -> None:
    assert date_parser("iso")(text) == day


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2021-02-29", "date that exists"),
        ("0000-00-00", "date that exists"),
        ("", "YYYY-MM-DD"),
        ("unknown", "YYYY-MM-DD"),
        ("03/04/2026", "YYYY-MM-DD"),
        ("20260131", "serial number"),
        ("45000", "serial number"),
        ("2020-1-5", "YYYY-MM-DD"),
    ],
)
def test_dates_are_not_guessed(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        date_parser("iso")(text)


def test_a_form_tells_day_and_month_apart() -> None:
    assert date_parser("%d/%m/%Y")("03/04/2026") == date(2026, 4, 3)
    with pytest.raises(ValueError, match="in the format %d/%m/%Y"):
        date_parser("%d/%m/%Y")("2026-04-03")


def test_words_are_translated_before_they_are_checked() -> None:
    parse = translated(choice_parser(("near",)), {"town": "near"})
    assert parse(" town") == "near"
    assert parse("near") == "near"
    with pytest.raises(ValueError, match="must be one of near"):
        parse("village")


def test_text_is_composed_and_trimmed() -> None:
    assert clean_text(" Se\u0301gou ") == "S\u00e9gou"


def test_ids_keep_every_digit() -> None:
    assert parse_id(" 9007199254740993 ") == "9007199254740993"
    assert parse_id("007") == "007"
    with pytest.raises(ValueError, match="id must not be empty"):
        parse_id(" ")


def test_months_and_measures() -> None:
    assert parse_month("2020-12") == "2020-12"
    assert parse_measure("2.5") == 2.5
    for text in ("2020-13", "2020-1", "12-2020", ""):
        with pytest.raises(ValueError, match="YYYY-MM"):
            parse_month(text)
    with pytest.raises(ValueError, match="negative"):
        parse_measure("-1")
