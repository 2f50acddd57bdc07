from datetime import UTC, date, datetime

import pytest

from data.errors import EvidenceError
from data.months import last_day
from data.reading import Coverage
from data.store.completeness import estimate_completeness
from data.store.store import Store
from tests.data.readings import event, events_reading

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def month_release(store, name, month, events, deaths, *, out):
    """Keep a release of one month: so many events, each with so many deaths."""
    rows = [event(f"{month}-{i}", f"{month}-10", deaths) for i in range(events)]
    claim = Coverage(True, month, month)
    reading = events_reading(rows, source="mine", release=name, coverage=claim)
    store.add(reading, retrieved_at=NOW, published=out)


@pytest.fixture
def store(tmp_path):
    """Months 1 to 5 come with 4 events of 2 deaths; 1 to 4 are revised to 5 events of 4."""
    store = Store(tmp_path / "store")
    for number in range(1, 6):
        out = last_day(f"2020-{number + 1:02d}")
        month_release(store, str(number), f"2020-{number:02d}", 4, 2, out=out)
    rows = [
        event(f"2020-{number:02d}-{i}", f"2020-{number:02d}-10", 4)
        for number in range(1, 5)
        for i in range(5)
    ]
    claim = Coverage(True, "2020-01", "2020-04")
    whole = events_reading(rows, source="mine", release="9", coverage=claim)
    store.add(whole, retrieved_at=NOW, published=date(2021, 5, 31))
    return store


def test_growth_of_months_that_were_revised_by_hand(store):
    found = estimate_completeness(store, "mine")
    assert list(found.growth) == [1]
    growth = found.growth[1]
    assert (growth.months, growth.events, growth.deaths) == (4, 5 / 4, (5 * 4) / (4 * 2))


def test_only_months_that_nobody_spoke_of_again_are_to_grow(store):
    found = estimate_completeness(store, "mine")
    assert found.ages == {"2020-05": 1}
    assert found.factors("2020-05") == found.growth[1]
    assert found.factors("2020-04") is None


def test_a_store_that_was_never_revised_tells_nothing(store):
    with pytest.raises(EvidenceError, match="at least 3 months"):
        estimate_completeness(store.known(as_of=date(2020, 12, 31)), "mine")


def test_what_was_known_later_is_not_read(store):
    late = [event(f"2020-05-{i}", "2020-05-10", 90) for i in range(9)]
    reading = events_reading(
        late, source="mine", release="10", coverage=Coverage(True, "2020-05", "2020-05")
    )
    store.add(reading, retrieved_at=NOW, published=date(2022, 1, 1))
    before = estimate_completeness(store.known(as_of=date(2021, 12, 31)), "mine")
    assert before.growth[1].months == 4
    assert estimate_completeness(store, "mine").growth[1].months == 5
