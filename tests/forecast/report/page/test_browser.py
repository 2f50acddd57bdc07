"""The page in a real browser: used by mouse and keys, on paper, in the dark and without scripts."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from experiments.bands import LEVELS
from forecast.report.colours import level_class
from forecast.report.page.page import write_report
from tests.forecast.devtools import Browser, Tab, browser
from tests.forecast.hostile_issue import hostile_issue

REGIONS = 14
ROW_VALUES = (
    "[...document.querySelectorAll('#h1 .risk tbody tr')].filter(row => !row.hidden)"
    ".map(row => (row.querySelector('{cell}') || {{}}).value ?? null)"
)
CHOSEN_ROW = "document.querySelector('#h1 tr.chosen').dataset.r"
CHOSEN_SHAPE = "document.querySelector('#h1 .map a.chosen').dataset.r"
PICKED = "document.querySelector('#h1 .picked').textContent"
SHOWN = "[...document.querySelectorAll('#h1 .risk tbody tr')].filter(row => !row.hidden)"
OVERFLOW = "document.documentElement.scrollWidth - innerWidth"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    workspace, issue = hostile_issue(tmp_path_factory.mktemp("hostile"))
    return write_report(workspace, issue.folder)


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("profile")) as running:
        yield running


@pytest.fixture(scope="module")
def _shared_tab(chromium: Browser, page: Path) -> Tab:
    return chromium.open(page)


@pytest.fixture
def tab(_shared_tab: Tab) -> Tab:
    _shared_tab.reload()
    return _shared_tab


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_complains_loads_pops_up_or_overflows(
    chromium: Browser, page: Path, width: int, scheme: str
) -> None:
    tab = chromium.open(page, width=width, scheme=scheme)
    assert tab.value(OVERFLOW) <= 0
    tab.value("document.querySelectorAll('details').forEach(node => { node.open = true; })")
    tab.click(".map a[data-r='2']")
    assert tab.value(OVERFLOW) <= 0
    assert tab.complaints == []
    assert tab.dialogs == []
    assert tab.requests == [page.as_uri()]


def test_no_element_comes_from_data(tab: Tab) -> None:
    assert tab.value("document.scripts.length") == 1
    assert tab.value("document.images.length") == 0
    attributes = (
        "[...document.querySelectorAll('*')].flatMap(node => [...node.attributes])"
        ".filter(each => each.name.startsWith('on')).length"
    )
    assert tab.value(attributes) == 0
    tab.click(".map a[data-r='1']")
    assert tab.value("document.scripts.length + document.images.length") == 1


def test_the_policy_lets_no_other_script_run(tab: Tab) -> None:
    tab.value(
        "(() => { const script = document.createElement('script');"
        " script.textContent = 'window.planted = true'; document.body.append(script); })()"
    )
    assert tab.value("window.planted === undefined")
    assert any("Content Security Policy" in said for said in tab.complaints)


def test_a_region_picked_on_the_map_marks_its_row_and_shows_its_card(tab: Tab) -> None:
    name = tab.value("document.querySelector('#h1 tr[data-r=\"13\"] .region a').textContent")
    tab.click("#h1 .map a[data-r='13']")
    assert tab.value(CHOSEN_ROW) == "13"
    assert name in tab.value(PICKED)
    assert tab.value("document.querySelector('.picked details').open")
    assert tab.value("document.querySelectorAll('#h1 .map .ring').length") == 2
    box = (
        "(() => { const box = document.querySelector('#h1 .box.tall').getBoundingClientRect(),"
        " row = document.querySelector('#h1 tr.chosen').getBoundingClientRect();"
        " return row.top >= box.top - 1 && row.bottom <= box.bottom + 1; })()"
    )
    assert tab.value(box)
    tab.click("#h1 .map a[data-r='6']")
    assert tab.value("document.querySelectorAll('#h1 tr.chosen').length") == 1


def test_a_row_leads_to_the_map_and_its_card_back_to_the_row(tab: Tab) -> None:
    tab.click("#h1 .risk tr[data-r='3'] .region a")
    assert tab.value(CHOSEN_SHAPE) == "3"
    tab.click("#h1 .picked .ways a")
    assert tab.value("document.activeElement.closest('tr').dataset.r") == "3"


def test_sections_lead_to_the_card(tab: Tab) -> None:
    tab.click("#s-movers_up tbody a")
    number = tab.value("document.querySelector('#s-movers_up tbody a').dataset.r")
    assert tab.value(CHOSEN_SHAPE) == number


def test_arrow_keys_go_from_rank_to_rank_and_enter_picks(tab: Tab) -> None:
    tab.value("document.querySelector('#h1 .map a[tabindex=\"0\"]').focus()")
    assert tab.value("document.activeElement.dataset.r") == "1"
    tab.press("ArrowRight", 39)
    tab.press("ArrowDown", 40)
    tab.press("ArrowLeft", 37)
    assert tab.value("document.activeElement.dataset.r") == "2"
    tab.press("Enter", 13)
    assert tab.value(CHOSEN_ROW) == "2"


def test_tab_reaches_the_skip_link_first_and_shows_the_focus(tab: Tab) -> None:
    tab.press("Tab", 9)
    assert tab.value("document.activeElement.className") == "skip"
    assert tab.value("document.activeElement.getBoundingClientRect().left") >= 0
    assert tab.value("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    tab.press("Tab", 9)
    assert tab.value("document.activeElement.getAttribute('href')") == "#observed"


@pytest.mark.parametrize(
    "cell", ["expected-events", "p-deaths-25", "p-escalation", "last-deaths", "sure"]
)
def test_a_heading_sorts_by_its_figures_both_ways(tab: Tab, cell: str) -> None:
    place = tab.value(f"document.querySelector('#h1 td.{cell}').cellIndex") + 1
    head = f"#h1 thead th:nth-child({place})"
    values = ROW_VALUES.format(cell=f"td.{cell} data")
    for way, falling in (("descending", True), ("ascending", False)):
        tab.click(f"{head} button")
        assert tab.value(f"document.querySelector('{head}').ariaSort") == way
        figures = [None if each is None else float(each) for each in tab.value(values)]
        assert figures[-1] is None
        assert figures[:-1] == sorted(figures[:-1], reverse=falling)
        assert len(figures) == REGIONS
    assert tab.value("document.querySelectorAll('#h1 [aria-sort]').length") == 1


def test_a_heading_sorts_by_names(tab: Tab) -> None:
    tab.click("#h1 thead th:nth-child(2) button")
    names = f"{SHOWN}.map(row => row.querySelector('.region bdi').textContent)"
    ordered = f"{names}.toSorted((a, b) => a.localeCompare(b, 'en'))"
    assert tab.value(names) == tab.value(ordered)


def test_a_section_is_sorted_by_what_is_printed(tab: Tab) -> None:
    rows = "[...document.querySelectorAll('#s-watch_repeat tbody tr')]"
    cells = "{rows}.map(row => row.cells[{place}].textContent.replace('\\u00a0', ' '))"
    tab.click("#s-watch_repeat thead th:nth-child(3) button")
    figures = tab.value(cells.format(rows=rows, place=2))
    assert figures == [*(f"1,00{n}" for n in (9, 8, 7, 6, 5, 4, 2, 1, 0)), "–"]
    tab.click("#s-watch_repeat thead th:nth-child(4) button")
    tab.click("#s-watch_repeat thead th:nth-child(4) button")
    shares = tab.value(cells.format(rows=rows, place=3))
    assert shares == [
        *("<1 %", "3 %", "6 %", "10 %", "13 %", "16 %", "20 %"),
        "23 %",
        "26 %",
        "30 %",
    ]
    tab.click("#s-watch_repeat thead th:nth-child(5) button")
    changes = tab.value(cells.format(rows=rows, place=4))
    assert changes == [*("−20", "−23", "−27", "−30", "−33", "−37", "−40"), "−43", "−47", "−50"]
    tab.click("#s-watch_repeat thead th:nth-child(6) button")
    levels = tab.value(cells.format(rows=rows, place=5))
    assert levels == [
        *["very high"] * 2,
        *["high"] * 2,
        *["elevated"] * 2,
        *["guarded"] * 2,
        *["low"] * 2,
    ]


def test_the_ranking_is_narrowed_by_words_country_and_level(tab: Tab) -> None:
    tab.value("document.querySelector('#h1 .filters input').focus()")
    tab.type("RIGHT TO")
    assert tab.value(f"{SHOWN}.length") == 1
    assert (
        tab.value("document.querySelector('#h1 output').textContent") == f"1 of {REGIONS} regions"
    )
    choose = (
        "(() => {{ const field = document.querySelectorAll('#h1 .filters {field}')[{place}];"
        " field.value = {value}; field.dispatchEvent(new Event('input')); }})()"
    )
    tab.value(choose.format(field="input", place=0, value="''"))
    tab.value(choose.format(field="select", place=0, value="'Mali'"))
    countries = f"{SHOWN}.map(row => row.querySelector('.region small').textContent)"
    assert set(tab.value(countries)) == {"Mali"}
    tab.value(choose.format(field="select", place=0, value="''"))
    level = tab.value("document.querySelectorAll('#h1 .filters select')[1].options[1].value")
    tab.value(choose.format(field="select", place=1, value=json.dumps(level)))
    assert tab.value(f"{SHOWN}.every(row => row.classList.contains('{level}'))")
    assert 0 < tab.value(f"{SHOWN}.length") < REGIONS


@pytest.mark.parametrize("words", ["Tillaberi", "tillabéri", "TÎLLA"])
def test_accents_do_not_matter_for_finding(tab: Tab, words: str) -> None:
    tab.value("document.querySelector('#h1 .filters input').focus()")
    tab.type(words)
    assert tab.value(f"{SHOWN}.map(row => row.querySelector('.region a').textContent)") == [
        "Tillabéri"
    ]


def test_without_scripts_everything_is_there(chromium: Browser, page: Path) -> None:
    tab = chromium.open(page, scripts=False)
    assert tab.value("document.querySelectorAll('.region-card').length") == REGIONS
    assert tab.value("document.querySelectorAll('#h1 .risk tbody tr').length") == REGIONS
    assert tab.value("document.querySelectorAll('th button').length") == 0
    assert tab.value("getComputedStyle(document.querySelector('.filters')).display") == "none"
    assert tab.value("document.querySelectorAll('.region-card[open]').length") == 0
    tab.click("#h1 .risk tr[data-r='4'] .region a")
    assert tab.value("document.getElementById('c4').closest('details').open")
    assert tab.complaints == []
    narrow = chromium.open(page, width=390, scripts=False)
    assert narrow.value(OVERFLOW) <= 0


def test_print_opens_what_is_folded_and_leaves_controls_out(chromium: Browser, page: Path) -> None:
    tab = chromium.open(page, width=1030, media="print", scripts=False)
    seen = (
        "[...document.querySelectorAll('{what}')].map(node => node.getBoundingClientRect().height)"
    )
    drawn = "[...document.querySelectorAll('{what}')].every(node => node.checkVisibility())"
    for opened in (".card-body svg", "#s-changes details td", "#reading details dd"):
        assert tab.value(drawn.format(what=opened)), opened
    for gone in ("nav", ".filters", ".picked", ".skip"):
        assert max(tab.value(seen.format(what=gone))) == 0, gone
    style = "getComputedStyle(document.querySelector('{what}')).{name}"
    assert tab.value(style.format(what=".risk thead", name="display")) == "table-header-group"
    assert tab.value(style.format(what=".risk tbody tr", name="breakInside")) == "avoid"
    assert tab.value(style.format(what=".box.tall", name="maxHeight")) == "none"
    assert tab.value(OVERFLOW) <= 0


def test_on_paper_the_page_is_a_few_sheets_of_a4(tab: Tab) -> None:
    tab.click("#h1 .map a[data-r='1']")
    paper = tab.pdf()
    boxes = re.findall(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", paper)
    assert {(round(float(w)), round(float(h))) for w, h in boxes} == {(842, 595)}
    sheets = len(re.findall(rb"/Type\s*/Page\b", paper))
    assert 6 <= sheets <= 36
    assert tab.value("document.querySelectorAll('.region-card[open]').length") == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_levels_are_told_apart_without_colours_and_words_can_be_read(
    chromium: Browser, page: Path, scheme: str
) -> None:
    tab = chromium.open(page, scheme=scheme)
    names = ["paper", "panel", "ink", "soft", "faint", "accent", "notice"]
    names += [f"{level_class(level)}{end}" for level in LEVELS for end in ("", "-ink")]
    colours = {
        name: _luminance(
            tab.value(f"getComputedStyle(document.documentElement).getPropertyValue('--{name}')")
        )
        for name in names
    }
    ladder = [colours[level_class(level)] for level in LEVELS]
    steps = [
        _contrast(a, b) if (a < b) == (scheme == "light") else 0.0
        for a, b in itertools.pairwise(ladder)
    ]
    assert min(steps) >= 1.2, steps
    for level in map(level_class, LEVELS):
        assert _contrast(colours[level], colours[f"{level}-ink"]) >= 4.5, level
    for ink in ("ink", "soft", "faint", "accent"):
        for ground in ("paper", "panel"):
            assert _contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)


def _luminance(colour: str) -> float:
    """Return the relative luminance of #rrggbb (WCAG 2.2)."""
    shares = [int(colour.strip()[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: float, other: float) -> float:
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)
