"""The commands that read UCDP and ACLED, from files and from the providers' own servers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from data.settings import split_names
from data.terminal import example
from data.workspace import Workspace
from forecast.cli import options

__all__ = ["ingest_acled", "ingest_ucdp"]

_files = click.argument("files", nargs=-1, type=click.Path(path_type=Path))
_seconds = click.option(
    "--max-seconds",
    type=click.FloatRange(0, min_open=True),
    default=7200.0,
    show_default=True,
    help="With --fetch: time for all of it, waits included.",
)
_bytes = click.option(
    "--max-mb",
    type=click.FloatRange(0, min_open=True),
    default=4096.0,
    show_default=True,
    help="With --fetch: megabytes that may come.",
)


@click.command(
    "ucdp",
    epilog=example(
        "escalation ingest ucdp GEDEvent_v25_1.csv",
        "UCDP_TOKEN=... escalation ingest ucdp --fetch",
        "escalation ingest ucdp --fetch --files --release 26.0.8",
    ),
)
@_files
@click.option("--release", help="Release of the files, or, with --fetch, the ones to fetch (a,b).")
@click.option("--fetch", is_flag=True, help="Fetch from UCDP's API; the token is in UCDP_TOKEN.")
@click.option("--files", "by_files", is_flag=True, help="With --fetch: files that need no token.")
@click.option("--again", is_flag=True, help="With --fetch: also releases that the store holds.")
@options.published
@options.quiet
@_seconds
@_bytes
@options.limit
@options.as_json
@click.pass_obj
def ingest_ucdp(
    workspace: Workspace, /, files: tuple[Path, ...], as_json: bool, **asked: Any
) -> None:
    """Read UCDP GED: yearly and candidate files, older layouts and HDX copies.

    With --fetch, the newest yearly release and the candidates after it come from UCDP itself,
    oldest first. What breaks off goes on where it stopped.
    """
    from data.ingest.by_source import UcdpOptions, ingest_ucdp
    from data.ingest.ingesting import print_reports

    print_reports(ingest_ucdp(workspace, files, UcdpOptions(**asked)), as_json=as_json)


@click.command(
    "acled",
    epilog=example(
        "escalation ingest acled mali.csv --from 2015-01 --until 2026-10",
        "escalation ingest acled --fetch --countries Mali,Niger --from 2015-01",
        "escalation ingest acled --fetch --countries Mali,Niger --changes",
    ),
)
@_files
@click.option("--countries", help="Countries, by commas; default: those with rows in the files.")
@click.option("--from", "first", help="First month, YYYY-MM, that is asked for or claimed.")
@click.option("--until", "last", help="Last month; default: the last one released.")
@click.option("--release", help="Of files without time stamps: the day of download.")
@click.option("--encoding", default="utf-8", show_default=True, help="Encoding of the files.")
@click.option("--fetch", is_flag=True, help="Fetch; log-in in ACLED_USER and ACLED_PASSWORD.")
@click.option("--changes", is_flag=True, help="With --fetch: only what changed since the last.")
@_seconds
@_bytes
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
    """Read ACLED's event data: export files of three layouts, or with --fetch its API.

    A file makes zeros only for the months that --from and --until claim. Its terms of use bind
    you: rows may not be passed on, and training models may need ACLED's consent.
    """
    from data.ingest.by_source import AcledOptions, ingest_acled
    from data.ingest.ingesting import print_reports

    options = AcledOptions(countries=split_names(countries), **asked)
    print_reports(ingest_acled(workspace, files, options), as_json=as_json)
