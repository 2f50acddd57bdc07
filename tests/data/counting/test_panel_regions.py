import pytest

from data.counting.panel_regions import make_locator
from data.errors import ConfigError
from data.reading import Coverage
from data.regions.location import CellLocator, CountryLocator, PolygonLocator
from tests.data.geography import YEAR_2020, at, frame_of, square_field


def _make(scale, **more):
    known = {"events": frame_of(at("1", 0.2, 0.2)), "coverages": [YEAR_2020]}
    return make_locator(scale, **(known | more))


def test_each_scale_has_its_locator(tmp_path):
    field = square_field(tmp_path)
    assert isinstance(_make("country"), CountryLocator)
    assert isinstance(_make("priogrid"), CellLocator)
    assert isinstance(_make("admin1", boundaries=field), PolygonLocator)
    assert _make("districts", boundaries=field).scale == "districts"


def test_a_scale_of_polygons_needs_polygons():
    with pytest.raises(ConfigError, match='scale "admin1" needs polygons: set'):
        _make("admin1")


def test_countries_are_those_that_are_covered():
    two = Coverage(True, "2020-01", "2020-12", ("Mali", "Niger"))
    assert _make("country", coverages=[two]).regions["region_id"].tolist() == ["MLI", "NER"]
    assert len(_make("country", coverages=[two, YEAR_2020]).regions) == 195


def test_cells_come_from_boundaries_or_from_events(tmp_path):
    assert len(_make("priogrid", boundaries=square_field(tmp_path)).regions) > 12
    assert len(_make("priogrid").regions) == 1
    assert _make("priogrid", until="2020-02").regions.empty
