"""``escalation watch`` and the watch sections of an issue, through the command line."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from data.workspace import Workspace
from forecast.report.page.page import POLICY
from forecast.text.sections import Section
from forecast.watch.watching import make_watch, watch_of_issue
from tests.calls import NOWHERE, Answer, run_inside
from tests.data.geography import SAMPLES, UCDP_FILES
from tests.forecast.busy_list import Desk as Squares
from tests.forecast.busy_list import busy_rows
from tests.forecast.chromium import open_page
from tests.forecast.issues import HOSTILE, small_panel, workspace_of
from tests.forecast.report.page.test_page import _Elements
from tests.forecast.watch.slow import km
from tests.records import change_record
from tests.shared import shared_file

AES, AES_MAP = SAMPLES / "aes_attacks_2024_2025.csv", SAMPLES / "aes.map.toml"
Call = Callable[..., Answer]
ROWS = list(csv.DictReader(AES.read_text("utf-8").splitlines()))


@pytest.fixture
def call(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Call:
    """Return a caller of commands in a workspace that is empty."""
    (tmp_path / "w").mkdir()

    def given(*words: object) -> Answer:
        return run_inside(capsys, "-w", tmp_path / "w", *words)

    return given


def ingest(call: Call, folder: Path, text: str | None = None) -> None:
    """Bring in the committed list, or another one in its layout."""
    path = AES
    if text is not None:
        path = folder / "list.csv"
        path.write_text(text, encoding="utf-8")
    done = call("ingest", "csv", path, "--map", AES_MAP, "--limit", "0.5")
    assert done.returncode == 0, done.stderr


def watch(call: Call, *words: str) -> dict[str, list[dict]]:
    """Return the rows of each section as records."""
    done = call("watch", "--json", *words)
    assert done.returncode == 0, done.stderr
    return {
        section["name"]: [
            dict(zip([c["name"] for c in section["columns"]], row, strict=True))
            for row in section["rows"]
        ]
        for section in json.loads(done.stdout)["sections"]
    }


def of_list(number: int) -> dict:
    """Return a row of the committed list with its point and days."""
    row: dict = dict(ROWS[number - 1])
    assert row["event_id"] == f"AES-{number:03d}"
    row |= {name: float(row[name]) for name in ("latitude", "longitude")}
    return row | {"day": date.fromisoformat(row["date_start"])}


def test_eknewane_was_hit_three_times_in_nine_months_with_rising_tolls(call, tmp_path) -> None:
    ingest(call, tmp_path)
    first, *others = watch(call, "--as-of", "2025-06")["watch_repeat"]
    hits = [of_list(number) for number in (6, 9, 15)]
    days = [row["day"] for row in hits]
    assert (days[-1].year - days[0].year) * 12 + days[-1].month - days[0].month + 1 == 9
    assert first == {
        "place": "Eknewane",
        "region": "Tahoua",
        "country": "Niger",
        "attackers": "ISGS",
        "summary": "3 times in 9 months, tolls rising",
        "times": 3,
        "times_24": 3,
        "dates": "18 Sep 2024, 1 Feb 2025, 25 May 2025",
        "days_between": f"{(days[1] - days[0]).days}, {(days[2] - days[1]).days}",
        "tolls": ", ".join(row["deaths_best"] for row in hits),
        "deaths": sum(int(row["deaths_best"]) for row in hits),
        "overrun": "2 of 3",
        "captured": 12,
        "list": "aes (not complete)",
    }
    assert first["days_between"] == "136, 113"
    assert first["tolls"] == "24, 46, 58"
    assert [row["place"] for row in others] == ["Koumbri", "Falmey", "Dioura"]


def test_dioura_and_koumbri_are_repeat_targets_with_dates_as_vague_as_they_are(
    call, tmp_path
) -> None:
    ingest(call, tmp_path)
    found = {row["place"]: row for row in watch(call, "--as-of", "2025-06")["watch_repeat"]}
    dioura, koumbri = found["Dioura"], found["Koumbri"]
    assert [of_list(n)["date_precision"] for n in (1, 2, 4, 14)] == ["year"] * 3 + ["day"]
    assert dioura["dates"] == "2015 (year only), 2019 (year only), 2023 (year only), 23 May 2025"
    assert (dioura["times"], dioura["times_24"], dioura["deaths"]) == (4, 1, None)
    assert (dioura["days_between"], dioura["tolls"]) == (None, "?, ?, ?, 60 claimed")
    assert (dioura["summary"], dioura["overrun"]) == ("4 times since 2015", "1 of 1")
    assert koumbri["dates"] == "Apr 2021 (month only), Sep 2023 (month only), 1 Jun 2025"
    assert (koumbri["days_between"], koumbri["tolls"]) == (None, "?, 53, 65")
    assert (koumbri["deaths"], koumbri["overrun"]) == (53 + 65, "3 of 3")
    assert koumbri["summary"] == "2 times in 22 months, 3 since Apr 2021"


def test_boulikessi_and_koumbri_on_one_day_with_their_distance(call, tmp_path) -> None:
    ingest(call, tmp_path)
    (found,) = watch(call, "--as-of", "2025-06")["watch_same_day"]
    boulikessi, koumbri = of_list(17), of_list(18)
    assert boulikessi["date_start"] == koumbri["date_start"] == "2025-06-01"
    assert found == {
        "attacker": "JNIM",
        "day": "1 Jun 2025",
        "places": "Koumbri (Nord, Burkina Faso), Boulikessi (Mopti, Mali)",
        "place_count": 2,
        "km": round(km(boulikessi, koumbri)),
        "tolls": "65, 100 claimed",
        "deaths": 65,
        "list": "aes (not complete)",
    }
    assert found["km"] == 143


def test_jnim_in_dosso_is_first_in_this_list_and_no_more(call, tmp_path) -> None:
    ingest(call, tmp_path)
    found = watch(call, "--as-of", "2025-06")
    dosso = found["watch_actors"][0]
    falmey = of_list(10)
    before = [
        of_list(n) for n in range(1, 10) if "JNIM" in ROWS[n - 1]["side_a"] and n not in (1,)
    ]  # the first row's "JNIM and predecessors" is a name of its own
    assert dosso == {
        "attacker": "JNIM",
        "what": "first in this list in the region",
        "region": "Dosso",
        "country": "Niger",
        "place": "Falmey",
        "date": "Mar 2025 (month only)",
        "km": round(min(km(falmey, row) for row in before)),
        "nearest": "Koumbri (Nord)",
        "attacks": 2,
        "deaths": 45,
        "list": "aes (not complete)",
    }
    border = found["watch_first"][0]
    assert border["what"] == "first in this list across the border into Niger"
    assert (border["attackers"], border["before"]) == ("JNIM", "Mali, Burkina Faso")
    regions = {(row["region"], row["place"]) for row in found["watch_first"][1:]}
    assert regions == {
        ("Dosso", "Falmey"),
        ("Tombouctou", "Lere"),
        ("Kidal", "Tessalit"),
        ("Kayes", "Nioro du Sahel"),
        ("Sahel", "Djibo"),
    }
    text = json.dumps(found)
    assert "new in the" not in text
    assert "never seen" not in text
    assert found["watch_records"] == found["watch_surge"] == []


def test_the_files_and_the_terminal_say_it_too(call, tmp_path) -> None:
    ingest(call, tmp_path)
    done = call("watch")  # the last month of the list
    assert done.returncode == 0
    told = ("Eknewane, Tahoua, Niger: 3 times in 9 months, tolls rising; deaths 24, 46, 58",)
    told += ("Dioura, Mopti, Mali: 4 times since 2015", "143 km apart", "Koumbri, Nord")
    told += ("JNIM, Falmey, Dosso, Niger: first in this list in the region",)
    for text in told:
        assert text in done.stdout, text
    page = (tmp_path / "w/reports/watch-2025-06.html").read_text("utf-8")
    markdown = (tmp_path / "w/reports/watch-2025-06.md").read_text("utf-8")
    for text in (*told, "18 Sep 2024, 1 Feb 2025, 25 May 2025", "136, 113"):
        assert text in page, text
    assert "| 136, 113 | 24, 46, 58 | 128 | 2 of 3 | 12 | aes (not complete) |" in markdown
    for text in ("2025-06", "not a complete list", "as agreed with the provider"):
        assert text in page, text
        assert text in markdown, text
    accessed = json.loads(call("watch", "--json").stdout)["sources"][0]["accessed"]
    assert f"Accessed {accessed}" in page
    assert f"Accessed {accessed}" in markdown
    assert POLICY in [attributes.get("content") for _, attributes in _Elements(page).tags]


def test_the_same_store_gives_the_same_bytes(call, tmp_path) -> None:
    ingest(call, tmp_path)
    written = []
    for folder in ("one", "two"):
        assert call("watch", "--out", tmp_path / folder).returncode == 0
        written.append([p.read_bytes() for p in sorted((tmp_path / folder).iterdir())])
    assert len(written[0]) == 2
    assert written[0] == written[1]


def test_a_country_and_a_format_are_chosen(call, tmp_path) -> None:
    ingest(call, tmp_path)
    done = call("watch", "--country", "niger, MLI", "--format", "md", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["watch-2025-06-MLI-NER.md"]
    text = (tmp_path / "out" / "watch-2025-06-MLI-NER.md").read_text("utf-8")
    assert "16 attacks of aes (not complete) to 2025-06-04 in Niger, Mali" in text
    sites = text.partition("## Attackers")[0]
    assert "Eknewane" in sites
    assert "Koumbri" not in sites


def test_columns_without_a_value_are_left_out_of_the_files(call, tmp_path) -> None:
    ingest(call, tmp_path)
    assert call("watch", "--country", "Mali").returncode == 0
    for ending, heading in (("md", "| {} |"), ("html", ">{}</th>")):
        text = (tmp_path / f"w/reports/watch-2025-06-MLI.{ending}").read_text("utf-8")
        table = text.partition("Attackers new")[0] if ending == "md" else text
        assert heading.format("Overrun") in table
        assert heading.format("Captured") not in table  # of Dioura it is not known


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--as-of", "2025-6"), 2, 'expected a month as YYYY-MM, got "2025-6"'),
        (("--as-of", "2014-12"), 1, "the store holds nothing up to 2014-12"),
        (("--country", "Atlantis"), 2, 'no list holds an attack in "Atlantis" (there are: Burkina'),
        (("--format", "pdf"), 2, "expected formats of html, md, got pdf"),
    ],
)
def test_what_cannot_be_is_one_line(call, tmp_path, words, code, says) -> None:
    ingest(call, tmp_path)
    done = call("watch", *words)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith(f"error: {says}")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "w" / "reports").exists()


def test_an_empty_store_is_one_line(call) -> None:
    done = call("watch")
    assert done.returncode == 1
    assert "the store is empty" in done.stderr


def text_of(rows: list[dict]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(ROWS[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


@pytest.mark.parametrize("month", ["2024-12", "2025-02", "2025-05"])
def test_nothing_later_is_read(tmp_path, capsys, month: str) -> None:
    """The whole list, the list cut at the month, and one whose later rows are garbage."""
    kept = [row for row in ROWS if row["date_start"][:7] <= month]
    spoilt = [
        row
        if row in kept
        else row
        | {"place": "Eknewane", "admin1": "Nowhere", "side_a": "JNIM, ISGS", "deaths_best": "9999"}
        | {"latitude": "15.718142", "longitude": "4.505465", "location_precision": "exact"}
        for row in ROWS
    ]
    found = []
    for number, rows in enumerate((ROWS, kept, spoilt)):
        folder = tmp_path / str(number)
        folder.mkdir()

        def call(*words: object, folder: Path = folder) -> Answer:
            return run_inside(capsys, "-w", folder, *words)

        ingest(call, folder, text_of(rows))
        found.append(watch(call, "--as-of", month))
    assert len(kept) < len(ROWS)
    assert found[0]["watch_first"]
    assert found[0] == found[1] == found[2]


def hostile_list() -> str:
    """Return two attacks on each of the hostile places, by hostile attackers, in one month."""
    rows = []
    for number, name in enumerate(HOSTILE):
        for time in (1, 2):
            plain = dict(ROWS[5], event_id=f"h{number}-{time}", deaths_best=str(number))
            names = dict.fromkeys(("place", "admin1", "side_a", "site_overrun", "country"), name)
            point = {"latitude": str(10 + number), "longitude": "1.5"}
            day = f"2025-06-0{time}"
            rows.append(plain | names | point | {"date_start": day, "date_end": day})
            rows[-1]["country"] = "Mali"
    return text_of(rows)


def test_hostile_names_are_harmless(call, tmp_path) -> None:
    ingest(call, tmp_path, hostile_list())
    done = call("watch", "--as-of", "2025-06")
    assert done.returncode == 0, done.stderr
    assert all(c.isprintable() or c == "\n" for c in done.stdout)
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", done.stdout)
    page_file = tmp_path / "w/reports/watch-2025-06.html"
    page = page_file.read_text("utf-8")
    elements = _Elements(page).tags
    assert not {tag for tag, _ in elements} & {"script", "img", "svg", "iframe", "form", "base"}
    assert not [a for _, attributes in elements for a in attributes if a.startswith("on")]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "x" * 61 not in page
    assert "http:" not in page
    assert "https:" not in page
    assert not [c for c in page if ord(c) < 32 and c != "\n"]
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", page)
    for width in (390, 1280):
        (tmp_path / str(width)).mkdir()
        question = (
            "[page.scripts.length, page.images.length,"
            " page.documentElement.scrollWidth - page.documentElement.clientWidth,"
            " page.querySelectorAll('#watch_repeat tbody tr').length].join('|')"
        )
        answer, complaints = open_page(
            page_file, tmp_path / str(width), width=width, question=question
        )
        assert answer == "0|0|0|10"
        assert complaints == []


def test_hostile_names_are_no_markdown(call, tmp_path) -> None:
    names = ("[a](https://x.org) www.x.org", "*b* _c_ `d` ~e~ ![f](g)", "h | i \\| j", "@k #1 &lt;")
    rows = [
        dict(ROWS[5], event_id=f"h{n}{day}", place=name, date_start=day, date_end=day)
        | {"latitude": str(10 + n)}
        for n, name in enumerate(names)
        for day in ("2025-06-01", "2025-06-02")
    ]
    ingest(call, tmp_path, text_of(rows))
    assert call("watch", "--as-of", "2025-06").returncode == 0
    text = (tmp_path / "w/reports/watch-2025-06.md").read_text("utf-8")
    table = text.partition("## Attackers")[0]
    lines = [line for line in table.splitlines() if line.startswith("|")]
    assert len(lines) == 2 + len(names)
    assert len({len(re.findall(r"(?<!\\)\|", line)) for line in lines}) == 1
    bare = re.sub(r"\\[\\`*_{}\[\]#|~!@:]", "", table)
    assert not re.search(r"[`*~\[\]<>]|(?<!\|)_|://|www\.|&(?!lt;|gt;|amp;)", bare)
    assert "\\[a\\](https:\u2060//x.org) www\u2060.x.org" in table
    assert "&amp;lt;" in table


def test_an_issue_has_the_sections_of_both_lists(tmp_path, capsys, monkeypatch) -> None:
    """A complete list and one that is not: both serve, each on its own, the second one marked."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", NOWHERE)
    desk = Squares(tmp_path, capsys)
    desk.ingest(busy_rows())
    moved = [
        dict(row, date_start=day, date_end=day, latitude="14.2", longitude="-5.1", country="Mali")
        | {"date_precision": "day", "location_precision": "exact", "place": "Camp"}
        for row, day in zip(ROWS[:3], ("2021-03-01", "2021-11-02", "2022-01-05"), strict=True)
    ]
    ingest(desk.call, tmp_path, text_of(moved))
    desk.panel()
    words = ("forecast", "--model", "last", "--origin", "2021-12")
    assert desk.call(*words).returncode == 0
    kept = json.loads((desk.folder / "forecasts/2021-12-admin1/sections.json").read_text())
    sections = {s["name"]: s for s in kept if s["name"].startswith("watch_")}
    assert len(sections) == 6
    rows = sections["watch_repeat"]["rows"]
    names = [column["name"] for column in sections["watch_repeat"]["columns"]]
    found = [dict(zip(names, row, strict=True)) for row in rows]
    assert [row["list"] for row in found] == ["mine", "mine", "aes (not complete)"]
    assert [row["region"] for row in found] == ["West", "East", "West"]
    assert (found[2]["place"], found[2]["times"]) == ("Camp", 2)  # the third one comes later
    whole = len([row for row in busy_rows() if row.endswith(tuple("0123456789")) and "Mali" in row])
    assert found[0]["times"] == whole
    assert "aes is not a complete list" in sections["watch_repeat"]["note"]


def test_an_issue_of_figures_says_what_it_cannot_know(tmp_path: Path) -> None:
    panel = small_panel()
    workspace = workspace_of(tmp_path, panel)
    found = watch_of_issue(workspace, panel, as_of=None, report_progress=lambda _: None)
    sections = {section.name: section for section in found}
    for name in ("watch_repeat", "watch_actors", "watch_same_day", "watch_first"):
        assert sections[name].rows == ()
        assert "ready counts by region and month only" in sections[name].note
    assert "ready counts" not in sections["watch_records"].note


def test_figures_alone_give_maxima_and_surges(call, tmp_path) -> None:
    figures, regions = SAMPLES / "sahel_figures.parquet", SAMPLES / "sahel_regions.parquet"
    assert call("ingest", "figures", figures, "--regions", regions).returncode == 0
    found = watch(call, "--as-of", "2018-12")
    assert not any(found[name] for name in ("watch_repeat", "watch_actors", "watch_same_day"))
    assert found["watch_records"]
    niger = watch(call, "--as-of", "2018-12", "--country", "Niger")
    wanted = [row for row in found["watch_records"] if row["country"] == "Niger"]
    assert [row for row in niger["watch_records"] if row in wanted] == wanted
    assert {row["country"] for row in niger["watch_records"]} == {"Niger"}
    assert "ready counts by region and month only" in call("watch", "--json").stdout


@pytest.mark.parametrize("change", ["gone", "other"])
def test_a_panel_that_kept_no_boundaries_names_regions_as_in_the_lists(
    tmp_path, capsys, monkeypatch, change: str
) -> None:
    """As panels of earlier versions did; of today's the boundaries lie beside it."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", NOWHERE)
    desk = Squares(tmp_path, capsys)
    desk.ingest(busy_rows())
    desk.panel()
    change_record(desk.folder / "panels" / "admin1" / "manifest.json", recipe=None)
    squares = desk.folder / "squares.geojson"
    other = squares.read_text().replace('"_id": "west"', '"_id": "somewhere"')
    squares.unlink() if change == "gone" else squares.write_text(other)
    done = desk.call("forecast", "--model", "last", "--origin", "2021-12")
    assert done.returncode == 0, done.stderr
    assert "Regions are named as in the lists" in done.stderr
    kept = json.loads((desk.folder / "forecasts/2021-12-admin1/sections.json").read_text())
    (repeat,) = [s for s in kept if s["name"] == "watch_repeat"]
    assert "Regions are named as in the lists" in repeat["note"]
    assert {row[1] for row in repeat["rows"]} == {None}


def real_cut(precise: Path, folder: Path, spoil: bool, call: Call) -> None:
    """Make a store of the real world and Sahel lists whose rows after May 2020 are other ones."""
    import gzip

    earlier = next(p for p in sorted((precise / "store").iterdir()) if p.name.startswith("000001"))
    shutil.copytree(earlier, folder / "store" / earlier.name)
    name = "ucdp_ged211_precise_sahel_2019_2020.csv.gz"
    with gzip.open(shared_file(name), "rt", encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    kept = []
    for row in rows:
        if (int(row["year"]), int(row["month"])) <= (2020, 5):
            kept.append(row)
        elif spoil:
            kept.append(row | {"best_death": "9999", "latitude": "13.0", "side_a": "JNIM, IS"})
    path = folder / "list.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(kept)
    rules = SAMPLES / UCDP_FILES[name]
    done = call("-w", folder, "ingest", "csv", path, "--map", rules, "--limit", "0.5")
    assert done.returncode == 0, done.stderr


def test_on_the_real_list_nothing_later_is_read(precise_workspace, tmp_path, capsys) -> None:
    def call(*words: object) -> Answer:
        return run_inside(capsys, *words)

    whole = Workspace(precise_workspace)
    sahel = ("Mali", "Burkina Faso", "Niger", "Nigeria")
    found = [make_watch(whole, as_of="2020-05", countries=sahel).sections]
    for name, spoil in (("cut", False), ("spoilt", True)):
        (tmp_path / name).mkdir()
        real_cut(precise_workspace, tmp_path / name, spoil, call)
        workspace = Workspace(tmp_path / name)
        found.append(make_watch(workspace, as_of="2020-05", countries=sahel).sections)
    filled = [section.name for section in found[0] if section.rows]
    assert filled[:3] == ["watch_repeat", "watch_actors", "watch_same_day"]
    assert found[0] == found[1] == found[2]
    later: tuple[Section, ...] = make_watch(whole, as_of="2020-12", countries=sahel).sections
    assert later != found[0]


def sources_of(call: Call, folder: Path, name: str, complete: bool, days: dict[str, str]) -> None:
    """Bring in attacks on one camp by their ids and days, as a list of one name."""
    rows = [
        dict(ROWS[5], event_id=key, date_start=day, date_end=day, place=f"Camp {name}")
        for key, day in days.items()
    ]
    text = AES_MAP.read_text("utf-8").replace('source = "aes"', f'source = "{name}"')
    if complete:
        claim = 'complete = true\nfrom = "2020-01"\nthrough = "2025-06"'
        text = text.replace("complete = false", claim)
    (folder / "any.toml").write_text(text, encoding="utf-8")
    (folder / "any.csv").write_text(text_of(rows), encoding="utf-8")
    done = call("ingest", "csv", folder / "any.csv", "--map", folder / "any.toml")
    assert done.returncode == 0, done.stderr


def test_lists_that_tell_of_the_same_attacks_stay_apart(call, tmp_path) -> None:
    days = {"1": "2025-05-01", "2": "2025-06-01"}
    for name in ("one", "two"):
        sources_of(call, tmp_path, name, True, days)
    sources_of(call, tmp_path, "one", False, days | {"3": "2025-06-02", "4": "2025-06-03"})

    def told() -> list[tuple]:
        sites = watch(call, "--as-of", "2025-06")["watch_repeat"]
        return [(row["place"], row["times"], row["list"]) for row in sites]

    # What both a complete list and one that is not hold of a source is told once.
    own = ("Camp one", 2, "one (not complete)")
    assert told() == [("Camp one", 2, "one"), ("Camp two", 2, "two"), own]
    (tmp_path / "w" / "escalation.toml").write_text('[panel]\nsource = "two"\n')
    assert told() == [("Camp two", 2, "two"), own]
