"""Options that several commands share, each with one name and one meaning."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from data.errors import ConfigError
from data.settings import split_names, split_numbers

__all__ = [
    "as_json",
    "as_names",
    "as_numbers",
    "as_of",
    "cluster",
    "limit",
    "plugin",
    "published",
    "quiet",
    "replace",
    "scale",
]

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


def cluster(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let what a command computes be computed on a Dask cluster, where one is named."""

    @click.option(
        "--cluster",
        metavar="ADDRESS",
        help="Compute on a Dask cluster: its scheduler's address, or local for the cores of this"
        " machine.",
    )
    @functools.wraps(command)
    def there(*words: Any, cluster: str | None, **given: Any) -> Any:
        if cluster is None:
            return command(*words, **given)
        from experiments.backtest.cluster import on_cluster

        with on_cluster(cluster):
            return command(*words, **given)

    return there


plugin = click.option(
    "--plugin",
    type=click.Path(path_type=Path),
    help="Python file with your own models or features.",
)
quiet = click.option(
    "--quiet",
    is_flag=True,
    help="Count months without any event as zeros, even among busy months.",
)
replace = click.option(
    "--replace/--add",
    default=None,
    help="The files are the whole new version of what the store holds, or are added to it; without"
    " either, a file that lacks much of what it covers is refused.",
)
scale = click.option("--scale", help="Spatial scale; default: that of escalation.toml.")


def as_names(_context: click.Context, option: click.Parameter, text: str | None) -> tuple[str, ...]:
    """Return an option's names, joined by commas; none where it was not given.

    Raises:
        ConfigError: It was given without a name.
    """
    names = split_names(text)
    if text is not None and not names:
        raise ConfigError(f'{option.opts[0]}: expected names joined by commas, got "{text}"')
    return names


def as_numbers(
    _context: click.Context, option: click.Parameter, text: str | None
) -> tuple[int, ...]:
    """Return an option's whole numbers, joined by commas; none where it was not given.

    Raises:
        ConfigError: It was given with something else, or with nothing.
    """
    as_names(_context, option, text)
    return split_numbers(text)
