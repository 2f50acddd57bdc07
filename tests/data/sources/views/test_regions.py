from __future__ import annotations

import math

import pytest

from data.errors import SourceError
from data.sources.views.regions import NEAREST, challenge_regions

COUNTRIES = ("1,Guyana", "2,Suriname", "10,Chile", "7,Argentina", "14,Uruguay", "12,Paraguay")


def listed(tmp_path, *rows):
    path = tmp_path / "country_list.csv"
    path.write_text("country_id,name\n" + "".join(f"{row}\n" for row in rows))
    return path


def test_ids_are_text_and_numbers_in_one_order(tmp_path):
    regions, numbers = challenge_regions(listed(tmp_path, *COUNTRIES))
    assert regions["region_id"].tolist() == ["1", "10", "12", "14", "2", "7"]
    assert numbers.tolist() == [1, 10, 12, 14, 2, 7]
    assert regions["region"].tolist()[:2] == ["Guyana", "Chile"]


def kilometres(one, other):
    """Great-circle distance by the spherical law of cosines, in a plain way."""
    y1, x1, y2, x2 = map(math.radians, (*one, *other))
    cosine = math.sin(y1) * math.sin(y2) + math.cos(y1) * math.cos(y2) * math.cos(x1 - x2)
    return 6371 * math.acos(min(1.0, cosine))


def test_neighbours_are_the_nearest_capitals_both_ways(tmp_path):
    names = ("Fiji", "Samoa", "Tonga", "Mali", "Niger", "Senegal", "Guinea", "Chad", "Japan")
    rows = [f"{number},{name}" for number, name in enumerate(names, 1)]
    regions, _ = challenge_regions(listed(tmp_path, *rows))
    places = dict(
        zip(regions.region_id, zip(regions.latitude, regions.longitude, strict=True), strict=True)
    )
    nearest = {
        region: sorted(set(places) - {region}, key=lambda o: kilometres(places[region], places[o]))
        for region in places
    }
    for region, joined in zip(regions["region_id"], regions["neighbours"], strict=True):
        near = set(nearest[region][:NEAREST])
        seen_from = {other for other in places if region in nearest[other][:NEAREST]}
        assert set(joined.split(";")) == near | seen_from


def test_a_place_that_is_not_in_the_country_table_stays_without_a_point(tmp_path):
    regions, _ = challenge_regions(listed(tmp_path, *COUNTRIES, "300,Atlantis"))
    atlantis = regions.set_index("region_id").loc["300"]
    assert (atlantis["country"], atlantis["neighbours"]) == ("Atlantis", "")
    assert atlantis[["latitude", "longitude"]].isna().all()


@pytest.mark.parametrize(
    ("row", "message"),
    [("1,Again", "a country_id stands twice"), ("x,Nowhere", 'expected a whole number, got "x"')],
)
def test_bad_ids_are_refused(tmp_path, row, message):
    with pytest.raises(SourceError, match=message):
        challenge_regions(listed(tmp_path, *COUNTRIES, row))
