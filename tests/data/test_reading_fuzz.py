"""Whatever bytes come, a reader gives a reading or a clean refusal, and its counts add up."""

import contextlib
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from data.errors import ConfigError, SourceError
from data.figure_files import FigureRequest, read_figure_files
from data.map_guess import guess_map
from data.mapping import build_map
from data.own_csv import read_own_csv
from data.reading import Reading
from data.ucdp import read_ucdp
from tests.data.hdx import Count, hapi_text
from tests.data.test_mapping import table
from tests.data.test_own_csv import CODES, rows
from tests.data.test_ucdp import COLUMNS, ROW

EVENTS = rows(4).encode()
UCDP = ("\n".join([",".join(COLUMNS), *[",".join(ROW.values())] * 2]) + "\n").encode()
FIGURES = b"region_id,month,status,events\na,2020-01,observed,1\na,2020-02,partial,\n"
HAPI_ROWS = hapi_text([Count("MLI", "0101", 1, 3, 4), Count("TGO", "", 1, 0, None)]).encode()
EVENT_MAP = build_map(table(**CODES), where="m")
ONCE = (Phase.generate,)
PIECES = st.one_of(
    st.binary(max_size=6),
    st.sampled_from([b",", b'"', b"\n", b"\r", b"\0", b";", b"\xff", b"-1", b"1e9", b"nan", b"#"]),
)
CUTS = st.tuples(st.integers(0, 10_000), st.integers(0, 12), PIECES)


def mutated(content: bytes, cuts: list[tuple[int, int, bytes]]) -> bytes:
    for start, length, piece in cuts:
        place = start % (len(content) + 1)
        content = content[:place] + piece + content[place + length :]
    return content


def check(reading: Reading) -> None:
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
    if re.search(r"rows \(.*%\) are bad", error.problem):
        assert error.column is not None


READERS: dict[str, Callable[[Path], Reading]] = {
    "own": lambda path: read_own_csv(path, EVENT_MAP, limit=1.0),
    "own, strict": lambda path: read_own_csv(path, EVENT_MAP),
    "own, latin-1": lambda path: read_own_csv(path, EVENT_MAP, encoding="latin-1", limit=1.0),
    "ucdp": lambda path: read_ucdp(path, release="21.1", limit=1.0),
    "figures": lambda path: read_figure_files([path], FigureRequest(limit=1.0))[0],
    "hapi": lambda path: read_figure_files([path], FigureRequest(limit=1.0, level="country"))[0],
}
FIT = {EVENTS: ("own", "own, strict", "own, latin-1"), UCDP: ("ucdp",)}
FIT |= {FIGURES: ("figures",), HAPI_ROWS: ("hapi",)}


def see(path: Path, reader: str) -> Reading | None:
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
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz") / "events.csv"


random_bytes = given(
    content=st.binary(max_size=300), reader=st.sampled_from(sorted(READERS)), head=st.booleans()
)
damaged_tables = given(
    chosen=st.sampled_from([(table, reader) for table in FIT for reader in FIT[table]]),
    cuts=st.lists(CUTS, min_size=1, max_size=4),
)


def see_bytes(path: Path, content: bytes, reader: str, *, head: bool) -> None:
    """Read bytes, some of them below the header that the reader asks for."""
    fit = next((table for table in FIT if reader in FIT[table]), EVENTS)
    path.write_bytes(fit.split(b"\n")[0] + b"\n" + content if head else content)
    see(path, reader)


def see_damaged(path: Path, chosen: tuple[bytes, str], cuts: list[tuple[int, int, bytes]]) -> None:
    path.write_bytes(mutated(chosen[0], cuts))
    see(path, chosen[1])


@settings(max_examples=100, deadline=None)
@random_bytes
def test_bytes_at_random_are_refused_or_read(
    path: Path, content: bytes, reader: str, head: bool
) -> None:
    see_bytes(path, content, reader, head=head)
    with contextlib.suppress(SourceError):
        assert tomllib.loads(guess_map(path))["coverage"] == {"complete": False}


@settings(max_examples=300, deadline=None)
@damaged_tables
def test_damaged_tables_are_refused_or_read(
    path: Path, chosen: tuple[bytes, str], cuts: list[tuple[int, int, bytes]]
) -> None:
    see_damaged(path, chosen, cuts)


@pytest.mark.slow
@settings(max_examples=5_000, deadline=None, derandomize=True, database=None, phases=ONCE)
@random_bytes
def test_five_thousand_files_at_random(path: Path, content: bytes, reader: str, head: bool) -> None:
    see_bytes(path, content, reader, head=head)


@pytest.mark.slow
@settings(max_examples=5_000, deadline=None, derandomize=True, database=None, phases=ONCE)
@damaged_tables
def test_five_thousand_damaged_tables(
    path: Path, chosen: tuple[bytes, str], cuts: list[tuple[int, int, bytes]]
) -> None:
    see_damaged(path, chosen, cuts)


@pytest.mark.parametrize("chosen", [(table, reader) for table in FIT for reader in FIT[table]])
def test_the_undamaged_tables_are_read(path: Path, chosen: tuple[bytes, str]) -> None:
    path.write_bytes(chosen[0])
    reading = see(path, chosen[1])
    assert reading is not None
    assert reading.quarantined == 0
