"""The commands that feed a workspace: init, ingest, status and panel."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import click

from data.workspace import Workspace
from forecast.commands_sources import ingest_acled, ingest_ucdp
from forecast.terminal import example

__all__ = ["ingest", "init", "panel", "status"]

_FILE = click.Path(path_type=Path)
_limit = click.option(
    "--limit",
    type=click.FloatRange(0, 1),
    default=0.01,
    show_default=True,
    help="Share of bad rows above which the whole input is refused.",
)
_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for a machine.")


@click.command(epilog=example("escalation init", "escalation --workspace sahel init"))
@click.pass_obj
def init(workspace: Workspace) -> None:
    """Write a commented escalation.toml; one that stands is left alone."""
    from forecast.first_settings import write_first_settings

    click.echo(f"wrote {write_first_settings(workspace)}")


@click.group(
    epilog=example("escalation ingest ucdp --fetch", "escalation ingest ucdp GEDEvent_v25_1.csv")
)
def ingest() -> None:
    """Read a source into the store: UCDP, ACLED, an own event list, or region-month figures.

    Bad rows are kept apart with line, column and rule; above the limit the whole input is refused
    and the store stays as it was.
    """


ingest.add_command(ingest_ucdp)
ingest.add_command(ingest_acled)


@ingest.command(
    "csv", epilog=example("escalation ingest csv attacks.csv --map data/samples/aes.map.toml")
)
@click.argument("file", type=_FILE)
@click.option("--map", "map_file", required=True, type=_FILE, help="TOML map of the columns.")
@click.option("--encoding", default="utf-8", show_default=True, help="Encoding of the file.")
@_limit
@_as_json
@click.pass_obj
def ingest_csv(
    workspace: Workspace, file: Path, map_file: Path, encoding: str, limit: float, as_json: bool
) -> None:
    """Read an own event list through a typed map of its columns."""
    from data.mapping import read_map
    from data.own_csv import read_own_csv
    from forecast.ingesting import keep_files, print_reports

    read = partial(read_own_csv, event_map=read_map(map_file), encoding=encoding, limit=limit)
    print_reports(keep_files(workspace, [file], read), as_json=as_json)


@ingest.command(
    "figures", epilog=example("escalation ingest figures counts.csv --regions regions.csv")
)
@click.argument("file", type=_FILE)
@click.option("--regions", type=_FILE, help="Region table that goes with the figures.")
@click.option("--source", default="figures", show_default=True, help="Name of the source.")
@click.option("--release", help="Release of the figures.")
@_limit
@_as_json
@click.pass_obj
def ingest_figures(
    workspace: Workspace,
    file: Path,
    regions: Path | None,
    source: str,
    release: str | None,
    limit: float,
    as_json: bool,
) -> None:
    """Read ready counts by region and month."""
    from data.figures import read_figures
    from forecast.ingesting import keep_files, print_reports

    read = partial(read_figures, regions=regions, source=source, release=release, limit=limit)
    print_reports(keep_files(workspace, [file], read), as_json=as_json)


@click.command(epilog=example("escalation status", "escalation status --json"))
@_as_json
@click.pass_obj
def status(workspace: Workspace, as_json: bool) -> None:
    """Say what the store holds: sources, coverage, quarantine, totals, last complete month."""
    from data.status import store_status
    from data.store import Store
    from forecast.status_text import status_text

    found = store_status(Store(workspace.store))
    click.echo(json.dumps(found, indent=2, ensure_ascii=False) if as_json else status_text(found))


_PATH = click.Path(dir_okay=False, resolve_path=True)


@click.command(
    epilog=example(
        "escalation panel --scale admin1 --boundaries units.geojson",
        "escalation panel --scale priogrid --from 2000-01",
    )
)
@click.option("--scale", help="country, admin1, admin2, priogrid, or a name of your own.")
@click.option("--boundaries", type=_PATH, help="GeoJSON file with one polygon a region.")
@click.option("--regions", type=_PATH, help="Region table, in place of boundaries.")
@click.option("--id", help="Polygon property that holds the region id.")
@click.option("--name", help="Polygon property that holds the region's name.")
@click.option("--country", help="Polygon property that holds the country.")
@click.option("--source", help="Source to count, when the store holds several complete ones.")
@click.option("--cells-until", help="At priogrid: take the cells hit up to this month, YYYY-MM.")
@click.option("--from", "from_month", help="First month, YYYY-MM; default: the first covered.")
@click.option("--until", help="Last month, YYYY-MM; default: the last covered.")
@_as_json
@click.pass_obj
def panel(workspace: Workspace, /, until: str | None, as_json: bool, **given: str | None) -> None:
    """Build the region-month panel; options go before the [panel] settings."""
    from forecast.panel_files import keep_panel, print_panel
    from forecast.panel_making import asked_settings

    settings = asked_settings(workspace.settings().panel, given)
    made, manifest = keep_panel(workspace, settings, last_month=until)
    print_panel(made, manifest, folder=workspace.panel(made.scale), as_json=as_json)
