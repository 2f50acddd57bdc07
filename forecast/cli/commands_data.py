"""The commands that feed a workspace: init, ingest, map-guess and status."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from data.settings import split_names
from data.terminal import echo, example
from data.workspace import Workspace
from forecast.cli import options

__all__ = ["ingest", "init", "map_guess", "status"]

_FILE = click.Path(path_type=Path)
_files = click.argument("files", nargs=-1, type=_FILE)
_seconds = click.option(
    "--max-seconds",
    type=click.FloatRange(0, min_open=True),
    default=7200.0,
    show_default=True,
    help="With --fetch: seconds for the whole download, waits included.",
)
_bytes = click.option(
    "--max-mb",
    type=click.FloatRange(0, min_open=True),
    default=4096.0,
    show_default=True,
    help="With --fetch: largest download, in megabytes.",
)
_encoding = click.option(
    "--encoding", default="utf-8", show_default=True, help="Encoding of the file."
)
_through = click.option(
    "--data-through",
    help="Last month or day that the data cover, YYYY-MM or YYYY-MM-DD, where the source does not"
    " say; a month covered in part is never a zero, a target or an origin.",
)


@click.command(epilog=example("escalation init", "escalation --workspace sahel init"))
@click.pass_obj
def init(workspace: Workspace) -> None:
    """Write an escalation.toml with every setting commented; an existing one is left alone."""
    echo(f"wrote {workspace.write_first_settings()}")


@click.group(
    epilog=example("escalation ingest ucdp --fetch", "escalation ingest ucdp GEDEvent_v25_1.csv")
)
def ingest() -> None:
    """Read a source into the store: UCDP, ACLED, your own event list, or region-month counts.

    Invalid rows are quarantined with line, column and rule. Above --limit the whole input is
    refused and the store stays as it was.
    """


@ingest.command(
    "ucdp",
    short_help="UCDP GED, from files or from its API.",
    epilog=example(
        "escalation ingest ucdp GEDEvent_v25_1.csv",
        "UCDP_TOKEN=... escalation ingest ucdp --fetch",
        "escalation ingest ucdp --fetch --files --release 26.0.8",
    ),
)
@_files
@click.option("--release", help="Release of the files; with --fetch: releases, joined by commas.")
@click.option("--fetch", is_flag=True, help="Fetch from UCDP's API; the token is in UCDP_TOKEN.")
@click.option(
    "--files", "by_files", is_flag=True, help="With --fetch: the files that need no token."
)
@click.option("--again", is_flag=True, help="With --fetch: also what the store holds.")
@options.published
@options.quiet
@_seconds
@_bytes
@options.replace
@options.limit
@options.as_json
@click.pass_obj
def ingest_ucdp(
    workspace: Workspace, /, files: tuple[Path, ...], as_json: bool, **asked: Any
) -> None:
    """Read UCDP GED: yearly and candidate files, older layouts and HDX copies.

    With --fetch, the newest yearly release and the candidate releases after it are downloaded from
    UCDP, oldest first. A download that breaks off resumes when the command is repeated.
    """
    from data.ingest.by_source import UcdpOptions, ingest_ucdp
    from data.ingest.ingesting import print_reports

    print_reports(ingest_ucdp(workspace, files, UcdpOptions(**asked)), as_json=as_json)


@ingest.command(
    "acled",
    short_help="ACLED, from export files or from its API.",
    epilog=example(
        "escalation ingest acled mali.csv --from 2015-01 --until 2026-10",
        "escalation ingest acled --fetch --countries Mali,Niger --from 2015-01",
        "escalation ingest acled --fetch --countries Mali,Niger --changes",
    ),
)
@_files
@click.option("--countries", help="Joined by commas; default: those with rows in the files.")
@click.option("--from", "first", help="First month to fetch or that the files cover, YYYY-MM.")
@click.option("--until", "last", help="Last month, YYYY-MM; default: the last one released.")
@click.option("--release", help="For files without time stamps: the day of download.")
@click.option("--encoding", default="utf-8", show_default=True, help="Encoding of the files.")
@click.option("--fetch", is_flag=True, help="From the API; login in ACLED_USER and ACLED_PASSWORD.")
@click.option(
    "--changes", is_flag=True, help="With --fetch: only what changed since the last fetch."
)
@_seconds
@_bytes
@options.replace
@options.limit
@options.as_json
@click.pass_obj
def ingest_acled(
    workspace: Workspace,
    /,
    files: tuple[Path, ...],
    countries: str | None,
    as_json: bool,
    **asked: Any,
) -> None:
    """Read ACLED's event data: export files of three layouts or, with --fetch, its API.

    Months without a row count as zeros only from --from to --until. ACLED's terms of use bind you:
    rows may not be passed on, and training models may need ACLED's consent.
    """
    from data.ingest.by_source import AcledOptions, ingest_acled
    from data.ingest.ingesting import print_reports

    options = AcledOptions(countries=split_names(countries), **asked)
    print_reports(ingest_acled(workspace, files, options), as_json=as_json)


@ingest.command(
    "csv",
    short_help="Your own event list, through a map of its columns.",
    epilog=example("escalation ingest csv attacks.csv --map data/samples/aes.map.toml"),
)
@click.argument("file", type=_FILE)
@click.option("--map", "map_file", required=True, type=_FILE, help="TOML map of the columns.")
@_encoding
@click.option(
    "--decimal",
    type=click.Choice([".", ","]),
    help="Decimal mark of coordinates; default: the map's.",
)
@click.option("--allow-empty", is_flag=True, help="Accept a file without rows: nothing happened.")
@_through
@options.published
@options.quiet
@options.replace
@options.limit
@options.as_json
@click.pass_obj
def ingest_csv(workspace: Workspace, /, file: Path, as_json: bool, **asked: Any) -> None:
    """Read your own event list through a map of its columns; map-guess proposes one."""
    from data.ingest.by_source import CsvOptions, ingest_csv
    from data.ingest.ingesting import print_reports

    print_reports(ingest_csv(workspace, file, CsvOptions(**asked)), as_json=as_json)


@ingest.command(
    "figures",
    short_help="Ready counts by region and month.",
    epilog=example(
        "escalation ingest figures counts.csv --regions regions.csv",
        "escalation ingest figures hdx_hapi_conflict_event_global_2025.csv --admin-level country",
    ),
)
@click.argument("files", nargs=-1, required=True, type=_FILE)
@click.option("--regions", type=_FILE, help="Region table that goes with the figures.")
@click.option("--source", help="Name of the source; default: figures, or what HDX's file counts.")
@click.option("--release", help="Release of the figures.")
@_through
@options.published
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
@options.replace
@options.limit
@options.as_json
@click.pass_obj
def ingest_figures(
    workspace: Workspace, /, files: tuple[Path, ...], as_json: bool, **asked: Any
) -> None:
    """Read ready counts by region and month: your own tables, or HDX's CSV pages and workbooks.

    HDX files that are given together are read as the pages or years of one table.
    """
    from data.ingest.by_source import FiguresOptions, ingest_figures
    from data.ingest.ingesting import print_reports

    print_reports(ingest_figures(workspace, files, FiguresOptions(**asked)), as_json=as_json)


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
    """Propose a map for your own event list from its header and first rows.

    What the file does not tell, such as whether 03/04 is in March or in April, is left as a
    commented choice.
    """
    from data.sources.own.map_guess import guess_map

    echo(guess_map(file, encoding=encoding), nl=False)


@click.command(
    epilog=example("escalation status", "escalation status --as-of 2024-01-31 --months 36")
)
@options.as_of
@click.option(
    "--months",
    type=click.IntRange(0, 1200),
    default=18,
    show_default=True,
    help="Newest months to show of each source.",
)
@options.as_json
@click.pass_obj
def status(workspace: Workspace, as_of: str | None, months: int, as_json: bool) -> None:
    """Show what the store holds: which source covers which month, quarantined rows and totals."""
    from data.months import parse_day
    from data.store.status import store_status
    from data.store.store import Store
    from forecast.cli.store_text import status_text

    day = None if as_of is None else parse_day(as_of, "--as-of")
    held = store_status(Store(workspace.store, as_of=day), months=months)
    echo(json.dumps(held, indent=2, ensure_ascii=False) if as_json else status_text(held))
