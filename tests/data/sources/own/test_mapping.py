"""A map is taken only when it says everything that reading needs, and nothing unknown."""

from pathlib import Path
from typing import Any

import pytest

from data.errors import ConfigError
from data.reading import Coverage
from data.sources.own.mapping import build_map, read_map
from tests.shared import ROOT

SAMPLES = ROOT / "data" / "samples"


def table(**changes: Any) -> dict[str, Any]:
    """Return a sound map as a parsed table, with some keys changed."""
    columns = {"event_id": "id", "latitude": "lat", "longitude": "lon", "country": "land"}
    return {
        "source": "own",
        "columns": columns | {"kind": "type", "deaths_best": "dead"},
        "date": {"column": "day"},
        "constants": {"location_precision": "near"},
        **changes,
    }


def test_the_world_map_claims_all_countries_to_2018() -> None:
    event_map = read_map(SAMPLES / "ucdp_precise.map.toml")
    assert event_map.claim() == Coverage(True, "1989-01", "2018-12", ())
    assert (event_map.source, event_map.release, event_map.provider) == ("ucdp", "21.1", "ucdp")


def test_the_sahel_map_claims_fifteen_countries_to_2020() -> None:
    world = read_map(SAMPLES / "ucdp_precise.map.toml")
    sahel = read_map(SAMPLES / "ucdp_precise_sahel.map.toml")
    claim = sahel.claim()
    assert (claim.complete, claim.first, claim.last) == (True, "2019-01", "2020-12")
    assert len(claim.countries) == 15
    assert {"Mali", "Burkina Faso", "Niger", "Ivory Coast", "Libya"} < set(claim.countries)
    assert (sahel.columns, sahel.date, sahel.source, sahel.release) == (
        world.columns,
        world.date,
        world.source,
        world.release,
    )


def test_the_list_of_notable_attacks_claims_no_zeros() -> None:
    event_map = read_map(SAMPLES / "aes.map.toml")
    assert not event_map.claim().complete
    assert event_map.deaths.may_be_unknown
    assert event_map.provider is None


def test_a_map_has_sensible_defaults() -> None:
    event_map = build_map(table(), where="m")
    assert event_map.wanted == ("id", "lat", "lon", "land", "type", "dead", "day")
    assert (event_map.delimiter, event_map.release) == (",", "unversioned")
    assert event_map.claim() == Coverage()


@pytest.mark.parametrize(
    ("date", "precision"),
    [
        ({"column": "d"}, "day"),
        ({"year": "y", "month": "m", "day": "d"}, "day"),
        ({"year": "y", "month": "m"}, "month"),
        ({"year": "y"}, "year"),
    ],
)
def test_the_parts_of_a_date_tell_its_precision(date: dict[str, str], precision: str) -> None:
    assert build_map(table(date=date), where="m").date.precision == precision


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sauce": "own"}, 'm: unknown key "sauce": did you mean "source"'),
        ({"source": 3}, "m source: expected str, got 3"),
        ({"provider": "acled"}, "m provider: expected one of ucdp"),
        ({"delimiter": ";;"}, "m delimiter: expected one character"),
        ({"delimiter": '"'}, "m delimiter: expected one character"),
        ({"constants": {}}, r'm: "location_precision" is missing'),
        ({"constants": {"location_precision": "near", "kind": "battles"}}, "both in .columns."),
        ({"constants": {"location_precision": "near", "event_id": "1"}}, "needs its own id"),
        ({"decimal": ";"}, "m decimal: expected one of ., ,"),
        ({"constants": {"location_precision": "nearby"}}, '"nearby": did you mean "near"'),
        ({"constants": {"date_start": "2020-01-01"}}, "dates belong in .date."),
        (
            {"translate": {"kind": {"x": "statebased"}}},
            'kind "x": unknown code "statebased": did you mean',
        ),
        ({"translate": {"kinds": {}}}, '"kinds" is not a column of an event: did you mean "kind"'),
        ({"columns": {"event_id": "id"}}, '"latitude" is missing'),
        ({"date": {}}, "expected either column, or year"),
        ({"date": {"column": "d", "year": "y"}}, "expected either column, or year"),
        ({"date": {"month": "m"}}, "expected either column, or year"),
        ({"date": {"year": "y", "day": "d"}}, "a day needs a month"),
        ({"date": {"year": "y", "format": "%Y"}}, "only a single column has one"),
        ({"date": {"column": "d", "format": "%d/%m"}}, "with day, month and year, got"),
        ({"date": {"column": "d", "format": "%Q"}}, "with day, month and year, got"),
        ({"coverage": {"form": "1989-01"}}, 'unknown key "form": did you mean "from"'),
        ({"coverage": {"first": "1989-01"}}, 'unknown key "first"'),
        ({"coverage": {"from": "1989"}}, "expected a month as YYYY-MM"),
        ({"coverage": {"from": "2020-02", "through": "2020-01"}}, "from is later than through"),
        ({"coverage": {"complete": True}}, "complete = true needs from and through"),
        ({"coverage": {"countries": "Mali"}}, "countries: expected a list, got 'Mali'"),
    ],
)
def test_a_wrong_map_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        build_map(table(**changes), where="m")


def test_a_toll_must_be_given_unless_it_may_be_unknown() -> None:
    columns = {name: own for name, own in table()["columns"].items() if name != "deaths_best"}
    with pytest.raises(ConfigError, match='"deaths_best" is missing'):
        build_map(table(columns=columns), where="m")
    build_map(table(columns=columns, deaths={"may_be_unknown": True}), where="m")


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.toml: no such file"):
        read_map(tmp_path / "absent.toml")
