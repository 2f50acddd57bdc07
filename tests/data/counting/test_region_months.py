from dataclasses import replace

import numpy as np
import pytest

from data.counting.counting import count_events
from data.counting.region_months import reconcile_figures
from data.errors import EvidenceError
from data.regions.location import PolygonLocator
from tests.data.geography import YEAR_2020, event_on, frame_of, square_field


def _count(folder, *rows):
    place = PolygonLocator(square_field(folder), "admin1")
    span = {"first_month": "2020-02", "last_month": "2020-04"}
    return count_events(frame_of(*rows), [YEAR_2020], place, **span)


def test_every_death_has_its_place_in_the_reconciliation(tmp_path):
    counts = _count(
        tmp_path,
        event_on("in", 0.5, "2020-02-01", 1),
        event_on("border", 2.5, "2020-02-01", 2),
        event_on("wide", 0.5, "2020-02-01", 4, location_precision="country"),
        event_on("else", 50, "2020-02-01", 8, country="Ghana"),
        event_on("early", 0.5, "2020-01-01", 16),
        event_on("late", 0.5, "2020-05-01", 32),
        event_on("over", 0.5, "2020-01-31", 64, end="2020-02-01"),
    )
    done = counts.reconciliation
    assert done.summary() == {
        "accepted": {"events": 7, "deaths": 127},
        "panel": {"events": 2, "deaths": 1 + 2 + 32},
        "unlocated": {"events": 1, "deaths": 4},
        "outside": {"events": 1, "deaths": 8},
        "before": {"events": 2, "deaths": 16 + 32},
        "unobserved": {"events": 1, "deaths": 32},
        "unknown_tolls": 0,
        "beside_unknown": 0,
        "nearest": 0,
        "farthest": [],
        "stray": {},
        "border_events": 1,
        "by_country": {
            "unlocated": {"Mali": {"events": 1, "deaths": 4}},
            "outside": {"Ghana": {"events": 1, "deaths": 8}},
        },
    }
    assert done.border_events.to_dict("records") == [
        {
            "event_id": "border",
            "country": "Mali",
            "region_id": "c",
            "region_country": "Niger",
            "events": 1,
            "deaths": 2,
        }
    ]
    mali = done.countries.set_index("country").loc["Mali"]
    assert mali["accepted_deaths"] == 119
    assert mali["unlocated_deaths"] == 4
    assert (mali["panel_deaths"], mali["region_deaths"]) == (35, 33)
    assert done.countries.set_index("country").loc["Ghana", "outside_events"] == 1


def test_a_reconciliation_that_does_not_add_up_is_refused(tmp_path):
    done = _count(tmp_path, event_on("1", 0.5, "2020-02-01", 5)).reconciliation
    done.check()
    with pytest.raises(EvidenceError, match="deaths fails: expected 6, got 5"):
        replace(done, accepted=replace(done.accepted, deaths=6)).check()
    with pytest.raises(EvidenceError, match="events fails: expected 2, got 1"):
        replace(done, accepted=replace(done.accepted, events=2)).check()
    with pytest.raises(EvidenceError, match="deaths fails: expected 5, got 6"):
        replace(done, before=replace(done.before, deaths=1)).check()
    moved = done.countries.assign(region_deaths=[4, 1])
    with pytest.raises(EvidenceError, match="deaths of Mali fails: expected 5, got 4"):
        replace(done, countries=moved).check()


def test_a_country_is_called_as_ucdp_calls_it_else_as_it_came_first(tmp_path):
    rows = [
        event_on("1", 50, "2020-02-01", 1, country="DRC"),
        event_on("2", 50, "2020-02-01", 2, country="Congo, DRC"),
        event_on("3", 50, "2020-02-01", 4, country="Atlantis"),
        event_on("4", 50, "2020-02-01", 8, country="ATLANTIS "),
    ]
    table = _count(tmp_path, *rows).reconciliation.countries.set_index("country")
    assert table["outside_deaths"].to_dict() == {
        "Atlantis": 12,
        "DR Congo (Zaire)": 3,
        "Mali": 0,
        "Niger": 0,
    }


def test_figures_go_in_whole(tmp_path):
    measures = {"events": np.array([[1, np.nan], [2, 0], [4, 0]])}
    done = reconcile_figures(square_field(tmp_path).regions, measures)
    done.check()
    assert (done.panel.events, done.panel.deaths) == (7, 0)
    assert done.countries["region_events"].tolist() == [3, 4]
    assert done.border_events.empty
