from __future__ import annotations

import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

from data.regions.countries import country_of
from data.regions.priogrid import cell_ids
from data.regions.region_table import read_region_table
from data.regions.regions import (
    border_points,
    cell_regions,
    country_regions,
    with_distances,
)
from data.schema import REGION_COLUMNS
from tests.data.geography import (
    at,
    frame_of,
    read_field,
    sahel,
    square,
    square_field,
    write_geojson,
)

GEOD = pyproj.Geod(ellps="WGS84")


def _id(latitude, longitude):
    return str(cell_ids([latitude], [longitude])[0])


def test_countries_that_a_list_covers():
    table = country_regions(["Mali", "Côte d'Ivoire", "Atlantis"])
    assert tuple(table) == REGION_COLUMNS
    assert table["region_id"].tolist() == ["CIV", "MLI", "atlantis"]
    assert table["country"].tolist() == ["Ivory Coast", "Mali", "Atlantis"]
    assert table["neighbours"].tolist() == ["", "", ""]
    assert table["latitude"].round(1).tolist()[:2] == [6.8, 12.6]
    assert table["area_km2"].isna().all()


def test_the_world_is_every_country_of_the_table():
    assert len(country_regions([])) == 195


def test_boundaries_give_countries_area_centre_and_neighbours(tmp_path):
    table = country_regions(["Mali", "Niger", "Chad"], boundaries=square_field(tmp_path))
    table = table.set_index("region_id")
    assert table.loc["MLI", "neighbours"] == "NER"
    assert table.loc["MLI", ["longitude", "latitude"]].tolist() == [1.0, 0.5]
    assert table.loc["NER", "area_km2"] == 12308.5
    assert table.loc["TCD", "neighbours"] == ""
    assert np.isnan(table.loc["TCD", "area_km2"])


def test_cells_are_those_that_held_an_event_and_belong_to_most_of_them():
    events = frame_of(
        at("1", 12.6, -8.1, country="Mali"),
        at("2", 12.7, -8.2, country="Guinea"),
        at("3", 12.7, -8.2, country="Guinea"),
        at("4", 12.7, -7.9, country="Ivory Coast"),
        at("5", 12.7, -7.9, country="Chad"),
        at("6", 0.1, 0.1, country="Ghana", location_precision="admin1"),
    )
    table = cell_regions(events)
    assert table["region_id"].tolist() == [_id(12.6, -8.1), _id(12.7, -7.9)]
    assert table["country"].tolist() == ["Guinea", "Chad"]  # the second is level: by name
    assert table["region"].tolist() == ["12.75°N 8.25°W", "12.75°N 7.75°W"]
    assert table["neighbours"].tolist() == [_id(12.7, -7.9), _id(12.6, -8.1)]


def test_later_events_make_no_cell():
    events = frame_of(at("1", 10, 10), at("2", 20, 20, date_start=pd.Timestamp("2020-04-01")))
    assert cell_regions(events, until="2020-03")["region_id"].tolist() == [_id(10, 10)]
    assert len(cell_regions(events, until="2020-04")) == 2
    assert cell_regions(events, until="2019-12").empty


def test_cells_of_boundaries_have_the_country_under_their_centre(tmp_path):
    polygons = {"a": square(0.1, 0.1, 0.6), "b": square(0.7, 0.1, 0.2)}
    field = read_field(write_geojson(tmp_path, polygons, {"a": "Mali", "b": "Niger"}))
    table = cell_regions(frame_of(), boundaries=field).set_index("region_id")
    assert len(table) == 4
    assert table.loc[_id(0.2, 0.2), "country"] == "Mali"
    assert table.loc[_id(0.2, 0.8), "country"] == "Niger"


def test_ids_are_sorted_as_text():
    table = cell_regions(frame_of(at("1", -89.9, -179.9), at("2", 50, 50), at("3", -89, -179.9)))
    assert table["region_id"].tolist() == sorted(table["region_id"])


def test_a_table_that_is_written_reads_back(tmp_path):
    table = country_regions(["Mali", "Niger"], boundaries=square_field(tmp_path))
    table.to_csv(tmp_path / "regions.csv", index=False)
    table.to_parquet(tmp_path / "regions.parquet", index=False)
    for name in ("regions.csv", "regions.parquet"):
        pd.testing.assert_frame_equal(read_region_table(tmp_path / name), table)


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
