import json
import re

import numpy as np
import pytest
import shapely

from data.errors import SourceError
from data.regions.boundaries import merge_countries, read_boundaries
from data.regions.neighbours import split_neighbours
from data.schema import REGION_COLUMNS
from tests.data.geography import read_field, sahel, square, square_field, write_geojson
from tests.shared import shared_file


def test_a_field_of_squares_becomes_a_region_table(tmp_path):
    field = square_field(tmp_path)
    assert tuple(field.regions) == REGION_COLUMNS
    assert field.regions["region_id"].tolist() == ["a", "b", "c"]
    assert field.regions["region"].tolist() == ["A", "B", "C"]
    assert field.regions["country"].tolist() == ["Mali", "Mali", "Niger"]
    assert field.regions["neighbours"].tolist() == ["b", "a;c", "b"]
    assert field.regions["longitude"].tolist() == [0.5, 1.5, 2.5]
    assert field.regions["latitude"].tolist() == [0.5, 0.5, 0.5]
    assert field.regions["area_km2"].tolist() == [12308.5] * 3
    assert [polygon.bounds[0] for polygon in field.polygons] == [0, 1, 2]
    assert (field.isolated, field.repairs) == ((), ())


def test_a_bent_region_has_its_centre_inside(tmp_path):
    hook = shapely.box(0, 0, 10, 10) - shapely.box(1, 1, 10, 10)
    field = read_field(write_geojson(tmp_path, {"a": hook}, {"a": "Mali"}))
    row = field.regions.iloc[0]
    assert hook.contains(shapely.Point(row["longitude"], row["latitude"]))
    assert not hook.contains(hook.centroid)


def test_a_crossed_ring_is_repaired_and_counted(tmp_path):
    bow = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    path = write_geojson(tmp_path, {"a": bow, "b": square(1, 0)}, {"a": "Mali", "b": "Mali"})
    field = read_field(path)
    assert [repair.region_id for repair in field.repairs] == ["a"]
    assert shapely.is_valid(field.polygons).all()
    assert field.polygons[0].area == pytest.approx(0.5)


def test_an_island_is_listed(tmp_path):
    polygons = {"a": square(0, 0), "b": square(1, 0), "c": square(4, 0)}
    field = read_field(write_geojson(tmp_path, polygons, dict.fromkeys("abc", "Mali")))
    assert field.isolated == ("c",)
    assert field.regions["neighbours"].tolist() == ["b", "a;c", "b"]


def test_countries_are_merged_whatever_their_spelling(tmp_path):
    polygons = {"a": square(0, 0), "b": square(1, 0), "c": square(2, 0)}
    names = {"a": "Ivory Coast", "b": "Côte d'Ivoire", "c": "Mali"}
    merged = merge_countries(read_field(write_geojson(tmp_path, polygons, names)))
    assert merged.regions["region_id"].tolist() == ["CIV", "MLI"]
    assert merged.regions["region"].tolist() == ["Ivory Coast", "Mali"]
    assert merged.regions["neighbours"].tolist() == ["MLI", "CIV"]
    assert merged.polygons[0].bounds == (0, 0, 2, 1)


def _refused(tmp_path, content, match):
    path = tmp_path / "field.geojson"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    with pytest.raises(SourceError, match=match):
        read_field(path)


def _collection(geometry, **properties):
    known = {"id": 1, "name": "A", "country": "Mali"} | properties
    feature = {"type": "Feature", "properties": known, "geometry": geometry}
    return {"type": "FeatureCollection", "features": [feature]}


BOX = json.loads(shapely.to_geojson(square(0, 0)))


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"id,name\n1,A\n", "expected GeoJSON in UTF-8"),
        ('{"name": "Côte"}'.encode("latin-1"), "expected GeoJSON in UTF-8"),
        ({"type": "FeatureCollection", "features": []}, "FeatureCollection with features"),
        ([1], "FeatureCollection with features"),
        (_collection(None), r"polygons, got none: feature 1 \(region \"1\"\): no shape"),
        (
            _collection({"type": "Point", "coordinates": [0, 0]}),
            "polygons, got none: .*a Point",
        ),
        (_collection(BOX, name=None), 'feature 1 has no property "name"'),
        (_collection(BOX, id=" "), 'feature 1 has no property "id"'),
        (
            _collection(json.loads(shapely.to_geojson(shapely.box(2e5, 1e6, 3e5, 2e6)))),
            r"expected degrees \(EPSG:4326\) in region",
        ),
    ],
)
def test_a_wrong_file_is_refused(tmp_path, content, match):
    _refused(tmp_path, content, match)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(SourceError, match="no such file"):
        read_field(tmp_path / "none.geojson")


def test_an_id_that_repeats_is_refused_with_the_one_that_does_not(tmp_path):
    names = {"a": "Mali", "b": "Mali"}
    path = write_geojson(tmp_path, {"a": square(0, 0), "b": square(1, 0)}, names)
    wanted = 'property "country" is not unique: "Mali" occurs 2 times; unique are id, name'
    with pytest.raises(SourceError, match=re.escape(wanted)):
        read_boundaries(
            path, id_property="country", name_property="name", country_property="country"
        )


def test_the_shared_boundaries():
    field = sahel()
    assert len(field.regions) == 308
    assert (field.isolated, field.repairs) == ((), ())
    pairs = split_neighbours(field.regions["neighbours"], field.regions["region_id"])
    assert pairs.shape[1] == 2 * 809
    assert {tuple(p) for p in pairs.T} == {tuple(p) for p in pairs[::-1].T}
    areas = field.regions.groupby("country")["area_km2"].sum()
    assert areas["Burkina Faso"] == pytest.approx(274_200, rel=0.02)
    assert areas["Nigeria"] == pytest.approx(923_768, rel=0.02)
    points = shapely.points(field.regions["longitude"], field.regions["latitude"])
    assert shapely.intersects(field.polygons, points).all()
    assert np.array_equal(field.regions["region_id"], sorted(field.regions["region_id"]))


@pytest.mark.parametrize("name", ["name", "hasc", "fips", "iso_a2"])
def test_only_one_property_of_the_shared_boundaries_is_an_id(name):
    path = shared_file("natural_earth_admin1_sahel.geojson")
    with pytest.raises(SourceError, match=r"unique are _id$|has no property"):
        read_boundaries(path, id_property=name, name_property="name", country_property="admin")
