"""An issue as one Parquet file: the table with its types, the rest as metadata of the schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from data.files import write_with
from forecast.report.issue_view import IssueView
from forecast.text.sections import Section
from forecast.text.table_columns import TABLE_COLUMNS, UNITS

__all__ = ["METADATA", "write_parquet"]

# The key under which the schema holds title, citation, sections, sources, caveats and notes.
METADATA = b"escalation"


def write_parquet(record: IssueView, folder: Path, stem: str) -> list[Path]:
    """Write the table; each column's field says what it means.

    Args:
        record: The issue.
        folder: Where to.
        stem: How the names begin.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pandas(record.table, preserve_index=False)
    said = {
        column.name: {"title": column.title, "meaning": column.meaning, "unit": UNITS[column.form]}
        for column in TABLE_COLUMNS
    }
    fields = [field.with_metadata(said[field.name]) for field in table.schema]
    about = json.dumps(_about(record), ensure_ascii=False, allow_nan=False)
    metadata = {**table.schema.metadata, METADATA: about}
    table = table.cast(pa.schema(fields, metadata=metadata))
    path = folder / f"{stem}.parquet"
    write_with(path, lambda temporary: pq.write_table(table, temporary))
    return [path]


def _about(record: IssueView) -> dict[str, Any]:
    beside = [*record.frame.values(), *record.sections]
    return {
        "title": record.title,
        "citation": record.citation,
        "tables": {section.name: _plain(section) for section in beside},
    }


def _plain(section: Section) -> dict[str, Any]:
    return {
        "title": section.title,
        "note": section.note,
        "columns": [column.name for column in section.columns],
        "rows": section.rows,
    }
