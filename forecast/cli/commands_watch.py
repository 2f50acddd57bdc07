"""The command that writes the watch sections by themselves."""

from __future__ import annotations

import json
from pathlib import Path

import click

from data.terminal import echo, example
from data.workspace import Workspace
from forecast.cli import options

__all__ = ["watch"]


@click.command(
    epilog=example(
        "escalation watch --as-of 2025-06",
        "escalation watch --as-of 2025-06 --country Mali,Niger --format md",
    )
)
@click.option("--as-of", help="Last month to read, YYYY-MM; default: the last month of any list.")
@click.option("--country", "countries", help="Countries, joined by commas; default: all.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the files; default: reports/ of the workspace.",
)
@click.option(
    "--format",
    "formats",
    default="html,md",
    show_default=True,
    help="Files to write, joined by commas: html, md.",
)
@options.as_json
@click.pass_obj
def watch(
    workspace: Workspace,
    as_of: str | None,
    countries: str | None,
    out: Path | None,
    formats: str,
    as_json: bool,
) -> None:
    """Write what to watch: sites hit again, new attackers, simultaneous and first attacks, maxima.

    It reads the events up to a month and nothing else: no panel, boundaries or forecast.
    """
    from forecast.report.page.watch import write_watch
    from forecast.watch.watching import make_watch, watch_json, watch_text

    wanted = [name.strip() for name in (countries or "").split(",") if name.strip()]
    made = make_watch(workspace, as_of=as_of, countries=wanted)
    names = [name.strip() for name in formats.split(",")]
    paths = write_watch(made, out or workspace.reports, names)
    text = json.dumps(watch_json(made, paths), indent=2) if as_json else watch_text(made, paths)
    echo(text)
