"""What changed since the issue before, what to watch, how sure it is and why, in sentences."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from experiments.bands import LEVELS, level_of
from experiments.runs.confidence import CONFIDENCES
from forecast.model.risk import NO_GATE, PASSED
from forecast.report.issue_view import IssueView
from forecast.report.situation import Situation, listed, named
from forecast.report.view_parts import target_words
from forecast.sections.change_sections import MOVED
from forecast.text.sections import MISSING, Section
from forecast.text.wording import model_words, percent, points, shortened
from forecast.watch.catalogue import has_sentences, watch_sentences

__all__ = ["LEAST_MOVE", "REASONS", "changes", "notices", "reasons", "scorecard", "sure", "watched"]

LEAST_MOVE = MOVED - 1e-9
REASONS = ("reason_1", "reason_2", "reason_3")
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
    rows = now.rows[now.rows["change_p_attack"].notna()]
    if not len(rows):
        return ["There is no earlier issue at this scale to set it against."]
    before = now.record.manifest["previous"].get(str(now.record.horizons[0]))
    since = f"Since the issue before ({before})" if before else "Since the issue before"
    order = rows.assign(move=rows["change_p_attack"].astype("float64"))
    order = order.sort_values(["move", "region_id"], ascending=[False, True])
    up = order[order["move"] >= LEAST_MOVE].head(_MOVERS)
    down = order[order["move"] <= -LEAST_MOVE].iloc[::-1].head(_MOVERS)
    if not len(up) and not len(down):
        return [f"{since} no region's chance of attack moved by five points or more."]
    parts = [
        f"{verb} most in {listed([_moved(now, row) for row in part.to_dict('records')])}"
        for verb, part in (("rose", up), ("fell", down))
        if len(part)
    ]
    said = [f"{since} the chance of attack {', and '.join(parts)}."]
    first = up if len(up) else down
    said += _parted(now, first.iloc[0].to_dict())
    said += _crossed(now, rows)
    if now.record.manifest["model_changed"] and now.record.section("changes") is None:
        said.append(
            "The model is another one than then: a change may be the model's in part, not the"
            " month's alone."
        )
    return said


def watched(
    record: IssueView, *, country: str | None = None, most: int = _WATCHED_ROWS
) -> list[tuple[str, str]]:
    """Return title and text of each watch section that has something to show.

    Args:
        record: The issue.
        country: Only rows that name this country; None for all.
        most: Rows of each section that are printed; the rest is counted.
    """
    found = [
        section if country is None else _naming(section, country)
        for section in record.sections
        if section.name.startswith(WATCH)
    ]
    return [(section.title, _in_words(section, most)) for section in found if section.rows]


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


def notices(record: IssueView) -> list[str]:
    """Return what must be said first: models that did not pass the gate, and warnings.

    Args:
        record: The issue; only models of its horizons count.
    """
    models = [m for m in record.manifest["models"] if m["horizon"] in record.horizons]
    found: dict[tuple[str, str, str], list[str]] = {}
    for model in models:
        if model["gate"] != PASSED:
            key = (model["gate"], model["model"], model["note"])
            whats = found.setdefault(key, [])
            whats += [name for name in [target_words(model["target"])] if name not in whats]
    said = [_notice(*key, what=listed(whats)) for key, whats in found.items()]
    return [*said, *record.warnings]


def sure(now: Situation) -> list[str]:
    """Return how far the figures can be relied on; kept apart from how high they are."""
    said = _gate(now.models)
    if not len(now.rows):
        return said
    counts = now.rows["confidence"].value_counts()
    there = [name for name in CONFIDENCES if counts.get(name, 0)]
    if len(now.rows) == 1:
        said.append(f"Confidence in its figures is {there[0]}.")
    elif len(there) == 1:
        said.append(f"Confidence in the figures is {there[0]} for all {len(now.rows):,} regions.")
    else:
        parts = listed([f"{name} for {int(counts[name]):,}" for name in there])
        said.append(f"Confidence in the figures is {parts} of the {len(now.rows):,} regions.")
    top = now.rows.iloc[0].to_dict()
    if not pd.isna(top["confidence_reason"]) and str(top["confidence_reason"]):
        said.append(f"For {now.place(top)} it is {top['confidence']}: {top['confidence_reason']}.")
    return said


def scorecard(record: IssueView) -> str:
    """Return what the newest scored issue came to, in one line."""
    said: list[str] = []
    for name, sentences in _SCORECARD:
        section = record.section(name)
        if section is not None:
            text = " ".join(_SENTENCE_ENDS.split(section.note)[:sentences])
            which, colon, rest = text.partition(": ")
            told = colon and said and said[0].startswith(which + colon)
            said.append(rest if told else text)
    return " ".join(said) or "This issue holds no score of earlier issues."


def reasons(now: Situation, *, most: int) -> list[tuple[str, str]]:
    """Return the first regions with their reasons in one line each; low ones only if all are."""
    above = now.rows[now.rows["level"] != LEVELS[-1]]
    rows = above.head(most) if len(above) else now.rows.head(1)
    return [
        (now.place(row, percent(row["p_attack"])), "; ".join(_reasons(row)) or "no reason is given")
        for row in rows.to_dict("records")
    ]


def _reasons(row: Mapping[Any, Any]) -> list[str]:
    return [str(row[name]) for name in REASONS if not pd.isna(row[name])]


def _moved(now: Situation, row: Mapping[Any, Any]) -> str:
    figure = f"{percent(row['p_attack_previous'])} to {percent(row['p_attack'])}"
    return now.place(row, figure)


def _crossed(now: Situation, rows: pd.DataFrame) -> list[str]:
    """Name the regions that reached level high or left it."""
    cuts = tuple(now.record.manifest["levels"])
    upper = LEVELS[: LEVELS.index("high") + 1]
    was = pd.Series(level_of(rows["p_attack_previous"].astype("float64"), cuts), index=rows.index)
    there, then = rows["level"].isin(upper), was.isin(upper)
    said = []
    for part, verb in ((rows[there & ~then], "reached"), (rows[~there & then], "left")):
        if len(part):
            said.append(f"{named(now, part)} {verb} level high.")
    return said


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


def _parted(now: Situation, row: Mapping[Any, Any]) -> list[str]:
    """Say what a region's change is made of, where the issue parted it."""
    section = now.record.section("changes")
    names = [column.name for column in section.columns] if section else []
    if section is None or "region_id" not in names:
        return []
    for cells in section.rows:
        found = dict(zip(names, cells, strict=True))
        alike = found.get("target_month", row["target_month"]) == row["target_month"]
        if found["region_id"] == row["region_id"] and alike:
            parts = [(words, found.get(name)) for name, words in _PARTS.items()]
            said = [f"{points(float(part))} {words}" for words, part in parts if part is not None]
            return (
                [f"Of the change in {now.place(row)}, in points: {listed(said)}."] if said else []
            )
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


def _notice(gate: str, model: str, note: str, *, what: str) -> str:
    if gate == NO_GATE:
        words = f" ({model_words(model)})" if model_words(model) else ""
        return (
            f"No model is recommended for {what}: these figures are made with {model}{words},"
            f" which has not passed the gate. {note}".strip()
        )
    return (
        f"The model for {what}, {model}, did not pass the gate and is in use by decision."
        f" Gate: {gate}."
    )
