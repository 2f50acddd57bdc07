import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import ConfigError
from data.months import (
    MonthRange,
    add_months,
    month_number,
    month_range,
    month_text,
    parse_origins,
)

numbers = st.integers(min_value=0, max_value=9999 * 12 + 11)


@given(numbers)
def test_text_and_number_are_each_others_inverse(number):
    assert month_number(month_text(number)) == number


@given(numbers, numbers)
def test_text_sorts_as_numbers_do(first, second):
    assert (month_text(first) < month_text(second)) == (first < second)


@given(st.integers(min_value=6000, max_value=60000), st.integers(min_value=-600, max_value=600))
def test_adding_and_taking_away_ends_where_it_began(number, count):
    month = month_text(number)
    assert add_months(add_months(month, count), -count) == month


def test_a_year_border():
    assert add_months("2019-12", 1) == "2020-01"
    assert add_months("2020-01", -1) == "2019-12"
    assert month_range("2019-11", "2020-02") == ["2019-11", "2019-12", "2020-01", "2020-02"]


def test_a_range_that_ends_before_it_begins_is_empty():
    assert month_range("2020-02", "2020-01") == []


@pytest.mark.parametrize(
    "text",
    ["", "2020", "2020-13", "2020-00", "2020-1", "20-01", "2020-01-01", " 2020-01", "2020/01"],
)
def test_what_is_no_month_is_refused(text):
    with pytest.raises(ConfigError, match="expected a month as YYYY-MM, got"):
        month_number(text)


def test_origins():
    assert parse_origins("2015-12:2020-11") == MonthRange("2015-12", "2020-11", 1)
    assert len(parse_origins("2015-12:2020-11").months()) == 60
    assert parse_origins("2020-01").months() == ["2020-01"]
    assert parse_origins("2020-01:2020-06:3").months() == ["2020-01", "2020-04"]


@pytest.mark.parametrize("text", ["2020-01:2020-02:x", "2020-01:2020-02:1:1", "2020-01:2020-02:-1"])
def test_origins_of_another_form_are_refused(text):
    with pytest.raises(ConfigError, match="expected origins as FIRST:LAST"):
        parse_origins(text)


@pytest.mark.parametrize("text", ["2020-02:2020-01", "2020-01:2020-02:0"])
def test_origins_without_a_month_are_refused(text):
    with pytest.raises(ConfigError, match="hold no month"):
        parse_origins(text)
