"""An issue's tables as files: CSV, GeoJSON, Parquet and Markdown.

Numbers stand as they are stored and a missing cell is empty; only Markdown prints them for reading.
No text becomes a formula, markup or a link. Each writer is given the view of the issue, a folder,
and how the names of its files begin, and returns the files that it wrote.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from data.csv_safety import guarded
from data.files import write_text, write_with
from forecast.report.issue_view import IssueView
from forecast.report.reference import reading_section
from forecast.report.rows import Row
from forecast.report.situation import lede, situation_of
from forecast.text.file_names import safe_name
from forecast.text.markdown import escaped, escaped_lead, section_text
from forecast.text.sections import Cell, Column, Section
from forecast.text.table_columns import TABLE_COLUMNS, UNITS

__all__ = ["METADATA", "write_csv", "write_geojson", "write_markdown", "write_parquet"]

# The key of Parquet's schema for title, citation, sections, sources, limitations and notes.
METADATA = b"escalation"
_DECIMALS = 6


def write_csv(view: IssueView, folder: Path, stem: str) -> list[Path]:
    """Write the table, the reference and the sections as CSV, a file each.

    A header line and rows, no comments. No text cell can become a formula;
    ``data.csv_safety.unguarded`` takes the guard off again.
    """
    reference = [section for section in view.reference.values() if section.rows]
    others = [view.dictionary, *reference, _contents(view), *view.sections]
    files = {folder / f"{stem}.csv": view.risk}
    for section in others:
        if section.columns:
            files[folder / f"{stem}-{safe_name(section.name)}.csv"] = section
    for path, section in files.items():
        write_text(path, _csv(section))
    return list(files)


def write_geojson(view: IssueView, folder: Path, stem: str) -> list[Path]:
    """Write a feature a row of the table: polygons where there are any, else points.

    Sources, limitations and notes are further members of the collection.

    Source:
        RFC 7946: longitude before latitude, outer rings counterclockwise, no coordinate system
        named, no NaN.
    """
    shapes = _geometries(view.evidence.shapes or {})
    collection = {
        "type": "FeatureCollection",
        "title": view.title,
        "citation": view.citation,
        **{name: section.records() for name, section in view.reference.items()},
        "sections": {section.name: section.records() for section in view.sections},
        "features": [_feature(row, shapes) for row in view.rows],
    }
    path = folder / f"{stem}.geojson"
    write_text(path, json.dumps(collection, ensure_ascii=False, allow_nan=False) + "\n")
    return [path]


def write_parquet(view: IssueView, folder: Path, stem: str) -> list[Path]:
    """Write the table with its types; each field says what it means, the schema holds the rest."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pandas(view.table, preserve_index=False)
    meanings = {
        column.name: {"title": column.title, "meaning": column.meaning, "unit": UNITS[column.form]}
        for column in TABLE_COLUMNS
    }
    fields = [field.with_metadata(meanings[field.name]) for field in table.schema]
    about = {
        "title": view.title,
        "citation": view.citation,
        "tables": {s.name: _table(s) for s in (*view.reference.values(), *view.sections)},
    }
    about_json = json.dumps(about, ensure_ascii=False, allow_nan=False)
    metadata = {**table.schema.metadata, METADATA: about_json}
    table = table.cast(pa.schema(fields, metadata=metadata))
    path = folder / f"{stem}.parquet"
    write_with(path, lambda temporary: pq.write_table(table, temporary))
    return [path]


def write_markdown(view: IssueView, folder: Path, stem: str) -> list[Path]:
    """Write the table in columns for reading, the sections and the reference as Markdown."""
    reference = dict(view.reference)
    notes, limitations = reference.pop("notes"), reference.pop("limitations")
    months = [view.at(horizon) for horizon in view.horizons]
    blocks = [
        f"# {escaped(view.title)}",
        escaped_lead(lede(situation_of(view))),
        *(f"> {escaped(notice)}" for notice in view.notices),
        *([section_text(notes)] if notes.rows else []),
        *(section_text(reading_section(month.risk, month.month)) for month in months),
        *(section_text(section) for section in view.sections),
        *(section_text(section) for section in reference.values()),
        f"## {limitations.title}",
        "\n".join(f"- {escaped_lead(str(text))}" for (text,) in limitations.rows),
        section_text(view.dictionary),
        escaped_lead(view.citation),
    ]
    path = folder / f"{stem}.md"
    write_text(path, "\n\n".join(blocks) + "\n")
    return [path]


def _csv(section: Section) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n", quoting=csv.QUOTE_MINIMAL)
    writer.writerow([column.name for column in section.columns])
    writer.writerows([_csv_cell(cell) for cell in row] for row in section.rows)
    return text.getvalue()


def _csv_cell(cell: Cell) -> str:
    if cell is None:
        return ""
    return guarded(cell) if isinstance(cell, str) else repr(cell)


def _contents(view: IssueView) -> Section:
    """Return what sections the issue has, those without rows and why included."""
    return Section(
        "sections",
        "Sections",
        "The additional sections of this issue.",
        (
            Column("section", "Section", "Name of the section"),
            Column("title", "Title", "Its title"),
            Column("note", "Note", "What it says; where it has no rows, why"),
            Column("rows", "Rows", "Number of its rows", "whole"),
        ),
        tuple((s.name, s.title, s.note, len(s.rows)) for s in view.sections),
    )


def _feature(row: Row, shapes: Mapping[str, Any]) -> dict[str, Any]:
    point = [row["longitude"], row["latitude"]]
    centre = None if None in point else {"type": "Point", "coordinates": point}
    geometry = shapes.get(str(row["region_id"]), centre)
    return {"type": "Feature", "geometry": geometry, "properties": row}


def _geometries(shapes: Mapping[str, Any]) -> dict[str, Any]:
    """Return region id to a geometry whose outer rings run counterclockwise."""
    import shapely

    if not shapes:
        return {}
    polygons: Any = list(shapes.values())
    rounded = shapely.transform(polygons, lambda points: points.round(_DECIMALS))
    turned = shapely.orient_polygons(rounded, exterior_cw=False)
    return {
        name: json.loads(shapely.to_geojson(shape))
        for name, shape in zip(shapes, turned, strict=True)
    }


def _table(section: Section) -> dict[str, str | list[str] | Sequence[tuple[Cell, ...]]]:
    return {
        "title": section.title,
        "note": section.note,
        "columns": [column.name for column in section.columns],
        "rows": section.rows,
    }
