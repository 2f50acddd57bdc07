"""Geography through the command line: files of boundaries, changes, places, countries."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from data.months import month_range
from data.schema import DISTANCE_COLUMNS, PLACE_MEASURES
from features.panel import read_panel
from features.table import build_features
from tests.calls import run, run_inside
from tests.forecast.cli.test_commands_data import call
from tests.forecast.cli.test_commands_panel import ROWS, ingest, made, panel, place
from tests.shared import shared_file

__all__ = ["place"]

PLACES = "name,kind,latitude,longitude,since\n"
CHANGES = "kind,old_id,new_id,valid_from,share\n"


def record_of(done):
    assert done.exit_code == 0, done.stderr or done.exception
    return json.loads(done.stdout)


def manifest_of(folder, scale="admin1"):
    return json.loads((folder / "w" / "panels" / scale / "manifest.json").read_text())


def wrote(folder, name, header, *lines):
    (folder / name).write_text(header + "".join(f"{line}\n" for line in lines))
    return str(folder / name)


def test_a_geopackage_with_other_names_makes_the_same_panel(place):
    """A layer out of two, own names of properties, a ring that crosses itself."""
    ingest(place, "list", ROWS)
    panel(place)
    before = made(place)
    file = place / "units.gpkg"
    crossed = shapely.Polygon([(-6, 14), (-4, 14), (-4, 16), (-4, 18), (-4, 16), (-6, 16)])
    shapes = shapely.to_wkb(np.array([crossed, shapely.box(-4, 14, -2, 16)], dtype=object))
    columns = [
        np.array(names, dtype=object)
        for names in (["west", "east"], ["West", "East"], ["432", "Niger"])
    ]
    for layer, append in (("rivers", False), ("units", True)):
        pyogrio.raw.write(
            file,
            shapes,
            columns,
            ["pcode", "label", "gwcode"],
            geometry_type="Polygon",
            crs="EPSG:4326",
            layer=layer,
            append=append,
        )
    names = ("--id", "pcode", "--name", "label", "--country", "gwcode")
    done = call(place, "panel", "--boundaries", str(file), "--layer", "units", *names)
    assert done.exit_code == 0, done.stderr or done.exception
    after = made(place)
    assert after.digest() == before.digest()
    assert after.regions["country"].tolist() == ["Niger", "Mali"]
    assert 'warning: region "west" was repaired' in done.stderr
    (repair,) = manifest_of(place)["repaired"]
    assert repair["region_id"] == "west"
    assert repair["after_km2"] == pytest.approx(repair["before_km2"])


def test_a_region_without_neighbours_is_named(place):
    ingest(place, "list", ROWS)
    squares = json.loads((place / "squares.geojson").read_text())
    corners = squares["features"][1]["geometry"]["coordinates"][0]
    squares["features"][1]["geometry"]["coordinates"][0] = [(x + 1, y) for x, y in corners]
    (place / "squares.geojson").write_text(json.dumps(squares))
    done = panel(place)
    assert "no region borders east, west: the nearest one counts" in done.stderr
    assert manifest_of(place)["isolated"] == ["east", "west"]


def test_distances_by_hand(place):
    ingest(place, "list", ROWS)
    panel(place)
    regions = made(place).regions.set_index("region_id")
    # One degree of longitude at 15 degrees north is 107.4 km; the border lies at 4 degrees west.
    assert regions["border_km"].tolist() == pytest.approx([107.4, 107.4], abs=0.7)
    assert regions.loc["west", "capital_km"] == pytest.approx(415, abs=2)  # Bamako
    table = build_features(made(place))
    for name in DISTANCE_COLUMNS:
        column = table.values[table.names.index(name)]
        np.testing.assert_allclose(column, regions[name].to_numpy()[:, None].repeat(24, 1))


def test_places_by_hand(place):
    """Event 1 and 2 lie at 14.5, -5.5; a base 11 km from them is set up in February."""
    rows = [*ROWS, "7,2020-02-20,14.5,-5.5,Mali,1", "8,2020-02-21,14.9,-5.5,Mali,1"]
    ingest(place, "list", rows)
    file = wrote(
        place,
        "places.csv",
        PLACES,
        "Diabaly,base,14.6,-5.5,2020-02",
        "Mopti,town,14.9,-3.5,",
    )
    panel(place, "--places", file)
    built = made(place)
    assert built.measure("attacks_25km")[:, :3].tolist() == [[0, 0, 0], [0, 1, 0]]
    assert built.measure("attacks_50km")[:, :3].tolist() == [[0, 1, 0], [0, 2, 0]]
    base = built.measure("place_km_base")[:, :3].tolist()
    assert base[1] == [2000, 70, 70]  # from the centre of the square, 15, -5
    assert built.measure("place_km_town")[0, :2].tolist() == [55, 55]
    assert built.measure("place_km")[1, :2].tolist() == [162, 70]
    table = build_features(built)
    assert {"place_km_base", "attacks_25km_sum_12", "attacks_50km_sum_3"} <= set(table.names)
    assert table.absent["location/place_km_road"] == 'the list of places gives no "place_km_road"'
    assert manifest_of(place)["places"]["file"] == "places.csv"


def test_without_a_list_the_features_are_absent_and_named(place):
    ingest(place, "list", ROWS)
    panel(place)
    assert not set(PLACE_MEASURES) & set(made(place).measures)
    assert set(PLACE_MEASURES) < set(manifest_of(place)["absent"])
    reason = build_features(made(place)).absent["location/places"]
    assert reason == "the panel was made without a list of places (--places FILE)"


@pytest.mark.parametrize("precision", ["admin1", "admin2"])
def test_an_event_known_to_its_unit_only_is_not_near_a_place(place, precision):
    ingest(place, "list", ROWS[:1], location_precision=precision)
    ingest(place, "more", ["9,2020-02-05,14.5,-5.5,Mali,3"], "--add", release="2")
    panel(place, "--places", wrote(place, "places.csv", PLACES, "Diabaly,base,14.5,-5.5,"))
    built = made(place)
    assert built.measure("events")[1, :2].tolist() == [1, 1]
    assert built.measure("attacks_25km")[1, :2].tolist() == [0, 1]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("Diabaly,castle,14,-5,", "line 2 column 'kind': must be one of"),
        ("Diabaly,base,94,-5,", "line 2 column 'latitude'"),
        ("Diabaly,base,,-5,", "line 2 column 'latitude': must be given"),
        (",base,14,-5,", "line 2 column 'name'"),
        ("Diabaly,base,14,-5,2020", "line 2 column 'since'"),
        ("Diabaly,base,14,-5,\nDiabaly,base,15,-5,", "line 3 column 'name kind since'"),
    ],
)
def test_a_wrong_place_is_refused(place, capsys, line, says):
    ingest(place, "list", ROWS)
    file = wrote(place, "places.csv", PLACES, line)
    squares = str(place / "squares.geojson")
    done = run_inside(
        capsys, "-w", str(place / "w"), "panel", "--boundaries", squares, "--places", file
    )
    assert done.returncode == 1, done.stderr
    assert f"{file} {says}" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (place / "w" / "panels").exists()


def sums(folder, scale="admin1"):
    built = made(folder, scale)
    return {name: np.nansum(built.measure(name), axis=0) for name in ("events", "deaths")}


def test_case_53_a_region_that_appears_has_no_numbers_before(place):
    ingest(place, "list", ROWS)
    before = record_of(panel(place, "--json"))["reconciliation"]
    file = wrote(place, "changes.csv", CHANGES, "appear,,west,2020-02,", "end,east,,2021-06,")
    record = record_of(panel(place, "--changes", file, "--json"))
    built, sums = made(place), record["reconciliation"]
    assert np.isnan(built.measure("events")[1, 0])
    assert built.measure("events")[1, 1] == 1
    assert np.isnan(built.measure("events")[0, 17:]).all()
    assert record["statuses"] == {"observed": 40, "not_covered": 8}
    assert sums["accepted"] == before["accepted"]
    assert sums["unobserved"] == {"events": 2, "deaths": 7}
    assert sums["panel"]["deaths"] == before["panel"]["deaths"] - 7


@pytest.mark.parametrize(
    ("lines", "ids"),
    [
        (["rename,west,segou,,"], ["east", "segou"]),
        (["split,west,n,2020-03,0.4", "split,west,s,2020-03,0.6"], ["east", "n", "s"]),
        (["split,west,west,2020-03,0.4", "split,west,s,2020-03,0.6"], ["east", "s", "west"]),
    ],
)
def test_case_53_totals_are_kept_when_regions_change(place, lines, ids):
    ingest(place, "list", ROWS)
    panel(place)
    before, west = sums(place), made(place).measure("deaths")[1]
    record = record_of(
        panel(place, "--changes", wrote(place, "changes.csv", CHANGES, *lines), "--json")
    )
    after = made(place)
    assert list(after.region_ids) == ids
    for name, totals in sums(place).items():
        np.testing.assert_array_equal(totals, before[name], name)
    heirs = [row for row, name in enumerate(ids) if name != "east"]
    np.testing.assert_array_equal(after.measure("deaths")[heirs].sum(axis=0), west)
    assert all((m.round() == m)[~np.isnan(m)].all() for m in after.measures.values())
    assert record["statuses"] == {"observed": 24 * len(ids)}
    assert manifest_of(place)["changes"]["file"] == "changes.csv"
    assert np.isfinite(build_features(after).values).any()


def test_merged_regions_are_one_polygon(place):
    squares = (place / "squares.geojson").read_text().replace("Niger", "Mali")
    (place / "squares.geojson").write_text(squares)
    ingest(place, "list", ROWS)
    panel(place)
    before = sums(place)
    lines = ("merge,west,both,2021-01,", "merge,east,both,2021-01,")
    done = panel(place, "--changes", wrote(place, "changes.csv", CHANGES, *lines))
    assert done.exit_code == 0, done.stderr or done.exception
    after = made(place)
    assert after.region_ids == ("both",)
    assert after.regions["longitude"].tolist() == [-4.0]
    assert after.measure("largest_event")[0, :3].tolist() == [4, 6, 0]
    np.testing.assert_array_equal(after.measure("events")[0], before["events"])
    assert "site_repeats" in after.measures


@pytest.mark.parametrize(
    ("scale", "lines", "says"),
    [
        (
            "admin1",
            ["merge,west,x,,", "merge,east,x,,"],
            "regions of Mali and Niger cannot be merged",
        ),
        ("admin1", ["rename,north,x,,"], "hold only part of north, x"),
        ("admin1", ["appear,,north,2020-02,"], 'there is no region "north"'),
        ("priogrid", ["rename,150830,1,,"], "not to events at the scale priogrid"),
    ],
)
def test_changes_that_cannot_be_made_are_refused_by_line(place, capsys, scale, lines, says):
    ingest(place, "list", ROWS)
    file = wrote(place, "changes.csv", CHANGES, *lines)
    words = ("panel", "--scale", scale, "--boundaries", str(place / "squares.geojson"))
    done = run_inside(capsys, "-w", str(place / "w"), *words, "--changes", file)
    assert done.returncode == 1, done.stderr
    assert f"{file} line 2" in done.stderr
    assert says in done.stderr
    assert not (place / "w" / "panels").exists()


def test_figures_are_carried_to_the_regions_of_today(place):
    """Gao is split in 2020; the series of both parts reaches back to 2019."""
    months = month_range("2019-01", "2020-12")
    rows = [f"gao,{m},{n},{7 * n}" for n, m in enumerate(months) if m < "2020-01"]
    rows += [f"{r},{m},1,2" for r in ("gao2", "menaka") for m in months[12:]]
    rows += [f"kidal,{m},3,1" for m in months]
    (place / "f.csv").write_text("region_id,month,events,deaths\n" + "\n".join(rows) + "\n")
    assert call(place, "ingest", "figures", str(place / "f.csv")).exit_code == 0
    lines = ("split,gao,gao2,2020-01,0.65", "split,gao,menaka,2020-01,0.35")
    file = wrote(place, "changes.csv", CHANGES, *lines)
    record = record_of(call(place, "panel", "--scale", "mine", "--changes", file, "--json"))
    assert record["statuses"] == {"observed": 72}
    assert record["reconciliation"]["panel"] == {
        "events": sum(range(12)) + 24 + 72,
        "deaths": 7 * sum(range(12)) + 48 + 24,
    }
    built = made(place, "mine")
    assert built.region_ids == ("gao2", "kidal", "menaka")
    assert built.measure("events")[[0, 2], 11].tolist() == [7, 4]
    assert manifest_of(place, "mine")["carried"] == {"rows": 12, "held_back": {}}


def test_events_without_a_region_are_told_by_country(place):
    ingest(place, "list", [*ROWS, "7,2020-04-01,14.5,-5.5,Mali,2"])
    wide = ["8,2020-04-01,14.5,-5.5,Mali,20", "9,2020-05-01,14.5,-5.5,Niger,5"]
    ingest(place, "wide", wide, "--add", release="2", location_precision="country")
    done = panel(place)
    assert "unlocated by country (events/deaths): Mali 1/20, Niger 1/5" in done.stdout
    assert "outside by country (events/deaths): France 1/9" in done.stdout
    record = record_of(panel(place, "--json"))["reconciliation"]
    assert record["by_country"]["unlocated"] == {
        "Mali": {"events": 1, "deaths": 20},
        "Niger": {"events": 1, "deaths": 5},
    }
    assert record["unlocated"] == {"events": 2, "deaths": 25}


COUNTRIES = "iso3,country,other_names,territories,latitude,longitude\n"


def test_a_users_table_of_countries_is_used_everywhere(place):
    ingest(place, "list", [*ROWS, "7,2020-01-05,14.6,-5.5,Azawad,3"])
    record = record_of(call(place, "panel", "--scale", "country", "--json"))
    assert "Azawad" in json.dumps(record["reconciliation"]["by_country"])
    wrote(place / "w", "countries.csv", COUNTRIES, "AZA,Azawad,,Kidal,16.27,-0.04")
    (place / "w" / "escalation.toml").write_text('[panel]\ncountries = "countries.csv"\n')
    record = record_of(call(place, "panel", "--scale", "country", "--json"))
    assert record["reconciliation"]["by_country"]["outside"] == {}
    built = made(place, "country")
    row = built.region_ids.index("AZA")
    assert built.measure("events")[row, 0] == 1
    assert built.regions["region"].iloc[row] == "Azawad"
    assert manifest_of(place, "country")["countries"]["file"] == "countries.csv"
    (place / "w" / "escalation.toml").unlink()
    record = record_of(call(place, "panel", "--scale", "country", "--json"))
    assert "Azawad" in json.dumps(record["reconciliation"]["by_country"])


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("Mali,Mali,,,,", "line 2 column 'iso3': must be three capital letters"),
        ("AZA,,,,,", "line 2 column 'iso3': a country that the built-in table lacks needs a name"),
        ("AZA,Azawad,,,95,0", "line 2 column 'latitude'"),
        ("AZA,Azawad,,,,\nAZB,Azawad,,,,", 'line 3: the name "azawad" belongs to AZA and to AZB'),
    ],
)
def test_a_wrong_table_of_countries_is_refused(place, capsys, line, says):
    ingest(place, "list", ROWS)
    file = wrote(place / "w", "countries.csv", COUNTRIES, line)
    (place / "w" / "escalation.toml").write_text('[panel]\ncountries = "countries.csv"\n')
    done = run_inside(capsys, "-w", str(place / "w"), "panel", "--scale", "country")
    assert done.returncode == 1, done.stderr
    assert f"{file} {says}" in done.stderr
    assert not (place / "w" / "panels").exists()


@pytest.mark.slow
def test_the_real_sahel_with_places_and_changes(precise_workspace, tmp_path):
    """308 real units: a merge and a split keep each month's totals, distances are plausible."""
    boundaries = shared_file("natural_earth_admin1_sahel.geojson")
    words = ("-w", str(precise_workspace), "panel", "--boundaries", str(boundaries), "--json")
    plain = run(*words, "--scale", "plain")
    assert plain.returncode == 0, plain.stderr
    before = read_panel(precise_workspace / "panels" / "plain")
    mali = before.regions[before.regions["country"] == "Mali"]["region_id"].tolist()
    lines = (
        *(f"merge,{name},{mali[0]},2010-01," for name in mali[:2]),
        *(f"split,{mali[2]},{name},2016-01,0.5" for name in (mali[2], "menaka")),
    )
    changes = wrote(tmp_path, "changes.csv", CHANGES, *lines)
    places = wrote(tmp_path, "places.csv", PLACES, "Mopti,base,14.49,-4.19,2013-01")
    done = run(*words, "--scale", "changed", "--changes", changes, "--places", places)
    assert done.returncode == 0, done.stderr
    after = read_panel(precise_workspace / "panels" / "changed")
    assert len(after.regions) == 308
    assert json.loads(done.stdout)["reconciliation"] == json.loads(plain.stdout)["reconciliation"]
    for name in ("events", "deaths", "deaths_low", "events_state_based"):
        np.testing.assert_array_equal(
            after.measure(name).sum(axis=0, dtype=np.int64),
            before.measure(name).sum(axis=0, dtype=np.int64),
        )
    near = after.measure("attacks_25km")
    heirs = np.isnan(near).all(axis=1)
    assert sorted(np.array(after.region_ids)[heirs]) == sorted(["menaka", mali[2]])
    assert not near[~heirs, : after.position("2012-12") + 1].any()
    assert near[~heirs].sum() > 5
    assert (near <= after.measure("events"))[~heirs].all()
    regions = before.regions.set_index("region")
    assert regions.loc["Bamako", "capital_km"] < 15
    assert regions.loc["Timbuktu", "capital_km"] == pytest.approx(948, abs=10)
    assert before.regions["border_km"].between(0, 1200).all()  # to known borders only
    assert (
        pd.read_parquet(precise_workspace / "panels" / "plain" / "regions.parquet")[
            list(DISTANCE_COLUMNS)
        ]
        .notna()
        .all(axis=None)
    )
