"""The command that does a whole month."""

from __future__ import annotations

import json
from pathlib import Path

import click

from data.terminal import echo, example, one_line
from data.workspace import Workspace
from forecast.cli import options

__all__ = ["month"]


@click.command(
    epilog=example(
        "escalation month GEDEvent_v26_0_11.csv",
        "escalation month --fetch --json",
        "escalation month attacks.csv --dry-run",
    )
)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--fetch", is_flag=True, help="Ask the source for what is new, in place of FILES.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@options.as_json
@click.pass_obj
def month(
    workspace: Workspace, files: tuple[Path, ...], fetch: bool, dry_run: bool, as_json: bool
) -> None:
    """Do a month: read FILES, count, score, forecast, and write page, exports, brief and digest.

    Table [month] of escalation.toml says how FILES are read and what is written. It is safe to
    repeat: what is in the store is not read again, and the same data make the same issue.
    """
    if dry_run:
        from forecast.month.plan import planned

        lines = planned(workspace, files, fetch=fetch)
        text = "\n".join(map(one_line, lines))
        echo(json.dumps({"planned": lines}, indent=2) if as_json else text)
        return
    from forecast.month.digest import digest_record, digest_text
    from forecast.month.run import run_month

    digest = run_month(workspace, files, fetch=fetch)
    record = digest_record(digest)
    echo(json.dumps(record, indent=2, ensure_ascii=False) if as_json else digest_text(digest))
