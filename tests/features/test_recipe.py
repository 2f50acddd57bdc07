from __future__ import annotations

from pathlib import Path

from data.regions.boundaries import read_boundaries
from data.workspace import PanelSettings
from features.recipe import keep_given
from tests.data.regions.test_boundary_files import save


def test_a_shapefile_is_kept_with_all_its_parts(tmp_path: Path) -> None:
    save(tmp_path / "squares[1].shp")
    save(tmp_path / "squares1.shp")
    settings = PanelSettings(boundaries="squares[1].shp", id="id", country="country")
    folder = tmp_path / "panel"
    folder.mkdir()
    kept = keep_given(settings, tmp_path, folder)
    assert kept == {"boundaries": "given/boundaries.shp"}
    suffixes = {path.suffix for path in (folder / "given").iterdir()}
    assert {".shp", ".shx", ".dbf", ".prj"} <= suffixes
    field = read_boundaries(
        folder / kept["boundaries"],
        id_property="id",
        name_property="name",
        country_property="country",
    )
    assert field.regions["region_id"].tolist() == ["a", "b", "c"]
