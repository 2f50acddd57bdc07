import struct
import unicodedata

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.months import month_number, month_text
from data.regions.countries import countries, country_key, country_keys, country_of
from tests.data.geography import UCDP_FILES
from tests.shared import shared_file

COUNTRIES = st.sampled_from(countries())


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
