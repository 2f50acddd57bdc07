"""A workspace with two regions of Mali and one of Niger, and small lists for the command line."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.calls import Answer, run

HEADER = "event_id,date,latitude,longitude,country,deaths"
MAP = """source = "own"
release = "{release}"
[columns]
event_id = "event_id"
latitude = "latitude"
longitude = "longitude"
country = "country"
deaths_best = "deaths"
[date]
column = "date"
[constants]
location_precision = "near"
kind = "state-based"
[coverage]
complete = {complete}
from = "{first}"
through = "{last}"
countries = {countries}
"""
UCDP_HEADER = (
    "id,type_of_violence,side_a,side_b,where_prec,where_coordinates,adm_1,adm_2,latitude,longitude,"
    "country,date_prec,date_start,date_end,deaths_civilians,best,high,low"
)


def _square(code: str, country: str, west: int) -> dict[str, Any]:
    ring = [[west, 10], [west + 1, 10], [west + 1, 11], [west, 11], [west, 10]]
    return {
        "type": "Feature",
        "properties": {"code": code, "nom": f"Name of {code}", "pays": country},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


SQUARES = {
    "type": "FeatureCollection",
    "features": [_square("01", "Mali", 0), _square("02", "Mali", 1), _square("11", "Niger", 3)],
}


def ucdp_row(event_id: int, day: str, deaths: int, *, east: float = 0.5, end: str = "") -> str:
    """Return a row of UCDP in Mali, or in Niger from three degrees east on."""
    country = "Mali" if east < 3 else "Niger"
    tolls = f"0,{deaths},{deaths},{deaths}"
    return f"{event_id},1,A,B,1,Town,,,10.5,{east},{country},1,{day},{end or day},{tolls}"


class Lists:
    """A workspace in a folder, and commands in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.work = folder / "w"
        self.work.mkdir(parents=True)
        (folder / "squares.geojson").write_text(json.dumps(SQUARES))

    def call(self, *words: object) -> Answer:
        """Run a command."""
        return run("-w", self.work, *words)

    def good(self, *words: object) -> Answer:
        """Run a command that succeeds."""
        done = self.call(*words)
        assert done.returncode == 0, done.stderr
        return done

    def csv(
        self,
        rows: Sequence[str],
        *more: object,
        release: str = "1",
        first: str = "2023-01",
        last: str = "2024-12",
        countries: Sequence[str] = ("Mali",),
        complete: bool = True,
        header: str = HEADER,
        changed: Mapping[str, str] | None = None,
    ) -> Answer:
        """Ingest an own list; ``changed`` replaces texts of its map."""
        text = MAP.format(
            release=release,
            first=first,
            last=last,
            countries=json.dumps(list(countries)),
            complete=str(complete).lower(),
        )
        for old, new in (changed or {}).items():
            assert old in text
            text = text.replace(old, new)
        return self.file(
            "csv", "list.csv", [header, *rows], "--map", self.write("m.toml", text), *more
        )

    def ucdp(self, release: str, rows: Sequence[str], *more: object) -> Answer:
        """Ingest a release of UCDP."""
        return self.file("ucdp", "ged.csv", [UCDP_HEADER, *rows], "--release", release, *more)

    def figures(self, rows: Sequence[str], *more: object) -> Answer:
        """Ingest figures: region_id, month, events, deaths, country."""
        header = "region_id,month,events,deaths,country"
        return self.file("figures", "figures.csv", [header, *rows], *more)

    def file(self, source: str, name: str, lines: Sequence[str], *more: object) -> Answer:
        """Write a file and ingest it."""
        return self.call("ingest", source, self.write(name, "\n".join(lines) + "\n"), *more)

    def write(self, name: str, text: str) -> Path:
        """Write a file beside the workspace."""
        path = self.folder / name
        path.write_text(text)
        return path

    def panel(self, *more: object) -> dict[str, Any]:
        """Build the panel of the squares; return what the command prints as JSON."""
        words = ("--boundaries", self.folder / "squares.geojson", "--id", "code", "--name", "nom")
        done = self.good("panel", "--scale", "admin1", *words, "--country", "pays", "--json", *more)
        return json.loads(done.stdout)

    def total(self, *more: object) -> tuple[int, int]:
        """Return the events and deaths in the panel."""
        counted = self.panel(*more)["reconciliation"]["panel"]
        return counted["events"], counted["deaths"]
