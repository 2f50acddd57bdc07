"""Cases 90 and 93 to 96 of outputs, through the command line, on names that mean harm.

What the page does with them (91, 92) stands in ``test_page.py``.
"""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import docx
import openpyxl
import pandas as pd
import pytest

from data.schema import RISK_COLUMNS
from data.workspace import Workspace
from forecast.archive.issue_files import Issue
from forecast.text.file_names import safe_name
from forecast.text.table_columns import TABLE_COLUMNS
from forecast.text.wording import printable, shortened
from tests.calls import run_inside
from tests.forecast.exports import (
    ISSUE,
    NAMES,
    SECTIONS,
    converted,
    csv_rows,
    figure,
    hostile_workspace,
    markdown_rows,
)

EVERY = "csv,xlsx,docx,geojson,parquet,md,svg,png"
FORMS = {column.name: column.form for column in TABLE_COLUMNS}
TITLES = {column.name: column.title for column in TABLE_COLUMNS}
NUMBERS = [name for name in RISK_COLUMNS if FORMS[name] != "text"]


class Exported:
    """An issue with hostile names and the folder of its exports."""

    def __init__(self, workspace: Workspace, issue: Issue) -> None:
        self.workspace, self.issue = workspace, issue
        self.folder = workspace.reports / ISSUE

    def file(self, ending: str) -> Path:
        return self.folder / f"{ISSUE}{ending}"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    return Exported(*hostile_workspace(tmp_path_factory.mktemp("hostile")))


@pytest.fixture(autouse=True)
def exported(made: Exported, capsys: pytest.CaptureFixture[str]) -> Exported:
    """Return the exports; the command line writes them when the first test asks."""
    if not made.folder.exists():
        words = ("-w", made.workspace.root, "export", ISSUE, "--format", EVERY)
        done = run_inside(capsys, *words)
        assert done.returncode == 0, done.stderr
        assert set(done.stdout.split()) == {str(path) for path in made.folder.iterdir()}
    return made


def test_case_90_csv_cells_cannot_become_formulas_and_can_be_restored(exported: Exported) -> None:
    for path in exported.folder.glob("*.csv"):
        assert not path.read_text("utf-8").startswith("#")
        for row in _raw_cells(path):
            dangerous = [c for c in row if re.match(r"[=+@\t\r＝＋－＠]|-(?![\d.]+$)", c)]
            assert dangerous == [], path
    table = exported.issue.table
    rows = csv_rows(exported.file(".csv"))
    assert [row["region"] for row in rows] == table["region"].tolist()
    assert {row["region"] for row in rows} >= set(NAMES[:-1])
    assert min(float(row["change_p_attack"] or 0) for row in rows) < 0
    restored = csv_rows(exported.file("-watch_repeat.csv"))
    assert [row["place"] for row in restored] == [row[0] for row in SECTIONS[1].rows]


def test_case_90_the_workbook_has_no_formula_and_no_link(exported: Exported) -> None:
    with zipfile.ZipFile(exported.file(".xlsx")) as book:
        parts = {name: book.read(name).decode("utf-8") for name in book.namelist()}
    assert not [name for name in parts if "externalLink" in name or "vba" in name.lower()]
    whole = "".join(parts.values())
    assert "<f>" not in whole
    assert "<f " not in whole
    assert "<hyperlink " not in whole
    assert "relationships/hyperlink" not in whole
    assert 'TargetMode="External"' not in whole
    cells = _table_of(exported.file(".xlsx"))
    names = [printable(name) for name in exported.issue.table["region"]]
    assert [row["Region"] for row in cells] == names


def test_case_93_no_name_leads_out_of_the_folder(
    exported: Exported, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inside = exported.workspace.root.resolve()
    assert not [
        path for path in exported.folder.iterdir() if path.resolve().parent.parent.parent != inside
    ]
    odd = ["CON", "=x..%2f y", "nul.txt", "a" * 200, "A b", "A_b", "A\tb"]
    workspace = Workspace(tmp_path / "w")
    for name in odd:
        shutil.copytree(exported.issue.folder, workspace.issues / name)
        done = run_inside(capsys, "-w", workspace.root, "export", name, "--format", "csv")
        assert done.returncode == 0, done.stderr
    places = sorted(path.name for path in workspace.reports.iterdir())
    assert len({place.casefold() for place in places}) == len(odd)
    assert all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", place) for place in places)
    assert not {place.partition(".")[0].casefold() for place in places} & {"con", "nul"}
    for name in ("../../x", "..", "/etc", "nul\0", ""):
        done = run_inside(capsys, "-w", workspace.root, "export", name)
        assert (done.returncode, "there is no issue" in done.stderr) == (1, True), name
    assert sorted(path.name for path in tmp_path.iterdir()) == ["w"]


def test_case_93_names_that_look_alike_get_files_of_their_own() -> None:
    names = [
        *NAMES,
        "CON",
        "con",
        "a/b",
        "a-b",
        "a b",
        "",
        ".",
        "..",
        "x" * 300,
        "x" * 301,
        "é",
        "e",
    ]
    made_names = [safe_name(name) for name in names]
    assert len(set(made_names)) == len(names)
    for name in made_names:
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,75}", name), name
    assert safe_name("2020-12-admin1") == "2020-12-admin1"


def test_case_94_markdown_and_terminal_neutralise_names(
    exported: Exported, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("-w", exported.workspace.root, "brief", ISSUE)
    brief = run_inside(capsys, *words)
    assert brief.returncode == 0, brief.stderr
    for text in (brief.stdout, exported.file(".md").read_text("utf-8")):
        assert not [c for c in text if ord(c) < 32 and c != "\n"]
        assert not set(text) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
        assert not re.search(r"(?<!\\)<[A-Za-z/!?]", text)
        assert not re.search(r"(?<!\\)\]\(", text)
        assert not re.search(r"https?://|www\.[a-z]|\w@\w", text)
        assert "**b**" not in text
        assert "`c`" not in text
        assert "$x" not in text.replace("\\$x", "")
    note = run_inside(capsys, *words[:2], "note", ISSUE, "\x1b[2J <script>", "--author", "\x07")
    assert note.returncode == 0, note.stderr
    assert "\x1b" not in note.stdout
    assert "\x07" not in note.stdout
    (exported.issue.folder / "notes.json").unlink()


def test_case_95_the_workbook_opens_in_two_programs(exported: Exported, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(exported.file(".xlsx"))
    names = book.sheetnames
    assert names[:4] == ["Table", "Movers", "Verification", "Watch"]
    assert names[-3:] == ["Levels", "Sources", "Dictionary"]
    assert all(len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in names)
    table = book["Table"]
    head = next(row[0].row for row in table.iter_rows() if row[0].value == "Rank")
    assert table.freeze_panes == f"D{head + 1}"
    assert table.auto_filter.ref == f"A{head}:AQ{head + 28}"
    as_csv = converted(exported.file(".xlsx"), "csv", tmp_path)
    assert "Chance of" in as_csv.read_text("utf-8")


def test_case_95_the_document_opens_and_has_two_pages(exported: Exported, tmp_path: Path) -> None:
    document = docx.Document(exported.file(".docx"))
    text = "".join(paragraph.text for paragraph in document.paragraphs)
    assert "Attack risk, January 2005" in text
    assert not [c for c in text if ord(c) < 32 and c != "\n"]
    with zipfile.ZipFile(exported.file(".docx")) as whole:
        body = whole.read("word/document.xml").decode("utf-8")
    ElementTree.fromstring(body)
    assert "w:hyperlink" not in body
    assert "w:instrText" not in body
    pdf = converted(exported.file(".docx"), "pdf", tmp_path)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf.read_bytes())) == 2


def test_case_95_control_characters_in_a_note_are_marked(
    exported: Exported, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("-w", exported.workspace.root)
    said = run_inside(capsys, *words, "note", ISSUE, "a\x07b \x1b[31m c", "--author", "\x01")
    assert said.returncode == 0, said.stderr
    done = run_inside(capsys, *words, "export", ISSUE, "--format", "docx,xlsx", "--out", tmp_path)
    (exported.issue.folder / "notes.json").unlink()
    assert done.returncode == 0, done.stderr
    text = "".join(p.text for p in docx.Document(tmp_path / f"{ISSUE}.docx").paragraphs)
    assert "a\ufffdb \ufffd[31m c" in text
    notes = openpyxl.load_workbook(tmp_path / f"{ISSUE}.xlsx")["Notes"]
    assert "a\ufffdb \ufffd[31m c" in {cell.value for row in notes for cell in row}


def test_case_96_figures_are_the_same_in_every_file(exported: Exported) -> None:
    table = exported.issue.table
    places = {
        "csv": csv_rows(exported.file(".csv")),
        "geojson": [f["properties"] for f in _geojson(exported)["features"]],
        "parquet": pd.read_parquet(exported.file(".parquet")).to_dict("records"),
        "xlsx": [
            {name: row[TITLES[name]] for name in NUMBERS}
            for row in _table_of(exported.file(".xlsx"))
        ],
    }
    for place, rows in places.items():
        assert len(rows) == len(table), place
        for name in NUMBERS:
            # Excel keeps fifteen digits.
            kept = _fifteen if place == "xlsx" else _number
            got = [kept(row[name]) for row in rows]
            assert got == [kept(value) for value in table[name]], (place, name)
    for name in set(RISK_COLUMNS) - set(NUMBERS):
        want = [None if pd.isna(value) else value for value in table[name]]
        assert [row[name] or None for row in places["csv"]] == want, name
        assert [row[name] for row in places["geojson"]] == want, name
        assert [None if pd.isna(row[name]) else row[name] for row in places["parquet"]] == want


def test_case_96_printed_figures_stand_for_those_of_the_table(exported: Exported) -> None:
    text = exported.file(".md").read_text("utf-8")
    checked = 0
    for horizon, month in ((1, "January 2005"), (2, "February 2005")):
        rows = exported.issue.table[exported.issue.table["horizon"] == horizon]
        shown = markdown_rows(text, f"Risk in {month}")
        assert len(shown) == len(rows) == 14
        for got, (_, want) in zip(shown, rows.iterrows(), strict=True):
            for name in (n for n in NUMBERS if TITLES[n] in got):
                checked += _stands_for(got[TITLES[name]], want[name], FORMS[name])
    assert checked > 300


def test_case_96_the_document_prints_the_first_ten(exported: Exported) -> None:
    (table,) = docx.Document(exported.file(".docx")).tables
    rows = exported.issue.table[exported.issue.table["horizon"] == 1].head(10)
    assert len(table.rows) == 11
    for line, (_, want) in zip(table.rows[1:], rows.iterrows(), strict=True):
        rank, region, level, chance, events, deaths, why = (cell.text for cell in line.cells)
        assert (rank, level) == (str(want["rank"]), want["level"])
        assert region.startswith(shortened(want["region"])[:40])
        now, change = re.fullmatch(r"(\S+ %) \((\S+)\)", chance).groups()
        assert _stands_for(now, want["p_attack"], "percent")
        assert _stands_for(change, want["change_p_attack"], "points")
        for target, text in (("events", events), ("deaths", deaths)):
            mean, low, high = re.fullmatch(r"(\S+) \((\S+) to (\S+)\)", text).groups()
            assert _stands_for(mean, want[f"expected_{target}"], "count")
            assert _stands_for(low, want[f"{target}_p05"], "whole")
            assert _stands_for(high, want[f"{target}_p95"], "whole")
        assert why


def test_case_96_the_page_holds_the_same_figures(
    exported: Exported, capsys: pytest.CaptureFixture[str]
) -> None:
    done = run_inside(capsys, "-w", exported.workspace.root, "report", ISSUE)
    assert done.returncode == 0, done.stderr
    rows = _Figures(Path(done.stdout.strip()).read_text("utf-8")).rows
    names = ("p_attack", "p_escalation", "expected_events", "expected_deaths")
    for row in csv_rows(exported.file(".csv")):
        if row["rank"]:
            wanted = {float(row[name]) for name in names}
            assert any(wanted <= found for found in rows), row["region_id"]


class _Figures(HTMLParser):
    """Collects the values of ``<data>`` in each table row."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[set[float]] = [set()]
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append(set())
        elif tag == "data":
            self.rows[-1].add(float(dict(attrs)["value"] or "nan"))


def _raw_cells(path: Path) -> list[list[str]]:
    import csv

    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


def _table_of(path: Path) -> list[dict[str, object]]:
    """Return the rows of the sheet Table by heading."""
    lines = list(openpyxl.load_workbook(path)["Table"].iter_rows(values_only=True))
    start = next(number for number, line in enumerate(lines) if line[0] == "Rank")
    found = [dict(zip(lines[start], line, strict=True)) for line in lines[start + 1 :]]
    return [row for row in found if row["Region id"]]


def _geojson(exported: Exported) -> dict[str, list[dict[str, dict[str, object]]]]:
    return json.loads(exported.file(".geojson").read_text("utf-8"))


def _number(value: object) -> float | None:
    return None if value is None or pd.isna(value) or value == "" else float(value)


def _fifteen(value: object) -> float | None:
    number = _number(value)
    return None if number is None else float(f"{number:.15g}")


def _stands_for(text: str, value: object, form: str) -> bool:
    """Say that a printed figure is the rounded value; a missing one prints as missing."""
    bounds, number = figure(text), _number(value)
    assert (bounds is None) == (number is None), (text, value)
    if bounds is None or number is None:
        return False
    scale = 100 if form == "points" else 1
    assert bounds[0] - 1e-9 <= number * scale <= bounds[1] + 1e-9, (text, value)
    return True
