import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import SchemaError
from data.regions.countries import country_key
from data.regions.geodesy import EARTH_KM
from data.regions.location import (
    LOCATED,
    OUTSIDE,
    UNLOCATED,
    CellLocator,
    CountryLocator,
    PolygonLocator,
    usable,
)
from data.regions.regions import cell_regions, country_regions
from tests.data.geography import at, frame_of, sahel, square_field, ucdp_events


def _found(locator, *rows):
    location = locator.locate(frame_of(*rows))
    ids = locator.regions["region_id"].to_numpy()
    names = [ids[row] if row >= 0 else None for row in location.region]
    return list(zip(names, location.reason.tolist(), location.moved.tolist(), strict=True))


@pytest.fixture
def squares(tmp_path):
    return PolygonLocator(square_field(tmp_path), "admin1")


def test_a_point_goes_to_the_polygon_that_holds_it(squares):
    found = _found(squares, at("1", 0.5, 1.5), at("2", 0.5, 2.5, country="Niger"))
    assert found == [("b", LOCATED, False), ("c", LOCATED, False)]


def test_a_point_in_another_country_stays_there(squares):
    assert _found(squares, at("1", 0.5, 2.5, country="Mali")) == [("c", LOCATED, False)]
    assert _found(squares, at("1", 0.5, 2.5, country="Ghana")) == [("c", LOCATED, False)]


def test_else_to_the_nearest_of_its_own_country(squares):
    # c is nearer to the first point, but Mali's nearest is b.
    wide = replace(squares, nearest_km=200.0)
    found = _found(wide, at("1", 0.5, 3.4), at("2", 0.5, 3.4, country="NIGER "))
    assert found == [("b", LOCATED, True), ("c", LOCATED, True)]


def test_beyond_the_limit_an_event_is_outside(squares):
    rows = [at("1", 0.5, -0.2), at("2", 0.5, -0.3), at("3", -0.2, 0.5), at("4", 2.5, 1.5)]
    location = squares.locate(frame_of(*rows))
    assert location.reason.tolist() == [LOCATED, OUTSIDE, LOCATED, OUTSIDE]
    assert location.away_km.round(1).tolist() == [22.2, 33.4, 22.2, 166.8]
    assert (location.moved.sum(), location.astray.sum()) == (2, 2)


def test_a_country_without_a_polygon_is_outside(squares):
    assert _found(squares, at("1", 9, 9, country="Ghana")) == [(None, OUTSIDE, False)]
    assert _found(squares, at("1", 9, 9, country=None)) == [(None, OUTSIDE, False)]


def test_a_shared_border_goes_to_the_own_country_then_to_the_lower_id(squares):
    border = [at("1", 0.5, 1.0), at("2", 0.5, 2.0), at("3", 0.5, 2.0, country="Niger")]
    assert [row[0] for row in _found(squares, *border)] == ["a", "b", "c"]
    assert _found(squares, at("4", 0.5, 2.0, country="Ghana"))[0][0] == "b"


def test_without_a_point_an_event_is_unlocated(squares):
    found = _found(squares, at("1", None, None), at("2", 0.5, None))
    assert found == [(None, UNLOCATED, False)] * 2


@pytest.mark.parametrize(
    ("scale", "taken"),
    [
        ("country", "exact near admin2 admin1 country area"),
        ("admin1", "exact near admin2 admin1"),
        ("admin2", "exact near admin2"),
        ("priogrid", "exact near"),
        ("districts", "exact near"),
    ],
)
def test_a_scale_takes_what_is_located_finely_enough(scale, taken):
    words = ["exact", "near", "admin2", "admin1", "country", "area"]
    rows = [at(word, 1, 1, location_precision=word) for word in words]
    rows += [at("unsaid", 1, 1, location_precision=None), at("empty", 1, 1, location_precision="")]
    chosen = frame_of(*rows)["event_id"][usable(frame_of(*rows), scale)]
    assert chosen.tolist() == [*taken.split(), "unsaid", "empty"]


def test_a_country_event_is_never_put_on_a_region(squares):
    row = at("1", 0.5, 0.5, location_precision="country")
    assert _found(squares, row) == [(None, UNLOCATED, False)]


def test_countries_need_no_point():
    locator = CountryLocator(country_regions(["Mali", "Ivory Coast"]))
    found = _found(
        locator,
        at("1", None, None, country="Côte d'Ivoire", location_precision="area"),
        at("2", 1, 1, country="Chad"),
        at("3", 1, 1, country=None),
    )
    assert found == [("CIV", LOCATED, False), (None, OUTSIDE, False), (None, UNLOCATED, False)]


def test_an_own_table_of_countries_is_read_by_its_country_column(tmp_path):
    regions = square_field(tmp_path).regions
    locator = CountryLocator(regions.iloc[1:])
    assert _found(locator, at("1", 1, 1, country="NER")) == [("c", LOCATED, False)]
    with pytest.raises(SchemaError, match='one region a country, got several of "Mali"'):
        CountryLocator(regions).locate(frame_of(at("1", 1, 1)))


def test_cells_by_events_take_only_known_cells():
    known = frame_of(at("1", 10.1, 10.1))
    locator = CellLocator(cell_regions(known), bounded=False)
    assert [row[1] for row in _found(locator, at("1", 10.4, 10.4), at("2", 30, 30))] == [0, OUTSIDE]


def test_a_table_that_holds_no_cells_is_refused(tmp_path):
    locator = CellLocator(square_field(tmp_path).regions, bounded=True)
    with pytest.raises(SchemaError, match="must be PRIO-GRID cells with ids 1 to 259200"):
        locator.locate(frame_of(at("1", 0.5, 0.5)))


def test_cells_by_boundaries_take_the_nearest_of_the_own_country(tmp_path):
    cells = cell_regions(frame_of(), boundaries=square_field(tmp_path))
    locator = CellLocator(cells, bounded=True)
    near, far = _found(locator, at("1", 0.2, -0.1), at("2", 0.2, -0.1, country="Ghana"))
    assert near[1:] == (LOCATED, True)
    assert cells.set_index("region_id").loc[near[0], "country"] == "Mali"
    assert far == (None, OUTSIDE, False)


POINTS = st.tuples(st.floats(-1, 4), st.floats(-1, 2), st.sampled_from(["Mali", "Niger", "Chad"]))


@settings(max_examples=40, deadline=None)
@given(st.lists(POINTS, min_size=1, max_size=6), st.randoms())
def test_a_slow_loop_agrees_and_order_never_matters(tmp_path_factory, points, random):
    locator = PolygonLocator(square_field(tmp_path_factory.mktemp("field")), "admin1")
    rows = [at(str(n), y, x, country=c) for n, (x, y, c) in enumerate(points)]
    found = _found(locator, *rows)
    for row, (name, _, _) in zip(rows, found, strict=True):
        assert name == _slow(locator, row)
    order = list(range(len(rows)))
    random.shuffle(order)
    assert _found(locator, *[rows[n] for n in order]) == [found[n] for n in order]


def _slow(locator, row):
    point = shapely.Point(row["longitude"], row["latitude"])
    table = locator.regions.assign(polygon=locator.boundaries.polygons)
    own = table["country"].map(country_key) == country_key(row["country"])
    held = table["polygon"].map(point.intersects)
    for rows in (table[held & own], table[held]):
        if len(rows):
            return rows["region_id"].iloc[0]
    away = table[own]["polygon"].map(point.distance)
    if not len(away):
        return None
    near = table.loc[away.idxmin()]
    spot = shapely.shortest_line(point, near["polygon"]).coords[1]
    return near["region_id"] if _km(point.coords[0], spot) <= locator.nearest_km else None


def _km(one, other):
    """Kilometres by the law of cosines, for a pair of longitude and latitude."""
    (x1, y1), (x2, y2) = np.radians(one), np.radians(other)
    cosine = math.sin(y1) * math.sin(y2) + math.cos(y1) * math.cos(y2) * math.cos(x2 - x1)
    return EARTH_KM * math.acos(min(1.0, cosine))


def test_every_sahel_event_finds_a_region_of_the_308():
    events, _ = ucdp_events()
    field = sahel()
    inside = events["country"].map(country_key).isin(field.regions["country"].map(country_key))
    location = PolygonLocator(field, "admin1").locate(events)
    assert (location.reason[inside] == LOCATED).mean() > 0.99
    assert 0.01 < location.moved[inside].mean() < 0.03
    assert np.unique(location.reason[~inside]).tolist() == [LOCATED, OUTSIDE]
    assert pd.Series(location.region[location.region >= 0]).between(0, 307).all()
