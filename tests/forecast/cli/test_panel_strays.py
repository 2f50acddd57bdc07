"""Boundaries that do not fit the events: refused with the likely cause, or warned of."""

import json

import pytest

from tests.forecast.cli.test_commands_panel import ingest, panel
from tests.forecast.cli.test_panel_places import counted, draw, feature, ring

NORTH, SOUTH = (0, 15, 2, 17), (-8, 12, -6, 14)


def shape(corners, *, turned=False, times=1.0):
    points = [(x * times, y * times) for x, y in ring(*corners)]
    points = [(y, x) for x, y in points] if turned else points
    return {"type": "Polygon", "coordinates": [points]}


def rows_of(north, south):
    spots = ["15.5,0.5,Mali,1"] * north + ["12.5,-7.5,Mali,2"] * south
    return [f"{n},2020-{n % 12 + 1:02d}-10,{spot}" for n, spot in enumerate(spots)]


@pytest.fixture
def place(tmp_path):
    (tmp_path / "w").mkdir()
    return tmp_path


def refused(place, *more):
    done = panel(place, *more)
    assert done.exit_code == 1
    return str(done.exception)


def test_half_outside_is_a_warning(place):
    ingest(place, "list", rows_of(24, 24))
    draw(place, feature("NE", shape(NORTH)))
    done, sums = counted(place, "--json")
    assert sums == {"NE": (24, 24)}
    assert json.loads(done.stdout)["reconciliation"]["outside"] == {"events": 24, "deaths": 48}
    assert "Mali: 24 of 48 events lie outside all regions" in done.stderr


def test_most_outside_is_refused_unless_it_is_accepted(place):
    ingest(place, "list", rows_of(4, 44))
    draw(place, feature("NE", shape(NORTH)))
    told = refused(place)
    assert "44 of 48 events of Mali lie outside all regions: the boundaries hold" in told
    assert "a part of the country" in told
    assert not (place / "w" / "panels" / "admin1").exists()
    assert counted(place, "--most-outside", "1")[1] == {"NE": (4, 4)}
    (place / "w" / "escalation.toml").write_text("[panel]\nmost_outside = 0.95\n")
    assert counted(place)[1] == {"NE": (4, 4)}


def test_odd_events_of_a_short_list_are_no_reason(place):
    ingest(place, "list", rows_of(2, 9))
    draw(place, feature("NE", shape(NORTH)))
    assert counted(place)[1] == {"NE": (2, 2)}


def test_axes_in_another_order_are_named(place):
    ingest(place, "list", rows_of(12, 12))
    draw(
        place,
        feature("NE", shape(NORTH, turned=True)),
        feature("SW", shape(SOUTH, turned=True)),
    )
    assert "24 would lie inside with latitude and longitude exchanged" in refused(place)


def test_axes_in_another_order_beyond_the_poles_are_named(place):
    ingest(place, "list", rows_of(12, 12))
    draw(place, feature("NE", shape((100, 15, 102, 17), turned=True)))
    assert "latitude seems to come first" in refused(place)


def test_coordinates_that_are_no_degrees_are_named(place):
    ingest(place, "list", rows_of(12, 12))
    draw(place, feature("NE", shape(NORTH, times=5.0)))
    assert "or their coordinates are not degrees" in refused(place)
    draw(place, feature("NE", shape(NORTH, times=1e5)))
    assert "they look like metres of a projection" in refused(place)


def test_another_country_is_named(place):
    rows = [row.replace("Mali", "Chad") for row in rows_of(0, 24)]
    ingest(place, "list", rows)
    draw(place, feature("NE", shape(NORTH)))
    told = refused(place)
    assert "none of 24 events lies in a region: they are of Chad, and the regions of Mali" in told
    assert counted(place, "--most-outside", "1")[1] == {"NE": (0, 0)}


def test_how_far_an_event_may_be_moved_is_an_option(place):
    ingest(place, "list", ["1,2020-01-10,17.1,0.5,Mali,1"])
    draw(place, feature("NE", shape(NORTH)))
    assert counted(place)[1] == {"NE": (1, 1)}
    assert counted(place, "--nearest-km", "5")[1] == {"NE": (0, 0)}


def test_the_meridian_of_180_degrees_is_one_whatever_its_sign(place):
    spots = ["179.5", "180", "-180", "-179.95"]
    rows = [f"{n},2020-01-1{n},16,{east},Mali,1" for n, east in enumerate(spots)]
    ingest(place, "list", rows)
    draw(place, feature("E", shape((179, 15, 180, 17))))
    done, sums = counted(place, "--audit", "--json")
    assert sums == {"E": (4, 4)}
    assert json.loads(done.stdout)["reconciliation"]["nearest"] == 1


def test_degrees_of_events_beyond_a_limit_by_rounding_are_the_limit(place):
    rows = ["1,2020-01-11,16,180.0000002,Mali,1", "2,2020-01-12,90.00001,179.5,Mali,1"]
    ingest(place, "list", rows)
    draw(place, feature("E", shape((179, 15, 180, 90))))
    assert counted(place)[1] == {"E": (2, 2)}
