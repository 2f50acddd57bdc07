"""A small store of releases made by hand: a long one, monthly ones, and one that revises them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from data.months import add_months, month_range
from tests.forecast.test_commands_data import HEADER, MAP, call

FIRST, LAST = "2017-01", "2020-06"
BASE = "2019-12"
COUNTRIES = {
    "Mali": (14.5, -4.2),
    "Niger": (13.5, 2.1),
    "Chad": (12.1, 15.0),
    "Nigeria": (11.8, 13.1),
}


def all_rows(*, grown: bool) -> dict[str, list[str]]:
    """Return the rows of each month; grown ones are more and deadlier in the candidates' months."""
    rng = np.random.default_rng(5)
    found = {}
    for month in month_range(FIRST, LAST):
        rows = []
        for country, (north, east) in COUNTRIES.items():
            count = int(rng.poisson(6)) + 1
            rows += [(f"{month}-{country}-{i}", country, north, east) for i in range(count)]
        keep = rows if grown or month <= BASE else rows[: -max(len(rows) // 5, 1)]
        toll = 3 if grown else 2
        found[month] = [f"{i},{month}-10,{n},{e},{c},{toll}" for i, c, n, e in keep]
    return found


def ingest_release(
    folder: Path, name: str, rows: list[str], *, first: str, through: str, published: str
) -> None:
    """Ingest one release of the list."""
    text = MAP.replace('release = "1"', f'release = "{name}"')
    text = text.replace('from = "2020-01"', f'from = "{first}"')
    text = text.replace('through = "2020-12"', f'through = "{through}"')
    (folder / f"{name}.toml").write_text(text)
    (folder / f"{name}.csv").write_text(HEADER + "\n".join(rows) + "\n")
    files = (str(folder / f"{name}.csv"), "--map", str(folder / f"{name}.toml"))
    done = call(folder, "ingest", "csv", *files, "--published", published)
    assert done.exit_code == 0, done.stderr


def make_vintage_store(folder: Path) -> None:
    """Fill ``folder/w``: release 1 to 2019-12, one a month of 2020, and release 9 of everything."""
    (folder / "w").mkdir(exist_ok=True)
    then, now = all_rows(grown=False), all_rows(grown=True)
    base = [row for month in month_range(FIRST, BASE) for row in then[month]]
    ingest_release(folder, "1", base, first=FIRST, through=BASE, published="2020-01-20")
    for number, month in enumerate(month_range(add_months(BASE, 1), LAST), start=2):
        out = f"{add_months(month, 1)}-20"
        ingest_release(folder, str(number), then[month], first=month, through=month, published=out)
    whole = [row for month in month_range(FIRST, LAST) for row in now[month]]
    ingest_release(folder, "9", whole, first=FIRST, through=LAST, published="2021-06-01")
