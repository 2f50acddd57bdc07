"""What is needed to read a risk table: levels, sources, models, limitations, notes, dictionary.

Each is a ``Section``, as the table itself is, so that every writer prints it as any other table.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from experiments.bands import LEVELS, LIKELIHOOD_CUTS, LIKELIHOODS, level_bands, likelihood_bands
from forecast.archive.notes import Note
from forecast.text.citations import citation_of
from forecast.text.limitations import LIMITATIONS
from forecast.text.sections import Cell, Column, Section
from forecast.text.table_columns import TABLE_COLUMNS, UNITS
from forecast.text.wording import model_words, month_words, shortened, target_words

__all__ = [
    "NOT_TRACKED",
    "READING",
    "about_section",
    "cells",
    "dictionary_section",
    "levels_section",
    "likelihoods_section",
    "limitations_section",
    "models_section",
    "notes_section",
    "reading_section",
    "risk_section",
    "sources_section",
]

NOT_TRACKED = "not tracked"
# Columns for readers, in their order; what is the same in all rows stands in the reference.
READING = (
    *("rank", "region", "country", "level", "likelihood", "p_attack", "change_p_attack"),
    *("p_escalation", "phase", "expected_events", "events_p05", "events_p95"),
    *("expected_deaths", "deaths_p05", "deaths_p95", "p_deaths_25"),
    *("last_events", "mean12_events", "last_deaths", "mean12_deaths"),
    *("reason_1", "reason_2", "reason_3", "confidence", "confidence_reason", "data_status"),
)
_NAMES = ("region", "country")


def risk_section(table: pd.DataFrame) -> Section:
    """Return the risk table, or some rows of it, as a section with all its columns."""
    return Section(
        "risk",
        "Risk table",
        "One row a region and month ahead, ranked by the chance of at least one attack.",
        TABLE_COLUMNS,
        cells(table[[column.name for column in TABLE_COLUMNS]]),
    )


def reading_section(risk: Section, month: str) -> Section:
    """Return one month's table for readers; columns without any value are left out.

    Args:
        risk: The table of one month, all its columns.
        month: The month in words.
    """
    names = [column.name for column in risk.columns]
    places = [
        place
        for place in map(names.index, READING)
        if any(row[place] is not None for row in risk.rows)
    ]
    rows = tuple(
        tuple(shortened(row[place]) if names[place] in _NAMES else row[place] for place in places)
        for row in risk.rows
    )
    return Section(
        "risk",
        f"Risk in {month}",
        "Ranked by the chance of at least one attack; 5 % and 95 % bound the range that holds"
        " nine tenths of the draws.",
        tuple(risk.columns[place] for place in places),
        rows,
    )


def cells(table: pd.DataFrame) -> tuple[tuple[Cell, ...], ...]:
    """Return a table's rows as plain values, None where one is missing."""
    columns = [
        [None if gone else value for value, gone in zip(part.tolist(), part.isna(), strict=True)]
        for _, part in table.items()
    ]
    return tuple(zip(*columns, strict=True))


def levels_section(cuts: Sequence[float], table: pd.DataFrame) -> Section:
    """Return each level with its band, the likelihood words in it, and its regions by month."""
    horizons = sorted(set(table["horizon"]))
    months = {int(h): str(table["target_month"][table["horizon"] == h].iloc[0]) for h in horizons}
    counts = {h: table["level"][table["horizon"] == h].value_counts().to_dict() for h in months}
    bands = level_bands(cuts)
    rows: list[tuple[Cell, ...]] = [
        (
            level,
            bands[level],
            ", ".join(_words_in(cuts, place)),
            *(int(counts[h].get(level, 0)) for h in months),
        )
        for place, level in enumerate(LEVELS)
    ]
    return Section(
        "levels",
        "Levels",
        "A level is a band of the chance of at least one attack in the region in the month.",
        (
            Column("level", "Level", "Name of the level"),
            Column(
                "band", "Chance of attack", "Band of the chance, percent; the lower edge counts"
            ),
            Column("likelihood", "Likelihood words", "Words of ICD 203 that fall into the band"),
            *(
                Column(
                    f"regions_{month}",
                    f"Regions, {month_words(month)}",
                    f"Number of regions at the level in {month_words(month)}",
                    "whole",
                )
                for month in months.values()
            ),
        ),
        tuple(rows),
    )


def likelihoods_section() -> Section:
    """Return the likelihood words with their bands."""
    return Section(
        "likelihoods",
        "Likelihood words",
        "Words and bands follow ICD 203, the analytic standards of the US intelligence community.",
        (
            Column("likelihood", "Word", "Likelihood word"),
            Column("band", "Chance", "Band of the chance, percent; the lower edge counts"),
        ),
        tuple(likelihood_bands().items()),
    )


def sources_section(manifest: Mapping[str, Any]) -> Section:
    """Return the sources with release, citation, licence, day of access and last month."""
    rows = tuple(_source(source) for source in manifest["sources"])
    note = f"Last complete month of the data: {month_words(manifest['last_complete_month'])}."
    return Section(
        "sources",
        "Sources",
        note if rows else f"The workspace's store names no source for this panel. {note}",
        (
            Column("source", "Source", "Name of the source"),
            Column("release", "Release", "Its release"),
            Column("complete_through", "Complete through", "Last month that it covers completely"),
            Column("accessed", "Accessed", "Day on which it was read, YYYY-MM-DD"),
            Column("citation", "Citation", "How it asks to be cited"),
            Column("licence", "Licence", "On what terms it may be used"),
            Column("file", "File", "Name of the file that was read"),
        ),
        rows,
    )


def models_section(manifest: Mapping[str, Any]) -> Section:
    """Return the models with version, gate and the last month they learnt from."""
    rows = tuple(
        (
            target_words(model["target"]),
            int(model["horizon"]),
            model["model_used"],
            model_words(model["model"]) or None,
            model["trained_through"],
            model["gate"],
            model["version"],
            model["note"] or None,
        )
        for model in manifest["models"]
    )
    return Section(
        "models",
        "Models",
        "A model passes the gate when it beats conflictology (same as the last 12 months) and last"
        " (same as the last month) on CRPS, and conflictology on the Brier score too, with the 90 %"
        " interval of the difference clear of zero.",
        (
            Column("target", "What", "What it forecasts"),
            Column("horizon", "Months ahead", "Months from the origin", "whole"),
            Column("model", "Model", "Name of the model, fallbacks and refits included"),
            Column("words", "What it does", "The model in words"),
            Column("trained_through", "Trained through", "Last month it learnt from, YYYY-MM"),
            Column("gate", "Gate", "passed, none, or forced with the reason"),
            Column("version", "Version", "Version of the trained model"),
            Column("note", "Remark", "Why this model was used, where it is not the champion"),
        ),
        rows,
    )


def about_section(manifest: Mapping[str, Any], *, name: str, mlflow_run: str | None) -> Section:
    """Return the facts that identify an issue."""
    before = ", ".join(dict.fromkeys(manifest["previous"].values()))
    rows: tuple[tuple[Cell, ...], ...] = (
        ("Issue", name),
        ("Issue id", manifest["id"]),
        ("Made on", manifest["finished_at"][:10]),
        ("Data through", manifest["origin"]),
        ("Last complete month", manifest["last_complete_month"]),
        ("Scale", manifest["scale"]),
        ("Regions", f"{manifest['regions']:,}"),
        ("Issue before", before or "none"),
        ("Backtest", manifest["backtest"] or "none"),
        ("MLflow run", mlflow_run or NOT_TRACKED),
        ("Draws", f"{manifest['draws']:,}"),
        ("Seed", str(manifest["seed"])),
        ("Fingerprint of the data", manifest["data_digest"]),
        ("Code", f"escalation {manifest['code_version']}"),
    )
    return Section(
        "about",
        "This issue",
        "What the forecast was made from.",
        (
            Column("fact", "Fact", "What is stated"),
            Column("value", "Value", "What it is"),
        ),
        rows,
    )


def limitations_section(warnings: Iterable[str]) -> Section:
    """Return the limitations of every issue, the warnings of this one first."""
    return Section(
        "limitations",
        "Limitations",
        "They hold for every figure.",
        (Column("limitation", "Limitation", "What limits the figures"),),
        tuple((text,) for text in (*warnings, *LIMITATIONS)),
    )


def notes_section(notes: Sequence[Note], issue_id: str) -> Section:
    """Return the analyst's notes."""
    rows = tuple(
        (
            note.day,
            note.author or None,
            note.region,
            note.text if note.issue_id == issue_id else f"{note.text} (on an earlier version)",
        )
        for note in notes
    )
    return Section(
        "notes",
        "Analyst's notes",
        "Written by analysts next to the forecast; they changed no figure."
        if rows
        else "No analyst's note was written on this issue.",
        (
            Column("day", "Day", "Day on which the note was written, YYYY-MM-DD"),
            Column("author", "Author", "Who wrote it, where given"),
            Column("region", "Region", "Region it is about; empty where it is about all"),
            Column("note", "Note", "What it says"),
        ),
        rows,
    )


def dictionary_section(sections: Iterable[Section]) -> Section:
    """Return what each column of some sections means and in what unit it is stored."""
    rows = tuple(
        (section.name, column.name, column.title, UNITS.get(column.form, "number"), column.meaning)
        for section in sections
        for column in section.columns
    )
    return Section(
        "dictionary",
        "Dictionary",
        "What every column holds. Shares are stored as numbers from 0 to 1 and printed in percent.",
        (
            Column("table", "Table", "Name of the table"),
            Column("column", "Column", "Name of the column in files"),
            Column("title", "Heading", "Heading for readers"),
            Column("unit", "Stored as", "How the cell is stored"),
            Column("meaning", "Meaning", "What it holds and in what unit"),
        ),
        rows,
    )


def _source(source: Mapping[str, Any]) -> tuple[Cell, ...]:
    citation = citation_of(source["source"])
    through = source["complete_through"] or "as the figures say"
    return (
        citation.name,
        source["release"],
        through if source["counted"] else "not counted in this panel",
        source["retrieved_at"][:10],
        citation.citation,
        citation.licence,
        source["file"],
    )


def _words_in(cuts: Sequence[float], place: int) -> list[str]:
    """Return the likelihood words whose band overlaps that of a level."""
    high, low = list(itertools.pairwise((1.0, *cuts, 0.0)))[place]
    edges = itertools.pairwise((1.0, *LIKELIHOOD_CUTS, 0.0))
    return [
        word
        for word, (above, below) in zip(LIKELIHOODS, edges, strict=True)
        if min(high, above) - max(low, below) > 1e-12
    ]
