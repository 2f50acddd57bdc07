"""Whatever bytes come, a reader gives a reading or a clean refusal, and its counts add up."""

import contextlib
import csv
import io
import itertools
import os
import re
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from data.errors import ConfigError, SourceError
from data.reading import ReadResult
from data.sources.acled.claims import AcledClaim
from data.sources.acled.export_csv import read_acled
from data.sources.figures.figure_files import FigureRequest, read_figure_files
from data.sources.own.map_guess import guess_map
from data.sources.own.mapping import build_map
from data.sources.own.own_csv import read_own_csv
from data.sources.ucdp.release_csv import read_ucdp
from tests.data.hdx import Count, hapi_text, write_workbook
from tests.data.sources.acled.test_export_csv import BEFORE_2018, NOW
from tests.data.sources.own.test_mapping import table
from tests.data.sources.own.test_own_csv import CODES, rows
from tests.data.sources.ucdp.test_release_csv import COLUMNS, ROW
from tests.fake_acled import acled_row

EVENTS = rows(4).encode()
UCDP = ("\n".join([",".join(COLUMNS), *[",".join(ROW.values())] * 2]) + "\n").encode()
FIGURES = b"region_id,month,status,events\na,2020-01,observed,1\na,2020-02,partial,\n"
COUNTS = [Count("MLI", "0101", 1, 3, 4), Count("TGO", "", 1, 0, None)]
HAPI_ROWS = hapi_text(COUNTS).encode()
EVENT_MAP = build_map(table(**CODES), where="m")
# Files at random in all, more of the cheaper ones; CI tries ten times as many.
FUZZ = int(os.environ.get("ESCALATION_FUZZ", "1000"))


def fuzz(share: float) -> settings:
    """Return the settings of a test that tries a share of all files, the same ones each time."""
    return settings(
        max_examples=round(FUZZ * share),
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.generate,),
    )


PIECES = st.one_of(
    st.binary(max_size=6),
    st.sampled_from([b",", b'"', b"\n", b"\r", b"\0", b";", b"\xff", b"-1", b"1e9", b"nan", b"#"]),
)
CUTS = st.tuples(st.integers(0, 10_000), st.integers(0, 12), PIECES)


def acled_text(header: list[str]) -> bytes:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    for number, kind in ((1, "Battles"), (2, "Protests")):
        row = acled_row(number, "2024-02-05", event_type=kind)
        writer.writerow([row.get(name.lower(), "") for name in header])
    return stream.getvalue().encode()


ACLED, OLD_ACLED = acled_text(NOW), acled_text(BEFORE_2018)


def mutated(content: bytes, cuts: list[tuple[int, int, bytes]]) -> bytes:
    for start, length, piece in cuts:
        place = start % (len(content) + 1)
        content = content[:place] + piece + content[place + length :]
    return content


def check(reading: ReadResult) -> None:
    assert reading.rows == len(reading.frame) + reading.quarantined + reading.duplicates
    assert reading.quarantined == reading.quarantine["line"].nunique()
    for name in ("deaths_best", "events"):
        if name in reading.frame:
            known = reading.frame[name].dropna()
            assert ((known >= 0) & (known <= 1_000_000)).all()


def check_refusal(error: SourceError) -> None:
    """See a refusal name its file, its line and its rule, and the column where it is of cells."""
    assert error.file is not None
    assert error.problem
    if error.line is None:
        assert re.search("is empty|damaged|archive holds|too large", error.problem)
    if re.search(r"rows \(.*%\) are invalid", error.problem):
        assert error.column is not None


READERS: dict[str, Callable[[Path], ReadResult]] = {
    "own": lambda path: read_own_csv(path, EVENT_MAP, limit=1.0),
    "own, strict": lambda path: read_own_csv(path, EVENT_MAP),
    "own, latin-1": lambda path: read_own_csv(path, EVENT_MAP, encoding="latin-1", limit=1.0),
    "ucdp": lambda path: read_ucdp(path, release="21.1", limit=1.0),
    "acled": lambda path: (
        read_acled(
            path,
            AcledClaim("2024-01", "2024-12"),
            accessed=date(2026, 1, 5),
            release="2026-01-05",
            limit=1.0,
        ).reading
    ),
    "figures": lambda path: read_figure_files([path], FigureRequest(limit=1.0))[0],
    "hapi": lambda path: read_figure_files([path], FigureRequest(limit=1.0, level="country"))[0],
}
FIT = {EVENTS: ("own", "own, strict", "own, latin-1"), UCDP: ("ucdp",)}
FIT |= {ACLED: ("acled",), OLD_ACLED: ("acled",), FIGURES: ("figures",), HAPI_ROWS: ("hapi",)}
TABLES = [(table, reader) for table in FIT for reader in FIT[table]]


def see(path: Path, reader: str) -> ReadResult | None:
    """Read a file: its counts add up, or it is refused with all that a reader needs."""
    try:
        reading = READERS[reader](path)
    except SourceError as error:
        check_refusal(error)
        return None
    except ConfigError:  # an option of HDX for a table of our own
        assert reader == "hapi"
        return None
    check(reading)
    return reading


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


@pytest.fixture(scope="module")
def workbook(folder: Path) -> dict[str, bytes]:
    """Return the members of a workbook as HDX publishes it."""
    path = write_workbook(folder / "w.xlsx", [*COUNTS, Count("BFA", "0101", 1, 1, 1)])
    with zipfile.ZipFile(path) as book:
        return {name: book.read(name) for name in book.namelist()}


NUMBERS = itertools.count()


@contextlib.contextmanager
def a_file(folder: Path, content: bytes, name: str = "{}.csv") -> Iterator[Path]:
    """Write a new file each time: to empty one that is there makes the disk wait."""
    path = folder / name.format(next(NUMBERS))
    path.write_bytes(content)
    yield path
    path.unlink()


random_bytes = given(
    content=st.binary(max_size=300),
    reader=st.sampled_from(sorted(READERS)),
    head=st.sampled_from([True, False, False]),
)
damaged_tables = given(
    chosen=st.sampled_from(TABLES),
    cuts=st.lists(CUTS, min_size=1, max_size=4),
)


damaged_workbooks = given(
    member=st.integers(0, 30), whole=st.booleans(), cuts=st.lists(CUTS, min_size=1, max_size=3)
)


def see_bytes(folder: Path, content: bytes, reader: str, *, head: bool) -> None:
    """Read bytes, some of them below the header that the reader asks for."""
    fit = next((table for table in FIT if reader in FIT[table]), EVENTS)
    with a_file(folder, fit.split(b"\n")[0] + b"\n" + content if head else content) as path:
        see(path, reader)


def see_damaged(
    folder: Path, chosen: tuple[bytes, str], cuts: list[tuple[int, int, bytes]]
) -> None:
    with a_file(folder, mutated(chosen[0], cuts)) as path:
        see(path, chosen[1])


def see_workbook(
    folder: Path,
    members: dict[str, bytes],
    member: int,
    cuts: list[tuple[int, int, bytes]],
    *,
    whole: bool,
) -> None:
    """Read a workbook with one part changed, or with its bytes changed as they lie on disk."""
    changed, stream = sorted(members)[member % len(members)], io.BytesIO()
    with zipfile.ZipFile(stream, "w") as book:
        for name, content in members.items():
            book.writestr(
                name, mutated(content, cuts) if name == changed and not whole else content
            )
    content = mutated(stream.getvalue(), cuts) if whole else stream.getvalue()
    with a_file(folder, content, "political_violence_{}.xlsx") as path:
        see(path, "hapi")


@settings(max_examples=100, deadline=None)
@random_bytes
def test_bytes_at_random_are_refused_or_read(
    folder: Path, content: bytes, reader: str, head: bool
) -> None:
    see_bytes(folder, content, reader, head=head)
    with a_file(folder, content) as path, contextlib.suppress(SourceError):
        assert tomllib.loads(guess_map(path))["coverage"] == {"complete": False}


@settings(max_examples=200, deadline=None)
@damaged_tables
def test_damaged_tables_are_refused_or_read(
    folder: Path, chosen: tuple[bytes, str], cuts: list[tuple[int, int, bytes]]
) -> None:
    see_damaged(folder, chosen, cuts)


@pytest.mark.fuzz
@fuzz(0.86)
@random_bytes
def test_very_many_files_at_random(folder: Path, content: bytes, reader: str, head: bool) -> None:
    see_bytes(folder, content, reader, head=head)


@pytest.mark.fuzz
@fuzz(0.12)
@damaged_tables
def test_very_many_damaged_tables(
    folder: Path, chosen: tuple[bytes, str], cuts: list[tuple[int, int, bytes]]
) -> None:
    see_damaged(folder, chosen, cuts)


@pytest.mark.fuzz
@fuzz(0.02)
@damaged_workbooks
def test_many_damaged_workbooks(
    folder: Path,
    workbook: dict[str, bytes],
    member: int,
    whole: bool,
    cuts: list[tuple[int, int, bytes]],
) -> None:
    see_workbook(folder, workbook, member, cuts, whole=whole)


@pytest.mark.parametrize("chosen", TABLES)
def test_the_undamaged_tables_are_read(folder: Path, chosen: tuple[bytes, str]) -> None:
    with a_file(folder, chosen[0]) as path:
        reading = see(path, chosen[1])
    assert reading is not None
    assert reading.rows
    assert reading.quarantined == 0


def test_the_undamaged_workbook_is_read(folder: Path, workbook: dict[str, bytes]) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as book:
        for name, content in workbook.items():
            book.writestr(name, content)
    with a_file(folder, stream.getvalue(), "political_violence_{}.xlsx") as path:
        reading = see(path, "hapi")
    assert reading is not None
    assert (reading.rows, reading.quarantined) == (3, 0)
