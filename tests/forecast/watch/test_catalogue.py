"""Watch sections: against plain loops, by hand, and never from a later row."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from data.counting.attackers import find_attackers
from data.months import month_number, month_text
from data.schema import EVENTS
from data.sources.own.mapping import read_map
from data.sources.own.own_csv import read_own_csv
from forecast.watch.actors import actor_rows, first_rows
from forecast.watch.catalogue import watch_sections
from forecast.watch.debuts import actors_in_areas, actors_in_countries, areas_first_hit, far_attacks
from forecast.watch.event_rows import Covered, EventRows, events_until
from forecast.watch.ground import Area, own_words
from forecast.watch.historic_maxima import RECORD_COLUMNS, SURGE_COLUMNS, record_rows, surge_rows
from forecast.watch.lines import absence
from forecast.watch.months import AreaMonths, months_of_list
from forecast.watch.same_day import find_same_day, same_day_rows
from forecast.watch.sites import SITE_COLUMNS, find_sites, site_rows
from tests.data.geography import SAMPLES, UCDP_FILES, at, frame_of
from tests.forecast.slow_watch import km, rows_of, slow_debuts, slow_same_day, slow_sites
from tests.shared import shared_file

MONTH = "2020-12"


def list_of(events: pd.DataFrame, month: str = MONTH, covered: Covered | None = None) -> EventRows:
    number = month_number(month)
    known, left_out = events_until(events, number)
    return EventRows("mine", number, known, own_words()(known), covered, left_out)


def whole(*keys: str, first: str = "2015-01", last: str = MONTH) -> Covered:
    """Return that countries are covered without a gap."""
    begin = month_number(first)
    months = month_number(last) - begin + 1
    return Covered(tuple(sorted(keys)), begin, np.zeros((len(keys), months), dtype=np.int8))


def hit(event_id: str, day: str, latitude: float = 14.0, longitude: float = -4.0, **more) -> dict:
    """Return an attack on civilians by JNIM in Mopti, Mali."""
    sides = {"kind": "one-sided", "side_a": "JNIM", "side_b": "Civilians", "admin1": "Mopti"}
    when = {"date_start": pd.Timestamp(day), "date_end": pd.Timestamp(more.pop("end", day))}
    tolls = {"deaths_best": more.pop("deaths", 1)}
    return at(event_id, latitude, longitude, **(sides | when | tolls | more))


def cells(rows: list[tuple], columns: tuple) -> list[dict]:
    return [dict(zip([c.name for c in columns], row, strict=True)) for row in rows]


def sites(*rows: dict, month: str = MONTH) -> list[dict]:
    return cells(site_rows(list_of(frame_of(*rows), month), 15)[0], SITE_COLUMNS)


def made_up(seed: int) -> pd.DataFrame:
    """Return attacks on few places by few attackers, some of them vaguely dated."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(int(rng.integers(5, 90))):
        day = pd.Timestamp("2018-06-01") + pd.Timedelta(days=int(rng.integers(0, 960)))
        if rng.random() < 0.5:
            day = day.replace(day=1)
        vague = rng.random() < 0.15
        rows.append(
            hit(
                f"e{number}",
                str(day.date()),
                float(rng.choice([14.0, 14.03, 14.06, 14.5, 15.5])),
                float(rng.choice([-4.0, -3.97, -1.0, 1.0])),
                end=str((day + pd.offsets.MonthEnd(0)).date()) if vague else str(day.date()),
                date_precision="month" if vague else "day",
                side_a=", ".join(rng.choice(list("ABCD"), int(rng.integers(1, 3)), replace=False)),
                admin1=str(rng.choice(["North", "South", "East", ""])),
                country=str(rng.choice(["Mali", "Niger"])),
                deaths=None if rng.random() < 0.2 else int(rng.integers(0, 40)),
            )
        )
    return frame_of(*rows)


def attackers_by_id(listed: EventRows) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {key: set() for key in listed.events["event_id"]}
    for event, actor in zip(listed.attackers.event, listed.attackers.actor, strict=True):
        found[listed.events["event_id"].iloc[event]].add(listed.attackers.names[actor])
    return found


def same_as_slow(listed: EventRows) -> None:
    """Judge sites, same days and debuts of a list whose places are all known."""
    month = pd.Period(month_text(listed.month), "M")
    ids, slow = listed.events["event_id"], rows_of(listed.events)
    assert [list(ids.iloc[s.rows]) for s in find_sites(listed)] == slow_sites(slow, month)
    by = attackers_by_id(listed)
    names = listed.attackers.names
    days = {
        (
            names[one.actor],
            str(listed.events["date_start"].iloc[one.rows[0]].date()),
            frozenset(ids.iloc[one.rows]),
            one.places,
            round(one.km),
        )
        for one in find_same_day(listed)
    }
    assert days == slow_same_day(slow, by, month)
    for by_column, found in (("admin1", actors_in_areas(listed)), ("country", None)):
        debuts = actors_in_countries(listed) if found is None else found
        fast = {
            (names[d.actor], listed.events[by_column].iloc[d.row]): (
                ids.iloc[d.row],
                len(d.since),
                None if d.km is None else round(d.km),
            )
            for d in debuts
        }
        expected = slow_debuts(slow, by, month, by=by_column)
        if found is None:  # only attackers that had been elsewhere before
            expected = {key: value for key, value in expected.items() if value[2] is not None}
        assert fast == expected


@pytest.mark.parametrize("seed", range(20))
def test_every_section_of_rows_equals_plain_loops(seed: int) -> None:
    same_as_slow(list_of(made_up(seed).assign(country="Mali")))


@pytest.mark.parametrize("seed", range(20, 28))
def test_countries_equal_plain_loops_too(seed: int) -> None:
    events = made_up(seed)
    same_as_slow(list_of(events.assign(admin1=events["country"])))


@cache
def slice_of_ucdp() -> pd.DataFrame:
    """Return two years of Burkina Faso, Niger and Mali's east from the real file."""
    name = "ucdp_ged211_precise_sahel_2019_2020.csv.gz"
    frame = read_own_csv(shared_file(name), read_map(SAMPLES / UCDP_FILES[name])).frame
    near = frame["longitude"].between(-3, 4) & frame["latitude"].between(11, 18)
    return frame[near].reset_index(drop=True)


@pytest.mark.parametrize("month", ["2020-02", "2020-12"])
def test_the_real_slice_equals_plain_loops(month: str) -> None:
    events = slice_of_ucdp()
    grid = events["country"] + " " + events["latitude"].round().astype(int).astype("str")
    listed = list_of(events.assign(admin1=grid), month)
    assert len(listed.events) > 300
    assert find_sites(listed)
    assert find_same_day(listed)
    assert actors_in_areas(listed)
    same_as_slow(listed)


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


def vague(event_id: str, first: str, last: str, precision: str, **more) -> dict:
    return hit(event_id, first, end=last, date_precision=precision, **more)


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
    shown, count = same_day_rows(list_of(frame_of(*rows)), 15)
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


HISTORY = (
    hit("1", "2019-03-01", admin1="Mopti"),
    hit("2", "2019-04-01", 15.0, admin1="Gao", side_a="ISGS"),
    hit("3", "2020-11-05", 15.0, admin1="Gao"),
    hit("4", "2020-12-01", 13.0, 3.0, admin1="Dosso", country="Niger"),
)


def test_of_a_complete_list_newcomers_and_firsts_are_claimed() -> None:
    listed = list_of(frame_of(*HISTORY), covered=whole("MLI", "NER"))
    news = [row[:3] for row in actor_rows(listed, 15)[0]]
    covered = "(covered from Jan 2015)"
    assert news == [
        ("JNIM", f"new in the region {covered}", "Dosso"),
        ("JNIM", f"new in the region {covered}", "Gao"),
    ]
    firsts = [row[:3] for row in first_rows(listed, 15)[0]]
    assert firsts == [
        (f"across the border into Niger {covered}", "Dosso", "Niger"),
        (f"first attack in the region {covered}", "Dosso", "Niger"),
    ]


def test_an_incomplete_list_says_only_that_it_is_first_in_it() -> None:
    listed = list_of(frame_of(*HISTORY))
    sections = {s.name: s for s in watch_sections(MONTH, [listed], [])}
    for name in ("watch_actors", "watch_first"):
        texts = [cell for row in sections[name].rows for cell in row if isinstance(cell, str)]
        assert [t for t in texts if "in this list" in t], name
        assert not [t for t in texts if "new" in t or "never" in t or "covered" in t]
        assert "what is first in it may not be the first" in sections[name].note
    for name in ("watch_records", "watch_surge"):
        assert sections[name].rows == ()
        assert "a list that is not complete makes none" in sections[name].note
    assert months_of_list(listed) is None


@pytest.mark.parametrize(("first", "claimed"), [("2018-11", 2), ("2018-12", 1), ("2019-01", 0)])
def test_a_record_of_less_than_two_years_claims_nothing(first: str, claimed: int) -> None:
    listed = list_of(frame_of(*HISTORY), covered=whole("MLI", "NER", first=first))
    assert actor_rows(listed, 15)[1] == claimed


def test_a_gap_before_an_attack_takes_the_claim_back() -> None:
    covered = whole("MLI", "NER")
    covered.status[:, month_number("2019-09") - covered.first] = 4
    assert actor_rows(list_of(frame_of(*HISTORY), covered=covered), 15)[1] == 0


def test_reaching_farther_is_100_km_from_all_earlier_attacks_of_the_attacker() -> None:
    rows = [hit("1", "2020-01-01"), hit("2", "2020-03-01", 14.5), hit("3", "2020-12-01", 15.0)]
    assert far_attacks(list_of(frame_of(*rows)), []) == []
    (far,) = far_attacks(list_of(frame_of(rows[0], rows[2])), [])
    assert round(far.km or 0) == 111
    shown = actor_rows(list_of(frame_of(rows[0], rows[2])), 15)[0]
    assert [row[1] for row in shown] == ["farther than before in this list"]


def test_a_region_is_hit_for_the_first_time_once() -> None:
    found = areas_first_hit(list_of(frame_of(*HISTORY)))
    assert [debut.row for debut in found] == [3]


def test_what_is_vague_and_not_over_is_left_out_and_counted() -> None:
    rows = [
        hit("1", "2020-05-01"),
        vague("2", "2020-12-01", "2020-12-31", "month"),
        vague("3", "2020-01-01", "2020-12-31", "year"),
    ]
    assert list_of(frame_of(*rows), "2020-12").left_out == 0
    listed = list_of(frame_of(*rows), "2020-11")
    assert list(listed.events["event_id"]) == ["1"]
    assert listed.left_out == 1  # the other one begins later
    note = watch_sections("2020-11", [listed], [])[0].note
    assert "Not read: 1 attack dated to a month or year that is not over" in note


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


def months_of(series: list[float], first: str = "2017-01", **more: list[float]) -> AreaMonths:
    months = tuple(month_text(month_number(first) + n) for n in range(len(series)))
    values = {EVENTS: np.array([series], dtype=float)}
    values |= {name: np.array([other], dtype=float) for name, other in more.items()}
    return AreaMonths("mine", (Area("Gao", "Mali"),), months, values)


def records(series: list[float], **more: list[float]) -> list[tuple]:
    found = cells(record_rows(months_of(series, **more), 15)[0], RECORD_COLUMNS)
    return [(row["measure"], row["value"], row["record"], row["months"]) for row in found]


def test_records_by_hand() -> None:
    quiet = [1.0] * 30
    begins = "worst month since the record begins in January 2017"
    assert records([*quiet, 5.0]) == [("attacks", 5, begins, 30)]
    since = "worst month since February 2017"
    assert records([1.0, 5.0, *quiet, 5.0]) == [("attacks", 5, since, 31)]
    assert records([*quiet, 6.0, *[1.0] * 12, 5.0]) == [
        ("attacks", 5, "worst month since July 2019", 13)
    ]
    assert records([*quiet, 6.0, *[1.0] * 11, 5.0]) == []  # twelve months are not more than a year
    assert records([*quiet, 2.0]) == []  # two attacks are never a record
    assert records([*quiet, float("nan")]) == []
    assert records([1.0] * 23 + [5.0]) == []  # too short a record
    hole = [1.0, float("nan"), *[1.0] * 26, 5.0]
    begins = "worst month since the record begins in March 2017"
    assert records(hole) == [("attacks", 5, begins, 26)]
    toll = [*quiet, 12.0]
    begins = "worst month since the record begins in January 2017"
    assert records([*quiet, 2.0], deaths=toll) == [("deaths", 12, begins, 30)]


def test_of_many_records_the_highest_are_shown_countries_first() -> None:
    names = [f"R{letter}" for letter in "ABCDEFGHIJKLMNOPQRST"]
    areas = (*(Area(name, "Mali") for name in names), Area(None, "Mali"))
    values = np.ones((21, 30))
    values[:, -1] = [*range(3, 23), 5.0]
    months = tuple(month_text(month_number("2017-01") + n) for n in range(30))
    rows, count = record_rows(AreaMonths("mine", areas, months, {EVENTS: values}), 5)
    assert count == 21
    assert [(row[0], row[3]) for row in rows] == [
        (None, 5),
        *((f"R{letter}", n) for letter, n in zip("TSRQ", (22, 21, 20, 19), strict=True)),
    ]


def test_a_month_that_no_list_covers_has_no_records_rather_than_none() -> None:
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
        found = cells(surge_rows(months_of(series), 15)[0], SURGE_COLUMNS)
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


def test_rows_are_capped_and_the_rest_is_counted() -> None:
    rows = [hit(f"{n}-{m}", f"2020-0{m}-01", 10.0 + n) for n in range(5) for m in (1, 2)]
    section = watch_sections(MONTH, [list_of(frame_of(*rows))], [], most=2)[0]
    assert len(section.rows) == 2
    assert "Shown are 2 of 5 of mine." in section.note


def test_lists_are_never_mixed() -> None:
    """Two sources that tell of one attack are two lists: no site of two attacks, no same day."""
    one = list_of(frame_of(hit("1", "2020-05-01")))
    other = list_of(frame_of(hit("1", "2020-05-02")))
    assert all(not s.rows for s in watch_sections(MONTH, [one, other], []) if "repeat" in s.name)


def test_without_lists_the_sections_say_why() -> None:
    sections = watch_sections(MONTH, [], [months_of([0.0] * 12 + [3, 0, 0])])
    for section in sections[:4]:
        assert section.rows == ()
        assert "ready counts by region and month only" in section.note
    assert len(sections[5].rows) == 1


def test_the_forces_of_a_country_are_no_attacker_beside_an_armed_group() -> None:
    def of(a: str, b: str) -> tuple[str, ...]:
        return find_attackers(
            pd.DataFrame({"kind": ["state-based"], "side_a": [a], "side_b": [b]})
        ).names

    assert of("JNIM", "Mali armed forces and VDP") == ("jnim",)
    assert of("JNIM", "Burkina Faso security forces") == ("jnim",)
    assert of("JNIM", "Revolutionary Armed Forces of Colombia") == (
        "jnim",
        "revolutionary armed forces of colombia",
    )
    assert of("JNIM", "People's defence forces") == ("jnim", "people's defence forces")
