"""A workspace with an own list of 200 attacks, read through the command line as a user does."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from data.store.store import Store
from tests.calls import Answer, run_inside

HEADER = "id,day,end,lat,lon,land,place,type,low,dead,high,note\n"
MAP = """
source = "mine"
[columns]
event_id = "id"
latitude = "lat"
longitude = "lon"
country = "land"
place = "place"
kind = "type"
deaths_low = "low"
deaths_best = "dead"
deaths_high = "high"
note = "note"
[date]
column = "day"
end_column = "end"
[constants]
location_precision = "near"
[coverage]
complete = true
from = "2018-01"
through = "2020-12"
countries = ["Mali"]
"""
GOOD = {
    "day": "2020-03-05",
    "end": "2020-03-05",
    "lat": "14.5",
    "lon": "-4.2",
    "land": "Mali",
    "place": "Mopti",
    "type": "battles",
    "low": "1",
    "dead": "2",
    "high": "3",
    "note": "x",
}


def line(number: int, **changes: str) -> str:
    """Return one record of the list; attacks are spread over the months of 2018 to 2020."""
    day = f"{2018 + number // 12 % 3}-{number % 12 + 1:02d}-{number % 28 + 1:02d}"
    cells = {"id": f"e{number}", **GOOD, "day": day, "end": day, **changes}
    return ",".join(cells[name] for name in HEADER.strip().split(",")) + "\n"


def plain(count: int = 200) -> str:
    """Return a list of good records; the header is line 1, record ``n`` is line ``n + 2``."""
    return HEADER + "".join(line(number) for number in range(count))


@dataclass
class Desk:
    """A workspace, a map, and what happens when a file is brought in."""

    folder: Path
    capsys: pytest.CaptureFixture[str]
    map_text: str = MAP

    def call(self, *words: object) -> Answer:
        return run_inside(self.capsys, "-w", self.folder / "w", *words)

    def ingest(
        self, content: bytes | str | Path, *options: object, name: str = "list.csv"
    ) -> Answer:
        """Bring a file in as an own list."""
        path = self.folder / name
        if isinstance(content, Path):
            path = content
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        (self.folder / "map.toml").write_text(self.map_text)
        return self.call("ingest", "csv", path, "--map", self.folder / "map.toml", *options)

    def stored(self) -> dict[str, bytes]:
        store = self.folder / "w" / "store"
        return {str(p.relative_to(store)): p.read_bytes() for p in store.rglob("*") if p.is_file()}

    def events(self) -> pd.DataFrame:
        return Store(self.folder / "w" / "store").events(complete_only=False)

    def manifest(self) -> dict[str, Any]:
        """Return the manifest of the last ingest."""
        return dict(Store(self.folder / "w" / "store").manifests()[-1])

    def quarantine(self) -> pd.DataFrame:
        """Return the quarantined rows of the last ingest."""
        path = self.folder / "w" / "store" / self.manifest()["folder"] / "quarantine.csv"
        return pd.read_csv(path, dtype=str, keep_default_na=False)

    def refused(
        self,
        content: bytes | str | Path,
        *options: object,
        says: str,
        line: int | None = None,
        name: str = "list.csv",
    ) -> str:
        """See a file refused: exit 1, one line that names it, nothing written."""
        before = self.stored()
        done = self.ingest(content, *options, name=name)
        assert done.returncode == 1, (done.stdout, done.stderr)
        assert done.stdout == ""
        assert done.stderr.startswith("error: ")
        assert done.stderr.count("\n") == 1
        assert (content.name if isinstance(content, Path) else name) in done.stderr
        assert re.search(says, done.stderr), done.stderr
        if line is not None:
            assert f" line {line}" in done.stderr, done.stderr
        assert self.stored() == before
        return done.stderr

    def kept_apart(self, *records: str, column: str, says: str, count: int = 200) -> pd.DataFrame:
        """See bad records quarantined among good ones, with line, column, rule and value."""
        first = count + 2
        done = self.ingest(plain(count) + "".join(records), "--limit", "0.2")
        assert done.returncode == 0, done.stderr
        listed = self.quarantine()
        assert sorted(set(listed["line"].astype(int))) == list(range(first, first + len(records)))
        assert set(listed["column"]) == {column}
        assert all(re.search(says, rule) for rule in listed["rule"]), listed["rule"].tolist()
        assert set(listed["file"]) == {"list.csv"}
        assert len(self.events()) == count
        assert f"quarantined: list.csv line {first}: {column}: " in done.stderr
        assert self.refused(plain(10) + records[0], says="1 of 11 rows", line=12, name="few.csv")
        return listed


def as_json(answer: Answer) -> dict[str, Any]:
    """Return the one record that an ingest printed with ``--json``."""
    (record,) = json.loads(answer.stdout)["ingests"]
    return record
