"""Small fields of square regions and event frames for the tests of geography."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pandas as pd
import shapely

from data.reading import Coverage
from data.regions.boundaries import Boundaries, read_boundaries
from data.schema import EVENT_TYPES
from data.sources.own.mapping import read_map
from data.sources.own.own_csv import read_own_csv
from tests.data.readings import event
from tests.shared import ROOT, shared_file

SAMPLES = ROOT / "data" / "samples"
YEAR_2020 = Coverage(complete=True, first="2020-01", last="2020-12")
UCDP_FILES = {
    "ucdp_ged211_precise_world_1989_2018.csv.gz": "ucdp_precise.map.toml",
    "ucdp_ged211_precise_sahel_2019_2020.csv.gz": "ucdp_precise_sahel.map.toml",
}


def frame_of(*rows: dict) -> pd.DataFrame:
    """Return canonical events from rows made by ``event``."""
    return pd.DataFrame(list(rows), columns=list(EVENT_TYPES)).astype(EVENT_TYPES)


def at(event_id: str, latitude: float, longitude: float, **more: object) -> dict:
    """Return an event at a point."""
    return event(event_id, latitude=latitude, longitude=longitude, **more)


def event_on(event_id, longitude, day, deaths, **more):
    """Return an event at half a degree north by longitude, days and toll."""
    dates = {"date_start": pd.Timestamp(day), "date_end": pd.Timestamp(more.pop("end", day))}
    tolls = dict.fromkeys(("deaths_low", "deaths_best", "deaths_high"), deaths)
    return at(event_id, 0.5, longitude, **(tolls | dates | more))


def square(west: float, south: float, side: float = 1.0) -> shapely.Polygon:
    """Return a square by its south-west corner."""
    return shapely.box(west, south, west + side, south + side)


def write_geojson(
    folder: Path, polygons: dict[str, shapely.Geometry], countries: dict[str, str]
) -> Path:
    """Write polygons by id; each is named after its id in capitals."""
    features = [
        {
            "type": "Feature",
            "properties": {"id": name, "name": name.upper(), "country": countries[name]},
            "geometry": json.loads(shapely.to_geojson(polygon)),
        }
        for name, polygon in polygons.items()
    ]
    path = folder / "field.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def read_field(path: Path) -> Boundaries:
    """Read what ``write_geojson`` wrote."""
    return read_boundaries(path, id_property="id", name_property="name", country_property="country")


def square_field(folder: Path) -> Boundaries:
    """Return three squares in a row, a and b in Mali, c in Niger, from 0 to 3 degrees east."""
    polygons = {"c": square(2, 0), "a": square(0, 0), "b": square(1, 0)}
    return read_field(write_geojson(folder, polygons, {"a": "Mali", "b": "Mali", "c": "Niger"}))


@cache
def sahel() -> Boundaries:
    """Return the 308 first-level units of the shared file, or skip."""
    return read_boundaries(
        shared_file("natural_earth_admin1_sahel.geojson"),
        id_property="_id",
        name_property="name",
        country_property="admin",
    )


@cache
def ucdp_events() -> tuple[pd.DataFrame, list[Coverage]]:
    """Return the events and coverages of both precise UCDP files, read once, or skip."""
    readings = [
        read_own_csv(shared_file(name), read_map(SAMPLES / toml))
        for name, toml in UCDP_FILES.items()
    ]
    frame = pd.concat([reading.frame for reading in readings], ignore_index=True)
    return frame, [reading.coverage for reading in readings]
