"""A newer version of a list stands alone for its months, and says what is gone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.data.lists import Lists, ucdp_row

K1 = "K1,2023-01-05,10.5,0.5,Mali,3"
K2 = "K2,2024-11-09,10.5,1.5,Mali,4"
K3 = "K3,2024-12-10,10.5,1.5,Mali,9"
BOTH = ("1", "1"), ("1", "2")


@pytest.fixture
def lists(tmp_path: Path) -> Lists:
    return Lists(tmp_path)


def taken(answer, *, what="withdrawn"):
    """Return the lines that name rows of one fate."""
    assert answer.returncode == 0, answer.stderr
    return [line for line in answer.stderr.splitlines() if line.startswith(f"{what}: ")]


@pytest.mark.parametrize("releases", BOTH, ids=["same release", "later release"])
def test_a_row_that_the_newer_version_lacks_is_gone_and_named(lists, releases):
    lists.csv([K1, K2, K3], release=releases[0])
    done = lists.csv([K1, K3], release=releases[1])
    assert taken(done) == [f"withdrawn: {releases[0]}, K2, 2024-11-09, Mali, 4 deaths"]
    assert "all of them (1 withdrawn) are listed in " in done.stderr
    gone = next((lists.work / "store").glob("000002-*/superseded.csv")).read_text()
    assert "K2,2024-11-09,Mali" in gone
    assert lists.total() == (2, 12)


@pytest.mark.parametrize("releases", BOTH, ids=["same release", "later release"])
@pytest.mark.parametrize(
    ("rows", "fate", "total"),
    [
        ([K1, "K9,2024-11-09,10.5,1.5,Mali,4", K3], "renumbered", (3, 16)),
        ([K1, "K3,2024-11-09,10.5,1.5,Mali,13"], "merged", (2, 16)),
        ([K1, K2.replace("2024-11-09", "2024-12-02"), K3], "moved", (3, 16)),
        ([K1, K2.replace("1.5", "0.5"), K3], "moved", (3, 16)),
    ],
    ids=["renumbered", "merged", "another month", "another region"],
)
def test_every_event_counts_once_whatever_became_of_it(lists, releases, rows, fate, total):
    lists.csv([K1, K2, K3], release=releases[0])
    done = lists.csv(rows, release=releases[1])
    assert len(taken(done, what=fate)) == 1, done.stderr
    assert lists.total() == total


def test_the_order_of_releases_does_not_matter(tmp_path):
    versions = {"1": [K1, K2, K3], "2": [K1, K3], "3": [K1, K3, "K4,2024-12-11,10.5,0.5,Mali,1"]}
    made = set()
    for order in (("1", "2", "3"), ("3", "2", "1"), ("2", "3", "1")):
        lists = Lists(tmp_path / "".join(order))
        for release in order:
            assert lists.csv(versions[release], release=release).returncode == 0
        lists.panel()
        made.add((lists.work / "panels" / "admin1" / "panel.parquet").read_bytes())
    assert len(made) == 1
    assert lists.total() == (3, 13)


def test_a_version_takes_nothing_outside_its_months_and_countries(lists):
    niger = "N1,2024-11-01,10.5,3.5,Niger,2"
    lists.csv([K1, K2, K3, niger], countries=("Mali", "Niger"))
    assert not taken(lists.csv([K3], release="2", first="2024-12"))
    done = lists.csv([K3], release="3", first="2024-11")
    assert taken(done) == ["withdrawn: 1, K2, 2024-11-09, Mali, 4 deaths"]
    assert lists.total() == (3, 14)


def test_a_country_that_is_covered_from_later_on_keeps_its_earlier_rows(lists):
    niger = "N1,2023-11-01,10.5,3.5,Niger,2"
    lists.csv([K1, K2, K3, niger], countries=("Mali", "Niger"))
    since = {"[coverage]": '[coverage]\nsince = { Niger = "2024-01" }'}
    done = lists.csv([K1, K2, K3], release="2", countries=("Mali", "Niger"), changed=since)
    assert not taken(done)
    assert lists.total() == (4, 18)


def test_rows_of_a_country_that_the_list_does_not_claim_go_with_it(lists):
    lists.csv([K1, K2, K3, "K5,2024-11-12,10.5,1.5,Elsewhere,2"])
    assert len(taken(lists.csv([K1, K2, K3], release="2"))) == 1


def test_a_month_that_is_covered_in_part_takes_nothing_from_a_whole_one(lists):
    late = "K4,2024-12-20,10.5,0.5,Mali,1"
    lists.csv([K1, K2, K3, late])
    done = lists.csv([K1, K2, K3], "--data-through", "2024-12-15", release="2")
    assert not taken(done)
    assert lists.total() == (4, 17)


def test_the_newest_month_in_part_is_replaced_by_the_next_version(lists):
    """A weekly list: what it deletes in the month that has not ended does not stay."""
    weekly = ("--data-through", "2024-12-15")
    lists.csv([K1, K2, K3, "K4,2024-12-12,10.5,0.5,Mali,1"], *weekly)
    assert len(taken(lists.csv([K1, K2, K3], "--data-through", "2024-12-22", release="2"))) == 1
    assert '"events": 3' in lists.good("status", "--json").stdout


def test_as_of_shows_what_was_known_before_a_row_was_withdrawn(lists):
    lists.csv([K1, K2, K3], "--published", "2025-01-31")
    lists.csv([K1, K3], "--published", "2025-02-28", release="2")
    assert lists.total("--as-of", "2025-02-01") == (3, 16)
    assert lists.total("--as-of", "2025-03-01") == (2, 12)


def test_a_list_that_is_not_complete_only_says_what_it_no_longer_has(lists):
    lists.csv([K1, K2, K3], complete=False)
    done = lists.csv([K1, K3], complete=False, release="2")
    assert "1 events of earlier files are no longer in this list" in done.stderr
    assert "K2" in done.stderr
    assert '"events": 3' in lists.good("status", "--json").stdout


def test_the_yearly_release_stands_alone_for_the_months_of_its_candidates(lists):
    """Two candidates of October are one event of the yearly release, one of November is dropped,
    one has another id and one was moved to December."""
    lists.ucdp("23.0.10", [ucdp_row(1, "2023-10-03", 2), ucdp_row(2, "2023-10-04", 3)])
    lists.ucdp("23.0.11", [ucdp_row(n, f"2023-11-0{n}", n) for n in (3, 4, 5, 6)])
    done = lists.ucdp(
        "24.1",
        [
            ucdp_row(90, "2023-10-03", 5, end="2023-10-04"),
            ucdp_row(91, "2023-11-03", 3),
            ucdp_row(5, "2023-12-05", 5),
            ucdp_row(6, "2023-11-06", 6),
        ],
    )
    assert done.returncode == 0, done.stderr
    assert len(taken(done, what="merged")) == 2
    assert len(taken(done, what="renumbered")) == 1
    assert len(taken(done, what="moved")) == 1
    assert len(taken(done)) == 1
    assert lists.total() == (4, 19)


def test_candidates_that_come_after_their_yearly_release_add_nothing(lists):
    lists.ucdp(
        "24.1", [ucdp_row(90, "2023-10-03", 5, end="2023-10-04"), ucdp_row(91, "2023-11-03", 3)]
    )
    done = lists.ucdp("23.0.10", [ucdp_row(1, "2023-10-03", 2), ucdp_row(2, "2023-10-04", 3)])
    assert "2 rows of ucdp 23.0.10" in done.stderr
    assert lists.total() == (2, 8)


def test_region_months_that_newer_figures_lack_are_unknown_again(lists):
    months = [f"{year}-{month:02d}" for year in (2023, 2024, 2025) for month in range(1, 13)]
    rows = [f"{region},{month},1,2,Mali" for region in ("01", "02") for month in months]
    lists.figures(rows, "--release", "1")
    done = lists.figures(
        [row for row in rows if not row.startswith("02,2024-02")], "--release", "2"
    )
    assert taken(done) == ["withdrawn: 1, 02, 2024-02, 1, 2 deaths"]
    counted = lists.panel()
    assert counted["reconciliation"]["panel"] == {"events": 71, "deaths": 142}
    assert counted["statuses"]["not_covered"] == 37


def test_figures_of_another_country_or_other_months_take_nothing(lists):
    rows = [f"01,2024-{month:02d},1,2,Mali" for month in (1, 2, 3)]
    lists.figures(rows, "--release", "1")
    lists.figures(["11,2024-01,4,4,Niger", "11,2024-03,4,4,Niger"], "--release", "2")
    assert not taken(lists.figures(["01,2024-04,1,2,Mali"], "--release", "3"))
    assert '"events": 12' in lists.good("status", "--json").stdout


def test_figures_of_other_codes_for_the_same_country_are_asked_about(lists):
    rows = [f"{region},2024-{month:02d},1,2,Mali" for region in ("01", "02") for month in (1, 2)]
    lists.figures(rows, "--release", "1")
    later = [row.replace("2024", "2025").replace("0", "ML0", 1) for row in rows]
    refused = lists.figures(later, "--release", "2")
    assert refused.returncode == 1
    assert "none of the regions of Mali (ML01, ML02) is among those" in refused.stderr
    assert lists.figures(later, "--add", "--release", "2").returncode == 0


ACLED = (
    "event_id_cnty,event_date,time_precision,event_type,sub_event_type,actor1,actor2,country,admin1,"
    "admin2,location,latitude,longitude,geo_precision,fatalities,timestamp"
)


def acled_row(number: int, day: str, deaths: int, stamp: int) -> str:
    return (
        f"MLI{number},{day},1,Battles,Armed clash,A,B,Mali,Gao,Gao,Town,10.5,0.5,1,{deaths},{stamp}"
    )


def test_a_newer_file_of_acled_stands_alone_for_the_months_it_claims(lists):
    claim = ("--from", "2022-01", "--until", "2024-06")
    days = ("2022-01-05", "2024-02-06", "2024-03-07")
    for stamp, kept in ((1_720_000_000, days), (1_730_000_000, days[:1] + days[2:])):
        rows = [acled_row(days.index(day) + 1, day, 2, stamp) for day in kept]
        done = lists.file("acled", "mali.csv", [ACLED, *rows], *claim)
    assert len(taken(done)) == 1
    assert lists.total() == (2, 4)


def numbered(count: int, *, start: int = 1, month: int = 1, prefix: str = "K") -> list[str]:
    days = [f"2024-{month + place // 28:02d}-{place % 28 + 1:02d}" for place in range(count)]
    return [
        f"{prefix}{start + place},{day},10.5,{0.1 + place / 100:.2f},Mali,{place % 7}"
        for place, day in enumerate(days)
    ]


def test_a_part_of_a_list_is_refused_until_the_user_says_what_it_is(lists):
    niger = [f"N{n},2024-0{n}-01,10.5,3.5,Niger,1" for n in range(1, 5)]
    both = ("Mali", "Niger")
    lists.csv([*numbered(8), *niger], countries=both)
    refused = lists.csv(numbered(8), release="2", countries=both)
    assert refused.returncode == 1
    assert "lacks 4 of the 12 events" in refused.stderr
    assert "no row of the country Niger" in refused.stderr
    assert "give --replace" in refused.stderr
    assert "--add" in refused.stderr
    assert lists.total()[0] == 12
    assert lists.csv(numbered(8), "--add", release="2", countries=both).returncode == 0
    assert lists.total()[0] == 12
    assert lists.csv(numbered(8), "--replace", release="3", countries=both).returncode == 0
    assert lists.total()[0] == 8


@pytest.mark.parametrize(
    "rows",
    [numbered(60)[:20], numbered(60)[40:], numbered(60)[::5]],
    ids=["first third", "last third", "every fifth"],
)
def test_the_larger_part_of_a_list_does_not_go_unasked(lists, rows):
    lists.csv(numbered(60))
    assert "give --replace" in lists.csv(rows, release="2").stderr
    assert lists.total()[0] == 60


def test_a_part_that_came_first_is_asked_about_when_the_whole_list_comes(lists):
    lists.csv(numbered(60)[:20], release="2")
    refused = lists.csv(numbered(60), release="1")
    assert "the later release 2 lacks 40 of the 60 events that this file has" in refused.stderr


def test_files_of_one_command_are_parts_of_one_version(lists):
    header = "region_id,month,events,deaths"
    months = [f"2024-{month:02d}" for month in range(1, 7)]
    parts = [
        lists.write(
            f"{region}.csv", "\n".join([header, *(f"{region},{m},1,2" for m in months)]) + "\n"
        )
        for region in ("01", "02")
    ]
    lists.good("ingest", "figures", *parts)
    assert '"events": 12' in lists.good("status", "--json").stdout


def test_the_same_list_under_other_ids_is_refused_until_it_is_said_to_replace(lists):
    lists.csv(numbered(60))
    other = numbered(60, start=5001)
    refused = lists.csv(other, release="2")
    assert refused.returncode == 1
    assert "hardly any of the ids that are held come again" in refused.stderr
    assert lists.total()[0] == 60
    assert lists.csv(other, "--replace", release="2").returncode == 0
    assert lists.total()[0] == 60


def test_a_second_file_without_any_id_of_the_first_is_asked_about(lists):
    lists.csv([K1])
    assert "give --replace" in lists.csv([K3], release="2").stderr
    assert lists.csv([K3], "--add", release="2").returncode == 0
    assert lists.total() == (2, 12)


def test_events_that_come_under_other_ids_outside_the_claim_are_refused(lists):
    lists.csv(numbered(60))
    refused = lists.csv(numbered(60, start=5001), release="2", first="2024-06")
    assert refused.returncode == 1
    assert "would count twice" in refused.stderr
    assert lists.total()[0] == 60


def test_row_numbers_as_ids_are_refused_where_they_would_take_other_months(lists):
    lists.csv(numbered(20), first="2022-01", last="2024-03")
    shifted = [row.replace(",10.5,", ",10.7,") for row in numbered(20, month=5)]
    shifted = [row.replace(",0.", ",1.") for row in shifted]
    refused = lists.csv(shifted, release="2", first="2024-04")
    assert refused.returncode == 1
    assert "as row numbers do" in refused.stderr
    assert lists.total()[0] == 20


def test_a_refused_file_leaves_the_store_as_it_was(lists):
    lists.csv(numbered(60))
    before = sorted(path.name for path in (lists.work / "store").iterdir())
    assert lists.csv(numbered(60)[:20], release="2").returncode == 1
    assert sorted(path.name for path in (lists.work / "store").iterdir()) == before


def test_another_column_of_the_same_file_is_another_meaning(lists):
    header = {"header": "event_id,date,latitude,longitude,country,deaths,injured"}
    rows = [f"{row},7" for row in (K1, K2, K3)]
    changed = {'deaths_best = "deaths"': 'deaths_best = "injured"'}
    assert lists.csv(rows, **header).returncode == 0
    refused = lists.csv(rows, release="2", changed=changed, **header)
    assert 'deaths_best from column "deaths", and this file has "injured"' in refused.stderr
    assert refused.returncode == 1
    renamed = header["header"].replace("deaths", "killed")
    other = {'deaths_best = "deaths"': 'deaths_best = "killed"'}
    assert lists.csv(rows, release="2", changed=other, header=renamed).returncode == 0


def test_a_word_that_means_another_kind_is_another_meaning(lists):
    header = {"header": "event_id,date,latitude,longitude,country,deaths,what"}
    rows = [f"{row},raid" for row in (K1, K2, K3)]
    for release, kind, code in (("1", "state-based", 0), ("2", "one-sided", 1)):
        columns = {
            'kind = "state-based"': f'[translate.kind]\nraid = "{kind}"',
            "[columns]": '[columns]\nkind = "what"',
        }
        done = lists.csv(rows, release=release, changed=columns, **header)
        assert done.returncode == code, done.stderr
    assert 'kind of "raid" "state-based"' in done.stderr


def test_one_source_holds_events_or_figures(lists):
    lists.csv([K1, K2, K3])
    refused = lists.figures(["01,2024-01,1,2,Mali"], "--source", "own")
    assert refused.returncode == 1
    assert "with events, and this file holds figures" in refused.stderr


def test_later_figures_have_the_measures_of_the_earlier_ones(lists):
    lists.figures(["01,2024-01,1,2,Mali"], "--release", "1")
    lines = ["region_id,month,deaths,country", "01,2024-02,2,Mali"]
    refused = lists.file("figures", "other.csv", lines, "--release", "2")
    assert refused.returncode == 1
    assert "measures that release 2 lacks: events" in refused.stderr


HAPI = (
    "location_code,admin1_code,admin1_name,admin2_code,admin2_name,admin_level,event_type,events,"
    "fatalities,reference_period_start,reference_period_end"
)


@pytest.mark.parametrize(
    "other",
    [
        ("--event-type", "civilian_targeting", "--admin-level", "admin2"),
        ("--admin-level", "admin1"),
    ],
    ids=["event type", "level"],
)
def test_one_source_has_one_event_type_and_one_level(lists, other):
    rows = [
        f"MLI,ML07,Gao,ML0702,Ansongo,2,{kind},{n},{n},2025-01-01,2025-01-31"
        for kind, n in (("political_violence", 9), ("civilian_targeting", 2))
    ]
    words = ("--source", "hdx", "--data-through", "2025-01")
    first = lists.file("figures", "h.csv", [HAPI, *rows], *words, "--admin-level", "admin2")
    assert first.returncode == 0, first.stderr
    refused = lists.file("figures", "h.csv", [HAPI, *rows], *words, *other)
    assert refused.returncode == 1
    assert "two meanings under one name" in refused.stderr


def yearly(lists):
    """Bring in two candidates and the yearly release that merges, drops, renames and moves."""
    lists.ucdp("23.0.10", [ucdp_row(1, "2023-10-03", 2), ucdp_row(2, "2023-10-04", 3)])
    lists.ucdp("23.0.11", [ucdp_row(n, f"2023-11-0{n}", n) for n in (3, 4, 5, 6)])
    rows = [
        ucdp_row(90, "2023-10-03", 5, end="2023-10-04"),
        ucdp_row(91, "2023-11-03", 3),
        ucdp_row(5, "2023-12-05", 5),
        ucdp_row(6, "2023-11-06", 8),
        ucdp_row(92, "2023-11-20", 1, east=3.5),
    ]
    assert lists.ucdp("24.1", rows).returncode == 0


def test_the_panel_lists_what_superseded_what(lists):
    yearly(lists)
    listed = lists.panel()["reconciliation"]["superseded"]
    assert [tuple(record.values()) for record in listed] == [
        ("23.0.10", "24.1", "merged", 2, 5),
        ("23.0.11", "24.1", "moved", 1, 5),
        ("23.0.11", "24.1", "renumbered", 1, 3),
        ("23.0.11", "24.1", "withdrawn", 1, 4),
    ]
    words = ("--boundaries", lists.folder / "squares.geojson", "--id", "code", "--name", "nom")
    printed = lists.good("panel", "--scale", "admin1", *words, "--country", "pays").stdout
    assert "23.0.10, superseded by 24.1 (events/deaths): 2/5 merged\n" in printed
    assert "23.0.11, superseded by 24.1 (events/deaths): 1/5 moved, 1/3 renumbered, 1/4" in printed


def test_revisions_tell_new_and_withdrawn_events_from_changed_tolls(lists):
    yearly(lists)
    asked = ("revisions", "--from", "23.0.11", "--to", "24.1", "--scale", "country")
    told = json.loads(lists.good(*asked, "--json").stdout)["rows"]
    assert told == {
        "new": {"events": 1, "deaths": 1},
        "withdrawn": {"events": 1, "deaths": 4},
        "merged": {"events": 2, "deaths": 5},
        "renumbered": {"events": 1, "deaths": 3},
        "changed toll": {"events": 1, "deaths": 2},
        "moved": {"events": 1, "deaths": 5},
    }
    assert "changed toll" in lists.good(*asked).stdout


def test_revisions_of_figures_tell_region_months_that_are_gone(lists):
    months = [f"{year}-{month:02d}" for year in (2023, 2024, 2025) for month in range(1, 13)]
    rows = [f"{region},{month},1,2,Mali" for region in ("01", "02") for month in months]
    lists.figures(rows, "--release", "1")
    lists.figures([*rows[:20], *rows[22:-1], "02,2025-12,1,7,Mali"], "--release", "2")
    told = json.loads(lists.good("revisions", "--scale", "admin1", "--json").stdout)["rows"]
    assert told == {
        "withdrawn": {"events": 2, "deaths": 4},
        "changed toll": {"events": 1, "deaths": 5},
    }
