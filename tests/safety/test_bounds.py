"""What is small on disk and large in memory is refused at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.calls import run
from tests.forecast.cli.test_commands_data import GOOD, HEADER, MAP


@pytest.mark.parametrize("end", ["\n", "\r\n", " \n", "\t\n"])
def test_millions_of_empty_lines_are_refused_by_the_line(tmp_path: Path, end: str) -> None:
    (tmp_path / "w").mkdir()
    (tmp_path / "map.toml").write_text(MAP)
    content = (HEADER + GOOD + end * 2_000_000).encode()
    (tmp_path / "list.csv").write_bytes(content)
    words = ("ingest", "csv", tmp_path / "list.csv", "--map", tmp_path / "map.toml")
    done = run("-w", tmp_path / "w", *words)
    assert done.returncode == 1
    assert "list.csv line 1000004: more than 1,000,000 empty lines in a row" in done.stderr
    assert not (tmp_path / "w" / "store").exists()
