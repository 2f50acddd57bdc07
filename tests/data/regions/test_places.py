"""Measures of sensitive places: by hand, against a plain loop, and never from a later month."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.counting.counting import count_events
from data.counting.place_measures import FARTHEST_KM, place_distances
from data.months import month_number, month_range
from data.reading import Coverage
from data.regions.location import PolygonLocator, usable
from data.regions.places import Places, read_places
from data.schema import NEAR_PLACES, PLACE_KINDS, PLACE_MEASURES
from tests.data.geography import at, frame_of, square_field

MONTHS = month_range("2018-01", "2020-12")
COVERED = Coverage(complete=True, first="2018-01", last="2020-12")
EVER = 12 * 10_000


def km(latitude, longitude, other_latitude, other_longitude):
    """Return the haversine, kilometre by kilometre."""
    north, east, far, away = np.radians([latitude, longitude, other_latitude, other_longitude])
    half = np.sin((far - north) / 2) ** 2
    half += np.cos(north) * np.cos(far) * np.sin((away - east) / 2) ** 2
    return 2 * 6371.0088 * np.arcsin(np.sqrt(half))


def made_up(rng, count=8):
    first = month_number(MONTHS[0])
    since = first + rng.integers(-5, 30, count)
    return Places(
        names=np.array([f"p{n}" for n in range(count)], dtype=object),
        kinds=rng.choice(np.array(PLACE_KINDS[:3], dtype=object), count),
        latitude=rng.uniform(0, 1, count),
        longitude=rng.uniform(0, 3, count),
        since=since,
        until=np.where(rng.random(count) < 0.5, since + rng.integers(0, 20, count), EVER),
    )


def events_of(rng, count=60):
    rows = [
        at(
            str(n),
            float(rng.uniform(0.01, 0.99)),
            float(rng.uniform(0.01, 2.99)),
            country="Mali",
            location_precision=str(rng.choice(["exact", "near", "admin2", "admin1", "country"])),
            **dict.fromkeys(
                ("date_start", "date_end"),
                pd.Timestamp("2018-01-01") + pd.Timedelta(int(rng.integers(0, 1090)), "D"),
            ),
        )
        for n in range(count)
    ]
    return frame_of(*rows)


def counted(tmp_path, events, places):
    locator = PolygonLocator(square_field(tmp_path), "admin1")
    return count_events(events, [COVERED], locator, places=places)


@pytest.mark.parametrize("seed", range(6))
def test_every_measure_equals_a_plain_loop(tmp_path, seed):
    rng = np.random.default_rng(seed)
    places, events = made_up(rng), events_of(rng)
    counts = counted(tmp_path, events, places)
    standing = [
        [p for p in range(8) if places.since[p] <= month_number(m) <= places.until[p]]
        for m in MONTHS
    ]
    slow = {name: np.zeros((3, len(MONTHS))) for name in NEAR_PLACES}
    for row in events[usable(events, "priogrid")].to_dict("records"):
        month = MONTHS.index(f"{row['date_start']:%Y-%m}")
        away = min(
            (
                km(row["latitude"], row["longitude"], places.latitude[p], places.longitude[p])
                for p in standing[month]
            ),
            default=np.inf,
        )
        for name, reach in NEAR_PLACES.items():
            slow[name][int(row["longitude"]), month] += away <= reach
    for name, values in slow.items():
        np.testing.assert_array_equal(counts.measures[name], values, name)
    for kind in PLACE_KINDS[:3]:
        for region, month in np.ndindex(3, len(MONTHS)):
            own = [p for p in standing[month] if places.kinds[p] == kind]
            far = [km(0.5, region + 0.5, places.latitude[p], places.longitude[p]) for p in own]
            nearest = min((*np.rint(far), FARTHEST_KM))
            if (places.kinds == kind).any():
                assert counts.measures[f"place_km_{kind}"][region, month] == nearest
    assert set(counts.measures) & set(PLACE_MEASURES) >= {*NEAR_PLACES, "place_km"}


@pytest.mark.parametrize("last", ["2018-06", "2019-03", "2020-01"])
def test_no_measure_reads_a_later_event_or_a_later_place(tmp_path, last):
    rng = np.random.default_rng(11)
    places, events = made_up(rng, 20), events_of(rng, 200)
    early = events[events["date_start"] < pd.Timestamp(last) + pd.offsets.MonthBegin(1)]
    known = places.since <= month_number(last)
    assert not known.all()
    fewer = Places(*(getattr(places, name)[known] for name in Places.__dataclass_fields__))
    whole = counted(tmp_path, events, places)
    cut = counted(tmp_path, early.reset_index(drop=True), fewer)
    stop = MONTHS.index(last) + 1
    for name in set(PLACE_MEASURES) & set(cut.measures):
        np.testing.assert_array_equal(
            cut.measures[name][:, :stop], whole.measures[name][:, :stop], name
        )


def test_an_attack_of_several_months_counts_in_its_first(tmp_path):
    days = {"date_start": pd.Timestamp("2018-01-20"), "date_end": pd.Timestamp("2018-03-05")}
    places = made_up(np.random.default_rng(0))
    places = Places(**{**vars(places), "since": 0 * places.since, "until": 0 * places.until + EVER})
    events = frame_of(at("1", places.latitude[0], places.longitude[0], **days))
    near = counted(tmp_path, events, places).measures["attacks_25km"]
    assert near.sum(axis=0)[:4].tolist() == [1, 0, 0, 0]


def test_without_a_point_no_attack_is_told_to_be_far(tmp_path):
    events = frame_of(at("1", 0.5, 0.5, location_precision="admin1"))
    counts = counted(tmp_path, events, made_up(np.random.default_rng(0)))
    assert "place_km" in counts.measures
    assert not set(NEAR_PLACES) & set(counts.measures)


def test_a_region_without_a_centre_has_no_distance():
    regions = pd.DataFrame({"latitude": [0.5, np.nan], "longitude": [0.5, 0.5]})
    places, observed = made_up(np.random.default_rng(0)), np.ones((2, len(MONTHS)), dtype=bool)
    found = place_distances(places, regions, MONTHS, observed)["place_km"]
    assert np.isfinite(found[0]).all()
    assert np.isnan(found[1]).all()


def test_a_list_reads_back(tmp_path):
    path = tmp_path / "places.csv"
    path.write_text(
        "kind,name,longitude,latitude,until,note\nbase,Eknewane,3.2,15.9,2024-12,x\n"
        "town,Gao,-0.04,16.27,,\nbase,Eknewane,3.2,15.9,2024-12,x\n"
    )
    places = read_places(path)
    assert places.names.tolist() == ["Eknewane", "Gao"]
    assert places.kinds.tolist() == ["base", "town"]
    assert places.latitude.tolist() == [15.9, 16.27]
    assert places.since.tolist() == [0, 0]
    assert places.until.tolist() == [month_number("2024-12"), EVER]
