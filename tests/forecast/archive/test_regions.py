"""A region is found by its id or name; what is not clear is an error that helps."""

from __future__ import annotations

import pytest

from data.errors import ConfigError
from forecast.archive.regions import find_region

REGIONS = {
    "NER-1": ("Tillabéri", "Niger"),
    "NGA-1": ("Niger", "Nigeria"),
    "CMR-1": ("Centre", "Cameroon"),
    "BFA-1": ("Centre", "Burkina Faso"),
    "BFA-2": ("Centre-Nord", "Burkina Faso"),
}


@pytest.mark.parametrize(
    ("asked", "found"), [("BFA-2", "BFA-2"), ("tillaberi", "NER-1"), ("nga-1", "NGA-1")]
)
def test_a_region_is_found_by_id_or_name(asked, found):
    assert find_region(REGIONS, asked) == found


def test_a_country_that_is_a_region_of_its_own_is_that_region():
    assert find_region({"MLI": ("Mali", "Mali"), "NER": ("Niger", "Niger")}, "mali") == "MLI"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("centre", r"2 regions are called .* CMR-1 \(Centre, Cameroon\), BFA-1 \(Centre, Burk"),
        ("NIGER", r'"NIGER" is the region NGA-1 .Niger, Nigeria., and a country: give the id'),
        ("Cameroon", r'"Cameroon" is a country: .* such as CMR-1 \(Centre, Cameroon\)$'),
        ("Tilabery", r'no region "Tilabery": did you mean NER-1 \(Tillabéri, Niger\)\?'),
        ("nord", r"did you mean BFA-2 \(Centre-Nord, Burkina Faso\)\?"),
        ("xyzxyz", r'the issue has no region "xyzxyz"$'),
    ],
)
def test_what_is_not_clear_is_an_error_that_helps(asked, said):
    with pytest.raises(ConfigError, match=said):
        find_region(REGIONS, asked)
