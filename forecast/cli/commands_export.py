"""The commands that hand an issue on: files for report writers, the brief, analyst's notes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from data.terminal import echo, example, one_line
from data.workspace import Workspace

if TYPE_CHECKING:
    from forecast.archive.notes import Note

__all__ = ["brief", "export", "note"]


@click.command(
    epilog=example(
        "escalation export 2020-12-admin1 --format xlsx,docx",
        "escalation export 2020-12-admin1 --format svg,png --out pictures",
    )
)
@click.argument("issue", required=False)
@click.option(
    "--format",
    "formats",
    default="csv,xlsx,docx,geojson,parquet,md",
    show_default=True,
    help="Formats joined by commas: csv, xlsx, docx, geojson, parquet, md, svg, png.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write to; default: reports/ISSUE in the workspace.",
)
@click.option("--horizon", type=int, help="Only this many months ahead; default: all.")
@click.pass_obj
def export(
    workspace: Workspace, issue: str | None, formats: str, out: Path | None, horizon: int | None
) -> None:
    """Write an issue's table, sections and sources as files for reports; default: the newest.

    All formats hold the same values; svg and png are the map and charts with a citation line.
    """
    from forecast.archive.catalogue import chosen_issue
    from forecast.report.exporting import export_issue

    folder = chosen_issue(workspace, issue)
    for path in export_issue(workspace, folder, formats.split(","), out=out, horizon=horizon):
        echo(str(path))


@click.command(
    epilog=example(
        "escalation brief 2020-12-admin1",
        "escalation brief 2020-12-admin1 --country Mali --out mali.md",
    )
)
@click.argument("issue", required=False)
@click.option("--country", help="Only the regions of this country: a name or an ISO3 code.")
@click.option("--horizon", type=int, help="Months ahead; default: the nearest.")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="File; default: the terminal."
)
@click.pass_obj
def brief(
    workspace: Workspace,
    issue: str | None,
    country: str | None,
    horizon: int | None,
    out: Path | None,
) -> None:
    """Write a short situation note in Markdown from an issue's facts; default: the newest."""
    from data.files import write_text
    from forecast.archive.catalogue import chosen_issue
    from forecast.report.brief import brief_text
    from forecast.report.issue_view import read_view

    view = read_view(workspace, chosen_issue(workspace, issue))
    text = brief_text(view, horizon=horizon, country=country)
    if out is None:
        echo(text, nl=False)
        return
    write_text(out, text)
    echo(str(out))


@click.command(
    epilog=example(
        'escalation note 2020-12-admin1 "Elections on the 27th." --author "A. Diallo"',
        'escalation note 2020-12-admin1 "The road is closed." --region Soum',
        "escalation note 2020-12-admin1",
    )
)
@click.argument("issue")
@click.argument("text", required=False)
@click.option("--region", help="Region that it is about, by its id or name.")
@click.option("--author", default="", help="Name of the author.")
@click.pass_obj
def note(
    workspace: Workspace, issue: str, text: str | None, region: str | None, author: str
) -> None:
    """Write a dated note on an issue, or print those there are.

    It carries today's date, changes no figure and none of the issue's files, and is shown in
    exports and in the brief as an analyst's note.
    """
    from forecast.archive.catalogue import find_issue
    from forecast.archive.notes import keep_note, read_notes

    folder = find_issue(workspace, issue)
    if text is not None:
        keep_note(workspace, folder, text, region=region, author=author)
    lines = [_note_line(note) for note in read_notes(folder)]
    for line in lines or ["no note was written on this issue"]:
        echo(one_line(line))


def _note_line(note: Note) -> str:
    who = " ".join([*filter(None, [note.author]), *([f"on {note.region}"] if note.region else [])])
    return f"{note.day}  {f'{who}: ' if who else ''}{note.text}"
