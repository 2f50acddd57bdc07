"""Where the command line counts events: near regions and far, on the date line, on odd files."""

import json

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.forecast.cli.test_commands_panel import ingest, made, panel


def ring(west, south, east, north):
    return [(west, south), (east, south), (east, north), (west, north), (west, south)]


def feature(region_id, geometry, *, country="Mali", **more):
    return {
        "type": "Feature",
        "properties": {"_id": region_id, "name": f"N{region_id}", "admin": country, **more},
        "geometry": geometry,
    }


def box(*corners):
    return {"type": "Polygon", "coordinates": [ring(*corners)]}


def draw(folder, *features):
    collection = {"type": "FeatureCollection", "features": list(features)}
    (folder / "squares.geojson").write_text(json.dumps(collection))


def counted(folder, *more):
    """Make the panel; return events and deaths by region."""
    done = panel(folder, *more)
    assert done.exit_code == 0, done.stderr
    table = made(folder)
    sums = zip(
        table.region_ids,
        table.measure("events").sum(axis=1).astype(int),
        table.measure("deaths").sum(axis=1).astype(int),
        strict=True,
    )
    return done, {region: (int(events), int(deaths)) for region, events, deaths in sums}


@pytest.fixture
def place(tmp_path):
    (tmp_path / "w").mkdir()
    return tmp_path


WEST, EAST = box(0, 10, 1, 11), box(1, 10, 2, 11)
FAR = [
    "k,2020-01-05,10.5,0.5,Mali,3",
    "beside,2020-02-05,11.02,1.5,Mali,1",
    "swapped,2020-02-06,1.5,10.5,Mali,200",
    "paris,2020-02-07,48.85,2.35,Mali,400",
    "equator,2020-02-08,0,0.1,Mali,800",
]


def test_only_events_near_a_region_are_moved_into_it(place):
    draw(place, feature("a", WEST), feature("b", EAST))
    ingest(place, "list", FAR)
    done, sums = counted(place)
    assert sums == {"a": (1, 3), "b": (1, 1)}
    assert "nearest region of their country: 1, listed in moved_events.csv" in done.stdout
    assert "farthest: beside 2.2 km to b" in done.stdout
    assert "Mali: 3 of 5 events lie outside all regions" in done.stderr
    folder = place / "w" / "panels" / "admin1"
    moved = pd.read_csv(folder / "moved_events.csv")
    assert moved[["event_id", "region_id", "km"]].to_numpy().tolist() == [["beside", "b", 2.2]]
    outside = pd.read_csv(folder / "outside_events.csv")
    assert outside["event_id"].tolist() == ["paris", "swapped", "equator"]


def test_how_far_an_event_may_be_moved_is_a_setting(place):
    draw(place, feature("a", WEST), feature("b", EAST))
    ingest(place, "list", FAR)
    settings_file = place / "w" / "escalation.toml"
    for km, inside in ((1, 0), (3, 1), (1500, 3)):
        settings_file.write_text(f"[panel]\nnearest_km = {km}\n")
        _, sums = counted(place)
        assert sum(events for events, _ in sums.values()) == 1 + inside
    settings_file.write_text("[panel]\nnearest_km = -1\n")
    done = panel(place)
    assert (done.exit_code, "nearest_km" in str(done.exception)) == (1, True)


# Two regions of Fiji that meet at 179 degrees east; the eastern one crosses the date line.
DATE_LINE = [box(177, -18, 179, -16), box(179, -18, 181, -16)]
FIJI = [
    "1,2020-01-05,-17,179.5,Fiji,1",
    "2,2020-02-05,-17,-179.5,Fiji,2",
    "3,2020-03-05,-17,178,Fiji,4",
    "4,2020-03-06,-17,0,Fiji,8",
]


def turned(geometry, degrees):
    rings = [[(x + degrees, y) for x, y in ring] for ring in geometry["coordinates"]]
    return {"type": "Polygon", "coordinates": rings}


def westward(geometry):
    """Longitudes beyond 180 as most files write them: below -180 + 2."""
    rings = [[(x - 360 if x > 180 else x, y) for x, y in ring] for ring in geometry["coordinates"]]
    return {"type": "Polygon", "coordinates": rings}


@pytest.mark.parametrize(
    "change",
    [
        lambda shape: shape,
        westward,
        lambda shape: turned(shape, 360),
        lambda shape: turned(shape, -360),
    ],
    ids=["beyond 180", "crossing", "a turn east", "a turn west"],
)
def test_a_region_across_the_date_line_is_whole(place, change):
    draw(
        place,
        *(feature(n, change(s), country="Fiji") for n, s in zip("ab", DATE_LINE, strict=True)),
    )
    ingest(place, "list", FIJI)
    _, sums = counted(place)
    assert sums == {"a": (1, 4), "b": (2, 3)}
    regions = pd.read_parquet(place / "w" / "panels" / "admin1" / "regions.parquet")
    assert regions["area_km2"].round(-1).tolist() == [47140, 47140]
    assert regions["longitude"].abs().tolist() == [178, 180]
    assert regions["neighbours"].tolist() == ["b", "a"]


def test_regions_on_both_sides_of_the_date_line_are_neighbours(place):
    squares = [box(178, -18, 180, -16), box(-180, -18, -178, -16), box(-170, -18, -168, -16)]
    draw(place, *(feature(n, s, country="Fiji") for n, s in zip("abc", squares, strict=True)))
    ingest(place, "list", ["1,2020-01-05,-15.9,-179.99,Fiji,1"])
    _, sums = counted(place)
    assert sums == {"a": (0, 0), "b": (1, 1), "c": (0, 0)}
    regions = pd.read_parquet(place / "w" / "panels" / "admin1" / "regions.parquet")
    assert regions["neighbours"].tolist() == ["b", "a;c", "b"]


def test_the_nearest_region_may_lie_across_the_date_line(place):
    draw(place, feature("a", box(178, -18, 180, -16), country="Fiji"))
    ingest(place, "list", ["1,2020-01-05,-17,-179.9,Fiji,1"])
    done, sums = counted(place)
    assert sums == {"a": (1, 1)}
    assert "1 10.6 km to a" in done.stdout


@pytest.mark.parametrize(
    "other",
    [box(0.2, 10.2, 0.8, 10.8), box(0, 10, 1, 11), box(-1, 9, 3, 12), box(0.4, 10, 1.4, 11)],
    ids=["inside", "doubled", "around", "another vintage"],
)
def test_regions_on_the_same_ground_are_refused(place, other):
    draw(place, feature("a", WEST), feature("inner", other))
    ingest(place, "list", FAR[:1])
    done = panel(place)
    assert done.exit_code == 1
    assert "got regions on the same ground: a and inner share" in str(done.exception)
    assert not (place / "w" / "panels" / "admin1").exists()


def test_a_smaller_overlap_is_named_with_its_area_and_a_sliver_is_not(place):
    draw(place, feature("a", WEST), feature("b", box(0.8, 10, 2, 11)))
    ingest(place, "list", FAR[:1])
    done, _ = counted(place)
    assert "regions overlap" in done.stderr
    assert "a and b share 2,422 km2, 20 % of the smaller" in done.stderr
    draw(place, feature("a", WEST), feature("b", box(0.995, 10, 2, 11)))
    assert "overlap" not in counted(place)[0].stderr


def test_two_regions_of_one_name_are_named(place):
    draw(place, feature("a", WEST, name="Gao"), feature("b", EAST, name="Gao"))
    ingest(place, "list", FAR[:1])
    assert 'regions a, b of Mali have one name, "Gao"' in counted(place)[0].stderr


def test_odd_features_are_repaired_or_left_out_by_name(place):
    open_ring = {"type": "Polygon", "coordinates": [ring(0, 10, 1, 11)[:-1]]}
    collection = {
        "type": "GeometryCollection",
        "geometries": [EAST, {"type": "Point", "coordinates": [1.5, 10.5]}],
    }
    empty = {"type": "Polygon", "coordinates": []}
    point = {"type": "Point", "coordinates": [5, 5]}
    draw(
        place,
        feature("a", open_ring),
        feature("b", collection),
        feature("c", None),
        feature("d", empty),
        feature("e", point),
    )
    ingest(place, "list", [FAR[0], "2,2020-01-06,10.5,1.5,Mali,5"])
    done, sums = counted(place)
    assert sums == {"a": (1, 3), "b": (1, 5)}
    for left_out in ('3 (region "c"): no shape', '4 (region "d")', '5 (region "e"): a Point'):
        assert left_out in done.stderr


@pytest.mark.parametrize("given", [101.0, 101, "101", " 101 "])
def test_a_whole_number_is_an_id_without_decimals(place, given):
    draw(place, feature(given, WEST))
    ingest(place, "list", FAR[:1])
    assert counted(place)[1] == {"101": (1, 3)}


def test_an_id_beside_the_properties_is_taken(place):
    own = feature("x", WEST)
    del own["properties"]["_id"]
    draw(place, {**own, "id": 7})
    ingest(place, "list", FAR[:1])
    assert counted(place, "--id", "id")[1] == {"7": (1, 3)}


def test_a_region_without_a_name_is_called_by_its_id(place):
    draw(
        place,
        feature("a", WEST, name=None),
        feature("b", EAST, name=" "),
        feature("c", box(2, 10, 3, 11)),
    )
    ingest(place, "list", FAR[:1])
    counted(place)
    regions = pd.read_parquet(place / "w" / "panels" / "admin1" / "regions.parquet")
    assert regions["region"].tolist() == ["a", "b", "Nc"]


@pytest.mark.parametrize(
    ("corners", "inside"),
    [((179, -17, 180.00004, -16), True), ((-180.0004, -17, -179, -16), False)],
)
def test_rounding_beyond_the_date_line_is_rounding(place, corners, inside):
    draw(place, feature("a", box(*corners), country="Fiji"))
    ingest(place, "list", ["1,2020-01-05,-16.5,179.5,Fiji,1"])
    _, sums = counted(place, "--json")
    assert sums["a"][0] == int(inside)
    regions = pd.read_parquet(place / "w" / "panels" / "admin1" / "regions.parquet")
    assert regions["area_km2"].round(-2).tolist() == [11800]


def test_metres_are_still_no_degrees(place):
    draw(place, feature("a", box(200_000, 1_000_000, 300_000, 2_000_000)))
    ingest(place, "list", FAR[:1])
    done = panel(place)
    assert done.exit_code == 1
    assert 'expected degrees (EPSG:4326) in region "a"' in str(done.exception)


@settings(max_examples=6, deadline=None)
@given(
    order=st.permutations(range(4)),
    turns=st.lists(st.sampled_from([-360, 0, 360]), min_size=4, max_size=4),
)
def test_order_and_turns_of_the_polygons_change_nothing(tmp_path_factory, order, turns):
    place = tmp_path_factory.mktemp("turns")
    (place / "w").mkdir()
    shapes = [box(x, 10, x + 1, 11) for x in range(-2, 2)]
    features = [feature(str(n), turned(shapes[n], turns[n])) for n in order]
    draw(place, *features)
    rows = [f"{n},2020-01-05,10.5,{n - 1.5},Mali,{n}" for n in range(4)]
    ingest(place, "list", rows)
    _, sums = counted(place)
    assert sums == {str(n): (1, n) for n in range(4)}
