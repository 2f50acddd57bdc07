"""Countries of boundaries: by two letters, or the cause is named where none is covered."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from data.regions.countries import countries, country_key, country_of_iso2
from tests.calls import run

MAP = """source = "mine"
[columns]
event_id = "id"
latitude = "lat"
longitude = "lon"
country = "country"
deaths_best = "deaths"
[date]
column = "date"
[constants]
kind = "state-based"
location_precision = "exact"
[coverage]
complete = true
from = "2024-01"
through = "2025-12"
countries = ["COVERED"]
"""
ROWS = """id,date,lat,lon,country,deaths
1,2024-01-10,0.5,0.5,COUNTRY,1
2,2025-03-10,0.5,1.5,COUNTRY,2
"""


def square(region_id, country, west):
    ring = [[west, 0], [west + 1, 0], [west + 1, 1], [west, 1], [west, 0]]
    return {
        "type": "Feature",
        "properties": {"_id": region_id, "name": region_id, "admin": country},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def panel(folder, *owners, country="Mali"):
    (folder / "w").mkdir()
    shapes = [square(f"r{place}", owner, place) for place, owner in enumerate(owners)]
    content = {"type": "FeatureCollection", "features": shapes}
    (folder / "b.geojson").write_text(json.dumps(content))
    (folder / "e.csv").write_text(ROWS.replace("COUNTRY", country))
    (folder / "e.toml").write_text(MAP.replace("COVERED", country))
    call = ("--workspace", str(folder / "w"))
    done = run(*call, "ingest", "csv", str(folder / "e.csv"), "--map", str(folder / "e.toml"))
    assert done.returncode == 0, done.stderr
    return run(*call, "panel", "--scale", "admin1", "--boundaries", str(folder / "b.geojson"))


@pytest.mark.parametrize(("code", "country"), [("ML", "Mali"), ("ml", "Mali"), ("NA", "Namibia")])
def test_boundaries_may_name_countries_by_code(tmp_path, code, country):
    done = panel(tmp_path, code, code, country=country)
    assert done.returncode == 0, done.stderr
    made = pd.read_parquet(tmp_path / "w" / "panels" / "admin1" / "panel.parquet")
    assert made.groupby("region_id")["deaths"].sum().tolist() == [1, 2]
    regions = pd.read_parquet(tmp_path / "w" / "panels" / "admin1" / "regions.parquet")
    assert set(regions["country"]) == {country}


@pytest.mark.parametrize("owner", ["Niger", "X1", "466"])
def test_regions_of_other_countries_are_refused_with_the_cause(tmp_path, owner):
    done = panel(tmp_path, owner, owner)
    assert done.returncode != 0
    assert f'the lists cover Mali, but the regions lie in "{owner}"' in done.stderr
    assert "--country" in done.stderr


def test_an_unknown_country_among_others_is_named(tmp_path):
    done = panel(tmp_path, "Mali", "Atlantis")
    assert done.returncode == 0, done.stderr
    assert "warning: countries that are not known: Atlantis" in done.stderr


def test_every_country_has_its_two_letters_and_a_missing_value_is_no_country():
    codes = [country.iso2 for country in countries()]
    assert len(set(codes)) == len(codes) == 195
    for country in countries():
        assert country_of_iso2(country.iso2) == country
    assert country_key("NA") == "na"
    assert country_key("ml") == "MLI"
