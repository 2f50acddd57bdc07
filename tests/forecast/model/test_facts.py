"""Facts from event rows: every figure is the panel's, singular and plural are right."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.models.model import FeatureContributions
from forecast.model.facts import FACTS
from forecast.model.past import Past
from forecast.model.reasons import reasons_for
from tests.features.panels import panel_of

NAN = float("nan")


def fact(idea: str, **measures: list[float]):
    """Return the fact of a region whose last months hold the given values, zeros before."""
    rows = {name: [[0.0] * (24 - len(last)) + last] for name, last in measures.items()}
    found = FACTS[idea](Past(panel_of("2018-01", events=[[1.0] * 24], **rows)), 0, "")
    return None if found is None else (found.text, found.points)


@pytest.mark.parametrize(
    ("active", "new", "text"),
    [
        (3.0, [0.0, 1.0, 0.0], "3 armed actors in 12 months, 1 of them new here"),
        (3.0, [1.0, 0.0, 2.0], "3 armed actors in 12 months, 3 of them new here"),
        (3.0, [0.0], "3 armed actors in 12 months"),
        (1.0, [1.0], "1 armed actor in 12 months, new here"),
        (1.0, [NAN], "1 armed actor in 12 months"),
    ],
)
def test_actors(active, new, text):
    assert fact("actors", actors_12=[active], actors_new=new) == (text, 1)


def test_a_newcomer_of_more_than_a_year_ago_is_none():
    new = [1.0] + [0.0] * 12
    assert fact("actors", actors_12=[2.0], actors_new=new) == ("2 armed actors in 12 months", 1)


@pytest.mark.parametrize(
    ("elsewhere", "nearby", "tail", "points"),
    [
        (12.0, 4.0, "12 attacks elsewhere in 3 months, 4 of them in neighbouring regions", 1),
        (2.0, 2.0, "2 attacks elsewhere in 3 months, all in neighbouring regions", 1),
        (1.0, 1.0, "1 attack elsewhere in 3 months, in a neighbouring region", 1),
        (5.0, 0.0, "5 attacks elsewhere in 3 months", 1),
        (5.0, NAN, "5 attacks elsewhere in 3 months", 1),
        (0.0, 0.0, "no attack elsewhere in 3 months", -1),
    ],
)
def test_main_actor(elsewhere, nearby, tail, points):
    found = fact(
        "main actor", actor_main=[7.0], actor_elsewhere_3=[elsewhere], actor_nearby_3=[nearby]
    )
    assert found == (f"main attacker of 24 months here: {tail}", points)


@pytest.mark.parametrize(
    ("hits", "span", "text"),
    [
        ([3.0], [82.0], "same place hit 3 times in 24 months, 41 days apart on average"),
        ([2.0], [1.0], "same place hit 2 times in 24 months, 1 day apart"),
        ([4.0], [0.0], "same place hit 4 times in 24 months, all on one day"),
        ([5.0, 2.0], [8.0, 9.0], "same place hit 5 times in 24 months to 2019-11, 2 days apart"),
        ([3.0, 3.0], [9.0, 4.0], "same place hit 3 times in 24 months, 2 days apart on average"),
    ],
)
def test_sites(hits, span, text):
    found = fact("sites", site_hits=hits, site_span=span)
    assert found is not None
    assert found[0].startswith(text)
    assert found[1] == 1


@pytest.mark.parametrize(
    ("places", "km", "text"),
    [
        ([2.0], [310.0], "as 2 other places up to 310 km away, by one actor, last month"),
        ([1.0, 0.0], [95.0, 0.0], "as 1 other place 95 km away, by one actor, in 2019-11"),
    ],
)
def test_simultaneity(places, km, text):
    found = fact("simultaneity", linked_places=places, linked_km=km)
    assert found == (f"attacked on the same day {text}", 1)


@pytest.mark.parametrize("idea", ["actors", "main actor", "sites", "simultaneity"])
def test_nothing_is_said_where_nothing_was_or_nothing_is_known(idea):
    names = ("actors_12", "actors_new", "actor_main", "actor_elsewhere_3", "actor_nearby_3")
    names += ("site_hits", "site_span", "linked_places", "linked_km")
    for last in ([0.0], [NAN] * 24):
        assert fact(idea, **dict.fromkeys(names, last)) is None
    assert fact(idea) is None  # a panel of figures


def test_contributions_of_event_rows_become_their_sentences():
    panel = panel_of(
        events=[[1.0] * 24, [0.0] * 24],
        actors_12=[[2.0] * 24, [0.0] * 24],
        actor_main=[[9.0] * 24, [0.0] * 24],
        actor_elsewhere_3=[[4.0] * 24, [0.0] * 24],
        linked_places=[[3.0] * 24, [0.0] * 24],
        linked_km=[[200.0] * 24, [0.0] * 24],
    )
    moved = FeatureContributions(
        names=("actor_elsewhere_3", "actors_12", "linked_places_max_12"),
        families=("actors", "actors", "simultaneity"),
        values=np.array([[0.5, 0.3, 0.2]] * 2),
    )
    assert reasons_for(panel, horizon=1, contributions=moved)[0] == (
        "main attacker of 24 months here: 4 attacks elsewhere in 3 months",
        "2 armed actors in 12 months",
        "attacked on the same day as 3 other places up to 200 km away, by one actor, last month",
    )
