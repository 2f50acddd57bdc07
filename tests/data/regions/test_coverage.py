import pandas as pd
import pytest

from data.errors import EvidenceError
from data.months import month_range
from data.reading import Coverage
from data.regions.coverage import coverage_status, covered_countries, covered_months
from data.schema import STATUSES

WORLD = Coverage(True, "2020-01", "2020-03")
TWO = Coverage(True, "2020-04", "2020-05", ("Mali", "Côte d'Ivoire"))
LIST = Coverage(False, "2019-01", "2021-12")


def _status(countries, months, coverages, scale="admin1", suspect=()):
    regions = pd.DataFrame({"country": pd.Series(countries, dtype="str")})
    codes = coverage_status(regions, months, coverages, scale=scale, suspect=suspect)
    letters = {
        "observed": "o",
        "partial": "p",
        "not_released": "r",
        "not_covered": "c",
        "failed": "f",
    }
    return ["".join(letters[STATUSES[code]] for code in row) for row in codes]


def test_coverage_alone_makes_a_month_observed():
    months = month_range("2019-12", "2020-06")
    found = _status(["Mali", "Ivory Coast", "Chad", "Atlantis"], months, [WORLD, TWO, LIST])
    assert found == ["cooooor", "cooooor", "cooorrr", "cooorrr"]


def test_a_gap_between_lists_is_not_covered():
    late = Coverage(True, "2020-05", "2020-05")
    assert _status(["Mali"], month_range("2020-01", "2020-06"), [WORLD, late]) == ["ooocor"]


def test_a_country_that_no_list_names_is_not_covered():
    assert _status(["Chad"], month_range("2020-03", "2020-06"), [TWO]) == ["cccc"]


def test_a_state_is_not_covered_before_it_was_one():
    lists = [Coverage(True, "2011-05", "2011-09")]
    months = month_range("2011-05", "2011-09")
    assert _status(["South Sudan", "Sudan"], months, lists, "country") == ["ccooo", "ooooo"]
    assert _status(["South Sudan"], months, lists, "admin1") == ["ooooo"]


def test_a_list_that_is_not_complete_makes_nothing_observed():
    with pytest.raises(EvidenceError, match="no list in the store is complete"):
        _status(["Mali"], ["2020-01"], [LIST])


def test_a_complete_list_without_months_is_refused():
    with pytest.raises(EvidenceError, match="state its first and last month"):
        covered_months([Coverage(True, None, "2020-01")])


def test_span_and_countries_of_all_complete_lists():
    assert covered_months([TWO, WORLD, LIST]) == ("2020-01", "2020-05")
    assert covered_countries([TWO, WORLD]) == ()
    assert covered_countries([TWO, LIST]) == ("Côte d'Ivoire", "Mali")


def test_a_month_that_is_covered_in_part_is_partial_until_a_list_covers_it():
    months = month_range("2020-01", "2020-06")
    part = Coverage(True, "2020-01", "2020-03", partial="2020-04")
    assert _status(["Mali"], months, [part]) == ["ooopr" + "r"]
    assert _status(["Mali", "Chad"], months, [part, TWO]) == ["ooooor", "oooprr"]
    assert covered_months([part]) == ("2020-01", "2020-04")


def test_a_country_is_not_covered_before_its_own_first_month():
    late = Coverage(True, "2020-01", "2020-04", since=(("Ivory Coast", "2020-03"),))
    months = month_range("2020-01", "2020-05")
    found = _status(["Mali", "Côte d'Ivoire"], months, [late])
    assert found == ["oooor", "ccoor"]


def test_a_doubted_month_is_failed_where_it_was_covered():
    months = month_range("2019-12", "2020-04")
    assert _status(["Mali"], months, [WORLD], suspect=("2020-02", "2020-04")) == ["cofor"]
