from __future__ import annotations

import struct
import unicodedata

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.months import month_number, month_text
from data.regions.countries import (
    countries,
    country_key,
    country_keys,
    country_of,
    country_of_views,
    own_table,
    with_user_table,
)
from data.workspace import COUNTRIES_VARIABLE
from tests.data.geography import UCDP_FILES
from tests.shared import shared_file

COUNTRIES = st.sampled_from(countries())
HEADER = "iso3,gw,views,country,other_names,territories,since,latitude,longitude\n"


def test_all_spellings_of_a_country_are_one():
    spellings = ["Ivory Coast", "Cote d'Ivoire", "Côte d’Ivoire", " côte  D'IVOIRE ", "civ"]
    assert set(map(country_key, spellings)) == {"CIV"}


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("DR Congo (Zaire)", "COD"),
        ("Democratic Republic of the Congo", "COD"),
        ("Congo", "COG"),
        ("Niger", "NER"),
        ("Nigeria", "NGA"),
        ("Guinea", "GIN"),
        ("Guinea-Bissau", "GNB"),
        ("Myanmar (Burma)", "MMR"),
        ("Russia (Soviet Union)", "RUS"),
        ("Yemen (North Yemen)", "YEM"),
        ("Namibia", "NAM"),
        ("Western Sahara", "MAR"),
        ("Atlantis ", "atlantis"),
        ("", ""),
        (None, ""),
        (float("nan"), ""),
    ],
)
def test_keys_of_names(name, key):
    assert country_key(name) == key


@settings(deadline=None)
@given(COUNTRIES, st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]), st.sampled_from("abc"))
def test_case_form_and_spaces_never_matter(country, form, case):
    for name in (country.country, country.name, *country.other_names, *country.territories):
        changed = {"a": name.upper(), "b": name.lower(), "c": name.title()}[case]
        assert country_key(f" {unicodedata.normalize(form, changed)}\t") == country.iso3


@settings(deadline=None)
@given(st.text())
def test_a_key_is_its_own_key(name):
    assert country_key(country_key(name)) == country_key(name)


def test_no_spelling_and_no_number_belongs_to_two_countries():
    spelled = [
        {n.casefold() for n in (c.country, c.name, *c.other_names, *c.territories)}
        for c in countries()
    ]
    assert sum(map(len, spelled)) == len(set().union(*spelled))
    assert len({c.gw for c in countries()}) == len({c.iso3 for c in countries()}) == 195


def test_keys_of_many_names_are_those_of_each():
    names = pd.Series(["Mali", None, "mali", "Nowhere"], dtype="str")
    assert country_keys(names).tolist() == ["MLI", "", "MLI", "nowhere"]
    assert country_keys([]).tolist() == []


def test_an_unknown_country_has_no_entry():
    assert country_of("Atlantis") is None
    assert country_of("Mali").gw == 432


@pytest.mark.parametrize("name", UCDP_FILES)
def test_every_country_of_the_event_files_is_known_by_its_first_month(name):
    frame = pd.read_csv(shared_file(name), usecols=["country", "year", "month"])
    first = (frame["year"] * 12 + frame["month"] - 1).groupby(frame["country"]).min()
    for country, month in first.items():
        found = country_of(country)
        assert found is not None, country
        assert month >= month_number(found.since or "1989-01"), country


def test_country_months_agree_in_number_and_since():
    frame = pd.read_csv(shared_file("ucdp_ged241_country_months_1989_2020-10.csv.gz"))
    assert frame["country"].nunique() == 168
    toll = frame[["sb_fatalities", "ns_fatalities", "osv_fatalities"]].sum(axis=1)
    for (name, number), rows in frame[toll > 0].groupby(["country", "gw_codes"]):
        assert country_of(name).gw == number
        first = month_text(12 * 1980 + rows["month_id"].min() - 1)
        assert first >= (country_of(name).since or "1989-01")


def test_candidate_countries_have_the_number_that_ucdp_gives():
    frame = pd.read_csv(shared_file("ucdp_candidate_23_0_10.csv"))
    pairs = frame[["country", "country_id"]].drop_duplicates()
    assert len(pairs) == 48
    for name, number in pairs.itertuples(index=False):
        assert country_of(name).gw == number


def test_every_country_of_the_challenge_is_known():
    frame = pd.read_csv(shared_file("views_challenge/country_list.csv"))
    assert [name for name in frame["name"] if country_of(name) is None] == []


def test_capitals_lie_where_the_city_file_has_them():
    content = shared_file("natural_earth_cities_110m/naturalearth_cities.shp").read_bytes()
    places = range(100, len(content), 28)
    cities = np.array([struct.unpack("<dd", content[p + 12 : p + 28]) for p in places])
    for country in countries():
        away = np.hypot(cities[:, 0] - country.longitude, cities[:, 1] - country.latitude)
        assert away.min() < 0.15 or country.iso3 in ("BDI", "NRU"), country.name


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
