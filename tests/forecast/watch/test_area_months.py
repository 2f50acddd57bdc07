"""Months of regions: a complete list counted as the panel is, maxima and surges read off."""

from __future__ import annotations

import numpy as np

from data.months import month_number, month_text
from data.schema import EVENTS
from forecast.watch.area_months import AreaMonths, months_of_list
from forecast.watch.catalogue import watch_sections
from forecast.watch.event_rows import Area
from forecast.watch.historic_maxima import HISTORIC_MAXIMA
from forecast.watch.section import absence
from forecast.watch.surges import SURGES
from tests.data.geography import frame_of
from tests.forecast.watch.lists import cells, hit, list_of, months_of, whole


def maxima(series: list[float], **more: list[float]) -> list[tuple]:
    found = cells(HISTORIC_MAXIMA.rows(months_of(series, **more), 15)[0], HISTORIC_MAXIMA.columns)
    return [(row["measure"], row["value"], row["record"], row["months"]) for row in found]


def test_maxima_by_hand() -> None:
    quiet = [1.0] * 30
    begins = "worst month since the record begins in January 2017"
    assert maxima([*quiet, 5.0]) == [("attacks", 5, begins, 30)]
    since = "worst month since February 2017"
    assert maxima([1.0, 5.0, *quiet, 5.0]) == [("attacks", 5, since, 31)]
    assert maxima([*quiet, 6.0, *[1.0] * 12, 5.0]) == [
        ("attacks", 5, "worst month since July 2019", 13)
    ]
    assert maxima([*quiet, 6.0, *[1.0] * 11, 5.0]) == []  # twelve months are not more than a year
    assert maxima([*quiet, 2.0]) == []  # two attacks are never a maximum
    assert maxima([*quiet, float("nan")]) == []
    assert maxima([1.0] * 23 + [5.0]) == []  # too short a record
    hole = [1.0, float("nan"), *[1.0] * 26, 5.0]
    begins = "worst month since the record begins in March 2017"
    assert maxima(hole) == [("attacks", 5, begins, 26)]
    toll = [*quiet, 12.0]
    begins = "worst month since the record begins in January 2017"
    assert maxima([*quiet, 2.0], deaths=toll) == [("deaths", 12, begins, 30)]


def test_of_many_maxima_the_highest_are_shown_countries_first() -> None:
    names = [f"R{letter}" for letter in "ABCDEFGHIJKLMNOPQRST"]
    areas = (*(Area(name, "Mali") for name in names), Area(None, "Mali"))
    values = np.ones((21, 30))
    values[:, -1] = [*range(3, 23), 5.0]
    months = tuple(month_text(month_number("2017-01") + n) for n in range(30))
    rows, count = HISTORIC_MAXIMA.rows(AreaMonths("mine", areas, months, {EVENTS: values}), 5)
    assert count == 21
    assert [(row[0], row[3]) for row in rows] == [
        (None, 5),
        *((f"R{letter}", n) for letter, n in zip("TSRQ", (22, 21, 20, 19), strict=True)),
    ]


def test_a_month_that_no_list_covers_has_no_maxima_rather_than_none() -> None:
    values = np.ones((1, 30))
    values[:, -1] = np.nan
    months = tuple(month_text(month_number("2017-01") + n) for n in range(30))
    counts = AreaMonths("mine", (Area("Gao", "Mali"),), months, {EVENTS: values})
    kept = {section.name: section for section in watch_sections(months[-1], [], [counts])}
    for name in ("watch_records", "watch_surge"):
        assert absence(kept[name]) == "not known"
        assert "There is none" not in kept[name].note


def test_surges_by_hand() -> None:
    def surges(series: list[float]) -> list[tuple]:
        found = cells(SURGES.rows(months_of(series), 15)[0], SURGES.columns)
        return [(row["attacks"], row["quiet"], row["last"]) for row in found]

    nan = float("nan")
    assert surges([0.0] * 12 + [0, 1, 2]) == [(3, 12, None)]
    assert surges([2.0, *[0.0] * 14, 0, 1, 2]) == [(3, 14, "Jan 2017")]
    assert surges([nan, *[0.0] * 12, 3, 0, 0]) == [(3, 12, None)]
    assert surges([0.0] * 12 + [0, 1, 1]) == []
    assert surges([0.0] * 11 + [1, 1, 1, 1]) == []
    assert surges([nan, *[0.0] * 11, 3, 0, 0]) == []
    assert surges([0.0] * 5 + [0, 1, 2]) == []


def test_months_of_a_complete_list_count_as_the_panel_does() -> None:
    rows = [
        hit("1", "2020-11-30", end="2020-12-01", deaths=3),
        hit("2", "2020-12-05", deaths=None),
        hit("3", "2020-12-05", admin1="", deaths=4),
        hit("4", "2020-12-05", admin1="gao ", deaths=5),
        hit("5", "2020-12-06", admin1="Gao", deaths=6),
    ]
    counted = months_of_list(list_of(frame_of(*rows), covered=whole("MLI", first="2020-10")))
    assert counted is not None
    assert counted.areas == (Area("Gao", "Mali"), Area("Mopti", "Mali"), Area(None, "Mali"))
    np.testing.assert_array_equal(counted.counts[EVENTS], [[0, 0, 2], [0, 1, 1], [0, 1, 4]])
    nan = float("nan")
    np.testing.assert_array_equal(counted.counts["deaths"], [[0, 0, 11], [0, 2, nan], [0, 2, nan]])
