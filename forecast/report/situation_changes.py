"""What changed since the issue before, what to watch and how sure the figures are, in sentences."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from experiments.bands import LEVELS, level_of
from experiments.runs.confidence import CONFIDENCES
from forecast.model.gate import PASSED
from forecast.report.issue_view import IssueView
from forecast.report.rows import Row
from forecast.report.situation import Situation, named
from forecast.sections.change_sections import MOVED
from forecast.text.sections import Section
from forecast.text.wording import (
    MISSING,
    listed,
    model_words,
    percent,
    points,
    shortened,
    target_words,
)
from forecast.watch.catalogue import has_sentences, watch_sentences

__all__ = ["LEAST_MOVE", "changes", "confidence", "scorecard", "watched"]

LEAST_MOVE = MOVED - 1e-9
WATCH = "watch_"
# The sections that score earlier issues, and how many of their first sentences a brief takes.
_SCORECARD = (("scorecard_levels", 2), ("scorecard_models", 1))
_SENTENCE_ENDS = re.compile(r"(?<=\.) ")
_PARTS = {
    "new_month": "from the new month",
    "revised_data": "from revised data",
    "other_model": "from another model",
    "revised_or_model": "from revised data or another model",
}
_MOVERS = 3
_WATCHED_ROWS = 3
_WATCHED_CELLS = 5


def changes(now: Situation) -> list[str]:
    """Return what moved since the issue before."""
    rows = [row for row in now.rows if row["change_p_attack"] is not None]
    if not rows:
        return ["There is no earlier issue at this scale to compare with."]
    before = now.view.manifest["previous"].get(str(now.view.horizons[0]))
    since = f"Since the issue before ({before})" if before else "Since the issue before"
    order = sorted(rows, key=lambda row: (-row["change_p_attack"], row["region_id"]))
    up = [row for row in order if row["change_p_attack"] >= LEAST_MOVE][:_MOVERS]
    down = [row for row in reversed(order) if row["change_p_attack"] <= -LEAST_MOVE][:_MOVERS]
    if not up and not down:
        return [f"{since} no region's chance of attack moved by five points or more."]
    parts = [
        f"{verb} most in {listed([_moved(now, row) for row in part])}"
        for verb, part in (("rose", up), ("fell", down))
        if part
    ]
    sentences = [f"{since} the chance of attack {', and '.join(parts)}."]
    sentences += _decomposed(now, (up or down)[0])
    sentences += _crossed(now, rows)
    if now.view.manifest["model_changed"] and now.view.section("changes") is None:
        sentences.append(
            "The previous model was another one: a change may be the model's in part, not the"
            " month's alone."
        )
    return sentences


def watched(
    view: IssueView, *, country: str | None = None, most: int = _WATCHED_ROWS
) -> list[tuple[str, str]]:
    """Return title and text of each watch section that has something to show.

    Args:
        view: The issue.
        country: Only rows that name this country; None for all.
        most: Rows of each section that are printed; the rest is counted.
    """
    sections = [
        section if country is None else _naming(section, country)
        for section in view.sections
        if section.name.startswith(WATCH)
    ]
    return [(section.title, _in_words(section, most)) for section in sections if section.rows]


def _naming(section: Section, country: str) -> Section:
    """Return the rows of a section in which a country stands alone or closes a place's brackets."""
    rows = tuple(
        row
        for row in section.rows
        if any(
            shortened(cell) == country or f", {country})" in cell
            for cell in row
            if isinstance(cell, str)
        )
    )
    return replace(section, rows=rows)


def confidence(now: Situation) -> list[str]:
    """Return how far the figures can be relied on, whatever their size."""
    sentences = _gate(now.view.models)
    if not now.rows:
        return sentences
    counts = Counter(row["confidence"] for row in now.rows)
    there = [name for name in CONFIDENCES if counts[name]]
    if len(now.rows) == 1:
        sentences.append(f"Confidence in its figures is {there[0]}.")
    elif len(there) == 1:
        sentences.append(
            f"Confidence in the figures is {there[0]} for all {len(now.rows):,} regions."
        )
    else:
        parts = listed([f"{name} for {counts[name]:,}" for name in there])
        sentences.append(f"Confidence in the figures is {parts} of the {len(now.rows):,} regions.")
    top = now.rows[0]
    if top["confidence_reason"]:
        sentences.append(
            f"For {now.place(top)} it is {top['confidence']}: {top['confidence_reason']}."
        )
    return sentences


def scorecard(view: IssueView) -> str:
    """Return what the newest scored issue came to, in one line."""
    texts: list[str] = []
    for name, sentences in _SCORECARD:
        section = view.section(name)
        if section is not None:
            text = " ".join(_SENTENCE_ENDS.split(section.note)[:sentences])
            which, colon, rest = text.partition(": ")
            repeated = colon and texts and texts[0].startswith(which + colon)
            if not repeated:
                texts.append(text)
            elif rest not in texts[0]:
                texts.append(rest)
    return " ".join(texts) or "This issue holds no score of earlier issues."


def _moved(now: Situation, row: Row) -> str:
    figure = f"{percent(row['p_attack_previous'])} to {percent(row['p_attack'])}"
    return now.place(row, figure)


def _crossed(now: Situation, rows: Sequence[Row]) -> list[str]:
    """Name the regions that reached level high or left it."""
    upper = LEVELS[: LEVELS.index("high") + 1]
    previous = level_of([row["p_attack_previous"] for row in rows], now.view.cuts)
    pairs = [
        (row, row["level"] in upper, was in upper) for row, was in zip(rows, previous, strict=True)
    ]
    reached = [row for row, is_high, was_high in pairs if is_high and not was_high]
    left = [row for row, is_high, was_high in pairs if was_high and not is_high]
    return [
        f"{named(now, part)} {verb} level high."
        for part, verb in ((reached, "reached"), (left, "left"))
        if part
    ]


def _in_words(section: Section, most: int) -> str:
    """Return the first rows of a section as text: in sentences, or figures with their names."""
    more = len(section.rows) - most
    rest = [f"{more:,} more"] if more > 0 else []
    if has_sentences(section):
        return ". ".join(watch_sentences(section, most) + rest) + "."
    rows = [_row_words(section, row) for row in section.texts()[:most]]
    return "; ".join(rows + rest)


def _row_words(section: Section, row: Sequence[str]) -> str:
    cells = [
        shortened(cell) if column.form == "text" else f"{column.title.lower()} {cell}"
        for column, cell in zip(section.columns, row, strict=True)
        if cell not in ("", MISSING)
    ]
    return ", ".join(cells[:_WATCHED_CELLS])


def _decomposed(now: Situation, row: Row) -> list[str]:
    """Say what a region's change is made of, where the issue decomposed it."""
    section = now.view.section("changes")
    for record in section.records() if section else ():
        month = record.get("target_month", row["target_month"])
        if record.get("region_id") == row["region_id"] and month == row["target_month"]:
            parts = [(words, record.get(name)) for name, words in _PARTS.items()]
            figures = [f"{points(float(p))} {words}" for words, p in parts if p is not None]
            start = f"Of the change in {now.place(row)}, in points"
            return [f"{start}: {listed(figures)}."] if figures else []
    return []


def _gate(models: Sequence[Mapping[str, Any]]) -> list[str]:
    """Say of the models that passed what they are."""
    passed: dict[str, list[str]] = {}
    for model in models:
        if model["gate"] == PASSED:
            passed.setdefault(model["model"], []).append(target_words(model["target"]))
    if not passed:
        return []
    makers = [
        f"{listed(whats)} by {name}{f' ({words})' if (words := model_words(name)) else ''}"
        for name, whats in passed.items()
    ]
    both = "it" if len(makers) == 1 else "both" if len(makers) == 2 else "all"
    text = listed(makers).replace(" by ", " are forecast by ", 1)
    return [
        f"{text[0].upper()}{text[1:]}; {both} beat no-change in past months and so passed the gate."
    ]
