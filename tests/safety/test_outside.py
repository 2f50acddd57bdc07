"""Nothing is written outside the workspace, and boundaries open nothing but what was named."""

from __future__ import annotations

import json
import sqlite3
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely

from data.errors import ConfigError
from data.workspace import Workspace
from tests.calls import NOWHERE, Answer, run
from tests.forecast.cli.test_commands_data import HEADER, MAP
from tests.forecast.cli.test_commands_panel import SQUARES

ROWS = ("1,2020-01-05,14.5,-5.5,Mali,3", "2,2020-02-01,14.5,-3.5,Niger,2")
LEAVING = (
    "../../x",
    "..",
    ".",
    "",
    "a/b",
    "a\\b",
    ".hidden",
    "c:x",
    "a\nb",
    "a\0b",
    " a",
    "x" * 300,
)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a folder with a workspace ``in/w`` that holds two events, and a foreign manifest."""
    (tmp_path / "in" / "w").mkdir(parents=True)
    (tmp_path / "in" / "x").mkdir()
    (tmp_path / "in" / "x" / "manifest.json").write_text("foreign")
    (tmp_path / "squares.geojson").write_text(json.dumps(SQUARES))
    (tmp_path / "list.csv").write_text(HEADER + "\n".join(ROWS) + "\n")
    (tmp_path / "map.toml").write_text(MAP.replace("2020-12", "2021-12"))
    done = call(tmp_path, "ingest", "csv", tmp_path / "list.csv", "--map", tmp_path / "map.toml")
    assert done.returncode == 0, done.stderr
    return tmp_path


def call(place: Path, *words: object) -> Answer:
    return run("-w", place / "in" / "w", *words, env={"MLFLOW_TRACKING_URI": NOWHERE})


def files(folder: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def settings(place: Path, name: str) -> None:
    text = f"[panel]\nscale = {json.dumps(name)}\n"
    (place / "in" / "w" / "escalation.toml").write_text(text)


@pytest.mark.parametrize("name", [*LEAVING, "/tmp/escalation-outside"])
@pytest.mark.parametrize("given", ["option", "settings"])
def test_no_scale_leads_out_of_the_workspace(place: Path, name: str, given: str) -> None:
    words = ("panel", "--boundaries", place / "squares.geojson")
    if given == "settings":
        settings(place, name)
    elif "\0" not in name:
        words = (*words, "--scale", name)
    else:
        pytest.skip("no argument can hold it")
    before = files(place)
    done = call(place, *words)
    assert done.returncode == 2, done
    wanted = "expected text without NUL" if "\0" in name else "expected a name without slashes"
    assert wanted in done.stderr
    assert done.stderr.count("\n") == 1
    assert files(place) == before
    assert not Path("/tmp/escalation-outside").exists()


@pytest.mark.parametrize("command", ["backtest", "tune", "forecast", "features", "alerts"])
def test_no_command_that_is_given_a_scale_leaves(place: Path, command: str) -> None:
    spec = place / "spec.toml"
    spec.write_text('scale = "../../../x"\norigins = "2020-10:2020-11"\nmodels = ["last"]\n')
    words = {
        "backtest": ("backtest", "--spec", spec),
        "tune": ("tune", "--spec", spec),
        "forecast": ("forecast", "--scale", "../../x"),
        "features": ("features", "--scale", "../../x"),
        "alerts": ("alerts", "--scale", "../../x"),
    }[command]
    outside = files(place / "in" / "x")
    done = call(place, *words)
    assert done.returncode in (1, 2), done
    assert files(place / "in" / "x") == outside
    assert sorted(p.name for p in (place / "in").iterdir()) == ["w", "x"]


@pytest.mark.parametrize("name", LEAVING)
def test_no_folder_of_a_name_lies_elsewhere(tmp_path: Path, name: str) -> None:
    workspace = Workspace(tmp_path)
    with pytest.raises(ConfigError, match="expected a name"):
        workspace.panel(name)
    if not name.startswith("."):
        inner = f"admin1/{name}"
        for make in (workspace.champion, lambda a, b: workspace.replaced_champion(a, b, "1")):
            with pytest.raises(ConfigError, match="expected a name"):
                make(inner, "events")


# ---- boundaries: nothing but the file that was named, and of an archive what it holds ----


@pytest.fixture
def asked() -> Iterator[tuple[str, list[str]]]:
    """Serve the squares on this machine; yield the address and what was asked for."""
    seen: list[str] = []

    class Squares(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path)
            body = json.dumps(SQUARES).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Squares)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/squares.geojson", seen
    server.shutdown()
    server.server_close()


def virtual(source: str) -> str:
    """Return a file by which GDAL is led to another one."""
    return (
        f'<OGRVRTDataSource><OGRVRTLayer name="squares"><SrcDataSource>{source}</SrcDataSource>'
        "</OGRVRTLayer></OGRVRTDataSource>"
    )


def geopackage(path: Path) -> Path:
    corners = [shapely.box(-6, 14, -4, 16), shapely.box(-4, 14, -2, 16)]
    columns = [
        np.array(column, dtype=object)
        for column in (["west", "east"], ["West", "East"], ["Mali", "Niger"])
    ]
    pyogrio.raw.write(
        path,
        shapely.to_wkb(np.array(corners, dtype=object)),
        columns,
        ["_id", "name", "admin"],
        geometry_type="Polygon",
        crs="EPSG:4326",
    )
    return path


def refused(place: Path, file: Path, says: str) -> None:
    done = call(place, "panel", "--scale", "admin1", "--boundaries", file)
    assert done.returncode in (1, 2), done
    assert says in done.stderr, done.stderr
    assert done.stderr.count("\n") == 1
    assert not (place / "in" / "w" / "panels").exists()


def test_a_plain_geopackage_in_a_zip_is_read(place: Path) -> None:
    with zipfile.ZipFile(place / "good.zip", "w") as archive:
        archive.write(geopackage(place / "good.gpkg"), "../../folder/good.gpkg")
    done = call(place, "panel", "--scale", "admin1", "--boundaries", place / "good.zip")
    assert done.returncode == 0, done.stderr
    assert not (place / "folder").exists()


@pytest.mark.parametrize("suffix", ["gpkg", "shp"])
@pytest.mark.parametrize("far", ["address", "file"])
@pytest.mark.parametrize("packed", [True, False])
def test_a_virtual_file_opens_no_other_file_and_no_address(
    place: Path, asked: tuple[str, list[str]], suffix: str, far: str, packed: bool
) -> None:
    address, seen = asked
    source = f"/vsicurl/{address}" if far == "address" else str(place / "squares.geojson")
    inside = place / f"squares.{suffix}"
    inside.write_text(virtual(source))
    file = inside
    if packed:
        file = place / "squares.zip"
        with zipfile.ZipFile(file, "w") as archive:
            archive.write(inside, inside.name)
            for part in (".shx", ".dbf"):
                archive.writestr(f"squares{part}", "x")
    refused(place, file, "another kind" if packed else "HTML or XML page")
    assert seen == []


@pytest.mark.parametrize("name", ["/vsicurl/{}", "/vsizip//vsicurl/{}", "{}", "WFS:{}"])
@pytest.mark.parametrize("given", ["option", "settings"])
def test_boundaries_at_an_address_are_no_file(
    place: Path, asked: tuple[str, list[str]], name: str, given: str
) -> None:
    address, seen = asked
    words: tuple[object, ...] = ("panel", "--scale", "admin1")
    if given == "option":
        words = (*words, "--boundaries", name.format(address))
    else:
        text = f'[panel]\nboundaries = "{name.format(address)}"\n'
        (place / "in" / "w" / "escalation.toml").write_text(text)
    done = call(place, *words)
    assert (done.returncode, "no such file" in done.stderr) == (1, True), done
    assert seen == []


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE VIEW far AS SELECT fid, geom, ogr_geocode('Bamako') AS name FROM good",
        "CREATE TABLE far (a); CREATE VIRTUAL TABLE words USING fts5(a)",
    ],
)
def test_a_database_that_computes_what_it_shows_is_refused(place: Path, statement: str) -> None:
    file = geopackage(place / "good.gpkg")
    with sqlite3.connect(file) as database:
        database.executescript(statement)
    database.close()
    refused(place, file, "a GeoPackage of plain tables")


def test_another_database_is_no_geopackage(place: Path) -> None:
    file = place / "other.gpkg"
    with sqlite3.connect(file) as database:
        database.execute("CREATE TABLE tiles (zoom_level, tile_data)")
    database.close()
    refused(place, file, "expected a GeoPackage, got a damaged or another database")


@pytest.mark.parametrize(
    "system",
    [
        "+proj=longlat +nadgrids=/etc/passwd",
        "+init=/etc/passwd:1",
        "+proj=longlat +datum=WGS84 +geoidgrids=https://127.0.0.1:9/g.tif",
    ],
)
def test_a_coordinate_system_names_no_file(place: Path, system: str) -> None:
    content = {**SQUARES, "crs": {"type": "name", "properties": {"name": system}}}
    (place / "squares.geojson").write_text(json.dumps(content))
    refused(place, place / "squares.geojson", "unknown coordinate system")


def test_a_link_to_a_coordinate_system_is_not_followed(
    place: Path, asked: tuple[str, list[str]]
) -> None:
    address, seen = asked
    content = {**SQUARES, "crs": {"type": "link", "properties": {"href": address}}}
    (place / "squares.geojson").write_text(json.dumps(content))
    refused(place, place / "squares.geojson", 'expected "crs" to name a coordinate system')
    assert seen == []
