"""All watch sections together: against plain loops, capped, and never of mixed lists."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from data.months import month_text
from data.sources.own.mapping import read_map
from data.sources.own.own_csv import read_own_csv
from forecast.watch.catalogue import has_sentences, watch_sections
from forecast.watch.debuts import actors_in_areas, actors_in_countries
from forecast.watch.event_rows import EventRows
from forecast.watch.same_day import find_same_day
from forecast.watch.sites import find_sites
from tests.data.geography import SAMPLES, UCDP_FILES, frame_of
from tests.forecast.watch.lists import MONTH, hit, list_of, months_of
from tests.forecast.watch.slow import rows_of, slow_debuts, slow_same_day, slow_sites
from tests.shared import shared_file


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


def attackers_by_id(events: EventRows) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {key: set() for key in events.table["event_id"]}
    for event, actor in zip(events.attackers.event, events.attackers.actor, strict=True):
        found[events.table["event_id"].iloc[event]].add(events.attackers.names[actor])
    return found


def same_as_slow(events: EventRows) -> None:
    """Judge sites, same days and debuts of a list whose places are all known."""
    month = pd.Period(month_text(events.month), "M")
    ids, slow = events.table["event_id"], rows_of(events.table)
    assert [list(ids.iloc[s.rows]) for s in find_sites(events)] == slow_sites(slow, month)
    by = attackers_by_id(events)
    names = events.attackers.names
    days = {
        (
            names[one.actor],
            str(events.table["date_start"].iloc[one.rows[0]].date()),
            frozenset(ids.iloc[one.rows]),
            one.places,
            round(one.km),
        )
        for one in find_same_day(events)
    }
    assert days == slow_same_day(slow, by, month)
    for by_column, found in (("admin1", actors_in_areas(events)), ("country", None)):
        debuts = actors_in_countries(events) if found is None else found
        fast = {
            (names[d.actor], events.table[by_column].iloc[d.row]): (
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
    events = list_of(events.assign(admin1=grid), month)
    assert len(events.table) > 300
    assert find_sites(events)
    assert find_same_day(events)
    assert actors_in_areas(events)
    same_as_slow(events)


def test_rows_are_capped_and_the_rest_is_counted() -> None:
    rows = [hit(f"{n}-{m}", f"2020-0{m}-01", 10.0 + n) for n in range(5) for m in (1, 2)]
    section = watch_sections(MONTH, [list_of(frame_of(*rows))], [], most=2)[0]
    assert len(section.rows) == 2
    assert "Shown are 2 of 5 of mine." in section.note


def test_only_a_section_without_rows_says_that_there_is_none() -> None:
    events = list_of(frame_of(hit("1", "2020-05-01"), hit("2", "2020-05-02")))
    sections = watch_sections(MONTH, [events], [months_of([0.0] * 12 + [3, 0, 0])])
    rows = [bool(section.rows) for section in sections]
    assert rows == [True, False, False, False, False, True]
    assert ["There is none." in section.note for section in sections] == [not one for one in rows]


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


def test_sections_keep_the_names_that_issues_on_disk_hold() -> None:
    """A brief of an older issue says its rows in sentences only where it knows the name."""
    names = ["repeat", "actors", "same_day", "first", "records", "surge"]
    sections = watch_sections(MONTH, [], [])
    assert [section.name for section in sections] == [f"watch_{name}" for name in names]
    assert all(has_sentences(section) for section in sections)
    assert not has_sentences(replace(sections[0], columns=sections[1].columns))
