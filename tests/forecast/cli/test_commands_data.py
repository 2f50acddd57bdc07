"""The data commands as a user calls them, on files as they come."""

import gzip
import json
import shutil

import pandas as pd
import pytest
from click.testing import CliRunner

from data.workspace import PanelSettings, Settings, Workspace
from forecast.cli.main import escalation
from tests.calls import run, run_inside
from tests.conftest import PRECISE
from tests.shared import ROOT, shared_file

MAP = """
source = "mine"
release = "1"
[columns]
event_id = "id"
latitude = "lat"
longitude = "lon"
country = "country"
deaths_best = "deaths"
[constants]
kind = "state-based"
location_precision = "near"
[date]
column = "day"
[deaths]
may_be_unknown = true
[coverage]
complete = true
from = "2020-01"
through = "2020-12"
"""
HEADER = "id,day,lat,lon,country,deaths\n"
GOOD = "1,2020-03-01,14.5,-4.2,Mali,3\n2,2020-04-01,13.5,2.1,Niger,\n"


@pytest.fixture
def place(tmp_path):
    """Return a folder with a map, a list and a workspace that holds one earlier ingest."""
    (tmp_path / "map.toml").write_text(MAP)
    (tmp_path / "first.csv").write_text(HEADER + "0,2020-01-05,14.5,-4.2,Mali,1\n")
    (tmp_path / "w").mkdir()
    assert ingest(tmp_path, "first.csv").exit_code == 0
    return tmp_path


def call(folder, *words):
    return CliRunner().invoke(escalation, ["--workspace", str(folder / "w"), *words])


def ingest(folder, name, *more):
    return call(
        folder, "ingest", "csv", str(folder / name), "--map", str(folder / "map.toml"), *more
    )


def stored(folder, workspace="w"):
    """Return every file of a store with its bytes."""
    store = folder / workspace / "store"
    return {p.relative_to(store): p.read_bytes() for p in store.rglob("*") if p.is_file()}


def test_init_writes_the_defaults_and_never_overwrites(tmp_path):
    done = call(tmp_path, "init")
    assert done.exit_code == 0
    assert done.stdout == f"wrote {tmp_path / 'w' / 'escalation.toml'}\n"
    workspace = Workspace(tmp_path / "w")
    assert workspace.settings() == Settings()
    text = (tmp_path / "w" / "escalation.toml").read_text()
    again = run("--workspace", str(tmp_path / "w"), "init")
    assert again.returncode == 2
    assert "exists already" in again.stderr
    assert (tmp_path / "w" / "escalation.toml").read_text() == text


def test_every_commented_setting_is_one_that_is_understood(tmp_path):
    call(tmp_path, "init")
    path = tmp_path / "w" / "escalation.toml"
    lines = path.read_text().splitlines()
    settings = [line.removeprefix("# ") for line in lines if " = " in line or line.startswith("[")]
    path.write_text("\n".join(settings))
    read = Workspace(tmp_path / "w").settings()
    assert read.forecast == Settings().forecast
    assert read.target == Settings().target
    with_defaults = ("scale", "id", "name", "country")
    assert all(getattr(read.panel, key) == getattr(PanelSettings(), key) for key in with_defaults)
    named = {line.split(" = ")[0] for line in settings if " = " in line}
    assert named == {
        *(
            "scale",
            "boundaries",
            "layer",
            "changes",
            "places",
            "nearest_km",
            "most_outside",
            "countries",
            "regions",
            "folder",
            "id",
            "name",
            "country",
            "source",
            "from",
        ),
        *("ingest", "map", "model", "formats"),
        "cells_until",
        *("names", "horizons", "draws", "seed", "levels", "uri"),
    }


def test_ingest_says_what_became_of_the_rows(place):
    (place / "list.csv").write_text(HEADER + GOOD + "2,2020-04-01,13.5,2.1,Niger,\n")
    done = ingest(place, "list.csv", "--replace")
    assert done.exit_code == 0, done.stderr
    assert (
        "3 read, 2 accepted, 0 quarantined, 1 duplicate, 0 revised, 2 new, 0 unchanged"
        in done.stdout
    )
    assert "2 events, 3 deaths (1 rows of unknown toll), 2020-03-01 to 2020-04-01" in done.stdout
    assert "complete through 2020-12" in done.stdout


def test_ingest_json_is_for_machines(place):
    (place / "list.csv").write_text(HEADER + GOOD)
    done = ingest(place, "list.csv", "--replace", "--json")
    (record,) = json.loads(done.stdout)["ingests"]
    expected = {
        "file": "list.csv",
        "source": "mine",
        "read": 2,
        "accepted": 2,
        "quarantined": 0,
        "duplicate": 0,
        "revised": 0,
        "new": 2,
        "unchanged": 0,
        "deaths": 3,
        "repeated": False,
    }
    assert expected.items() <= record.items()


def test_the_same_file_twice_changes_nothing_and_says_so(place):
    before = stored(place)
    done = ingest(place, "first.csv")
    assert done.exit_code == 0
    assert "nothing changed: the store already holds this file" in done.stdout
    assert "0 revised, 0 new, 1 unchanged" in done.stdout
    assert stored(place) == before


def test_bad_rows_are_quarantined_shown_and_listed(place):
    bad = [
        "b1,2020-02-31,14.5,-4.2,Mali,1",
        "b2,2020-03-01,14.5,-4.2,Mali,-3",
        "b3,2020-03-01,14.5,-4.2,Mali,2.5",
        "b4,2020-03-01,95,-4.2,Mali,1",
    ]
    good = [f"g{i},2020-05-01,14.5,-4.2,Mali,1" for i in range(12)]
    (place / "list.csv").write_text(HEADER + "\n".join([*good, *bad]) + "\n")
    done = ingest(place, "list.csv", "--limit", "0.3", "--replace", "--json")
    assert done.exit_code == 0, done.stderr
    (record,) = json.loads(done.stdout)["ingests"]
    assert (record["read"], record["accepted"], record["quarantined"]) == (16, 12, 4)
    listed = pd.read_csv(f"{record['snapshot']}/quarantine.csv", dtype=str)
    faults = dict(zip(listed["line"], listed["value"], strict=True))
    assert faults == {"14": "2020-02-31", "15": "-3", "16": "2.5", "17": "95"}
    assert "quarantined: list.csv line 14: day: " in done.stderr
    assert f"listed in {record['snapshot']}/quarantine.csv" in done.stderr


def test_over_the_limit_the_whole_input_is_refused(place, capsys):
    before = stored(place)
    (place / "list.csv").write_text(HEADER + GOOD + "3,2020-02-31,14.5,-4.2,Mali,1\n")
    done = run_inside(
        capsys,
        "-w",
        str(place / "w"),
        "ingest",
        "csv",
        str(place / "list.csv"),
        "--map",
        str(place / "map.toml"),
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "list.csv" in done.stderr
    assert "line 4" in done.stderr
    assert stored(place) == before


ROWS = (HEADER + GOOD).encode()
REFUSED = {
    "missing column": (ROWS.replace(b"lat,", b"latt,"), "lat"),
    "empty": (b"", "empty"),
    "header only": (HEADER.encode(), "no "),
    "not a CSV": (b"PK\x03\x04" + bytes(200), ""),
    "binary": (bytes(range(256)) * 4, ""),
    "latin-1": (ROWS.replace(b"Mali", "C\u00f4te".encode("latin-1")), "--encoding"),
    "UTF-16": (ROWS.decode().encode("utf-16"), "--encoding"),
    "extra field in every row": (
        ROWS.replace(b"\n1,", b"\nx,1,").replace(b"\n2,", b"\nx,2,"),
        "line 2",
    ),
    "semicolons": (ROWS.replace(b",", b";"), ";"),
    "same id, other content": (ROWS + b"1,2020-03-01,14.5,-4.2,Mali,4\n", "line"),
    "unclosed quote": (ROWS.replace(b"Niger", b'"Niger'), "line"),
    "header named twice": (ROWS.replace(b"country,deaths", b"lat,deaths"), "lat"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_wrong_file_is_one_line_and_leaves_the_store_alone(place, case, capsys):
    content, word = REFUSED[case]
    before = stored(place)
    (place / "list.csv").write_bytes(content)
    done = run_inside(
        capsys,
        "-w",
        str(place / "w"),
        "ingest",
        "csv",
        str(place / "list.csv"),
        "--map",
        str(place / "map.toml"),
    )
    assert done.returncode == 1, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert "list.csv" in done.stderr
    assert word in done.stderr
    assert stored(place) == before


@pytest.mark.parametrize("cut", [20, 60, -9, -1])
def test_a_truncated_gzip_is_refused(place, cut, capsys):
    before = stored(place)
    (place / "list.csv.gz").write_bytes(gzip.compress(ROWS)[:cut])
    done = run_inside(
        capsys,
        "-w",
        str(place / "w"),
        "ingest",
        "csv",
        str(place / "list.csv.gz"),
        "--map",
        str(place / "map.toml"),
    )
    assert done.returncode == 1, done.stderr
    assert done.stderr.count("\n") == 1
    assert "list.csv.gz" in done.stderr
    assert stored(place) == before


def test_of_several_files_all_are_kept_or_none(tmp_path, capsys):
    (tmp_path / "w").mkdir()
    good = tmp_path / "GEDEvent_v23_0_10.csv"
    shutil.copyfile(shared_file("ucdp_candidate_23_0_10.csv"), good)
    bad = tmp_path / "GEDEvent_v23_0_11.csv"
    bad.write_bytes(good.read_bytes().replace(b"best", b"bset", 1))
    done = run_inside(capsys, "-w", str(tmp_path / "w"), "ingest", "ucdp", str(good), str(bad))
    assert done.returncode == 1
    assert "GEDEvent_v23_0_11.csv" in done.stderr
    assert not (tmp_path / "w" / "store").exists()


def test_a_missing_file_is_named(place, capsys):
    done = run_inside(capsys, "-w", str(place / "w"), "ingest", "ucdp", "nowhere.csv")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "nowhere.csv" in done.stderr


def test_status_of_an_empty_workspace(tmp_path):
    (tmp_path / "w").mkdir()
    done = call(tmp_path, "status")
    assert done.exit_code == 0
    assert "the store is empty" in done.stdout
    assert json.loads(call(tmp_path, "status", "--json").stdout)["sources"] == []


def test_status_is_readable_and_shows_unknown_tolls(place):
    (place / "list.csv").write_text(HEADER + GOOD)
    ingest(place, "list.csv", "--replace")
    lines = call(place, "status").stdout.splitlines()
    assert lines[0] == "last complete month: 2020-12"
    assert "coverage of mine: 2020-01 to 2020-12, the world" in lines
    assert [line.split() for line in lines if line.startswith(("Mali", "Niger"))] == [
        ["Mali", "1", "/", "3"],
        ["Niger", "1", "/", "?"],
    ]


# Events and best deaths a year by the event's own country, as the data's README states them.
KNOWN = {
    "Mali": {
        2012: (34, 296),
        2013: (72, 748),
        2017: (100, 531),
        2018: (183, 1048),
        2019: (149, 1072),
        2020: (156, 1167),
    },
    "Burkina Faso": {
        2016: (2, 26),
        2017: (19, 40),
        2018: (58, 176),
        2019: (184, 1036),
        2020: (129, 971),
    },
    "Niger": {2015: (36, 450), 2018: (21, 173), 2019: (62, 369), 2020: (45, 548)},
}
NIGERIA = {
    2014: (552, 10334),
    2015: (499, 8960),
    2016: (417, 3890),
    2017: (497, 3565),
    2018: (525, 3202),
    2019: (509, 2437),
}


def yearly(status, country):
    return {
        total["year"]: (total["events"], total["deaths"])
        for total in status["totals"]
        if total["country"] == country
    }


def test_the_real_totals_come_out_exactly(precise_workspace):
    real = precise_workspace
    status = json.loads(run("-w", str(real), "status", "--json").stdout)
    for country, years in KNOWN.items():
        assert years.items() <= yearly(status, country).items()
    (source,) = status["sources"]
    assert (source["events"], source["quarantined"]) == (161495, 0)
    assert (source["first_month"], source["last_month"]) == ("1989-01", "2020-12")
    assert status["last_complete_month"] == "2020-12"
    world, sahel = source["coverage"]
    assert (world["last"], world["countries"]) == ("2018-12", [])
    assert (sahel["first"], sahel["last"], len(sahel["countries"])) == ("2019-01", "2020-12", 15)


def test_the_nigeria_file_has_its_totals(tmp_path):
    done = run(
        "-w", str(tmp_path), "ingest", "ucdp", str(shared_file("hdx_ucdp_ged201_nigeria.csv"))
    )
    assert done.returncode == 0, done.stderr
    status = json.loads(run("-w", str(tmp_path), "status", "--json").stdout)
    assert NIGERIA.items() <= yearly(status, "Nigeria").items()
    assert status["sources"][0]["rows"] == 4603


def test_a_real_file_ingested_again_changes_nothing(precise_workspace):
    real = precise_workspace
    name = "ucdp_ged211_precise_sahel_2019_2020.csv.gz"
    before = stored(real, ".")
    event_map = ROOT / "data" / "samples" / PRECISE[name]
    done = run("-w", str(real), "ingest", "csv", str(shared_file(name)), "--map", str(event_map))
    assert done.returncode == 0
    assert "0 revised, 0 new, 2,301 unchanged" in done.stdout
    assert stored(real, ".") == before
