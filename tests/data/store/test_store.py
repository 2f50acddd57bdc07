import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, date, datetime

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import ConfigError, RuntimeEnvironmentError, SourceError
from data.reading import Coverage
from data.schema import EVENT_TYPES
from data.store.store import Store
from tests.data.readings import WORLD_2020, event, events_reading, figures_reading
from tests.records import read_plain
from tests.shared import ROOT

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def contents(folder):
    """Return every file of a folder with its bytes."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def counts(report):
    changes = report.changes
    return changes.new, changes.revised, changes.unchanged, changes.outdated


def test_what_goes_in_comes_out_typed_and_sorted(store):
    rows = [event("10"), event("007", deaths=None), event("9007199254740993", place="Ménaka")]
    store.add(events_reading(rows), retrieved_at=NOW)
    held = store.events()
    assert list(held["event_id"]) == ["007", "10", "9007199254740993"]
    assert {name: str(kind) for name, kind in held.dtypes.items()} == EVENT_TYPES
    assert held["deaths_best"].isna().tolist() == [True, False, False]
    assert held["place"].iloc[2] == "Ménaka"


def test_the_manifest_counts_the_file(store):
    reading = events_reading(
        [event("1", "2020-01-31", 3), event("2", "2020-12-01", None)],
        quarantine=[("events.csv", 4, "deaths", "whole number >= 0", "-3")],
        warnings=("one column is unknown",),
    )
    report = store.add(reading, retrieved_at=NOW)
    assert os.listdir(store.folder) == [f"000001-ucdp-21.1-{reading.sha256[:8]}"]
    assert sorted(os.listdir(report.folder)) == [
        "events.parquet",
        "manifest.json",
        "quarantine.csv",
    ]
    manifest = read_plain(report.folder / "manifest.json")
    assert manifest == report.manifest == store.manifests()[0]
    expected = {
        "number": 1,
        "content": "events",
        "file": "events.csv",
        "rows": 3,
        "accepted": 2,
        "quarantined": 1,
        "duplicates": 0,
        "new": 2,
        "revised": 0,
        "unchanged": 0,
        "events": 2,
        "deaths": 3,
        "deaths_unknown": 1,
        "first_date": "2020-01-31",
        "last_date": "2020-12-01",
        "complete_through": "2020-12",
        "retrieved_at": "2026-06-01T12:00:00+00:00",
        "published": "2021-06-30",
        "data_through": None,
        "partial": None,
        "withdrawn": 0,
        "coverage": {"complete": True, "first": "2020-01", "last": "2020-12", "countries": []},
    }
    assert expected.items() <= manifest.items()
    assert manifest["warnings"][0] == "one column is unknown"
    assert "no event anywhere in 2020-02 to 2020-11: counted as quiet" in manifest["warnings"][1]


def test_the_very_same_file_changes_nothing(store):
    reading = events_reading([event("1"), event("2")])
    first = store.add(reading, retrieved_at=NOW)
    before = contents(store.folder)
    again = store.add(reading, retrieved_at=datetime(2026, 7, 1, tzinfo=UTC))
    assert (first.repeated, again.repeated) == (False, True)
    assert counts(first) == (2, 0, 0, 0)
    assert counts(again) == (0, 0, 2, 0)
    assert again.folder == first.folder
    assert contents(store.folder) == before


@pytest.mark.parametrize(
    "other",
    [
        {"release": "21.2"},
        {"source": "mine"},
        {"coverage": Coverage()},
        {"coverage": Coverage(complete=True, first="2020-01", last="2020-11")},
    ],
)
def test_the_same_rows_under_another_label_are_another_ingest(store, other):
    store.add(events_reading([event("1")]), retrieved_at=NOW)
    assert not store.add(events_reading([event("1")], **other), retrieved_at=NOW).repeated
    assert [m["number"] for m in store.manifests()] == [1, 2]


def test_a_later_release_wins_whatever_the_order_of_ingest(tmp_path):
    early = events_reading([event("1", deaths=5), event("2")], release="24.0.10")
    late = events_reading([event("1", deaths=7), event("3")], release="25.1")
    older = events_reading([event("1", deaths=9)], release="24.0.9")
    forth, back = Store(tmp_path / "forth"), Store(tmp_path / "back")
    changes = [counts(forth.add(r, retrieved_at=NOW)) for r in (older, early, late)]
    assert changes == [(1, 0, 0, 0), (1, 1, 0, 0), (1, 1, 0, 0)]
    changes = [counts(back.add(r, retrieved_at=NOW)) for r in (late, early, older)]
    assert changes == [(2, 0, 0, 0), (1, 0, 0, 1), (0, 0, 0, 1)]
    assert dict(forth.events()[["event_id", "deaths_best"]].itertuples(index=False)) == {
        "1": 7,
        "2": 1,
        "3": 1,
    }
    pd.testing.assert_frame_equal(forth.events(), back.events())
    assert "also in a later release" in back.manifests()[2]["warnings"][-1]


def test_within_a_release_the_later_ingest_wins(store):
    store.add(events_reading([event("1", deaths=5), event("2")]), retrieved_at=NOW)
    report = store.add(events_reading([event("1", deaths=6), event("2")]), retrieved_at=NOW)
    assert counts(report) == (0, 1, 1, 0)
    assert store.events()["deaths_best"].tolist() == [6, 1]


def test_missing_values_are_equal_to_missing_values_only(store):
    store.add(events_reading([event("1", deaths=None), event("2", deaths=None)]), retrieved_at=NOW)
    again = events_reading([event("1", deaths=None), event("2", deaths=0)], release="21.2")
    assert counts(store.add(again, retrieved_at=NOW)) == (0, 1, 1, 0)


def test_sources_are_kept_apart(store):
    store.add(events_reading([event("1", deaths=2)]), retrieved_at=NOW)
    store.add(events_reading([event("1", deaths=4)], source="acled"), retrieved_at=NOW)
    assert store.events()["source"].tolist() == ["acled", "ucdp"]
    assert store.events(source="ucdp")["deaths_best"].tolist() == [2]


def test_incomplete_lists_are_left_out_unless_asked_for(store):
    notable = events_reading([event("n")], source="notable", coverage=Coverage())
    store.add(notable, retrieved_at=NOW)
    assert len(store.events()) == 0
    assert {name: str(kind) for name, kind in store.events().dtypes.items()} == EVENT_TYPES
    assert store.events(complete_only=False)["event_id"].tolist() == ["n"]
    assert store.coverages() == []
    assert store.coverages(complete_only=False) == [Coverage()]
    assert store.manifests()[0]["complete_through"] is None


def test_as_of_shows_what_was_known_then(store):
    store.add(events_reading([event("1", deaths=5)], release="1"), retrieved_at=NOW)
    later = datetime(2026, 7, 1, 18, tzinfo=UTC)
    store.add(events_reading([event("1", deaths=6)], release="2"), retrieved_at=later)

    def known(as_of):
        return store.events(as_of=as_of)["deaths_best"].tolist()

    assert known(date(2026, 5, 31)) == []
    assert known(NOW) == [5]
    assert known(datetime(2026, 7, 1, 17, 59, tzinfo=UTC)) == [5]
    assert known(date(2026, 7, 1)) == [6]
    assert known(None) == [6]
    assert store.coverages(as_of=date(2026, 5, 31)) == []


def test_coverage_ends_with_the_last_month_that_was_over(store):
    claim = Coverage(complete=True, first="2026-01", last="2026-12", countries=("Mali",))
    report = store.add(events_reading([event("1")], coverage=claim), retrieved_at=NOW)
    assert store.coverages() == [
        Coverage(
            complete=True, first="2026-01", last="2026-05", countries=("Mali",), partial="2026-06"
        )
    ]
    assert report.manifest["coverage"]["last"] == "2026-12"
    told = " ".join(report.manifest["warnings"])
    assert "months after 2026-05 do not count as complete" in told


def test_coverages_are_distinct_and_in_order(store):
    later = Coverage(complete=True, first="2021-01", last="2021-12")
    for coverage, ids in ((later, "a"), (WORLD_2020, "b"), (WORLD_2020, "c")):
        store.add(events_reading([event(ids)], coverage=coverage), retrieved_at=NOW)
    assert store.coverages(source="ucdp") == [WORLD_2020, later]
    assert store.coverages(source="acled") == []


def test_a_key_that_stands_twice_is_refused_and_nothing_changes(store):
    store.add(events_reading([event("1")]), retrieved_at=NOW)
    before = contents(store.folder)
    with pytest.raises(SourceError, match="several rows have the event_id 5"):
        store.add(events_reading([event("5", deaths=1), event("5", deaths=2)]), retrieved_at=NOW)
    assert contents(store.folder) == before


def test_the_callers_frame_is_not_changed(store):
    reading = events_reading([event("2"), event("1")])
    before = reading.frame.copy()
    store.add(reading, retrieved_at=NOW)
    pd.testing.assert_frame_equal(reading.frame, before)


def test_figures_and_their_regions(store):
    regions = pd.DataFrame({"region_id": ["b", "a"], "region": ["B", "A"], "country": ["X", "X"]})
    first = [
        {"region_id": "b", "month": "2020-01", "events": 2, "deaths": 3},
        {"region_id": "a", "month": "2020-01", "events": 0, "deaths": 0},
    ]
    report = store.add(figures_reading(first, regions=regions), retrieved_at=NOW)
    assert (report.manifest["events"], report.manifest["deaths"]) == (2, 3)
    assert sorted(os.listdir(report.folder))[1:3] == ["manifest.json", "quarantine.csv"]
    second = [
        {"region_id": "b", "month": "2020-01", "events": 4, "deaths": 3},
        {"region_id": "a", "month": "2020-01", "events": 0, "deaths": 0},
        {"region_id": "b", "month": "2020-02", "events": 1, "deaths": 0},
    ]
    report = store.add(figures_reading(second, release="2"), retrieved_at=NOW)
    assert counts(report) == (1, 1, 1, 0)
    figures, kept = store.figures()
    assert figures[["region_id", "month", "events"]].to_numpy().tolist() == [
        ["a", "2020-01", 0],
        ["b", "2020-01", 4],
        ["b", "2020-02", 1],
    ]
    assert kept is not None
    assert kept["region_id"].tolist() == ["a", "b"]
    assert store.events().empty


@pytest.mark.parametrize(
    ("statuses", "through"),
    [(None, "2020-03"), (["observed", "partial", "observed", "partial"], "2020-02")],
)
def test_figures_are_complete_through_their_last_observed_month(store, statuses, through):
    frame = [
        {"region_id": region, "month": month, "events": 1}
        for region, month in (
            ("a", "2020-01"),
            ("b", "2020-01"),
            ("a", "2020-02"),
            ("b", "2020-03"),
        )
    ]
    rows = [row | ({"status": statuses[i]} if statuses else {}) for i, row in enumerate(frame)]
    reading = figures_reading(rows, coverage=Coverage(first="2020-01", last="2020-03"))
    assert store.add(reading, retrieved_at=NOW).manifest["complete_through"] == through


def test_a_store_without_figures(store):
    figures, regions = store.figures()
    assert figures.empty
    assert regions is None
    assert store.manifests() == []


def test_a_measure_that_comes_later_makes_rows_revised(store):
    row = {"region_id": "a", "month": "2020-01", "events": 1}
    store.add(figures_reading([row]), retrieved_at=NOW)
    report = store.add(figures_reading([row | {"deaths": 2}], release="2"), retrieved_at=NOW)
    assert counts(report) == (0, 1, 0, 0)


def test_names_of_sources_cannot_leave_the_folder(store):
    reading = events_reading([event("1")], source="../../etc", release="a/b\0c" + "x" * 300)
    report = store.add(reading, retrieved_at=NOW)
    assert report.folder.parent == store.folder
    assert len(report.folder.name) < 120
    assert store.events(source="../../etc")["event_id"].tolist() == ["1"]


def test_the_quarantine_list_holds_no_path_and_no_formula(store):
    rows = [("/x/events.csv", 2, "deaths", "number", value) for value in ("=1+1", "-3")]
    report = store.add(events_reading([event("1")], quarantine=rows), retrieved_at=NOW)
    assert (report.folder / "quarantine.csv").read_text() == (
        "file,line,column,rule,value\n"
        "events.csv,2,deaths,number,'=1+1\n"
        "events.csv,2,deaths,number,-3\n"
    )


def test_leftovers_are_ignored_and_cleaned_by_the_next_run(store):
    store.add(events_reading([event("1")]), retrieved_at=NOW)
    (store.folder / ".000002-ucdp-21.1-abc.99.tmp").mkdir()
    (store.folder / "notes").mkdir()
    assert len(store.manifests()) == 1
    assert len(store.events()) == 1
    store.add(events_reading([event("2")]), retrieved_at=NOW)
    names = sorted(os.listdir(store.folder))
    assert [name[:6] for name in names] == ["000001", "000002", "notes"]
    assert len(store.events()) == 2


def test_a_snapshot_without_its_manifest_is_named_and_kept(store):
    report = store.add(events_reading([event("1")]), retrieved_at=NOW)
    (report.folder / "manifest.json").unlink()
    for use in (store.events, lambda: store.add(events_reading([event("2")]), retrieved_at=NOW)):
        with pytest.raises(RuntimeEnvironmentError, match=r"manifest\.json is missing: restore"):
            use()
    assert (report.folder / "events.parquet").exists()


def test_a_changed_snapshot_is_noticed(store):
    report = store.add(events_reading([event("1")]), retrieved_at=NOW)
    path = report.folder / "events.parquet"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(RuntimeEnvironmentError, match="does not match its manifest"):
        store.events()


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"number": 1}'])
def test_a_damaged_manifest_is_named(store, text):
    report = store.add(events_reading([event("1")]), retrieved_at=NOW)
    (report.folder / "manifest.json").write_text(text)
    with pytest.raises(RuntimeEnvironmentError, match=r"manifest\.json"):
        store.manifests()


@pytest.mark.parametrize("broken", range(8))
def test_whichever_write_fails_the_store_is_as_it_was(store, monkeypatch, broken):
    store.add(events_reading([event("1")]), retrieved_at=NOW)
    before = contents(store.folder)
    calls = iter(range(99))
    real = os.fsync

    def failing(descriptor):
        if next(calls) == broken:
            raise OSError(28, "No space left on device")
        return real(descriptor)

    monkeypatch.setattr("os.fsync", failing)
    with pytest.raises(RuntimeEnvironmentError, match="No space left on device"):
        store.add(events_reading([event("2")]), retrieved_at=NOW)
    monkeypatch.undo()
    if broken == 7:  # The folder is in place, only its name may not have reached the disk.
        assert store.events()["event_id"].tolist() == ["1", "2"]
    else:
        assert contents(store.folder) == before
        assert len(os.listdir(store.folder)) == 1


KILLED = """
import pathlib, sys
from datetime import UTC, datetime
from data.store.store import Store
from tests.data.readings import event, events_reading
store = Store(pathlib.Path(sys.argv[1]))
for number in range(1, 9999):
    store.add(events_reading([event(str(number))]), retrieved_at=datetime(2026, 6, 1, tzinfo=UTC))
    print(number, flush=True)
"""


def test_a_killed_ingest_leaves_whole_snapshots_only(store):
    for pause in (0.0, 0.003, 0.007, 0.011):
        with subprocess.Popen(
            [sys.executable, "-c", KILLED, str(store.folder)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        ) as writer:
            writer.stdout.readline()
            time.sleep(pause)
            writer.send_signal(signal.SIGKILL)
            done = writer.stdout.read().split()
        assert len(store.events()) >= len(done)
        for manifest in store.manifests():
            assert len(os.listdir(store.folder / manifest["folder"])) == 3
    store.add(events_reading([event("last")]), retrieved_at=NOW)
    assert all(name[0] != "." for name in os.listdir(store.folder))


table = st.dictionaries(st.sampled_from("abcde"), st.integers(0, 3), max_size=5)


@settings(max_examples=25, deadline=None)
@given(files=st.lists(st.tuples(st.sampled_from(["1", "2", "10"]), table), max_size=4))
def test_winning_rows_equal_a_plain_loop(tmp_path_factory, files):
    store = Store(tmp_path_factory.mktemp("s") / "store")
    kept = []
    for release, rows in files:
        reading = events_reading([event(i, deaths=d) for i, d in rows.items()], release=release)
        try:
            report = store.add(reading, retrieved_at=NOW)
        except SourceError:
            assert (release, rows) in kept  # corrected since by another file of its release
            continue
        assert sum(counts(report)) == len(rows)
        kept.append((release, rows))
    expected = {}
    for _, rows in sorted(kept, key=lambda file: int(file[0])):
        expected.update(rows)
    held = store.events()
    assert dict(zip(held["event_id"], held["deaths_best"], strict=True)) == expected
    assert held["event_id"].is_monotonic_increasing


def test_an_earlier_file_of_a_release_is_refused_once_it_was_corrected(store):
    wrong, right = (events_reading([event("1", deaths=d), event("2")]) for d in (5, 6))
    store.add(wrong, retrieved_at=NOW)
    store.add(right, retrieved_at=NOW)
    before = contents(store.folder)
    with pytest.raises(SourceError, match=r"ingest 1, and events.csv \(ingest 2\).*corrected 1 of"):
        store.add(wrong, retrieved_at=NOW)
    assert contents(store.folder) == before
    assert store.add(right, retrieved_at=NOW).repeated
    later = replace(wrong, release="21.2")
    assert counts(store.add(later, retrieved_at=NOW)) == (0, 1, 1, 0)
    assert store.events()["deaths_best"].tolist() == [5, 1]


def test_an_earlier_file_that_nothing_corrected_changes_nothing(store):
    first, second = events_reading([event("1")]), events_reading([event("1"), event("2")])
    store.add(first, retrieved_at=NOW)
    store.add(second, retrieved_at=NOW)
    assert store.add(first, retrieved_at=NOW).repeated
    assert len(store.events()) == 2


def test_a_release_counts_as_known_from_its_publication(store):
    early = events_reading([event("1", deaths=5)], release="20.0.3")
    late = events_reading([event("1", deaths=6)], release="21.1")
    for reading in (late, early):  # both are loaded years later, in any order
        store.add(reading, retrieved_at=NOW)

    def known(day):
        return store.known(as_of=date.fromisoformat(day)).events()["deaths_best"].tolist()

    assert known("2020-04-29") == []
    assert known("2020-04-30") == [5]
    assert known("2021-06-29") == [5]
    assert known("2021-06-30") == [6]
    assert store.known(release="20.0.3").events()["deaths_best"].tolist() == [5]
    assert store.known(release="20.0.3").coverages() == store.coverages()


def test_a_given_day_of_publication_goes_before_the_usual_one(store):
    reading = events_reading([event("1")], release="20.0.3")
    store.add(reading, retrieved_at=NOW)
    assert store.add(reading, retrieved_at=NOW).repeated
    report = store.add(reading, retrieved_at=NOW, published=date(2020, 4, 18))
    assert not report.repeated
    assert report.manifest["published"] == "2020-04-18"
    assert len(store.known(as_of=date(2020, 4, 18)).events()) == 1
    with pytest.raises(
        ConfigError,
        match="expected a day of publication up to 2026-06-01, when it was read, got 2026-06-02",
    ):
        store.add(reading, retrieved_at=NOW, published=date(2026, 6, 2))


def test_the_last_list_of_a_release_says_how_far_it_reaches(store):
    for last in ("2020-12", "2020-10"):
        claim = Coverage(True, "2020-01", last)
        store.add(events_reading([event("1")], coverage=claim), retrieved_at=NOW)
    assert [claim.last for claim in store.coverages()] == ["2020-10"]


def test_a_manifest_of_before_is_read_with_what_came_later(store):
    report = store.add(events_reading([event("1")]), retrieved_at=NOW)
    path = report.folder / "manifest.json"
    manifest = read_plain(path)
    for key in ("withdrawn", "partial", "data_through", "quiet", "whole", "published"):
        del manifest[key]
    path.write_text(json.dumps(manifest))
    assert store.manifests()[0]["published"] is None
    assert len(store.known(as_of=NOW).events()) == 1
    assert store.known(as_of=date(2026, 5, 31)).manifests() == []


CANDIDATE = events_reading([event(str(i)) for i in range(4)], release="20.0.3")


def test_a_whole_release_withdraws_what_it_lacks(store):
    yearly = events_reading([event(i) for i in ("0", "1", "2", "9")], release="21.1")
    store.add(CANDIDATE, retrieved_at=NOW)
    report = store.add(replace(yearly, whole=True), retrieved_at=NOW)
    assert (counts(report), report.changes.withdrawn) == ((1, 0, 3, 0), 1)
    assert "1 events of earlier versions are not in ucdp 21.1" in report.manifest["warnings"][-1]
    assert store.events()["event_id"].tolist() == ["0", "1", "2", "9"]
    assert store.known(release="20.0.3").events()["event_id"].tolist() == ["0", "1", "2", "3"]


def test_withdrawal_does_not_depend_on_the_order_of_ingest(store):
    yearly = events_reading([event(i) for i in ("0", "1", "2", "9")], release="21.1")
    store.add(replace(yearly, whole=True), retrieved_at=NOW)
    store.add(CANDIDATE, retrieved_at=NOW)
    assert store.events()["event_id"].tolist() == ["0", "1", "2", "9"]


@pytest.mark.parametrize(
    ("rows", "change"),
    [
        ([event("0"), event("1"), event("2")], {}),
        (
            [event("0"), event("1"), event("2")],
            {"whole": True, "coverage": Coverage(True, "2020-04", "2020-12")},
        ),
        (
            [event("0"), event("1"), event("2")],
            {"whole": True, "coverage": Coverage(True, "2020-01", "2020-12", ("Niger",))},
        ),
        ([event("0"), event("1"), event("2")], {"whole": True, "release": "19.1"}),
        ([event("0"), event("1"), event("2")], {"whole": True, "source": "other"}),
    ],
    ids=["not whole", "other months", "other countries", "earlier", "other"],
)
def test_what_a_release_does_not_speak_of_it_does_not_withdraw(store, rows, change):
    store.add(CANDIDATE, retrieved_at=NOW)
    more = {k: v for k, v in change.items() if k != "whole"}
    reading = events_reading(rows, **{"release": "21.1"} | more)
    store.add(replace(reading, whole=change.get("whole", False)), retrieved_at=NOW)
    assert set(store.events(source="ucdp")["event_id"]) == {"0", "1", "2", "3"}
