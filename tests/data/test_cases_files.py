"""Files and bytes: one test a numbered case, on real files through the command line.

Case 13's loop and the sizes of 23, 27 and 28 are read in processes of their own or by the reader.
"""

from __future__ import annotations

import bz2
import contextlib
import csv
import gzip
import io
import json
import lzma
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from data.errors import SourceError
from data.sources.own.mapping import read_map
from data.sources.own.own_csv import read_own_csv
from data.sources.ucdp.release_csv import read_ucdp
from tests.data.desk import GOOD, HEADER, MAP, Desk, as_json, line, plain
from tests.data.sources.own.test_mapping import SAMPLES
from tests.shared import ROOT, shared_file

AES = SAMPLES / "aes_attacks_2024_2025.csv"


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    (tmp_path / "w").mkdir()
    return Desk(tmp_path, capsys)


def same_as_plain(desk: Desk, content: bytes, *options: object, name: str = "list.csv") -> None:
    """See a form of the plain list give the plain list's events."""
    assert desk.ingest(content, *options, name=name).returncode == 0
    assert desk.manifest()["quarantined"] == 0
    found = desk.events()
    again = Desk(desk.folder / "plain", desk.capsys, desk.map_text)
    (again.folder / "w").mkdir(parents=True, exist_ok=True)
    assert again.ingest(plain()).returncode == 0
    assert found.equals(again.events())


def test_case_01_a_byte_order_mark_changes_nothing(desk: Desk) -> None:
    same_as_plain(desk, b"\xef\xbb\xbf" + plain().encode())
    assert desk.manifest()["fixed"] == ["a UTF-8 byte order mark was skipped"]


def test_case_02_latin_1_is_refused_unless_it_is_named(desk: Desk) -> None:
    content = plain().replace("Mopti", "Ménaka").encode("latin-1")
    offset = content.index(b"\xe9")
    desk.refused(content, says=rf"byte 0xe9 at byte offset {offset}.*--encoding", line=2)
    assert desk.ingest(content, "--encoding", "latin-1").returncode == 0
    assert set(desk.events()["place"]) == {"Ménaka"}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_case_03_utf_16_is_refused_unless_it_is_named(desk: Desk, encoding: str) -> None:
    content = plain().encode(encoding)
    desk.refused(content, says="UTF-16 at byte offset 0.*--encoding utf-16", line=1)
    same_as_plain(desk, content, "--encoding", encoding)


@pytest.mark.parametrize("column", ["note", "dead", "land"])
def test_case_04_a_nul_byte_is_kept_apart(desk: Desk, column: str) -> None:
    bad = line(900, **{column: GOOD[column] + "\0"})
    listed = desk.kept_apart(bad, column=column, says="NUL character")
    assert "\0" in listed["value"][0]


def test_case_04_nul_bytes_in_many_rows_refuse_the_file(desk: Desk) -> None:
    desk.refused(plain().replace(",x\n", ",x\0\n"), says="NUL character", line=2)


def test_case_05_an_empty_file(desk: Desk) -> None:
    desk.refused(b"", says="the file is empty")


def test_case_06_a_header_without_rows(desk: Desk) -> None:
    desk.refused(HEADER, says="no events", line=1)
    done = desk.ingest(HEADER, "--allow-empty", "--json")
    assert done.returncode == 0, done.stderr
    assert (as_json(done)["read"], as_json(done)["complete_through"]) == (0, "2020-12")


@pytest.mark.parametrize("end", ["\r\n", "\r", "mixed"])
def test_case_07_line_ends_of_every_kind(desk: Desk, end: str) -> None:
    lines = plain().splitlines()
    ends = ["\n", "\r\n", "\r"] if end == "mixed" else [end]
    content = "".join(text + ends[n % len(ends)] for n, text in enumerate(lines))
    same_as_plain(desk, content.encode())
    (told,) = desk.manifest()["fixed"]
    assert told.startswith("line breaks: ")


def test_case_08_lines_of_reports_are_lines_of_the_file(desk: Desk) -> None:
    quoted = line(900, note='"two\nlines, a ""word"""')
    content = plain() + quoted + line(901, dead="-1")
    assert desk.ingest(content).returncode == 0
    assert desk.quarantine()["line"].tolist() == ["204"]
    assert content.split("\n")[203].startswith("e901,")
    note = desk.events().set_index("event_id")["note"]["e900"]
    assert note == 'two\nlines, a "word"'


def test_case_08_lines_of_a_real_file(desk: Desk) -> None:
    lines = shared_file("ucdp_candidate_23_0_10.csv").read_text("utf-8").split("\n")
    alone = (
        n for n in range(2_700, 2_815) if all(re.match(r"\d{6},", lines[n + k]) for k in (0, 1))
    )
    place = next(alone)
    cells = next(csv.reader([lines[place]]))
    changed = [*cells[:29], "95", *cells[30:]]
    lines[place] = ",".join('"' + cell.replace('"', '""') + '"' for cell in changed)
    path = desk.folder / "GEDEvent_v23_0_10.csv"
    path.write_text("\n".join(lines), "utf-8")
    done = desk.call("ingest", "ucdp", path)
    assert done.returncode == 0, done.stderr
    assert desk.quarantine()["line"].tolist() == [str(place + 1)]


def test_case_09_a_quotation_mark_that_is_not_closed(desk: Desk) -> None:
    content = plain(5) + line(5, place='"Mopti') + line(6)
    desk.refused(content, says="ends inside a quoted field", line=7)


def test_case_10_one_row_with_a_field_more(desk: Desk) -> None:
    content = plain(5) + line(5, note="a, b") + line(6)
    desk.refused(content, says="expected 12 fields .* got 13", line=7)


def test_case_11_a_field_more_in_every_row(desk: Desk) -> None:
    content = HEADER + "".join("0," + line(number) for number in range(200))
    desk.refused(content, says="expected 12 fields .* got 13", line=2)


def test_case_12_a_short_row(desk: Desk) -> None:
    short = line(900).replace(",3,x\n", "\n")
    desk.kept_apart(short, column="note", says="expected 12 fields .* got fewer")


def test_case_13_no_cut_gives_fewer_deaths_of_an_event(tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text(MAP.replace('note = "note"\n', ""))
    event_map = read_map(tmp_path / "map.toml")
    header = HEADER.replace("dead,high,note", "high,dead")
    rows = [line(n, dead="260", high="250", place="M").replace(",x\n", "\n") for n in range(20)]
    whole = (header + "".join(rows)).encode()
    for cut in range(len(whole) - len("".join(rows[-3:])), len(whole)):
        path = tmp_path / "list.csv"
        path.write_bytes(whole[:cut])
        reading = read_own_csv(path, event_map, limit=0.2)
        assert set(reading.frame["deaths_best"]) == {250}
        assert len(reading.frame) + reading.quarantined == reading.rows
        assert reading.rows >= 17


def test_case_13_no_cut_of_a_real_file_gives_fewer_deaths(desk: Desk) -> None:
    content = b"\n".join(shared_file("ucdp_candidate_23_0_10.csv").read_bytes().split(b"\n")[:120])
    path = desk.folder / "GEDEvent_v23_0_10.csv"
    path.write_bytes(content)
    whole = read_ucdp(path, release="23.0.10").frame.set_index("event_id")["deaths_best"]
    for cut in range(len(content) - 900, len(content), 23):
        path.write_bytes(content[:cut])
        try:
            reading = read_ucdp(path, release="23.0.10", limit=0.2)
        except SourceError:
            continue
        kept = reading.frame.set_index("event_id")["deaths_best"]
        assert (kept == whole[kept.index]).all()


@pytest.mark.parametrize(("mark", "name"), [(";", '";"'), ("\t", "a tab"), ("|", r'"\|"')])
def test_case_14_another_separator_is_named(desk: Desk, mark: str, name: str) -> None:
    content = plain().replace(",", mark)
    desk.refused(content, says=f"expected columns separated by a comma, got {name}", line=1)
    desk.map_text = f"delimiter = {json.dumps(mark)}\n" + MAP
    same_as = Desk(desk.folder, desk.capsys, desk.map_text).ingest(content)
    assert same_as.returncode == 0


def test_case_15_a_decimal_comma_must_be_named(desk: Desk) -> None:
    desk.map_text = 'delimiter = ";"\n' + MAP
    content = plain().replace(",", ";").replace("14.5;-4.2", "14,5;-4,2")
    desk.refused(content, says="decimal point, not a comma, or give --decimal ,", line=2)
    assert desk.ingest(content, "--decimal", ",").returncode == 0
    assert set(desk.events()["latitude"]) == {14.5}
    desk.map_text = 'decimal = ","\n' + desk.map_text
    assert "nothing changed" in desk.ingest(content).stdout
    desk.refused(plain().replace(",", ";"), says="must be a decimal number with a decimal comma")


@pytest.mark.parametrize("toll", ['"1,234"', "12 34", "1.234", "1.000"])
def test_case_16_thousands_are_kept_apart(desk: Desk, toll: str) -> None:
    desk.kept_apart(
        line(900, dead=toll, high="9999"), column="dead", says="without thousands separators"
    )


def test_case_17_a_column_named_twice(desk: Desk) -> None:
    desk.refused(plain().replace("low,dead", "dead,dead"), says='duplicate column "dead"', line=1)


def test_case_18_a_missing_column_lists_found_and_wanted(desk: Desk) -> None:
    told = desk.refused(plain().replace("lat,", "latt,", 1), says='did you mean "latt"', line=1)
    assert "expected: id, lat, lon" in told
    assert "got: id, day, end, latt, lon" in told


def test_case_19_unknown_columns_are_told_once(desk: Desk) -> None:
    content = plain().replace("note\n", "note,extra,more\n").replace(",x\n", ",x,1,2\n")
    done = desk.ingest(content)
    assert done.returncode == 0
    told = [text for text in done.stderr.splitlines() if "extra" in text]
    assert told == ["warning: columns that the map does not name are ignored: extra, more"]


def zipped(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


PACKED = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zip": lambda content: zipped(list=content),
}


@pytest.mark.parametrize("kind", PACKED)
def test_case_20_packed_files_are_read(desk: Desk, kind: str) -> None:
    same_as_plain(desk, PACKED[kind](plain().encode()), name=f"list.csv.{kind}")


@pytest.mark.parametrize("kind", PACKED)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_case_21_a_truncated_archive_is_refused(desk: Desk, kind: str, share: float) -> None:
    content = PACKED[kind](os.urandom(3_000).hex().encode() + b"\n" + plain().encode())
    desk.refused(content[: int(len(content) * share)], says="truncated or damaged|no .* file|kind")


def test_case_22_an_archive_of_two_files_names_them(desk: Desk) -> None:
    content = zipped(one=plain().encode(), two=b"x")
    desk.refused(
        content, says="expected an archive of one file, got 2 .*'one', 'two'", name="list.zip"
    )


def bombs() -> dict[str, bytes]:
    zeros = bytes(50 << 20)
    plain_zip = zipped(list=zeros)
    lying = bytearray(plain_zip)
    place = lying.index(b"PK\x01\x02")
    lying[place + 24 : place + 28] = struct.pack("<I", 1_000)
    return {
        "zip": plain_zip,
        "gz": gzip.compress(zeros),
        "nested": zipped(inner=plain_zip),
        "lying": bytes(lying),
    }


BOMB_RUN = """
import re, sys, time
from pathlib import Path
import data.sources.own.own_csv, data.sources.own.mapping, data.ingest.ingesting, data.store.store
from forecast.cli import main as cli
begun = time.process_time()
code = cli._run(sys.argv[1:])
used = time.process_time() - begun
# Not getrusage: its peak is handed down from the process that started this one.
peak = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]
print(code, used, int(peak) / 1024)
"""


def alone(*words: object) -> tuple[int, float, float, str]:
    """Run a command in a process of its own: exit code, seconds, megabytes, messages."""
    done = subprocess.run(
        [sys.executable, "-c", BOMB_RUN, *map(str, words)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    code, seconds, megabytes = done.stdout.splitlines()[-1].split()
    return int(code), float(seconds), float(megabytes), done.stderr


@pytest.mark.parametrize("kind", ["zip", "gz", "nested", "lying"])
def test_case_23_an_archive_bomb_is_refused_soon(desk: Desk, kind: str) -> None:
    path = desk.folder / f"bomb.{kind}"
    path.write_bytes(bombs()[kind])
    (desk.folder / "map.toml").write_text(MAP)
    words = ("-w", desk.folder / "w", "ingest", "csv", path, "--map", desk.folder / "map.toml")
    code, seconds, megabytes, told = alone(*words)
    assert code == 1
    assert path.name in told
    assert seconds < 2
    assert megabytes < 300
    assert desk.stored() == {}


def test_case_24_a_member_with_a_path_is_never_written(desk: Desk) -> None:
    content = zipped(**{"../../x": plain().encode()})
    same_as_plain(desk, content, name="list.zip")
    assert not list(desk.folder.parent.parent.glob("x"))
    assert not list(desk.folder.rglob("x"))


def test_case_25_what_is_no_file(desk: Desk) -> None:
    folder, pipe, loop = (desk.folder / name for name in ("folder", "pipe", "loop"))
    folder.mkdir()
    os.mkfifo(pipe)
    loop.symlink_to(loop)
    desk.refused(folder, says="got a folder")
    desk.refused(pipe, says="a pipe or a device")
    desk.refused(loop, says="could not be read")
    desk.refused(desk.folder / "nowhere.csv", says="no such file")


@contextlib.contextmanager
def without_privileges() -> Iterator[None]:
    """Be no superuser for a while, who may read everything."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(before)


def test_case_25_a_file_that_may_not_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        desk = Desk(Path(name), capsys)
        (desk.folder / "w").mkdir()
        assert desk.ingest(plain()).returncode == 0  # nothing is left to be imported
        path = desk.folder / "secret.csv"
        path.write_text(plain())
        path.chmod(0)
        (desk.folder / "map.toml").chmod(0o666)
        desk.folder.chmod(0o755)
        before = desk.stored()
        with without_privileges():
            done = desk.ingest(path)
        assert (done.returncode, done.stdout) == (1, "")
        assert "secret.csv: no permission to read the file: change its permissions" in done.stderr
        assert desk.stored() == before


def test_case_26_other_kinds_of_file_are_named(desk: Desk) -> None:
    book = io.BytesIO()
    openpyxl.Workbook().save(book)
    desk.refused(book.getvalue(), says="the workbook holds no rows", name="a.xlsx")
    desk.refused(b'{"id": 1}', says="got a JSON file", name="a.json")
    desk.refused(b"<html><p>503</p>", says="HTML or XML page", name="a.html")
    desk.refused(bytes(range(256)) * 16, says="got a binary file", name="a.bin")
    desk.refused(b"\xff\xfe" + os.urandom(4_096), says="binary file|UTF-16", name="b.bin")


@pytest.mark.slow
def test_case_27_a_million_rows(desk: Desk) -> None:
    path = desk.folder / "list.csv"
    with path.open("w") as stream:
        stream.write(HEADER)
        for start in range(0, 1_000_000, 50_000):
            stream.write("".join(line(number) for number in range(start, start + 50_000)))
    (desk.folder / "map.toml").write_text(MAP)
    words = ("-w", desk.folder / "w", "ingest", "csv", path, "--map", desk.folder / "map.toml")
    code, seconds, megabytes, told = alone(*words)
    assert code == 0, told
    assert len(desk.events()) == 1_000_000
    assert seconds < 60
    assert megabytes < 2_048


@pytest.mark.parametrize("filling", ["x", "x,", '"x",'])
def test_case_28_a_line_without_end(desk: Desk, filling: str) -> None:
    path = desk.folder / "list.csv"
    path.write_bytes((filling * (100_000_000 // len(filling))).encode())
    (desk.folder / "map.toml").write_text(MAP)
    words = ("-w", desk.folder / "w", "ingest", "csv", path, "--map", desk.folder / "map.toml")
    code, seconds, megabytes, told = alone(*words)
    assert code == 1
    assert "list.csv line 1: the line is longer than 10,000,000 characters" in told
    assert seconds < 10
    assert megabytes < 600


def test_case_28_more_columns_than_a_table_has(desk: Desk) -> None:
    desk.refused("a," * 6_000 + "b\n1\n", says="names 6,001 columns, more than 5,000", line=1)


def test_the_real_list_in_other_forms_is_the_same_list(desk: Desk) -> None:
    """Cases 1, 7 and 20 at once, on the committed list."""
    desk.map_text = (SAMPLES / "aes.map.toml").read_text()
    content = AES.read_bytes()
    assert desk.ingest(content).returncode == 0
    before = desk.events()
    for number, form in enumerate(
        (b"\xef\xbb\xbf" + content, content.replace(b"\n", b"\r\n"), gzip.compress(content))
    ):
        shutil.rmtree(desk.folder / "w" / "store")
        assert desk.ingest(form, name=f"form{number}.csv").returncode == 0
        assert desk.events().equals(before)
