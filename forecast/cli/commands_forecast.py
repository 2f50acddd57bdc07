"""The commands that issue a forecast and write its page."""

from __future__ import annotations

import json
from pathlib import Path

import click

from data.settings import split_names
from data.terminal import example, warn
from data.workspace import Workspace
from forecast.cli import options

__all__ = ["demo", "forecast", "report"]


@click.command(epilog=example("escalation demo", "escalation demo --out sahel"))
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to use as workspace; made when absent. Default: the current workspace.",
)
@click.pass_obj
def demo(workspace: Workspace, out: Path | None) -> None:
    """Run the main job offline on the bundled Sahel sample and print what it found.

    Ingest, panel, a backtest of every model, gate, champion, next-month forecast, report.
    """
    from forecast.cli.demo import demo_text, run_demo

    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        workspace = Workspace(out)
    found = run_demo(workspace)
    for warning in found.warnings:
        warn(warning)
    click.echo(demo_text(found))


@click.command(
    epilog=example("escalation forecast", "escalation forecast --origin 2020-12 --draws")
)
@click.option("--scale", help="Spatial scale; default: the one of the settings.")
@click.option("--target", "targets", help="Targets, joined by commas; events must be among them.")
@click.option("--origin", help="Last month to read, YYYY-MM; default: the last complete month.")
@click.option(
    "--horizons",
    callback=options.as_numbers,
    help="Months ahead, joined by commas; default: as in the settings.",
)
@click.option("--model", help="A model by name; default: the champion of each target.")
@click.option("--draws", "keep_draws", is_flag=True, help="Keep every draw in draws.parquet.")
@click.option(
    "--plugin",
    type=click.Path(path_type=Path),
    help="A Python file with models or features of one's own.",
)
@click.option(
    "--complete-months",
    is_flag=True,
    help="Let models see the newest months as they are expected to become once revised, from"
    " how earlier ones grew in the store's own releases; the manifest says by how much.",
)
@click.option(
    "--no-outlook",
    is_flag=True,
    help="Leave out the next three months and the countries, which take some seconds.",
)
@options.as_json
@click.pass_obj
def forecast(
    workspace: Workspace,
    scale: str | None,
    targets: str | None,
    origin: str | None,
    horizons: tuple[int, ...],
    model: str | None,
    keep_draws: bool,
    plugin: Path | None,
    complete_months: bool,
    no_outlook: bool,
    as_json: bool,
) -> None:
    """Issue a forecast: risk table and manifest, from the champion or a model by name."""
    from forecast.issue.issuing import ForecastOptions, issue_forecast, issue_record, issue_text

    wanted = ForecastOptions(
        scale=scale,
        targets=split_names(targets),
        origin=origin,
        horizons=horizons,
        model=model,
        keep_draws=keep_draws,
        plugin=plugin,
        complete_months=complete_months,
        outlook=not no_outlook,
    )
    issue, tracked = issue_forecast(workspace, wanted)
    if tracked.warning:
        warn(tracked.warning)
    record = issue_record(issue, tracked)
    click.echo(json.dumps(record, indent=2, ensure_ascii=False) if as_json else issue_text(issue))


@click.command(epilog=example("escalation report 2020-12-admin1"))
@click.argument("issue")
@click.pass_obj
def report(workspace: Workspace, issue: str) -> None:
    """Write the page of an issued forecast, one HTML file that needs no network."""
    from forecast.archive.catalogue import find_issue
    from forecast.report.page.page import write_report

    click.echo(write_report(workspace, find_issue(workspace, issue)))
