"""Three years of events in three squares: a busy west, a quieter east, a south never hit."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from data.months import month_range
from tests.calls import Answer, run_inside
from tests.forecast.cli.test_commands_data import HEADER, MAP
from tests.forecast.cli.test_commands_panel import square

FIRST, LAST = "2019-01", "2021-12"
PLACES = {"west": ("Mali", 14.5, -5.5, 14), "east": ("Niger", 14.5, -3.5, 4)}


def squares() -> str:
    south = square("south", "Ghana", -6)
    south["geometry"]["coordinates"] = [[(-6, 8), (-4, 8), (-4, 10), (-6, 10), (-6, 8)]]
    regions = [square("west", "Mali", -6), square("east", "Niger", -4), south]
    return json.dumps({"type": "FeatureCollection", "features": regions})


def busy_rows(first: str = FIRST, last: str = LAST, *, seed: int = 3) -> list[str]:
    """Return rows in order of day; the rows of a month do not depend on the other months."""
    rows = []
    for month in month_range(first, last):
        rng = np.random.default_rng([seed, int(month.replace("-", ""))])
        for country, north, east, rate in PLACES.values():
            for place in range(1 + int(rng.poisson(rate))):
                day, deaths = int(rng.integers(1, 29)), int(rng.integers(0, 9))
                key = f"{month}-{country}-{place}"
                rows.append(f"{key},{month}-{day:02d},{north},{east},{country},{deaths}")
    return rows


def in_months(rows: list[str], months: set[str]) -> list[str]:
    """Return the rows whose day lies in some months."""
    return [row for row in rows if row.split(",")[1][:7] in months]


class Desk:
    """A workspace with settings of its own, and the commands that a user gives in it."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root, self.capsys = root, capsys
        self.folder = root / "w"
        self.folder.mkdir(parents=True)
        (self.folder / "squares.geojson").write_text(squares())
        settings = '[panel]\nscale = "admin1"\nboundaries = "squares.geojson"\n'
        settings += "[forecast]\ndraws = 200\n"
        (self.folder / "escalation.toml").write_text(settings)

    def call(self, *words: object) -> Answer:
        return run_inside(self.capsys, "-w", self.folder, *words)

    def good(self, *words: object) -> Answer:
        done = self.call(*words)
        assert done.returncode == 0, done.stderr
        return done

    def ingest(self, rows: list[str], *more: object, through: str = LAST, **other: str) -> Answer:
        text = MAP.replace('from = "2020-01"', f'from = "{other.get("first", FIRST)}"')
        text = text.replace('through = "2020-12"', f'through = "{through}"')
        text = text.replace('release = "1"', f'release = "{other.get("release", "1")}"')
        text += other.get("added", "")
        (self.root / "list.toml").write_text(text)
        (self.root / "list.csv").write_text(HEADER + "\n".join(rows) + "\n")
        file, rules = self.root / "list.csv", self.root / "list.toml"
        return self.good("ingest", "csv", file, "--map", rules, *more)

    def panel(self, *more: object) -> dict:
        return json.loads(self.good("panel", "--json", *more).stdout)

    def status(self, *more: object) -> dict:
        return json.loads(self.good("status", "--json", *more).stdout)
