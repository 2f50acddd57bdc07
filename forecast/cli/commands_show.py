"""The command that shows one region of an issue in the terminal."""

from __future__ import annotations

import json

import click

from data.terminal import echo, example
from data.workspace import Workspace
from forecast.cli import options

__all__ = ["show"]


@click.command(
    epilog=example("escalation show Tillaberi", "escalation show BFA-2805 --issue 2020-12-admin1")
)
@click.argument("region")
@click.option("--issue", help="Name of the issue; default: the newest.")
@options.as_json
@click.pass_obj
def show(workspace: Workspace, region: str, issue: str | None, as_json: bool) -> None:
    """Show what an issue says of one REGION, by its id or name: forecast, past, change, reasons."""
    from forecast.archive.catalogue import chosen_issue
    from forecast.report.issue_view import read_view
    from forecast.report.region_text import region_text
    from forecast.report.region_view import region_record, region_view

    shown = region_view(read_view(workspace, chosen_issue(workspace, issue)), region)
    record = region_record(shown)
    echo(json.dumps(record, indent=2, ensure_ascii=False) if as_json else region_text(shown))
