"""The commands that count a store into region-months and make features: panel, revisions ..."""

from __future__ import annotations

import json
from pathlib import Path

import click

from data.settings import split_names
from data.terminal import echo, example
from data.workspace import Workspace
from forecast.cli import options

__all__ = ["features", "panel", "revisions"]

_PATH = click.Path(dir_okay=False, resolve_path=True)
_BOUNDARIES = "File with one polygon a region: GeoJSON, shapefile, GeoPackage, or a zip of one."


@click.command(
    epilog=example(
        "escalation panel --scale admin1 --boundaries units.geojson",
        "escalation panel --scale priogrid --from 2000-01",
        "escalation panel --as-of 2024-01-31",
    )
)
@click.option("--scale", help="country, admin1, admin2, priogrid, or a name of your own.")
@click.option("--boundaries", type=_PATH, help=_BOUNDARIES)
@click.option("--layer", help="Layer to read, where the boundaries have several.")
@click.option("--regions", type=_PATH, help="Region table, in place of boundaries.")
@click.option("--id", help="Polygon property that holds the region id.")
@click.option("--name", help="Polygon property that holds the region's name.")
@click.option("--country", help="Polygon property that holds the country.")
@click.option("--changes", type=_PATH, help="Table of regions that were split, merged or renamed.")
@click.option("--places", type=_PATH, help="List of sensitive places: bases, towns, roads ...")
@click.option("--nearest-km", type=float, help="How far an event outside all regions may be moved.")
@click.option(
    "--most-outside",
    type=float,
    help="Share of events that may lie outside all regions of their country; default: 0.5.",
)
@click.option("--source", help="Source to count, when the store holds several complete ones.")
@click.option("--cells-until", help="At priogrid: only cells hit up to this month, YYYY-MM.")
@click.option("--from", "from_month", help="First month, YYYY-MM; default: the first covered.")
@click.option("--until", help="Last month, YYYY-MM, a complete one; default: the last covered.")
@options.as_of
@click.option(
    "--audit", is_flag=True, help="Count again by a plain path of its own, and fail if it differs."
)
@options.as_json
@click.pass_obj
def panel(
    workspace: Workspace,
    /,
    until: str | None,
    as_of: str | None,
    audit: bool,
    as_json: bool,
    **given: str | float | None,
) -> None:
    """Build the region-month panel; options override the [panel] settings."""
    from data.counting.panel_making import asked_settings
    from data.months import parse_day
    from features.panel_files import make_panel, print_panel

    settings = asked_settings(workspace.settings().panel, given)
    day = None if as_of is None else parse_day(as_of, "--as-of")
    made, manifest = make_panel(workspace, settings, last_month=until, as_of=day, audit=audit)
    print_panel(made, manifest, folder=workspace.panel(made.scale), as_json=as_json)


@click.command(
    epilog=example(
        "escalation revisions",
        "escalation revisions --from 23.0.10 --to 24.1 --scale country",
        "escalation revisions --from 2024-01-31 --to 2024-12-31 --json",
    )
)
@click.option("--from", "before", help="Release, or day YYYY-MM-DD; default: the release before.")
@click.option("--to", "after", help="Release, or day YYYY-MM-DD; default: the newest release.")
@click.option("--scale", help="country, admin1, admin2, priogrid, or a name of your own.")
@click.option("--boundaries", type=_PATH, help=_BOUNDARIES)
@click.option("--layer", help="Layer to read, where the boundaries have several.")
@click.option("--regions", type=_PATH, help="Region table, in place of boundaries.")
@click.option("--source", help="Source, when the store holds several complete ones.")
@options.as_json
@click.pass_obj
def revisions(
    workspace: Workspace,
    /,
    before: str | None,
    after: str | None,
    as_json: bool,
    **given: str | float | None,
) -> None:
    """Show which region-months changed between two releases, or two days, and by how much."""
    from data.counting.panel_making import asked_settings
    from data.counting.revisions import find_revisions
    from data.store.store import Store
    from forecast.cli.store_text import revisions_json, revisions_text

    settings = asked_settings(workspace.settings().panel, given)
    store = Store(workspace.store)
    revised = find_revisions(store, settings, root=workspace.root, before=before, after=after)
    echo(revisions_json(revised) if as_json else revisions_text(revised))


@click.command(
    epilog=example(
        "escalation features",
        "escalation features --since 2015-01 --out features.parquet",
    )
)
@options.scale
@click.option("--target", default="events", show_default=True, help="Measure to be forecast.")
@click.option("--without", help="Feature families to leave out, such as actors,sites.")
@options.plugin
@click.option("--since", help="First month of the table, YYYY-MM; default: the panel's first.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a row a region and month to this file, CSV or Parquet.",
)
@options.as_json
@click.pass_obj
def features(
    workspace: Workspace,
    scale: str | None,
    target: str,
    without: str | None,
    plugin: Path | None,
    since: str | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """List the features that models are given, and write their values to a file."""
    from experiments.runs.feature_table import (
        FeatureOptions,
        feature_record,
        feature_text,
        make_features,
        write_features,
    )

    wanted = FeatureOptions(scale, target, split_names(without), plugin, since)
    made = make_features(workspace, wanted)
    if out is not None:
        write_features(made, out)
    echo(json.dumps(feature_record(made), indent=2) if as_json else feature_text(made))
