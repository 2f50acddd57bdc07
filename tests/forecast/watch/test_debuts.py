"""First times, by hand: what a complete list may claim, and what another one says."""

from __future__ import annotations

import pytest

from data.months import month_number
from forecast.watch.area_months import months_of_list
from forecast.watch.catalogue import watch_sections
from forecast.watch.debuts import FIRST_ATTACKS, NEW_ATTACKERS, areas_first_hit, far_attacks
from tests.data.geography import frame_of
from tests.forecast.watch.lists import MONTH, hit, list_of, whole

HISTORY = (
    hit("1", "2019-03-01", admin1="Mopti"),
    hit("2", "2019-04-01", 15.0, admin1="Gao", side_a="ISGS"),
    hit("3", "2020-11-05", 15.0, admin1="Gao"),
    hit("4", "2020-12-01", 13.0, 3.0, admin1="Dosso", country="Niger"),
)


def test_of_a_complete_list_newcomers_and_firsts_are_claimed() -> None:
    events = list_of(frame_of(*HISTORY), covered=whole("MLI", "NER"))
    news = [row[:3] for row in NEW_ATTACKERS.rows(events, 15)[0]]
    covered = "(covered from Jan 2015)"
    assert news == [
        ("JNIM", f"new in the region {covered}", "Dosso"),
        ("JNIM", f"new in the region {covered}", "Gao"),
    ]
    firsts = [row[:3] for row in FIRST_ATTACKS.rows(events, 15)[0]]
    assert firsts == [
        (f"across the border into Niger {covered}", "Dosso", "Niger"),
        (f"first attack in the region {covered}", "Dosso", "Niger"),
    ]


def test_an_incomplete_list_says_only_that_it_is_first_in_it() -> None:
    events = list_of(frame_of(*HISTORY))
    sections = {s.name: s for s in watch_sections(MONTH, [events], [])}
    for name in ("watch_actors", "watch_first"):
        texts = [cell for row in sections[name].rows for cell in row if isinstance(cell, str)]
        assert [t for t in texts if "in this list" in t], name
        assert not [t for t in texts if "new" in t or "never" in t or "covered" in t]
        assert "what is first in it may not be the first" in sections[name].note
    for name in ("watch_records", "watch_surge"):
        assert sections[name].rows == ()
        assert "a list that is not complete makes none" in sections[name].note
    assert months_of_list(events) is None


@pytest.mark.parametrize(("first", "claimed"), [("2018-11", 2), ("2018-12", 1), ("2019-01", 0)])
def test_a_record_of_less_than_two_years_claims_nothing(first: str, claimed: int) -> None:
    events = list_of(frame_of(*HISTORY), covered=whole("MLI", "NER", first=first))
    assert NEW_ATTACKERS.rows(events, 15)[1] == claimed


def test_a_gap_before_an_attack_takes_the_claim_back() -> None:
    covered = whole("MLI", "NER")
    covered.status[:, month_number("2019-09") - covered.first] = 4
    assert NEW_ATTACKERS.rows(list_of(frame_of(*HISTORY), covered=covered), 15)[1] == 0


def test_reaching_farther_is_100_km_from_all_earlier_attacks_of_the_attacker() -> None:
    rows = [hit("1", "2020-01-01"), hit("2", "2020-03-01", 14.5), hit("3", "2020-12-01", 15.0)]
    assert far_attacks(list_of(frame_of(*rows)), []) == []
    (far,) = far_attacks(list_of(frame_of(rows[0], rows[2])), [])
    assert round(far.km or 0) == 111
    shown = NEW_ATTACKERS.rows(list_of(frame_of(rows[0], rows[2])), 15)[0]
    assert [row[1] for row in shown] == ["farther than before in this list"]


def test_a_region_is_hit_for_the_first_time_once() -> None:
    found = areas_first_hit(list_of(frame_of(*HISTORY)))
    assert [debut.row for debut in found] == [3]
