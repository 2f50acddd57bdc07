"""Any way of bringing in a list in versions gives the panel of the list as it stands at the end."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.lists import Lists

DAYS = ("2023-02-03", "2023-11-20", "2024-05-06", "2024-12-30")
PLACES = ((10.5, 0.5, "Mali"), (10.5, 1.5, "Mali"), (10.5, 3.5, "Niger"))
COUNTRIES = ("Mali", "Niger")


@dataclasses.dataclass(frozen=True)
class Event:
    """One event of a list."""

    day: str
    place: tuple[float, float, str]
    deaths: int

    def row(self, name: str) -> str:
        """Return its line under an id."""
        north, east, country = self.place
        return f"{name},{self.day},{north},{east},{country},{self.deaths}"


events = st.builds(Event, st.sampled_from(DAYS), st.sampled_from(PLACES), st.integers(0, 5))
lists_of_events = st.dictionaries(st.sampled_from([f"E{n}" for n in range(8)]), events, max_size=8)


def rows(version: dict[str, Event]) -> list[str]:
    return [event.row(name) for name, event in sorted(version.items())]


def bring(work: Lists, version: dict[str, Event], release: str, **claim: object) -> None:
    done = work.csv(
        rows(version),
        "--replace",
        "--allow-empty",
        release=release,
        **{"countries": COUNTRIES, **claim},
    )
    assert done.returncode == 0, done.stderr


def panel(work: Lists) -> bytes:
    """Return the panel, after it was counted a second time by a plain path."""
    work.panel("--audit")
    return (work.work / "panels" / "admin1" / "panel.parquet").read_bytes()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("versions")


def fresh(made: Path) -> Lists:
    return Lists(made / str(len(list(made.iterdir()))))


@settings(max_examples=15, deadline=None)
@given(versions=st.lists(lists_of_events, min_size=1, max_size=4), data=st.data())
def test_versions_in_any_order_give_the_panel_of_the_last(made, versions, data):
    order = data.draw(st.permutations(range(len(versions))))
    work, plain = fresh(made), fresh(made)
    for place in order:
        bring(work, versions[place], str(place + 1))
    bring(plain, versions[-1], "9")
    assert panel(work) == panel(plain)


@settings(max_examples=10, deadline=None)
@given(versions=st.lists(lists_of_events, min_size=1, max_size=4, unique_by=str))
def test_files_of_one_release_give_the_panel_of_the_one_that_came_last(made, versions):
    work, plain = fresh(made), fresh(made)
    for version in versions:
        bring(work, version, "1")
    bring(plain, versions[-1], "1")
    assert panel(work) == panel(plain)


@settings(max_examples=15, deadline=None)
@given(first=lists_of_events, last=lists_of_events, data=st.data())
def test_any_partition_by_month_and_country_gives_the_panel_of_the_whole(made, first, last, data):
    """The list of the end comes in parts, each with its own claim, after an earlier whole one."""
    cut = data.draw(st.sampled_from(["2023-06", "2024-01", "2024-08"]))
    spans = [("2023-01", cut), (following(cut), "2024-12")]
    parts = [(span, country) for span in spans for country in COUNTRIES]
    order = data.draw(st.permutations(range(len(parts) + 1)))
    work, plain = fresh(made), fresh(made)
    for place in order:
        if place == len(parts):
            bring(work, first, "1")
            continue
        (begin, end), country = parts[place]
        own = {
            name: event
            for name, event in last.items()
            if begin <= event.day[:7] <= end and event.place[2] == country
        }
        claim = {"first": begin, "last": end, "countries": (country,)}
        bring(work, own, str(place + 2), **claim)
    bring(plain, last, "9")
    assert panel(work) == panel(plain)


def following(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    return f"{year}-{number + 1:02d}"
