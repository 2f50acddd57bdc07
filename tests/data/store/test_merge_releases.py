"""Events that a source took back stop counting, from that day on and not before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from data.store.store import Store
from tests.data.readings import event, events_reading


def ids(store: Store, **asked: object) -> list[str]:
    return store.events(**asked)["event_id"].tolist()


def test_ids_that_were_taken_back_stop_counting(tmp_path: Path) -> None:
    store = Store(tmp_path)
    first = events_reading([event("1"), event("2"), event("3")], source="acled", release="2024.1")
    store.add(first, retrieved_at=datetime(2024, 1, 1, tzinfo=UTC))
    other = events_reading([event("2")], source="own", release="2024.1")
    store.add(other, retrieved_at=datetime(2024, 1, 1, tzinfo=UTC))
    second = replace(
        events_reading([event("3", deaths=9)], source="acled", release="2024.2"),
        withdrawn=("2", "7"),
    )
    report = store.add(second, retrieved_at=datetime(2024, 2, 1, tzinfo=UTC))
    assert report.manifest["taken_back"] == 2
    assert ids(store, source="acled") == ["1", "3"]
    assert ids(store, source="own") == ["2"]
    assert ids(store, source="acled", as_of=date(2024, 1, 15)) == ["1", "2", "3"]
    assert store.add(second, retrieved_at=datetime(2024, 2, 2, tzinfo=UTC)).repeated


def test_an_event_of_a_later_release_counts_again(tmp_path: Path) -> None:
    for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0)):
        store = Store(tmp_path / str(order))
        readings = [
            events_reading([event("1"), event("2")], source="acled", release="2024.1"),
            replace(
                events_reading([event("1")], source="acled", release="2024.2"), withdrawn=("2",)
            ),
            events_reading([event("2", deaths=5)], source="acled", release="2024.3"),
        ]
        for place in order[:2]:
            store.add(readings[place], retrieved_at=datetime(2024, 5, 1, tzinfo=UTC))
        early = {"1"} | ({"2"} if 2 in order[:2] else set())
        assert set(ids(store)) == early
        store.add(readings[order[2]], retrieved_at=datetime(2024, 5, 2, tzinfo=UTC))
        assert ids(store) == ["1", "2"]


def test_a_list_that_is_not_complete_takes_back_too(tmp_path: Path) -> None:
    store = Store(tmp_path)
    first = events_reading([event("1"), event("2")], source="acled", release="2024.1")
    store.add(first, retrieved_at=datetime(2024, 1, 1, tzinfo=UTC))
    empty = events_reading([], source="acled", release="2024.2")
    unclaimed = replace(empty.coverage, complete=False)
    taking = replace(empty, coverage=unclaimed, withdrawn=("1",))
    store.add(taking, retrieved_at=datetime(2024, 2, 1, tzinfo=UTC))
    assert ids(store) == ["2"]
