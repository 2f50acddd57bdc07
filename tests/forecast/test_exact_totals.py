"""Nothing gets lost: every real file through the command line, against plain loops over its rows.

The loops read the files with the csv module and count in Python's whole numbers; they share no
code with the project.
"""

from __future__ import annotations

import calendar
import csv
import gzip
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest

from benchmarks.ged_file import write_ged
from data.regions.countries import country_key
from data.sources.ucdp.release_csv import GED_COLUMNS
from tests.calls import run_inside
from tests.conftest import PRECISE
from tests.shared import ROOT, shared_file

NIGERIA, BANGLADESH = "hdx_ucdp_ged201_nigeria.csv", "hdx_ucdp_ged191_bangladesh.csv"
CANDIDATE, POLYGONS = "ucdp_candidate_23_0_10.csv", "natural_earth_admin1_sahel.geojson"
MONTHS = "ucdp_ged241_country_months_1989_2020-10.csv.gz"
# Rows and rows over a month's border, as the folder's own description tells them.
RELEASES = {
    (NIGERIA,): (4_603, 110),
    (BANGLADESH,): (601, None),
    (NIGERIA, CANDIDATE): (4_603 + 2_391, 110 + 64),
}
SCALES = ("country", "admin1", "priogrid")
SIDES = ("panel", "unlocated", "outside", "before", "unobserved")


# How far the rounding of deaths moves from one event that spans months to the next.
TURN, GOLDEN = 2**20, 648_055


class Row(NamedTuple):
    """What one row of a file says."""

    country: str
    first: date
    last: date
    deaths: int
    event_id: str


def rows_of(path: Path) -> Iterator[Row]:
    """Read the rows of a file as they stand; a row of tags is none."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as stream:
        for cells in csv.DictReader(stream):
            if "best_death" in cells:
                first = last = date(*(int(cells[name]) for name in ("year", "month", "day")))
                yield Row(cells["country"], first, last, int(cells["best_death"]), cells["id"])
            elif not cells["country"].startswith("#"):
                first, last = (
                    date.fromisoformat(cells[n][:10]) for n in ("date_start", "date_end")
                )
                yield Row(cells["country"], first, last, int(float(cells["best"])), cells["id"])


def spread(row: Row, rounding: int) -> dict[str, int]:
    """Part a row's deaths among its months by days; what has died by then is rounded."""
    days: dict[str, int] = {}
    for day in range(row.first.toordinal(), row.last.toordinal() + 1):
        month = f"{date.fromordinal(day):%Y-%m}"
        days[month] = days.get(month, 0) + 1
    total, so_far, given, parts = sum(days.values()), 0, 0, {}
    for month, count in days.items():
        so_far += count
        reached = (row.deaths * so_far * TURN + rounding * total) // (total * TURN)
        parts[month], given = reached - given, reached
    return parts


def by_month(rows: Iterable[Row]) -> tuple[dict, dict]:
    """Return events and deaths of every country and month."""
    events: dict[tuple[str, str], int] = defaultdict(int)
    deaths: dict[tuple[str, str], int] = defaultdict(int)
    spanning: dict[str, int] = defaultdict(int)
    for row in sorted(rows, key=lambda row: (row.first, row.event_id)):
        key = country_key(row.country)
        events[key, f"{row.first:%Y-%m}"] += 1
        rounding = (TURN // 2 + spanning[key] * GOLDEN) % TURN
        spanning[key] += f"{row.first:%Y-%m}" != f"{row.last:%Y-%m}"
        for month, part in spread(row, rounding).items():
            deaths[key, month] += part
    return events, deaths


@pytest.fixture
def call(tmp_path, capsys):
    """Call a command in a workspace and return what it printed for machines."""
    (tmp_path / "w").mkdir()

    def called(*words: object, workspace: Path = tmp_path / "w") -> dict:
        done = run_inside(capsys, "-w", workspace, *words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return called


def panel_words(scale: str) -> list[object]:
    extra = ["--boundaries", shared_file(POLYGONS)] if scale == "admin1" else []
    return ["panel", "--scale", scale, *extra]


def check_sums(record: dict, rows: list[Row]) -> pd.DataFrame:
    """See every row and death in the panel or in one of the stated places beside it."""
    sums = record["reconciliation"]
    assert sums["accepted"] == {"events": len(rows), "deaths": sum(row.deaths for row in rows)}
    panel = pd.read_parquet(Path(record["folder"]) / "panel.parquet")
    for measure in ("events", "deaths"):
        assert sums["accepted"][measure] == sum(sums[side][measure] for side in SIDES)
        assert sums["panel"][measure] == int(panel[measure].astype("float64").sum())
    return panel


@pytest.mark.parametrize(
    ("names", "scale"),
    [
        pytest.param(names, scale, id=" and ".join([*names, scale]))
        for names in RELEASES
        for scale in SCALES
        if (names, scale) != ((BANGLADESH,), "admin1")  # the polygons are of the Sahel
    ],
)
def test_every_row_and_death_of_a_release_is_accounted_for(call, names, scale):
    rows = [row for name in names for row in rows_of(shared_file(name))]
    ingested = call("ingest", "ucdp", *map(shared_file, names))["ingests"]
    count, spanning = RELEASES[names]
    assert len(rows) == count == sum(record["accepted"] for record in ingested)
    assert not any(record["quarantined"] + record["duplicate"] for record in ingested)
    assert sum(record["deaths"] for record in ingested) == sum(row.deaths for row in rows)
    if spanning is not None:
        assert sum(f"{r.first:%Y-%m}" != f"{r.last:%Y-%m}" for r in rows) == spanning
    check_sums(call(*panel_words(scale)), rows)


@pytest.mark.parametrize("names", RELEASES, ids=" and ".join)
def test_every_country_and_month_has_the_count_of_a_plain_loop(call, names):
    rows = [row for name in names for row in rows_of(shared_file(name))]
    events, deaths = by_month(rows)
    assert sum(deaths.values()) == sum(row.deaths for row in rows)
    call("ingest", "ucdp", *map(shared_file, names))
    panel = check_sums(call("panel", "--scale", "country"), rows)
    seen = panel[panel["status"] == "observed"]
    assert len(seen) > 300
    assert seen["deaths"].sum() > 0
    for region, month, count, toll in zip(
        seen["region_id"], seen["month"], seen["events"], seen["deaths"], strict=True
    ):
        assert count == events.get((region, month), 0), (region, month)
        assert toll == deaths.get((region, month), 0), (region, month)


@pytest.mark.slow
@pytest.mark.parametrize("scale", ["country", "priogrid"])
def test_every_row_and_death_of_the_long_series_is_accounted_for(call, precise_workspace, scale):
    rows = [row for name in PRECISE for row in rows_of(shared_file(name))]
    assert len(rows) == 159_194 + 2_301
    panel = check_sums(call(*panel_words(scale), workspace=precise_workspace), rows)
    if scale == "country":
        events, deaths = by_month(row for row in rows if country_key(row.country) == "MLI")
        ours = panel[panel["region_id"] == "MLI"].set_index("month")
        assert ours["events"].to_dict() == {m: events.get(("MLI", m), 0) for m in ours.index}
        assert ours["deaths"].to_dict() == {m: deaths.get(("MLI", m), 0) for m in ours.index}


def as_figures(path: Path, frame: pd.DataFrame) -> Path:
    frame.to_csv(path, index=False)
    return path


def test_the_country_months_come_through_as_figures(call, tmp_path):
    kinds = {"sb": "state_based", "osv": "one_sided", "ns": "non_state"}
    theirs = pd.read_csv(shared_file(MONTHS))
    frame = theirs.rename(columns={"views_country_id": "region_id", "dd": "month"})
    frame = frame.rename(columns={f"{k}_fatalities": f"deaths_{name}" for k, name in kinds.items()})
    names = [f"deaths_{name}" for name in kinds.values()]
    path = as_figures(tmp_path / "f.csv", frame[["region_id", "month", "country", *names]])
    (record,) = call("ingest", "figures", path)["ingests"]
    assert (record["accepted"], record["quarantined"]) == (len(theirs), 0)
    made = call("panel", "--scale", "mine")
    assert made["statuses"]["observed"] == len(theirs)
    panel = pd.read_parquet(Path(made["folder"]) / "panel.parquet")
    for short, name in kinds.items():
        assert int(panel[f"deaths_{name}"].sum()) == int(theirs[f"{short}_fatalities"].sum())
    ours = panel.dropna().set_index(["region_id", "month"])[names]
    keys = [theirs["views_country_id"].astype(str), theirs["dd"]]
    want = theirs.set_index(keys)[[f"{short}_fatalities" for short in kinds]]
    assert (ours.loc[want.index].to_numpy() == want.to_numpy()).all()


def test_the_outcomes_of_the_challenge_come_through_as_figures(call, tmp_path):
    files = [shared_file(f"views_challenge/actuals_{year}.parquet") for year in (2018, 2019, 2020)]
    theirs = pd.concat([pd.read_parquet(file).reset_index() for file in files])
    months = [f"{1980 + (n - 1) // 12}-{(n - 1) % 12 + 1:02d}" for n in theirs["month_id"]]
    frame = theirs.assign(region_id=theirs["country_id"], month=months)
    frame = frame.rename(columns={"outcome": "deaths"})[["region_id", "month", "deaths"]]
    (record,) = call("ingest", "figures", as_figures(tmp_path / "f.csv", frame))["ingests"]
    assert (record["accepted"], record["deaths"]) == (191 * 36, int(theirs["outcome"].sum()))
    sums = call("panel", "--scale", "mine")["reconciliation"]
    assert sums["panel"]["deaths"] == sums["accepted"]["deaths"] == int(theirs["outcome"].sum())


def test_the_notable_attacks_are_kept_whole_and_counted_nowhere(call, tmp_path, capsys):
    path = shared_file("aes_attacks_2024_2025.csv")
    with path.open(encoding="utf-8", newline="") as stream:
        tolls = [row["deaths_best"] for row in csv.DictReader(stream)]
    event_map = ROOT / "data" / "samples" / "aes.map.toml"
    (record,) = call("ingest", "csv", path, "--map", event_map)["ingests"]
    assert (
        (record["accepted"], record["deaths_unknown"]) == (len(tolls), tolls.count("")) == (20, 13)
    )
    assert record["deaths"] == sum(int(toll) for toll in tolls if toll)
    refused = run_inside(capsys, "-w", tmp_path / "w", "panel", "--scale", "country")
    assert refused.returncode == 1
    assert "expected a complete list or figures in the store" in refused.stderr


@pytest.mark.parametrize("name", [NIGERIA, BANGLADESH, CANDIDATE])
def test_a_release_ingested_again_changes_nothing_and_says_so(tmp_path, capsys, name):
    (tmp_path / "w").mkdir()
    words = ("-w", tmp_path / "w", "ingest", "ucdp", shared_file(name))
    assert run_inside(capsys, *words).returncode == 0
    before = {p: p.read_bytes() for p in (tmp_path / "w").rglob("*") if p.is_file()}
    again = run_inside(capsys, *words)
    assert again.returncode == 0
    assert "0 revised, 0 new" in again.stdout
    assert "nothing changed: the store already holds this file" in again.stdout
    assert {p: p.read_bytes() for p in (tmp_path / "w").rglob("*") if p.is_file()} == before


@pytest.mark.parametrize("scale", SCALES)
def test_the_benchmarks_invented_release_is_a_release(call, tmp_path, scale):
    path = tmp_path / "GEDEvent_v24_1.csv"
    write_ged(path, rows=4_000)
    with path.open(encoding="utf-8", newline="") as stream:
        assert tuple(next(csv.reader(stream))) == GED_COLUMNS
    rows = list(rows_of(path))
    (record,) = call("ingest", "ucdp", path)["ingests"]
    assert (record["read"], record["accepted"]) == (4_000, 4_000)
    assert any(row.first.month != row.last.month for row in rows)
    check_sums(call(*panel_words(scale)), rows)


def test_the_same_seed_invents_the_same_release(tmp_path):
    one, other, third = (tmp_path / name for name in "abc")
    write_ged(one, rows=300)
    write_ged(other, rows=300)
    write_ged(third, rows=300, seed=2)
    assert one.read_bytes() == other.read_bytes() != third.read_bytes()


def test_the_plain_loop_parts_deaths_as_is_written():
    leap = Row("Mali", date(2020, 1, 30), date(2020, 3, 2), 17, "1")
    assert spread(leap, TURN // 2) == {"2020-01": 1, "2020-02": 15, "2020-03": 1}
    assert calendar.isleap(2020)
    level = Row("Mali", date(2021, 4, 30), date(2021, 5, 1), 3, "2")
    assert spread(level, TURN // 2) == {"2021-04": 2, "2021-05": 1}
