"""How far data reach: whole months, the one in part, and the ones after it."""

from datetime import date

import pytest

from data.errors import ConfigError
from data.ingest.ingesting import claim_through, parse_through
from data.months import parse_day
from data.reading import Coverage
from tests.data.readings import WORLD_2020, event, events_reading, figures_reading

TODAY = date(2026, 6, 1)


@pytest.mark.parametrize("text", ["2024", "2024-13", "2024-02-30", "soon", "2024-1-1", ""])
def test_what_is_neither_day_nor_month_is_refused(text):
    with pytest.raises(ConfigError, match="expected a"):
        parse_through(text)
    with pytest.raises(ConfigError, match="--as-of: expected a day as YYYY-MM-DD"):
        parse_day(text, "--as-of")


@pytest.mark.parametrize(
    ("text", "last", "partial"),
    [
        ("2020-10", "2020-10", None),
        ("2020-10-31", "2020-10", None),
        ("2020-10-12", "2020-09", "2020-10"),
        ("2020-02-28", "2020-01", "2020-02"),  # a leap year
        ("2020-02-29", "2020-02", None),
        ("2021-01-01", "2020-12", "2021-01"),
        ("2022-03", "2022-03", None),
    ],
)
def test_the_claim_of_a_list(text, last, partial):
    claimed = claim_through(events_reading([event("1")]), parse_through(text), today=TODAY)
    assert claimed.coverage == Coverage(True, "2020-01", last, partial=partial)
    assert claimed.data_through == parse_through(text)


def test_without_a_day_the_source_is_believed():
    reading = events_reading([event("1")])
    assert claim_through(reading, None, today=TODAY) is reading


def test_a_day_that_is_still_to_come_is_refused():
    with pytest.raises(ConfigError, match="expected a day up to today, 2026-06-01, got 2026-06-02"):
        claim_through(events_reading([event("1")]), date(2026, 6, 2), today=TODAY)


def test_figures_are_partial_and_not_released_after_their_day():
    rows = [
        {"region_id": "a", "month": month, "events": 1, "status": status}
        for month, status in (
            ("2020-09", "observed"),
            ("2020-10", "observed"),
            ("2020-10", "failed"),
            ("2020-11", "observed"),
        )
    ]
    claimed = claim_through(figures_reading(rows), date(2020, 10, 5), today=TODAY)
    assert claimed.frame["status"].tolist() == ["observed", "partial", "failed", "not_released"]
    assert claimed.coverage.last == "2020-09"
    plain = [{k: v for k, v in row.items() if k != "status"} for row in rows]
    cut = claim_through(figures_reading(plain), date(2020, 10, 31), today=TODAY)
    assert cut.frame["status"].tolist() == ["observed", "observed", "observed", "not_released"]
    assert figures_reading(rows).coverage == WORLD_2020
