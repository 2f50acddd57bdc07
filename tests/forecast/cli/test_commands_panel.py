"""``escalation panel`` as a user calls it: by hand on two square regions, and on the real files."""

import json
import random

import pandas as pd
import pytest

from data.months import month_range
from data.schema import ROW_MEASURES
from features.panel import read_panel
from features.table import build_features
from tests.calls import run, run_inside
from tests.forecast.cli.test_commands_data import MAP, call
from tests.shared import shared_file

HEADER = "id,day,lat,lon,country,deaths\n"
# West is Mali from longitude -6 to -4, East is Niger from -4 to -2.
ROWS = [
    "1,2020-01-05,14.5,-5.5,Mali,3",
    "2,2020-01-20,14.5,-5.5,Mali,4",
    "3,2020-02-01,14.5,-3.5,Niger,2",
    "4,2020-02-02,14.5,-3.9,Mali,1",
    "5,2020-02-03,16.2,-5.0,Mali,6",
    "6,2020-03-01,50.0,10.0,France,9",
]


def square(region_id, country, west):
    corners = [(west, 14), (west + 2, 14), (west + 2, 16), (west, 16), (west, 14)]
    return {
        "type": "Feature",
        "properties": {"_id": region_id, "name": region_id.title(), "admin": country},
        "geometry": {"type": "Polygon", "coordinates": [corners]},
    }


SQUARES = {
    "type": "FeatureCollection",
    "features": [square("west", "Mali", -6), square("east", "Niger", -4)],
}


def ingest(folder, name, rows, *more, **other):
    """Ingest rows under a map whose lines are changed by ``other``."""
    text = MAP.replace('through = "2020-12"', 'through = "2021-12"')
    for key, value in other.items():
        before = next(line for line in text.splitlines() if line.startswith(f"{key} = "))
        text = text.replace(before, f"{key} = {json.dumps(value)}")
    (folder / f"{name}.toml").write_text(text)
    (folder / f"{name}.csv").write_text(HEADER + "\n".join(rows) + "\n")
    file, event_map = str(folder / f"{name}.csv"), str(folder / f"{name}.toml")
    done = call(folder, "ingest", "csv", file, "--map", event_map, *more)
    assert done.exit_code == 0, done.stderr


@pytest.fixture
def place(tmp_path):
    (tmp_path / "w").mkdir()
    (tmp_path / "squares.geojson").write_text(json.dumps(SQUARES))
    return tmp_path


def panel(folder, *more):
    squares = str(folder / "squares.geojson")
    return call(folder, "panel", "--scale", "admin1", "--boundaries", squares, *more)


def made(folder, scale="admin1"):
    return read_panel(folder / "w" / "panels" / scale)


def test_two_squares_by_hand(place):
    ingest(place, "list", ROWS)
    done = panel(place, "--json")
    record = json.loads(done.stdout)
    assert (record["regions"], record["months"]) == (2, 24)
    assert (record["first_month"], record["last_month"]) == ("2020-01", "2021-12")
    assert record["statuses"] == {"observed": 48}
    sums = record["reconciliation"]
    assert sums["accepted"] == {"events": 6, "deaths": 25}
    assert sums["panel"] == {"events": 5, "deaths": 16}
    assert sums["outside"] == {"events": 1, "deaths": 9}
    assert (sums["nearest"], sums["border_events"]) == (1, 1)
    built = made(place)
    assert built.region_ids == ("east", "west")
    assert built.measure("events")[:, :3].tolist() == [[0, 2, 0], [2, 1, 0]]
    assert built.measure("deaths")[:, :3].tolist() == [[0, 3, 0], [7, 6, 0]]
    border = pd.read_csv(place / "w" / "panels" / "admin1" / "border_events.csv", dtype=str)
    assert border.to_dict("records") == [
        {
            "event_id": "4",
            "country": "Mali",
            "region_id": "east",
            "region_country": "Niger",
            "events": "1",
            "deaths": "1",
        }
    ]


def test_the_summary_for_people(place):
    ingest(place, "list", ROWS)
    done = panel(place)
    assert "2 regions x 24 months (2020-01 to 2021-12), scale admin1, source mine" in done.stdout
    assert "region-months: 48 observed; last complete month 2021-12" in done.stdout
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["accepted", "6", "25"] in lines
    assert ["outside", "1", "9"] in lines
    assert "border events: 1, listed in border_events.csv" in done.stdout


def test_the_manifest_names_what_was_counted(place):
    ingest(place, "list", ROWS)
    panel(place)
    manifest = json.loads((place / "w" / "panels" / "admin1" / "manifest.json").read_text())
    (snapshot,) = manifest["snapshots"]
    assert snapshot["file"] == "list.csv"
    assert len(snapshot["sha256"]) == 64
    assert manifest["boundaries"]["file"] == "squares.geojson"
    assert manifest["coverage"] == [
        {"complete": True, "first": "2020-01", "last": "2021-12", "countries": []}
    ]
    assert "civilians" in manifest["absent"]
    assert "deaths" not in manifest["absent"]
    assert {"actors", "simultaneous"} < set(manifest["absent"])  # the list names no sides
    assert "site_repeats" not in manifest["absent"]
    assert str(place) not in json.dumps(manifest)


@pytest.mark.parametrize("seed", range(4))
def test_neither_the_order_of_files_nor_of_rows_changes_a_byte(place, seed):
    """Three releases: 24.0.2 revises event 1 of 24.0.1, and 25.1 drops nobody."""
    files = [
        ("a", ROWS, "24.0.1"),
        ("b", [ROWS[0].replace(",3", ",8")], "24.0.2"),
        ("c", ["7,2021-05-01,14.5,-5.5,Mali,1"], "25.1"),
    ]
    shuffle = random.Random(seed)
    folders = []
    for turn in range(2):
        folder = place / str(turn)
        (folder / "w").mkdir(parents=True)
        (folder / "squares.geojson").write_text(json.dumps(SQUARES))
        for name, rows, release in shuffle.sample(files, 3) if turn else files:
            ingest(folder, name, rows, "--add", release=release)
        panel(folder)
        folders.append(folder / "w" / "panels" / "admin1")
    assert made(place / "0").measure("deaths")[1, 0] == 12
    for name in ("panel.parquet", "regions.parquet", "manifest.json", "border_events.csv"):
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes(), name


def test_an_incomplete_list_is_not_counted(place):
    ingest(place, "list", ROWS)
    ingest(place, "notable", ["9,2020-01-05,14.5,-5.5,Mali,99"], source="notable", complete=False)
    assert panel(place).exit_code == 0
    assert made(place).measure("deaths").max() == 7


def test_a_source_may_have_incomplete_lists_beside_its_complete_one(place):
    ingest(place, "list", ROWS)
    ingest(place, "notable", ["9,2020-01-05,14.5,-5.5,Mali,99"], complete=False)
    assert panel(place).exit_code == 0
    assert made(place).measure("deaths").max() == 7
    manifest = json.loads((place / "w" / "panels" / "admin1" / "manifest.json").read_text())
    assert [claim["complete"] for claim in manifest["coverage"]] == [True]
    assert [snapshot["file"] for snapshot in manifest["snapshots"]] == ["list.csv"]


def test_boundaries_asked_for_replace_the_settings_region_table(place):
    ingest(place, "list", ROWS)
    (place / "w" / "escalation.toml").write_text('[panel]\nregions = "cells.csv"\n')
    assert panel(place).exit_code == 0


def test_from_and_until_cut_the_panel(place):
    ingest(place, "list", ROWS, through="2022-01")
    done = panel(place, "--from", "2020-02", "--until", "2022-01", "--json")
    record = json.loads(done.stdout)
    assert (record["first_month"], record["last_month"]) == ("2020-02", "2022-01")
    assert record["statuses"] == {"observed": 48}
    assert record["last_complete_month"] == "2022-01"
    assert record["reconciliation"]["before"] == {"events": 2, "deaths": 7}


def test_settings_are_read_and_options_go_before_them(place):
    ingest(place, "list", ROWS)
    (place / "w" / "squares.geojson").write_text(json.dumps(SQUARES))
    (place / "w" / "escalation.toml").write_text(
        '[panel]\nscale = "mine"\nboundaries = "squares.geojson"\nfrom = "2019-12"\n'
    )
    assert json.loads(call(place, "panel", "--json").stdout)["months"] == 25
    assert made(place, "mine").months[0] == "2019-12"
    record = json.loads(call(place, "panel", "--json", "--from", "2020-01").stdout)
    assert (record["scale"], record["months"]) == ("mine", 24)


def test_priogrid_and_country_need_no_boundaries(place):
    ingest(place, "list", ROWS)
    assert call(place, "panel", "--scale", "priogrid").exit_code == 0
    cells = made(place, "priogrid")
    # row = floor((14.5 + 90) * 2) = 209, column = floor((-5.5 + 180) * 2) = 349
    assert str(209 * 720 + 349 + 1) in cells.region_ids
    assert cells.measure("events")[:, :3].sum() == 6
    assert call(place, "panel", "--scale", "country").exit_code == 0
    countries = made(place, "country")
    mali = countries.region_ids.index("MLI")
    assert countries.measure("deaths")[mali, :3].tolist() == [7, 7, 0]


def test_a_region_table_gives_the_cells(place):
    ingest(place, "list", ROWS)
    table = place / "cells.csv"
    table.write_text("region_id,region,country\n150830,West,Mali\n1,Nowhere,Niger\n")
    done = call(place, "panel", "--scale", "priogrid", "--regions", str(table), "--json")
    assert done.exit_code == 0, done.stderr
    assert made(place, "priogrid").region_ids == ("1", "150830")


def test_figures_make_a_panel_too(place):
    rows = [
        f"{region},{month},{count}"
        for region in "ab"
        for count, month in enumerate(month_range("2019-01", "2020-12"))
        if (region, month) != ("b", "2020-12")
    ]
    (place / "f.csv").write_text("region_id,month,events\n" + "\n".join(rows) + "\n")
    assert call(place, "ingest", "figures", str(place / "f.csv")).exit_code == 0
    record = json.loads(call(place, "panel", "--scale", "mine", "--json").stdout)
    assert record["statuses"] == {"observed": 47, "not_covered": 1}
    built = made(place, "mine")
    assert built.measure("events")[0].tolist() == list(range(24))
    assert not set(ROW_MEASURES) & set(built.measures)
    absent = build_features(built).absent
    assert absent["actors"].startswith('the panel has no measure "actors"; it is made from event')
    assert {"sites", "simultaneity"} < set(absent)


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--scale", "admin1"], 2, "needs polygons"),
        (["--scale", "priogrid", "--source", "acled"], 2, 'there is no complete source "acled"'),
        (["--scale", "priogrid", "--from", "2020-13"], 2, 'as YYYY-MM, got "2020-13"'),
        (["--scale", "priogrid", "--until", "2019-01"], 1, "expected months from"),
        (["--scale", "priogrid", "--until", "2022-03"], 1, "the last complete month is 2021-12"),
        (["--scale", "priogrid", "--until", "2020-12"], 1, "12 observed months; at least 24"),
        (["--boundaries", "nowhere.geojson"], 1, "no such file"),
    ],
)
def test_what_cannot_be_counted_is_refused_in_one_line(place, words, code, message, capsys):
    ingest(place, "list", ROWS)
    done = run_inside(capsys, "-w", str(place / "w"), "panel", *words)
    assert done.returncode == code, done.stderr
    assert done.stderr.count("\n") == 1
    assert message in done.stderr
    assert not (place / "w" / "panels").exists()


def test_several_complete_sources_must_be_chosen_from(place, capsys):
    ingest(place, "list", ROWS)
    ingest(place, "other", ROWS[:1], source="other")
    done = run_inside(capsys, "-w", str(place / "w"), "panel", "--scale", "priogrid")
    assert done.returncode == 2
    assert "several complete sources (mine, other)" in done.stderr
    assert "--source" in done.stderr
    assert call(place, "panel", "--scale", "priogrid", "--source", "other").exit_code == 0
    assert made(place, "priogrid").measure("events").sum() == 1


def test_a_store_without_a_complete_list_makes_no_panel(place, capsys):
    for words in ([], ["--source", "notable"]):
        done = run_inside(capsys, "-w", str(place / "w"), "panel", "--scale", "priogrid", *words)
        assert done.returncode == 1
        assert "expected a complete list or figures in the store, got neither" in done.stderr
        if not words:
            ingest(place, "notable", ROWS, source="notable", complete=False)


def test_boundaries_and_a_region_table_are_one_too_many(place):
    ingest(place, "list", ROWS)
    squares = str(place / "squares.geojson")
    done = call(place, "panel", "--boundaries", squares, "--regions", squares)
    assert done.exit_code != 0
    assert "not both" in str(done.exception)


def test_the_real_sahel_panel(precise_workspace):
    """308 regions x 384 months; sums by the region's country differ by border events only."""
    boundaries = shared_file("natural_earth_admin1_sahel.geojson")
    done = run(
        *("-w", str(precise_workspace), "panel", "--scale", "admin1", "--json"),
        *("--boundaries", str(boundaries)),
    )
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert (record["regions"], record["months"]) == (308, 384)
    assert record["statuses"] == {"observed": 308 * 384}
    sums = record["reconciliation"]
    sides = ("panel", "unlocated", "outside", "before", "unobserved")
    for measure in ("events", "deaths"):
        assert sums["accepted"][measure] == sum(sums[side][measure] for side in sides)
    assert sums["accepted"]["events"] == 161495
    assert sums["beside_unknown"] == 0

    built = read_panel(precise_workspace / "panels" / "admin1")
    border = pd.read_csv(precise_workspace / "panels" / "admin1" / "border_events.csv")
    status = json.loads(run("-w", str(precise_workspace), "status", "--json").stdout)
    for country in ("Mali", "Burkina Faso", "Niger"):
        own = [t for t in status["totals"] if t["country"] == country]
        rows = (built.regions["country"] == country).to_numpy()
        for measure in ("events", "deaths"):
            counted = int(built.measure(measure)[rows].astype("int64").sum())
            came = int(border.loc[border["region_country"] == country, measure].sum())
            left = int(border.loc[border["country"] == country, measure].sum())
            assert counted == sum(t[measure] for t in own) + came - left, (country, measure)


def test_cells_hit_later_than_asked_are_no_regions(place):
    ingest(place, "early", ["1,2020-01-05,14.5,-5.5,Mali,3", "2,2021-06-05,12.5,-3.5,Mali,1"])
    assert call(place, "panel", "--scale", "priogrid").exit_code == 0
    assert len(made(place, "priogrid").region_ids) == 2
    words = ("panel", "--scale", "priogrid", "--cells-until", "2020-12", "--json")
    assert call(place, *words).exit_code == 0
    assert len(made(place, "priogrid").region_ids) == 1
