import numpy as np
import pandas as pd

from data.regions.priogrid import cell_ids
from data.regions.region_table import read_region_table
from data.regions.regions import cell_regions, country_regions, write_regions
from data.schema import REGION_COLUMNS
from tests.data.geography import at, frame_of, read_field, square, square_field, write_geojson


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
    for name in ("regions.csv", "regions.parquet"):
        write_regions(table, tmp_path / name)
        pd.testing.assert_frame_equal(read_region_table(tmp_path / name), table)
