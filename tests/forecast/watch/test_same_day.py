"""Simultaneous attacks, by hand."""

from __future__ import annotations

from forecast.watch.same_day import SAME_DAY, find_same_day
from tests.data.geography import frame_of
from tests.forecast.watch.lists import hit, list_of
from tests.forecast.watch.slow import km


def test_a_vague_date_is_never_the_same_day() -> None:
    near, far = hit("1", "2020-05-01"), hit("2", "2020-05-01", 15.0)
    assert len(find_same_day(list_of(frame_of(near, far)))) == 1
    for precision, last in (("month", "31"), ("month", "01"), ("day", "02")):
        more = {"end": f"2020-05-{last}", "date_precision": precision}
        other = hit("2", "2020-05-01", 15.0, **more)
        assert find_same_day(list_of(frame_of(near, other))) == []


def test_the_same_day_by_hand() -> None:
    rows = (
        hit("1", "2020-05-01", place="a"),
        hit("2", "2020-05-01", 14.1, place="b", deaths=None),  # 11 km from a
        hit("3", "2020-05-01", 15.0, place="c", deaths=5),
        hit("4", "2020-05-01", 15.0, place="c", side_a="ISGS"),
        hit("5", "2020-05-01", 14.0, -15.0, place="too far"),
    )
    shown, count = SAME_DAY.rows(list_of(frame_of(*rows)), 15)
    assert count == 1
    distance = round(km(rows[0], rows[2]))
    places = "a (Mopti, Mali), b (Mopti, Mali), c (Mopti, Mali)"
    assert shown == [
        ("JNIM", "1 May 2020", places, 3, distance, "1, ?, 5", 6, "mine (not complete)")
    ]


def test_groups_of_two_continents_are_not_one_operation() -> None:
    rows = [
        hit(str(number), "2020-05-01", north, east, side_a="IS")
        for number, (north, east) in enumerate([(12, 13), (12, 14), (12, 0), (13, 0), (30, 40)])
    ]
    found = find_same_day(list_of(frame_of(*rows)))
    apart = sorted((one.rows.tolist(), round(one.km)) for one in found)
    assert apart == [([0, 3], 111), ([1, 2], 109)]
