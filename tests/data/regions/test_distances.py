"""Distances to capitals and borders, against an independent geodesy."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely

from data.regions.countries import country_of
from data.regions.distances import border_points, with_distances
from tests.data.geography import read_field, sahel, square, write_geojson

GEOD = pyproj.Geod(ellps="WGS84")


def test_capitals_of_the_real_units_agree_with_the_ellipsoid():
    table = with_distances(sahel().regions, scale="admin1")
    assert "border_km" not in table
    for row in table.itertuples():
        capital = country_of(row.country)
        line = GEOD.inv(row.longitude, row.latitude, capital.longitude, capital.latitude)
        assert row.capital_km == pytest.approx(line[2] / 1000, rel=0.007, abs=0.1)


def test_borders_of_the_real_units_agree_with_the_ellipsoid():
    """Some units against the edge that their own country shares with the polygons of others."""
    field = sahel()
    table = with_distances(field.regions, scale="admin1", boundaries=field)
    found = []
    for row in table.iloc[::40].itertuples():
        own = (table["country"] == row.country).to_numpy()
        mine, others = (shapely.union_all(field.polygons[part]) for part in (own, ~own))
        edge = shapely.intersection(shapely.boundary(mine), others.buffer(0.005))
        points = shapely.get_coordinates(shapely.segmentize(edge, 0.05))
        centre = [row.longitude] * len(points), [row.latitude] * len(points)
        nearest = GEOD.inv(*centre, points[:, 0], points[:, 1])[2].min() / 1000
        assert row.border_km <= nearest * 1.007 + 1
        found.append(row.border_km >= nearest * 0.993 - 3)
    assert np.mean(found) >= 0.8  # the others have a border of other countries nearer


def test_coasts_and_isolated_islands_are_no_border(tmp_path):
    polygons = {"a": square(0, 0), "b": square(1, 0), "c": square(9, 0)}
    field = read_field(write_geojson(tmp_path, polygons, {"a": "Mali", "b": "Niger", "c": "Chad"}))
    assert field.isolated == ("c",)
    points = border_points(field)
    assert set(points[:, 0].round(6)) <= {round(1 + step / 1000, 6) for step in range(-6, 7)}
    table = with_distances(field.regions, scale="admin1", boundaries=field)
    assert table["border_km"].tolist() == pytest.approx([55.6, 55.6, 945], abs=1.2)


def test_one_country_alone_has_no_border(tmp_path):
    polygons = {"a": square(0, 0), "b": square(1, 0)}
    field = read_field(write_geojson(tmp_path, polygons, dict.fromkeys("ab", "Atlantis")))
    table = with_distances(field.regions, scale="admin1", boundaries=field)
    assert list(table) == list(field.regions)


def test_what_a_table_brings_is_left_alone_and_countries_have_none(tmp_path):
    polygons = {"a": square(0, 0), "b": square(1, 0)}
    field = read_field(write_geojson(tmp_path, polygons, {"a": "Mali", "b": "Niger"}))
    given = field.regions.assign(capital_km=[1.0, np.nan], border_km=[2.0, 3.0])
    assert with_distances(given, scale="admin1", boundaries=field).equals(given)
    assert with_distances(field.regions, scale="country", boundaries=field) is field.regions
