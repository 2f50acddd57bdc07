"""The commands that issue a forecast and write its page."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import click

from data.settings import split_names
from data.terminal import echo, example, warn
from data.workspace import Workspace
from forecast.cli import options

__all__ = ["demo", "forecast", "report"]


@click.command(epilog=example("escalation demo", "escalation demo --out sahel"))
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to use as workspace, created if absent; default: the current workspace.",
)
@click.pass_obj
def demo(workspace: Workspace, out: Path | None) -> None:
    """Run the whole workflow offline on the bundled Sahel sample and print the results.

    Ingest, panel, a backtest of every model, gate, champion, next-month forecast, report.
    """
    echo("the main job on the bundled sample, in five steps: about a minute", err=True)
    from experiments.backtest.workers import second_process

    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        workspace = Workspace(out)
    with second_process() as submit:
        submit(import_module, "forecast.cli.demo")  # both processes import at the same time
        from forecast.cli.demo import demo_text, run_demo

        result = run_demo(workspace, submit)
    for warning in result.warnings:
        warn(warning)
    echo(demo_text(result))


@click.command(
    epilog=example("escalation forecast", "escalation forecast --origin 2020-12 --draws")
)
@options.scale
@click.option(
    "--target", "targets", help="Measures to forecast, joined by commas; events must be among them."
)
@click.option("--origin", help="Last month to read, YYYY-MM; default: the last complete month.")
@click.option(
    "--horizons",
    callback=options.as_numbers,
    help="Months ahead, joined by commas; default: those of escalation.toml.",
)
@click.option("--model", help="Name of a model; default: the champion of each target.")
@click.option("--draws", "keep_draws", is_flag=True, help="Save every draw in draws.parquet.")
@options.plugin
@options.cluster
@click.option(
    "--complete-months",
    is_flag=True,
    help="Complete the newest months as earlier ones grew from release to release in the store;"
    " the manifest says by how much.",
)
@click.option(
    "--no-outlook",
    is_flag=True,
    help="Leave out the sections on the next three months and on countries, to be quicker.",
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
    """Issue a forecast: risk table, sections and manifest, by the champion or a named model."""
    from forecast.issue.issuing import ForecastOptions, issue_forecast, issue_json, issue_text

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
    values = issue_json(issue, tracked)
    echo(json.dumps(values, indent=2, ensure_ascii=False) if as_json else issue_text(issue))


@click.command(epilog=example("escalation report 2020-12-admin1"))
@click.argument("issue", required=False)
@click.pass_obj
def report(workspace: Workspace, issue: str | None) -> None:
    """Write the page of an issue, by default the newest: one HTML file that needs no network."""
    from forecast.archive.catalogue import chosen_issue
    from forecast.report.page.page import write_report

    echo(str(write_report(workspace, chosen_issue(workspace, issue))))
