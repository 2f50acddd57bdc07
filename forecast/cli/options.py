"""Options that several commands share, each with one name and one meaning."""

from __future__ import annotations

import click

__all__ = ["as_json", "as_of", "limit", "published", "quiet"]

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
as_of = click.option("--as-of", help="Use only what was known on this day, YYYY-MM-DD.")
limit = click.option(
    "--limit",
    type=click.FloatRange(0, 1),
    default=0.01,
    show_default=True,
    help="Share of invalid rows above which the whole input is refused.",
)
published = click.option(
    "--published",
    help="Day of publication, YYYY-MM-DD, from which the release counts as known; default: the day"
    " that is usual for the release, else today.",
)
quiet = click.option(
    "--quiet",
    is_flag=True,
    help="Count months without any event as zeros, even among busy months.",
)
