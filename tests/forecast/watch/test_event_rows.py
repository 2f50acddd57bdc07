"""Event rows: nothing later, and what is vague and not over is left out."""

from __future__ import annotations

from forecast.watch.catalogue import watch_sections
from tests.data.geography import frame_of
from tests.forecast.watch.lists import hit, list_of, vague


def test_what_is_vague_and_not_over_is_left_out_and_counted() -> None:
    rows = [
        hit("1", "2020-05-01"),
        vague("2", "2020-12-01", "2020-12-31", "month"),
        vague("3", "2020-01-01", "2020-12-31", "year"),
    ]
    assert list_of(frame_of(*rows), "2020-12").left_out == 0
    events = list_of(frame_of(*rows), "2020-11")
    assert list(events.table["event_id"]) == ["1"]
    assert events.left_out == 1  # the other one begins later
    note = watch_sections("2020-11", [events], [])[0].note
    assert "Not read: 1 attack dated to a month or year that is not over" in note
