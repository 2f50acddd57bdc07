"""Sites hit again and again, by hand."""

from __future__ import annotations

import pytest

from forecast.watch.sites import SITES
from tests.data.geography import frame_of
from tests.forecast.watch.lists import MONTH, cells, hit, list_of, vague


def sites(*rows: dict, month: str = MONTH) -> list[dict]:
    return cells(SITES.rows(list_of(frame_of(*rows), month), 15)[0], SITES.columns)


def test_a_site_by_hand() -> None:
    first, *rest = sites(
        hit("1", "2019-12-20", deaths=3, place="Dioura", captured=4, site_overrun="no"),
        hit("2", "2020-05-01", deaths=7, place="Dioura", site_overrun="yes"),
        hit("3", "2020-09-10", 14.03, deaths=20, place="camp of Dioura", captured=2),
        hit("4", "2020-09-10", 14.06, place="elsewhere"),  # 6.7 km from the first two
    )
    assert rest == []
    assert first == {
        "place": "Dioura",
        "region": "Mopti",
        "country": "Mali",
        "attackers": "JNIM",
        "summary": "4 times in 10 months",
        "times": 4,
        "times_24": 4,
        "dates": "20 Dec 2019, 1 May 2020, 10 Sep 2020, 10 Sep 2020",
        "days_between": "133, 132, 0",
        "tolls": "3, 7, 20, 1",
        "deaths": 31,
        "overrun": "1 of 2",
        "captured": 6,
        "list": "mine (not complete)",
    }


def test_five_kilometres_are_one_site_and_more_are_two() -> None:
    for step, count in ((0.0449, 1), (0.0451, 0)):  # 4.99 and 5.01 km
        assert len(sites(hit("1", "2020-02-01"), hit("2", "2020-03-02", 14.0 + step))) == count


def test_two_attacks_of_one_day_are_no_repetition() -> None:
    assert sites(hit("1", "2020-02-01"), hit("2", "2020-02-01")) == []


def test_a_site_is_listed_for_a_year() -> None:
    rows = hit("1", "2019-01-01"), hit("2", "2020-01-31")
    assert sites(*rows)
    assert sites(*rows, month="2021-01") == []


@pytest.mark.parametrize(
    ("tolls", "rising"),
    [((1, 2, 3), True), ((1, 3, 2), False), ((1, None, 3), False), ((2, 3), False)],
)
def test_rising_tolls(tolls: tuple, rising: bool) -> None:
    rows = [hit(str(n), f"2020-0{n + 1}-01", deaths=toll) for n, toll in enumerate(tolls)]
    assert sites(*rows)[0]["summary"].endswith("tolls rising") is rising


def test_vague_dates_are_said_and_give_no_days() -> None:
    (site,) = sites(
        vague("1", "2015-01-01", "2015-12-31", "year", deaths=None),
        vague("2", "2020-02-01", "2020-02-29", "month"),
        vague("3", "2020-03-01", "2020-03-07", "week"),
        hit("4", "2020-05-01", deaths=None, deaths_claimed=60),
        hit("5", "2020-05-11"),
    )
    assert site["dates"] == (
        "2015 (year only), Feb 2020 (month only), about 1 Mar 2020 (week only),"
        " 1 May 2020, 11 May 2020"
    )
    assert site["days_between"] == "?, ?, ?, 10"
    assert site["tolls"] == "?, 1, 1, 60 claimed, 1"
    assert site["summary"] == "4 times in 4 months, 5 since 2015"
    assert site["deaths"] == 3


def test_a_vague_date_without_a_span_is_the_whole_month_or_year() -> None:
    """Some lists write only the first day; an attack of that year may still have come later."""
    rows = [
        vague("1", "2020-01-01", "2020-01-01", "year"),
        vague("2", "2020-06-01", "2020-06-01", "month"),
        hit("3", "2020-06-20"),
        hit("4", "2020-07-20"),
    ]
    (site,) = sites(*rows, month="2020-12")
    assert site["dates"] == "2020 (year only), Jun 2020 (month only), 20 Jun 2020, 20 Jul 2020"
    assert site["days_between"] is None  # the attack of that year may lie between the last two
    (site,) = sites(*rows, month="2020-11")  # the year is not over
    assert site["dates"] == "Jun 2020 (month only), 20 Jun 2020, 20 Jul 2020"
    assert site["days_between"] is None
    (site,) = sites(vague("1", "2020-05-01", "2020-05-01", "month"), *rows[2:])
    assert site["days_between"] == "?, 30"
    (site,) = sites(hit("1", "2020-05-01"), vague("2", "2020-06-01", "2020-06-30", "month"))
    assert site["days_between"] is None


def test_days_are_not_known_across_an_attack_whose_day_is_not() -> None:
    """A month that may hold an attack between two days leaves the days between them open."""
    between = vague("2", "2020-05-01", "2020-05-31", "month")
    (site,) = sites(hit("1", "2020-05-10"), between, hit("3", "2020-05-20"))
    assert site["days_between"] is None


def test_an_attack_that_goes_on_has_no_toll_yet() -> None:
    rows = [
        hit("1", "2020-05-01"),
        hit("2", "2020-11-20", end="2020-12-05", deaths=90, captured=5, site_overrun="yes"),
    ]
    (site,) = sites(*rows, month="2020-11")
    assert (site["dates"], site["tolls"]) == ("1 May 2020, from 20 Nov 2020", "1, ?")
    assert (site["overrun"], site["captured"]) == (None, None)
    (site,) = sites(*rows, month="2020-12")
    assert (site["dates"], site["tolls"]) == ("1 May 2020, 20 Nov 2020 to 5 Dec 2020", "1, 90")


def test_places_that_are_not_known_are_no_sites() -> None:
    rows = [hit(str(n), f"2020-0{n + 1}-01", location_precision="area") for n in range(3)]
    assert sites(*rows) == []
