"""A user's table of countries over the project's own."""

from __future__ import annotations

import pytest

from data.regions.countries import countries, country_key, country_of, country_of_views
from data.regions.country_table import own_table, with_user_table
from data.workspace import COUNTRIES_VARIABLE
from tests.shared import shared_file

HEADER = "iso3,gw,views,country,other_names,territories,since,latitude,longitude\n"


@pytest.fixture
def known(tmp_path, monkeypatch):
    path = tmp_path / "countries.csv"
    path.write_text(
        HEADER
        + "ESH,,,Western Sahara,Sahrawi Republic,,1976-02,27.15,-13.2\n"
        + "MLI,,,,Republic of Mali;Mali (Bamako),,,13.0,\n"
    )
    monkeypatch.setenv(COUNTRIES_VARIABLE, str(path))
    return path


def test_a_new_country_takes_its_territory_from_another(known):
    assert country_key("Sahrawi republic") == country_key("ESH") == "ESH"
    assert country_key("Western Sahara") == "ESH"
    assert country_of("ESH").since == "1976-02"
    assert len(countries()) == 196


def test_of_a_known_country_an_empty_cell_leaves_what_is_known(known):
    mali = country_of("Mali (Bamako)")
    assert (mali.iso3, mali.gw, mali.views, mali.country) == ("MLI", 432, 50, "Mali")
    assert mali.latitude == 13.0
    assert mali.longitude == next(c for c in own_table() if c.iso3 == "MLI").longitude


def test_without_the_table_all_is_as_before(known, monkeypatch):
    monkeypatch.delenv(COUNTRIES_VARIABLE)
    assert country_key("Western Sahara") == "MAR"
    assert len(countries()) == 195


def test_the_table_may_hold_the_whole_of_the_projects_own(known):
    own = own_table()
    lines = [
        f'{c.iso3},{c.gw},{c.views or ""},"{c.country}",,,{c.since or ""},{c.latitude},'
        f"{c.longitude}"
        for c in own
    ]
    known.write_text(HEADER + "\n".join(lines) + "\n")
    for one, other in zip(own, with_user_table(known, own), strict=True):
        assert set(one.spellings) == set(other.spellings)
        assert (one.gw, one.views, one.since) == (other.gw, other.views, other.since)


@pytest.mark.parametrize(("text", "key"), [("432", "MLI"), ("2", "USA"), ("50", "50")])
def test_digits_are_gleditsch_ward_numbers_and_never_views_ids(text, key):
    assert country_key(text) == key


def test_views_ids_are_those_of_the_challenge():
    lines = shared_file("views_challenge/country_list.csv").read_text(encoding="utf-8").splitlines()
    for line in lines[1:]:
        number, _, name = line.split(",", 2)
        assert country_of_views(int(number)).iso3 == country_key(name.strip('"')), line
    assert country_of_views(9999) is None
    assert sorted(c.iso3 for c in own_table() if c.views is None) == ["AND", "LIE", "MCO", "SMR"]
