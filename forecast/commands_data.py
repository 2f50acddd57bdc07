"""The commands that feed a workspace: init, ingest, status and panel."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import click

from data.workspace import Workspace
from forecast.terminal import example

__all__ = ["ingest", "init", "map_guess", "panel", "status"]

_FILE = click.Path(path_type=Path)
_limit = click.option(
    "--limit",
    type=click.FloatRange(0, 1),
    default=0.01,
    show_default=True,
    help="Share of bad rows above which the whole input is refused.",
)
_encoding = click.option(
    "--encoding", default="utf-8", show_default=True, help="Encoding of the file."
)
_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for a machine.")


@click.command(epilog=example("escalation init", "escalation --workspace sahel init"))
@click.pass_obj
def init(workspace: Workspace) -> None:
    """Write a commented escalation.toml; one that stands is left alone."""
    from forecast.first_settings import write_first_settings

    click.echo(f"wrote {write_first_settings(workspace)}")


@click.group(epilog=example("escalation ingest ucdp GEDEvent_v25_1.csv"))
def ingest() -> None:
    """Read a source into the store: UCDP files, an own event list, or region-month figures.

    Bad rows are kept apart with line, column and rule; above the limit the whole input is refused
    and the store stays as it was.
    """


@ingest.command("ucdp", epilog=example("escalation ingest ucdp GEDEvent_v25_1.csv"))
@click.argument("files", nargs=-1, required=True, type=_FILE)
@click.option("--release", help="Release of the files, such as 25.1; default: as they say.")
@_limit
@_as_json
@click.pass_obj
def ingest_ucdp(
    workspace: Workspace,
    files: tuple[Path, ...],
    release: str | None,
    limit: float,
    as_json: bool,
) -> None:
    """Read UCDP GED files: yearly, candidate, older layouts and HDX copies."""
    from data.ucdp import read_ucdp
    from forecast.ingesting import keep_files, print_reports

    read = partial(read_ucdp, release=release, limit=limit)
    print_reports(keep_files(workspace, files, read), as_json=as_json)


@ingest.command(
    "csv", epilog=example("escalation ingest csv attacks.csv --map data/samples/aes.map.toml")
)
@click.argument("file", type=_FILE)
@click.option("--map", "map_file", required=True, type=_FILE, help="TOML map of the columns.")
@_encoding
@click.option(
    "--decimal", type=click.Choice([".", ","]), help="Decimal mark of degrees; default: the map's."
)
@click.option("--allow-empty", is_flag=True, help="Take a header without rows: nothing happened.")
@_limit
@_as_json
@click.pass_obj
def ingest_csv(
    workspace: Workspace,
    /,
    file: Path,
    map_file: Path,
    decimal: Literal[".", ","] | None,
    as_json: bool,
    **how: Any,
) -> None:
    """Read an own event list through a typed map of its columns; map-guess proposes one."""
    from data.mapping import read_map
    from data.own_csv import read_own_csv
    from forecast.ingesting import keep_files, print_reports

    event_map = read_map(map_file)
    event_map = replace(event_map, decimal=decimal or event_map.decimal)
    read = partial(read_own_csv, event_map=event_map, **how)
    print_reports(keep_files(workspace, [file], read), as_json=as_json)


@ingest.command(
    "figures",
    epilog=example(
        "escalation ingest figures counts.csv --regions regions.csv",
        "escalation ingest figures hdx_hapi_conflict_event_global_2025.csv --admin-level country",
    ),
)
@click.argument("files", nargs=-1, required=True, type=_FILE)
@click.option("--regions", type=_FILE, help="Region table that goes with the figures.")
@click.option("--source", help="Name of the source; default: figures, or what HDX's file counts.")
@click.option("--release", help="Release of the figures.")
@click.option(
    "--event-type",
    type=click.Choice(["political_violence", "civilian_targeting", "demonstration"]),
    help="HDX only: what to count; the types overlap. Default: political_violence.",
)
@click.option(
    "--admin-level",
    "level",
    type=click.Choice(["country", "admin1", "admin2"]),
    help="HDX only: the level to count at; finer rows are added up to it.",
)
@click.option(
    "--data-through",
    "through",
    metavar="YYYY-MM",
    help="HDX only: last whole month; default: the one before the newest.",
)
@_limit
@_as_json
@click.pass_obj
def ingest_figures(
    workspace: Workspace, /, files: tuple[Path, ...], as_json: bool, **asked: Any
) -> None:
    """Read ready counts by region and month: own tables, or HDX's CSV pages and workbooks.

    Files of HDX that are given together are the pages or years of one table.
    """
    from data.figure_files import FigureRequest, read_figure_files
    from data.months import month_number
    from forecast.ingesting import keep_readings, print_reports

    if asked["through"] is not None:
        month_number(asked["through"])
    readings = read_figure_files(files, FigureRequest(**asked))
    print_reports(keep_readings(workspace, readings), as_json=as_json)


@click.command(
    "map-guess",
    epilog=example(
        "escalation map-guess attacks.csv > attacks.map.toml",
        "escalation ingest csv attacks.csv --map attacks.map.toml",
    ),
)
@click.argument("file", type=_FILE)
@_encoding
def map_guess(file: Path, encoding: str) -> None:
    """Propose a map for an own event list from its header and first rows.

    What cannot be told from the file, such as whether 03/04 is in March or in April, is left as a
    commented choice.
    """
    from data.map_guess import guess_map

    click.echo(guess_map(file, encoding=encoding), nl=False)


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
