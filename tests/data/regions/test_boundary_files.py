"""Boundaries as users have them: shapefile, GeoPackage, zip, other coordinate systems."""

from __future__ import annotations

import json
import sys
import zipfile
from pathlib import Path

import numpy as np
import pyogrio
import pyproj
import pytest
import shapely

from data.errors import ConfigError, SourceError
from data.regions.boundaries import Boundaries, read_boundaries
from tests.data.geography import read_field, sahel, square, square_field, write_geojson

SQUARES = {"c": square(2, 0), "a": square(0, 0), "b": square(1, 0)}
COUNTRIES = {"a": "Mali", "b": "Mali", "c": "Niger"}


def save(path: Path, crs: str | None = "EPSG:4326", layer: str | None = None, **more) -> Path:
    """Write the three squares, in the coordinates of ``crs``, by the suffix of the path."""
    shapes = np.array(list(SQUARES.values()), dtype=object)
    if crs not in (None, "EPSG:4326"):
        turn = pyproj.Transformer.from_crs(4326, crs, always_xy=True).transform
        shapes = shapely.transform(
            shapely.segmentize(shapes, 0.1), lambda p: np.column_stack(turn(p[:, 0], p[:, 1]))
        )
    columns = [
        np.array(list(SQUARES), dtype=object),
        np.array([name.upper() for name in SQUARES], dtype=object),
        np.array([COUNTRIES[name] for name in SQUARES], dtype=object),
    ]
    pyogrio.raw.write(
        path,
        shapely.to_wkb(shapes),
        columns,
        ["id", "name", "country"],
        geometry_type="Polygon",
        crs=crs,
        layer=layer,
        **more,
    )
    return path


def assert_the_squares(field: Boundaries, tmp_path: Path) -> None:
    wanted = square_field(tmp_path)
    assert field.regions["region_id"].tolist() == ["a", "b", "c"]
    for name in ("region", "country", "neighbours"):
        assert field.regions[name].tolist() == wanted.regions[name].tolist()
    for name in ("latitude", "longitude", "area_km2"):
        np.testing.assert_allclose(field.regions[name], wanted.regions[name], rtol=1e-4)
    assert shapely.hausdorff_distance(field.polygons, wanted.polygons).max() < 1e-6


@pytest.mark.parametrize("suffix", ["shp", "gpkg"])
@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:32631", "EPSG:3857"])
@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_every_file_makes_the_regions_of_the_geojson(tmp_path, suffix, crs):
    field = read_field(save(tmp_path / f"squares.{suffix}", crs))
    assert_the_squares(field, tmp_path)
    assert (field.crs is None) == (crs == "EPSG:4326")


@pytest.mark.parametrize("suffix", ["shp", "gpkg"])
def test_a_zip_is_read_as_it_stands(tmp_path, suffix):
    save(tmp_path / f"squares.{suffix}")
    path = tmp_path / "squares.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in tmp_path.glob("squares.*"):
            if file != path:
                archive.write(file, f"folder/{file.name}")
    assert_the_squares(read_field(path), tmp_path)


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_a_shapefile_without_a_system_is_taken_for_degrees(tmp_path):
    assert_the_squares(read_field(save(tmp_path / "squares.shp", None)), tmp_path)


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_metres_without_a_system_are_refused_by_region(tmp_path):
    path = save(tmp_path / "squares.shp", "EPSG:32631")
    path.with_suffix(".prj").unlink()
    with pytest.raises(SourceError, match=r'expected degrees .*EPSG:4326.*region "c"'):
        read_field(path)


def test_one_of_several_layers_must_be_chosen(tmp_path):
    path = save(tmp_path / "squares.gpkg", layer="old")
    save(path, layer="new", append=True)
    with pytest.raises(ConfigError, match="has the layers old, new: choose one with --layer"):
        read_field(path)
    known = {"id_property": "id", "name_property": "name", "country_property": "country"}
    assert_the_squares(read_boundaries(path, **known, layer="new"), tmp_path)
    with pytest.raises(ConfigError, match='no layer "nwe": did you mean "new"'):
        read_boundaries(path, **known, layer="nwe")


def test_one_of_several_members_must_be_chosen(tmp_path):
    path = tmp_path / "both.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("one", "two"):
            archive.write(save(tmp_path / f"{name}.gpkg"), f"{name}.gpkg")
    with pytest.raises(ConfigError, match=r"holds one.gpkg, two.gpkg: choose one with --layer"):
        read_field(path)
    known = {"id_property": "id", "name_property": "name", "country_property": "country"}
    assert_the_squares(read_boundaries(path, **known, layer="two"), tmp_path)


def test_numbers_of_a_table_are_ids_to_the_digit(tmp_path):
    shapes = shapely.to_wkb(np.array([square(0, 0), square(1, 0)], dtype=object))
    ids, area = np.array([9007199254740993, 7]), np.array([5.0, np.nan])
    names = np.array(["Kidal", "Gao"], dtype=object)
    pyogrio.raw.write(
        tmp_path / "n.gpkg",
        shapes,
        [ids, names, np.array([432, 432]), area],
        ["id", "name", "country", "area"],
        geometry_type="Polygon",
        crs="EPSG:4326",
    )
    field = read_field(tmp_path / "n.gpkg")
    assert field.regions["region_id"].tolist() == ["7", "9007199254740993"]


def test_a_shapefile_without_its_table_is_refused(tmp_path):
    path = save(tmp_path / "squares.shp")
    path.with_suffix(".dbf").unlink()
    with pytest.raises(SourceError, match=r"several files, and \.dbf is missing"):
        read_field(path)


@pytest.mark.parametrize("suffix", ["shp", "gpkg", "zip"])
@pytest.mark.filterwarnings("ignore")
def test_a_file_that_is_cut_is_refused(tmp_path, suffix):
    path = save(tmp_path / f"squares.{'shp' if suffix == 'zip' else suffix}")
    if suffix == "zip":
        with zipfile.ZipFile(tmp_path / "squares.zip", "w") as archive:
            archive.write(path, "squares.shp")
        path = tmp_path / "squares.zip"
    whole = path.read_bytes()
    for size in (0, 70, len(whole) // 2, len(whole) - 30):
        path.write_bytes(whole[:size])
        with pytest.raises(SourceError, match=str(path)):
            read_field(path)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"%PDF-1.4", "expected GeoJSON, a shapefile or a GeoPackage, got a PDF"),
        (b"PK\x03\x04", "the zip archive is damaged"),
    ],
)
def test_another_kind_of_file_is_refused(tmp_path, content, match):
    (tmp_path / "x.shp").write_bytes(content)
    with pytest.raises(SourceError, match=match):
        read_field(tmp_path / "x.shp")
    with pytest.raises(SourceError, match="got a folder"):
        read_field(tmp_path)


def test_a_zip_without_polygons_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("readme.vrt", "<OGRVRTDataSource/>")
    with pytest.raises(SourceError, match=r"expected a shapefile \(\.shp\) or a GeoPackage"):
        read_field(tmp_path / "x.zip")


@pytest.mark.parametrize("library", ["pyogrio", "pyproj"])
def test_without_the_extra_the_error_says_how_to_get_it(tmp_path, monkeypatch, library):
    path = save(tmp_path / "squares.gpkg", "EPSG:3857")
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(
        ConfigError, match=rf"{library} is needed .*pip install 'escalation\[geo\]'"
    ):
        read_field(path)


def _geojson_in(tmp_path, crs):
    path = write_geojson(tmp_path, SQUARES, COUNTRIES)
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "crs": crs}))
    return path


@pytest.mark.parametrize("name", ["urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326", "WGS84"])
def test_geojson_that_names_degrees_is_read(tmp_path, name):
    path = _geojson_in(tmp_path, {"type": "name", "properties": {"name": name}})
    assert read_field(path).crs is None


@pytest.mark.parametrize(
    ("crs", "match"),
    [
        (
            {"type": "name", "properties": {"name": "EPSG:99999"}},
            "unknown coordinate system EPSG:99999",
        ),
        ({"type": "link"}, 'expected "crs" to name a coordinate system'),
    ],
)
def test_geojson_in_an_unknown_system_is_refused(tmp_path, crs, match):
    with pytest.raises(SourceError, match=match):
        read_field(_geojson_in(tmp_path, crs))


def test_a_polygon_without_ground_cannot_be_mended(tmp_path):
    flat = shapely.Polygon([(0, 0), (1, 0), (2, 0), (0, 0)])
    path = write_geojson(tmp_path, {"a": flat, "b": square(1, 0)}, COUNTRIES)
    with pytest.raises(SourceError, match=r'feature 1 \(region "a"\) cannot be repaired'):
        read_field(path)


def test_a_repair_says_what_and_by_how_much(tmp_path):
    spike = shapely.Polygon([(0, 0), (1, 0), (1, 1), (1, 2), (1, 1), (0, 1)])
    path = write_geojson(tmp_path, {"a": square(1, 0), "b": spike}, COUNTRIES)
    (repair,) = read_field(path).repairs
    assert repair.region_id == "b"
    assert repair.before_km2 == repair.after_km2 == 12308.5
    assert repair.sentence().startswith('region "b" was repaired (')


def test_the_shared_boundaries_as_a_shapefile_in_metres(tmp_path):
    """308 real units through EPSG:3857 and a zipped shapefile: the same regions."""
    field = sahel()
    pyogrio.raw.write(
        tmp_path / "units.shp",
        shapely.to_wkb(
            shapely.transform(
                field.polygons,
                lambda p: np.column_stack(
                    pyproj.Transformer.from_crs(4326, 3857, always_xy=True).transform(
                        p[:, 0], p[:, 1]
                    )
                ),
            )
        ),
        [field.regions[name].to_numpy(dtype=object) for name in ("region_id", "region", "country")],
        ["id", "name", "country"],
        geometry_type="Polygon",
        promote_to_multi=True,
        crs="EPSG:3857",
    )
    with zipfile.ZipFile(tmp_path / "units.zip", "w") as archive:
        for suffix in ("shp", "shx", "dbf", "prj", "cpg"):
            archive.write(tmp_path / f"units.{suffix}", f"units.{suffix}")
    again = read_field(tmp_path / "units.zip")
    for name in ("region_id", "region", "country", "neighbours"):
        assert again.regions[name].tolist() == field.regions[name].tolist(), name
    np.testing.assert_allclose(again.regions["area_km2"], field.regions["area_km2"], rtol=1e-6)


def test_a_file_that_would_fill_the_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data.regions.boundary_files._MAX_JSON", 100)
    path = write_geojson(tmp_path, SQUARES, COUNTRIES)
    with pytest.raises(SourceError, match=r"expected at most 100 bytes, got [\d,]+: "):
        read_field(path)
