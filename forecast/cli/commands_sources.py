"""The commands that read UCDP and ACLED, from files and from the providers' own servers."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial
from pathlib import Path

import click

from data.errors import ConfigError
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
    workspace: Workspace,
    /,
    files: tuple[Path, ...],
    release: str | None,
    as_json: bool,
    fetch: bool,
    limit: float,
    published: str | None,
    quiet: bool,
    **asked: bool | float,
) -> None:
    """Read UCDP GED: yearly and candidate files, older layouts and HDX copies.

    With --fetch, the newest yearly release and the candidates after it come from UCDP itself,
    oldest first. What breaks off goes on where it stopped.
    """
    from data.ingest.ingesting import Claims, keep_files, print_reports
    from data.sources.ucdp.release_csv import read_ucdp

    _one_way(files, fetch)
    claims = Claims.read(published=published, quiet=quiet)
    if fetch:
        _only_with_files(published=published, quiet=quiet)
        from data.ingest.ucdp_fetch import UcdpRequest, fetch_ucdp

        kept = fetch_ucdp(workspace, UcdpRequest.of(release, limit, asked), today=date.today())
    else:
        _only_with_fetch(by_files=asked["by_files"], again=asked["again"])
        read = partial(read_ucdp, release=release, limit=limit)
        kept = keep_files(workspace, files, read, claims=claims)
    print_reports(kept, as_json=as_json)


_month = click.DateTime(["%Y-%m"])


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
@click.option("--from", "first", type=_month, help="First month that is asked for or claimed.")
@click.option("--until", "last", type=_month, help="Last month; default: the last one released.")
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
    as_json: bool,
    fetch: bool,
    first: datetime | None,
    last: datetime | None,
    **asked: str | bool | float | None,
) -> None:
    """Read ACLED's event data: export files of three layouts, or with --fetch its API.

    A file makes zeros only for the months that --from and --until claim. Its terms of use bind
    you: rows may not be passed on, and training models may need ACLED's consent.
    """
    from data.ingest.acled_ingest import fetch_acled, keep_acled
    from data.ingest.acled_request import AcledRequest
    from data.ingest.ingesting import print_reports

    _one_way(files, fetch)
    request = AcledRequest.of(first, last, asked)
    if not fetch:
        _only_with_fetch(changes=request.changes)
    kept = fetch_acled(workspace, request) if fetch else keep_acled(workspace, files, request)
    print_reports(kept, as_json=as_json)


def _one_way(files: tuple[Path, ...], fetch: bool) -> None:
    if bool(files) == fetch:
        raise ConfigError("name files, or give --fetch, but not both")


def _only_with_files(**given: object) -> None:
    for name, value in given.items():
        if value:
            raise ConfigError(f"--{name} goes with files, not with --fetch")


def _only_with_fetch(**given: object) -> None:
    for name, value in given.items():
        if value:
            raise ConfigError(f"--{name.removeprefix('by_')} belongs to --fetch")
