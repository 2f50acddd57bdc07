from datetime import UTC, datetime

import pandas as pd
import pytest

from data.reading import Coverage
from data.store.status import store_status
from data.store.store import Store
from tests.data.readings import WORLD_2020, event, events_reading, figures_reading

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def totals(status, source):
    return [
        (t["country"], t["year"], t["events"], t["deaths"], t["deaths_unknown"])
        for t in status["totals"]
        if t["source"] == source
    ]


def test_an_empty_store(store):
    assert store_status(store) == {
        "as_of": None,
        "last_complete_month": None,
        "quarantined": 0,
        "warnings": [],
        "months": [],
        "sources": [],
        "ingests": [],
        "totals": [],
    }


def test_totals_by_own_country_and_first_day(store):
    rows = [
        event("1", "2019-12-31", 5, date_end=pd.Timestamp("2020-01-05")),
        event("2", "2020-01-01", 7),
        event("3", "2020-06-01", None),
        event("4", "2020-06-01", 2, country="Niger"),
    ]
    store.add(events_reading(rows), retrieved_at=NOW)
    status = store_status(store)
    assert totals(status, "ucdp") == [
        ("Mali", 2019, 1, 5, 0),
        ("Mali", 2020, 2, 7, 1),
        ("Niger", 2020, 1, 2, 0),
    ]
    assert all(type(t[key]) is int for t in status["totals"] for key in ("year", "deaths"))


def test_totals_are_of_the_winning_rows(store):
    store.add(events_reading([event("1", deaths=5)], release="24.0.1"), retrieved_at=NOW)
    late = events_reading([event("1", deaths=9, country="Niger")], release="25.1")
    store.add(late, retrieved_at=NOW)
    assert totals(store_status(store), "ucdp") == [("Niger", 2020, 1, 9, 0)]


def test_sources_are_told_apart_and_described(store):
    store.add(
        events_reading([event("1")], quarantine=[("f", 2, "deaths", "number", "x")]),
        retrieved_at=NOW,
    )
    year = Coverage(complete=True, first="2021-01", last="2021-12", countries=("Mali",))
    later = events_reading([event("2", "2021-05-01")], release="22.1", coverage=year)
    store.add(later, retrieved_at=NOW)
    notable = events_reading([event("1", deaths=3)], source="aes", coverage=Coverage())
    store.add(notable, retrieved_at=NOW)
    status = store_status(store)
    assert status["last_complete_month"] == "2021-12"
    assert status["quarantined"] == 1
    assert [m["number"] for m in status["ingests"]] == [1, 2, 3]
    aes, ucdp = status["sources"]
    assert (aes["source"], aes["complete"], aes["complete_through"]) == ("aes", False, None)
    assert ucdp == {
        "source": "ucdp",
        "content": "events",
        "releases": ["21.1", "22.1"],
        "ingests": 2,
        "rows": 2,
        "events": 2,
        "deaths": 2,
        "deaths_unknown": 0,
        "first_month": "2020-03",
        "last_month": "2021-05",
        "complete": True,
        "complete_through": "2021-12",
        "coverage": [
            {"complete": True, "first": "2020-01", "last": "2020-12", "countries": []},
            {"complete": True, "first": "2021-01", "last": "2021-12", "countries": ["Mali"]},
        ],
        "quarantined": 1,
        "duplicates": 0,
    }
    assert totals(status, "aes") == [("Mali", 2020, 1, 3, 0)]


@pytest.mark.parametrize(
    ("column", "regions", "country"),
    [
        ({}, None, ""),
        ({}, pd.DataFrame({"region_id": ["a"], "country": ["Mali"]}), "Mali"),
        ({"country": "Niger"}, pd.DataFrame({"region_id": ["a"], "country": ["Mali"]}), "Niger"),
    ],
)
def test_figures_count_by_their_country(store, column, regions, country):
    rows = [
        {"region_id": "a", "month": "2020-12", "events": 2, "deaths": None} | column,
        {"region_id": "a", "month": "2021-01", "events": 3, "deaths": 4} | column,
    ]
    store.add(figures_reading(rows, regions=regions, coverage=WORLD_2020), retrieved_at=NOW)
    assert totals(store_status(store), "figures") == [
        (country, 2020, 2, 0, 1),
        (country, 2021, 3, 4, 0),
    ]


def test_figures_of_deaths_alone(store):
    store.add(
        figures_reading([{"region_id": "a", "month": "2020-12", "deaths": 6}]), retrieved_at=NOW
    )
    assert totals(store_status(store), "figures") == [("", 2020, 0, 6, 0)]
