"""From an issue to files for reports: which formats there are and where the files go."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from data.errors import ConfigError
from data.settings import closest
from data.workspace import Workspace
from forecast.report.document import write_docx
from forecast.report.issue_view import IssueView, read_view
from forecast.report.pictures import write_png, write_svg
from forecast.report.table_files import write_csv, write_geojson, write_markdown, write_parquet
from forecast.report.workbook import write_xlsx
from forecast.text.file_names import safe_name

__all__ = ["FORMATS", "checked_formats", "export_issue"]

# A writer is given the view, a folder, and how the names of its files begin.
Writer = Callable[[IssueView, Path, str], list[Path]]
FORMATS: Mapping[str, Writer] = {
    "csv": write_csv,
    "xlsx": write_xlsx,
    "docx": write_docx,
    "geojson": write_geojson,
    "parquet": write_parquet,
    "md": write_markdown,
    "svg": write_svg,
    "png": write_png,
}


def checked_formats(formats: Sequence[str]) -> list[str]:
    """Return the keys of ``FORMATS`` that some words name, each once.

    Raises:
        ConfigError: A format is not known.
    """
    wanted = list(dict.fromkeys(name.strip().lower() for name in formats))
    for name in wanted:
        if name not in FORMATS:
            raise ConfigError(f'there is no format "{name}"{closest(name, FORMATS)}')
    return wanted


def export_issue(
    workspace: Workspace,
    folder: Path,
    formats: Sequence[str],
    *,
    out: Path | None = None,
    horizon: int | None = None,
) -> list[Path]:
    """Write an issue in some formats.

    Args:
        workspace: Where boundaries and panels are.
        folder: The issue's folder.
        formats: Keys of ``FORMATS``.
        out: Folder to write to; None for one of the issue's own among the reports.
        horizon: Only this many months ahead; None for all.

    Returns:
        The files that were written.

    Raises:
        ConfigError: A format is not known, or the issue lacks the horizon.
    """
    wanted = checked_formats(formats)
    view, stem = read_view(workspace, folder), safe_name(folder.name)
    place = workspace.reports / stem if out is None else out
    if horizon is not None:
        view, stem = view.at(horizon), f"{stem}-h{horizon}"
    return [path for name in wanted for path in FORMATS[name](view, place, stem)]
