"""Hostile input by every reader: escape sequences, endless lines, workbooks that reach out."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from tests.calls import Answer
from tests.forecast.cli.test_commands_data import MAP
from tests.forecast.scored import SAMPLES, call

EVIL = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202eEvil\r\u2066"
# Whatever moves a cursor, changes a title or turns the direction of writing.
CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
LONGEST = 10_000_001
HEADERS = {
    "csv": "id,day,lat,lon,country,deaths",
    "figures": "region_id,month,events,deaths",
    "ucdp": "id,date_prec,latitude,longitude,where_prec,country,adm_1,adm_2,where_coordinates,"
    "type_of_violence,side_a,side_b,low,best,high,date_start,date_end,deaths_a,deaths_b,"
    "deaths_civilians,deaths_unknown",
    "acled": "event_id_cnty,event_date,time_precision,latitude,longitude,geo_precision,country,"
    "admin1,admin2,location,event_type,sub_event_type,actor1,actor2,fatalities",
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "w").mkdir()
    (tmp_path / "map.toml").write_text(MAP)
    return tmp_path


def ingest(place: Path, source: str, file: str, *words: object) -> Answer:
    more = ("--map", place / "map.toml") if source == "csv" else ()
    release = ("--release", "1") if source == "figures" else ()
    return call(place / "w", "ingest", source, place / file, *more, *release, *words)


@pytest.mark.parametrize("source", HEADERS)
@pytest.mark.parametrize("packed", [False, True])
def test_a_line_without_end_is_refused(place: Path, source: str, packed: bool) -> None:
    text = f"{HEADERS[source]}\n1,{'x' * LONGEST}"
    name = "list.zip" if packed else "list.csv"
    if packed:
        with zipfile.ZipFile(place / name, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr("list.csv", text)
    else:
        (place / name).write_text(text)
    done = ingest(place, source, name)
    assert done.returncode == 1, done.stderr[:500]
    assert "line 2: the line is longer than 10,000,000 characters" in done.stderr
    assert done.stderr.count("error: ") == 1
    assert len(done.stderr) < 700


@pytest.mark.parametrize("text", ["x" * LONGEST, "[" * 100_000, "7" * 5000, '"\\u0000"'])
@pytest.mark.parametrize("kind", ["map", "settings", "specification"])
def test_settings_that_go_on_are_refused(place: Path, text: str, kind: str) -> None:
    shown = f'"{text}"' if text.startswith("x") else text
    file = place / ("w/escalation.toml" if kind == "settings" else "odd.toml")
    key = {"map": "source", "settings": "[panel]\nscale", "specification": "scale"}[kind]
    file.write_text(f"{key} = {shown}\n")
    (place / "list.csv").write_text(f"{HEADERS['csv']}\n1,2020-01-01,14.5,-4.2,Mali,1\n")
    words: dict[str, tuple[object, ...]] = {
        "map": ("ingest", "csv", place / "list.csv", "--map", file),
        "settings": ("panel",),
        "specification": ("backtest", file),
    }
    done = call(place / "w", *words[kind])
    assert done.returncode == 2, done.stderr[:500]
    assert file.name in done.stderr
    assert done.stderr.count("\n") == 1
    assert len(done.stderr) < 700


def test_no_escape_sequence_of_a_name_reaches_the_terminal(place: Path) -> None:
    """Regions, countries, actors and notes of others, printed by every command."""
    regions = pd.read_parquet(SAMPLES / "sahel_regions.parquet")
    regions = regions[regions["country"] == "Mali"].assign(neighbours="")
    regions["region"] = [f"{EVIL}{place}" for place in range(len(regions))]
    figures = pd.read_parquet(SAMPLES / "sahel_figures.parquet")
    kept = figures["region_id"].isin(regions["region_id"]) & (figures["month"] >= "2014-01")
    figures = figures.loc[kept, ["region_id", "month", "events", "deaths"]]
    regions.to_parquet(place / "regions.parquet", index=False)
    figures.to_parquet(place / f"{EVIL}.parquet", index=False)
    (place / "w" / "escalation.toml").write_text("[forecast]\ndraws = 50\n")
    wrong = figures.astype({"events": "str"})
    wrong.iloc[0, 2] = EVIL
    wrong.to_csv(place / "wrong.csv", index=False)
    rows = [f"{n},2020-0{1 + n % 9}-01,14.5,-4.2,Mali,{EVIL}" for n in range(300)]
    (place / "odd.csv").write_text("\n".join([HEADERS["csv"], *rows]))
    issue = "2020-12-admin1"
    commands: list[tuple[object, ...]] = [
        ("ingest", "figures", place / f"{EVIL}.parquet", "--regions", place / "regions.parquet",
         "--release", EVIL),
        ("ingest", "figures", place / "wrong.csv", "--release", "2"),
        ("ingest", "csv", place / "odd.csv", "--map", place / "map.toml"),
        ("ingest", "csv", place / f"{EVIL}.csv", "--map", place / "map.toml"),
        ("map-guess", place / "odd.csv"),
        ("status",),
        ("panel",),
        ("panel", "--audit"),
        ("panel", "--scale", EVIL),
        ("revisions", "--from", EVIL, "--to", EVIL),
        ("backtest", "--origins", "2020-01:2020-11", "--models", "last,conflictology"),
        ("backtest", "--models", EVIL),
        ("compare", "--full"),
        ("compare", EVIL),
        ("promote", "conflictology", "--force", "--why", EVIL),
        ("forecast",),
        ("show", f"{EVIL}3"),
        ("show", EVIL),
        ("alerts", "--budget", "3"),
        ("watch",),
        ("note", issue, EVIL, "--by", EVIL),
        ("note", issue),
        ("brief", issue),
        ("score",),
        ("report", issue),
        ("report", EVIL),
        ("export", issue, "--format", "csv,md"),
        ("doctor",),
    ]  # fmt: skip
    printed = []
    for words in commands:
        done = call(place / "w", *words)
        assert "Traceback" not in done.stderr, (words[0], done.stderr[-500:])
        printed += [(words, found) for found in CONTROLS.findall(done.stdout + done.stderr)]
    assert not printed
    assert any(path.name == issue for path in (place / "w" / "forecasts").iterdir())


WORKBOOK = {
    "[Content_Types].xml": '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/'
    'package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Default'
    ' Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-'
    'officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
    "</Types>",
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
    'relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/'
    '2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/'
    '2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/'
    'officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet'
    ' name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
}
SHEET = (
    '<?xml version="1.0"?>{doctype}<worksheet xmlns="http://schemas.openxmlformats.org/'
    'spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>'
)
BOMB = '<!DOCTYPE w [<!ENTITY a "ha">{}]>'.format(
    "".join(f'<!ENTITY {chr(98 + n)} "{("&" + chr(97 + n) + ";") * 10}">' for n in range(12))
)


def _sheet(place: Path, doctype: str, cell: str) -> None:
    head = HEADERS["csv"].split(",")
    rows = "".join(
        "<row>" + "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in row) + "</row>"
        for row in (head, ["1", "2020-01-01", "14.5", "-4.2", cell, "1"])
    )
    with zipfile.ZipFile(place / "list.xlsx", "w") as archive:
        for name, content in WORKBOOK.items():
            archive.writestr(name, content)
        archive.writestr("xl/worksheets/sheet1.xml", SHEET.format(doctype=doctype, rows=rows))


def test_the_workbook_itself_is_read(place: Path) -> None:
    _sheet(place, "", "Mali")
    done = ingest(place, "csv", "list.xlsx")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("kind", ["bomb", "file", "parameter"])
def test_entities_of_a_workbook_open_and_unfold_nothing(place: Path, kind: str) -> None:
    canary = place / "canary.txt"
    canary.write_text("canary-4711")
    doctype, cell = {
        "bomb": (BOMB, "&m;"),
        "file": (f'<!DOCTYPE w [<!ENTITY a SYSTEM "{canary.as_uri()}">]>', "&a;"),
        "parameter": (f'<!DOCTYPE w [<!ENTITY % a SYSTEM "{canary.as_uri()}"> %a;]>', "Mali"),
    }[kind]
    _sheet(place, doctype, cell)
    done = ingest(place, "csv", "list.xlsx")
    assert done.returncode == 1, done
    assert "declares a type or entities" in done.stderr
    assert "list.xlsx" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert "canary-4711" not in done.stdout + done.stderr
    kept = [path.read_bytes() for path in (place / "w").rglob("*") if path.is_file()]
    assert not any(b"canary-4711" in content for content in kept)
