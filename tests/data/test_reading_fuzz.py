"""Whatever bytes come, a reader gives a reading or a clean refusal, and its counts add up."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import SourceError
from data.figures import read_figures
from data.mapping import build_map
from data.own_csv import read_own_csv
from data.reading import Reading
from data.ucdp import read_ucdp
from tests.data.test_mapping import table
from tests.data.test_own_csv import CODES, rows
from tests.data.test_ucdp import COLUMNS, ROW

EVENTS = rows(4).encode()
UCDP = ("\n".join([",".join(COLUMNS), *[",".join(ROW.values())] * 2]) + "\n").encode()
FIGURES = b"region_id,month,status,events\na,2020-01,observed,1\na,2020-02,partial,\n"
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


def read_all(path: Path) -> list[Reading]:
    event_map = build_map(table(**CODES), where="m")
    readings = []
    for read in (
        lambda: read_own_csv(path, event_map, limit=1.0),
        lambda: read_own_csv(path, event_map, encoding="latin-1", limit=1.0),
        lambda: read_ucdp(path, release="21.1", limit=1.0),
        lambda: read_figures(path, regions=None, limit=1.0),
    ):
        try:
            readings.append(read())
        except SourceError:
            continue
    return readings


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz") / "events.csv"


@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=300))
def test_bytes_at_random_are_refused_or_read(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    for reading in read_all(path):
        check(reading)


@settings(max_examples=300, deadline=None)
@given(
    content=st.sampled_from([EVENTS, UCDP, FIGURES]),
    cuts=st.lists(CUTS, min_size=1, max_size=4),
)
def test_damaged_tables_are_refused_or_read(
    path: Path, content: bytes, cuts: list[tuple[int, int, bytes]]
) -> None:
    path.write_bytes(mutated(content, cuts))
    for reading in read_all(path):
        check(reading)


def test_the_undamaged_tables_are_read(path: Path) -> None:
    for content in (EVENTS, UCDP, FIGURES):
        path.write_bytes(content)
        assert read_all(path)
