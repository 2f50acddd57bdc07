"""What is far too long, too deep or not what it says is refused in one line, in little memory."""

from __future__ import annotations

import ast
import json
import os
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from data.errors import SourceError
from data.http.answers import Answer, server_words
from data.settings import read_toml
from data.tabular.encodings import refuse_encoding
from data.tabular.workbooks import sheets_of
from data.terminal import harmless
from tests.calls import run
from tests.forecast.cli.test_commands_data import GOOD, HEADER, MAP
from tests.shared import ROOT

# The kernel's ru_maxrss of a child begins at what its parent held; VmHWM is its own.
MEASURED = """
import re, sys
from pathlib import Path
from forecast.cli.main import _run
code = _run(sys.argv[1:])
print(code, re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
"""
LONG, LETTERS = 500_000_000, b"x" * 10_000_000
HAPI = ("--event-type", "political_violence")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a folder with an empty workspace, a map and a good list."""
    (tmp_path / "w").mkdir()
    (tmp_path / "map.toml").write_text(MAP)
    (tmp_path / "list.csv").write_text(HEADER + GOOD)
    return tmp_path


READERS = {
    "csv": ("ingest", "csv", "long", "--map", "map.toml"),
    "figures": ("ingest", "figures", "long", "--release", "1"),
    "regions": ("ingest", "figures", "list.csv", "--regions", "long", "--release", "1"),
    "map": ("ingest", "csv", "list.csv", "--map", "long"),
    "guess": ("map-guess", "long"),
    "specification": ("backtest", "long"),
}


@pytest.mark.parametrize("reader", READERS)
def test_half_a_gigabyte_without_a_line_break_takes_little_memory(place: Path, reader: str) -> None:
    with (place / "long").open("wb") as stream:
        stream.write(b"a,b\n")
        for _ in range(LONG // len(LETTERS)):
            stream.write(LETTERS)
    words = [str(place / w) if (place / w).is_file() else w for w in READERS[reader]]
    done = subprocess.run(
        (sys.executable, "-c", MEASURED, "-w", str(place / "w"), *words),
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    code, kilobytes = map(int, done.stdout.split()[-2:])
    assert code in (1, 2), done.stderr[:500]
    assert kilobytes < 700_000
    assert done.stderr.count("error: ") == 1
    assert "Traceback" not in done.stderr
    assert len(done.stderr) < 1_000


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("scale = " + "{a=" * 30 + "1" + "}" * 30, "lists or tables within each other"),
        ("a" + ".a" * 900 + " = 1", "lists or tables within each other"),
        ("a" + ".a" * 100_000 + " = 1", "dots alone in line 2"),
        ("k" * 5_000 + " = 1", "keys of at most 1,000 letters"),
        ("scale = 0x" + "f" * 5_000, "below 2**63"),
        ('[settings.a]\nx = "\\u0000"', "without NUL"),
        ('"\\u0000" = 1', "without NUL"),
        ("scale = [" + "1," * 100_000 + "]", "got [1, 1"),
    ],
    ids=["tables", "dots", "many dots", "key", "number", "text", "name", "list"],
)
def test_settings_no_one_means_are_one_line(place: Path, text: str, says: str) -> None:
    (place / "w" / "escalation.toml").write_text(text if "settings" in text else "[panel]\n" + text)
    done = run("-w", place / "w", "status")
    checked = run("-w", place / "w", "panel")
    assert checked.returncode == 2, checked
    for answer in (done, checked):
        assert "Traceback" not in answer.stderr
    assert says in checked.stderr
    assert checked.stderr.count("\n") == 1
    assert len(checked.stderr) < 700


def test_a_line_of_thousands_of_columns_is_no_header(place: Path) -> None:
    (place / "wide.csv").write_text(HEADER.strip() + ",x" * 6_000 + "\n" + GOOD)
    done = run("-w", place / "w", "ingest", "csv", place / "wide.csv", "--map", place / "map.toml")
    assert done.returncode == 1, done
    assert "wide.csv line 1: the header names 6,006 columns" in done.stderr
    assert len(done.stderr) < 500


def test_a_pipe_is_no_map(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Exception, match="a pipe or a device"):
        read_toml(tmp_path / "pipe")


@pytest.mark.parametrize("at", [5, 3_000_000])
def test_a_foreign_byte_is_named_wherever_it_is(tmp_path: Path, at: int) -> None:
    line = b"x" * 9 + b"\n"
    content = bytearray(line * 400_000)
    content[at] = 0xE9
    (tmp_path / "list.csv").write_bytes(content)
    with pytest.raises(SourceError, match=rf"line {at // 10 + 1}: .* byte 0xe9 at .* {at}:"):
        refuse_encoding(tmp_path / "list.csv", "utf-8-sig")


def test_geometries_in_geometries_are_refused(place: Path) -> None:
    shape: dict[str, object] = {"type": "Point", "coordinates": [0, 0]}
    text = json.dumps(shape)
    for _ in range(450):
        text = f'{{"type": "GeometryCollection", "geometries": [{text}]}}'
    feature = f'{{"type": "Feature", "properties": {{}}, "geometry": {text}}}'
    file = place / "deep.geojson"
    file.write_text(f'{{"type": "FeatureCollection", "features": [{feature}]}}')
    ingested = run("-w", place / "w", "ingest", "csv", place / "list.csv", "--map",
                   place / "map.toml")  # fmt: skip
    assert ingested.returncode == 0, ingested
    done = run("-w", place / "w", "panel", "--boundaries", file)
    assert done.returncode == 1, done
    assert "deep.geojson" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_deep_error_of_a_server_is_shown_as_it_is() -> None:
    body = b'{"error": ' + b"[" * 700 + b"]" * 700 + b"}"
    assert server_words(Answer("x", 500, body)).startswith('{"error": [[')


DTD = b"<!DOCTYPE w [<!ENTITY a 'x'>]>"
PARTS: dict[str, tuple[str, Callable[[bytes], bytes], str]] = {
    "type": ("xl/workbook.xml", lambda t: DTD + t, "declares a type or entities"),
    "sheet": ("xl/worksheets/sheet1.xml", lambda t: DTD + t, "declares a type or entities"),
    "link": ("xl/_rels/workbook.xml.rels", lambda t: DTD + t, "declares a type or entities"),
    "utf-16": (
        "xl/worksheets/sheet1.xml",
        lambda t: (DTD + t).decode().encode("utf-16"),
        "declares a type or entities",
    ),
    "other": (
        "xl/worksheets/sheet1.xml",
        lambda t: b"<?xml version='1.0' encoding='UTF-7'?>" + t,
        "strange encoding",
    ),
    "formula": (
        "xl/worksheets/sheet1.xml",
        lambda t: t.replace(b"<v>3</v>", b"<f>1+2</f><v></v>"),
        "never computed in cell F2",
    ),
}


@pytest.mark.parametrize("kind", PARTS)
@pytest.mark.parametrize("reader", ["csv", "figures", "guess"])
def test_a_workbook_that_hides_something_is_refused(place: Path, kind: str, reader: str) -> None:
    part, change, says = PARTS[kind]
    book = openpyxl.Workbook()
    for row in (HEADER.strip().split(","), ["1", "2020-03-01", 14.5, -4.2, "Mali", 3]):
        book.active.append(row)
    book.active["H1"].hyperlink = "file:///etc/passwd"
    book.save(place / "good.xlsx")
    assert sheets_of(place / "good.xlsx")
    with (
        zipfile.ZipFile(place / "good.xlsx") as old,
        zipfile.ZipFile(place / "bad.xlsx", "w") as new,
    ):
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, change(content) if name == part else content)
    words = {
        "csv": ("ingest", "csv", place / "bad.xlsx", "--map", place / "map.toml"),
        "figures": ("ingest", "figures", place / "bad.xlsx", "--release", "1", *HAPI),
        "guess": ("map-guess", place / "bad.xlsx"),
    }[reader]
    done = run("-w", place / "w", *words)
    assert done.returncode == 1, done
    assert says in done.stderr
    assert done.stderr.count("\n") == 1


def test_nothing_prints_but_the_one_way_that_escapes() -> None:
    found = []
    for room in ("data", "features", "experiments", "forecast", "escalation"):
        for path in (ROOT / room).rglob("*.py"):
            names = {
                ast.unparse(node.func)
                for node in ast.walk(ast.parse(path.read_text("utf-8")))
                if isinstance(node, ast.Call)
            }
            if names & {"print", "click.echo", "click.secho", "error.show"}:
                found.append(path.relative_to(ROOT).as_posix())
    # The front door shows click's own errors, into a text that is then printed.
    assert sorted(found) == ["data/terminal.py", "forecast/cli/main.py"]


@pytest.mark.parametrize(
    "letter", ["\x1b", "\x9b", "\x07", "\r", "\t", "\x7f", "\u202e", "\U000e0041"]
)
def test_json_stays_what_it_was(letter: str) -> None:
    text = harmless(json.dumps({"a": f"Ménaka{letter} \u200d"}, ensure_ascii=False))
    assert letter not in text
    assert json.loads(text) == {"a": f"Ménaka{letter} \u200d"}


@pytest.mark.parametrize("word", ["\x1b]0;x\x07", "\u202eevil", "a\rb"])
@pytest.mark.parametrize("before", [(), ("status",), ("panel", "--scale"), ("backtest",)])
def test_words_that_are_not_understood_are_shown_escaped(
    place: Path, before: tuple[str, ...], word: str
) -> None:
    done = run("-w", place / "w", *before, word)
    assert done.returncode in (1, 2), done
    assert not set(done.stderr + done.stdout) & set("\x1b\x07\r\u202e\x9b")


@pytest.mark.parametrize(("umask", "allowed"), [(0o077, 0o700), (0o022, 0o755)])
def test_files_follow_the_umask(place: Path, umask: int, allowed: int) -> None:
    before = os.umask(umask)
    try:
        words = ("ingest", "csv", place / "list.csv", "--map", place / "map.toml")
        assert run("-w", place / "made", "init").returncode == 0
        assert run("-w", place / "made", *words).returncode == 0
    finally:
        os.umask(before)
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (place / "made").rglob("*")}
    assert len(modes) > 5
    assert not [path for path, mode in modes.items() if mode & ~allowed]


def test_origins_that_the_history_does_not_reach_say_how_many_months_are_needed(
    scored_workspace: Path,
) -> None:
    words = ("backtest", "--horizons", "36", "--models", "last")
    done = run("-w", scored_workspace, *words)
    assert done.returncode == 1
    assert "the history is too short for horizon 36: the panel holds 84 months" in done.stderr
    assert "origins from 2013-01 need 133" in done.stderr
