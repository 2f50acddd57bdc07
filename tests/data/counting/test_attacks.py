import pandas as pd
import pytest

from data.counting.attacks import find_attackers
from tests.data.geography import frame_of
from tests.data.readings import event


def named(**sides):
    found = find_attackers(frame_of(event("1", **sides)))
    return [found.names[actor] for actor in found.actor]


@pytest.mark.parametrize(
    ("kind", "side_a", "side_b", "expected"),
    [
        ("state-based", "Government of Mali", "JNIM", ["jnim"]),
        (
            "state-based",
            "Government of India",
            "Government of Pakistan",
            ["government of india", "government of pakistan"],
        ),
        ("one-sided", "JNIM", "Civilians", ["jnim"]),
        ("one-sided", "Government of Niger", "Civilians", ["government of niger"]),
        ("non-state", "Fulani", "Tiv", ["fulani", "tiv"]),
        ("battles", "Military Forces of Mali (2021-)", "JNIM", ["jnim"]),
        ("battles", "JNIM", "Police Forces of Mali (2021-)", ["jnim"]),
        ("explosions", "JNIM", "Military Forces of Mali (2021-)", ["jnim"]),
        ("explosions", "JNIM", "IS", ["jnim"]),
        ("civilians", "Military Forces of Mali", "Civilians (Mali)", ["military forces of mali"]),
        ("civilians", "Unidentified Armed Group (Mali)", "Civilians (Mali)", []),
        (None, "JNIM", "IS", ["is", "jnim"]),
        ("state-based", "Government of Mali", None, ["government of mali"]),
        ("non-state", "Unknown", "", []),
    ],
)
def test_attackers_by_kind(kind, side_a, side_b, expected):
    assert named(kind=kind, side_a=side_a, side_b=side_b) == expected


def test_joint_sides_are_taken_apart_and_spelling_does_not_make_two_of_one():
    assert named(kind="non-state", side_a="MUJAO,  Ansar  Dine", side_b="ansar dine") == [
        "ansar dine",
        "mujao",
    ]


def test_a_name_that_holds_a_states_word_is_a_group():
    assert named(kind="non-state", side_a="Army of Islam", side_b="Armed Forces of the North") == [
        "armed forces of the north",
        "army of islam",
    ]


def test_events_keep_their_places_and_the_frame_is_not_changed():
    events = frame_of(
        event("1", kind="one-sided", side_a=None, side_b="Civilians"),
        event("2", kind="one-sided", side_a="B", side_b="Civilians"),
        event("3", kind="non-state", side_a="B", side_b="A"),
    )
    before = events.copy()
    found = find_attackers(events)
    assert (found.event.tolist(), found.actor.tolist()) == ([1, 2, 2], [1, 0, 1])
    assert found.names == ("a", "b")
    pd.testing.assert_frame_equal(events, before)


def test_no_event_has_no_attacker():
    assert find_attackers(frame_of()).names == ()


def test_the_forces_of_a_country_are_no_attacker_beside_an_armed_group() -> None:
    def of(a: str, b: str) -> tuple[str, ...]:
        return find_attackers(
            pd.DataFrame({"kind": ["state-based"], "side_a": [a], "side_b": [b]})
        ).names

    assert of("JNIM", "Mali armed forces and VDP") == ("jnim",)
    assert of("JNIM", "Burkina Faso security forces") == ("jnim",)
    assert of("JNIM", "Revolutionary Armed Forces of Colombia") == (
        "jnim",
        "revolutionary armed forces of colombia",
    )
    assert of("JNIM", "People's defence forces") == ("jnim", "people's defence forces")
