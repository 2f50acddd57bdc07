"""Fill the reference pages from the code when the site is built.

A line ``{{ name }}`` of a page becomes the table of that name. What no code says, the meaning of
columns, stands in ``columns.toml``; a column without one, or one too many, fails the build.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
import tempfile
import tomllib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent
ENVIRONMENT = {
    "ESCALATION_WORKSPACE": "workspace folder, as `--workspace`",
    "ESCALATION_COUNTRIES": "a table of countries, as `[panel] countries`",
    "ESCALATION_CHALLENGE": "folder with the files of the VIEWS challenge, as `[challenge] folder`",
    "UCDP_TOKEN": "token of UCDP's API; sent in a header, to that host only",
    "ACLED_USER, ACLED_PASSWORD": "log-in of your ACLED account; sent to its log-in address only",
    "UCDP_API_URL, UCDP_FILES_URL, ACLED_API_URL": "other addresses of the servers: https, or http"
    " on this machine",
    "ESCALATION_HTTP_WAIT": "seconds before the second try (1); later waits double",
    "ESCALATION_HTTP_SILENCE": "seconds that a server may be silent (60)",
    "MLFLOW_TRACKING_URI": "where MLflow keeps the runs, where the settings name no address",
}


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Return a page with its tables in place."""
    return re.sub(r"^\{\{ (\w+) \}\}$", lambda match: TABLES[match[1]](), markdown, flags=re.M)


def table(headings: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a Markdown table."""
    from data.terminal import markdown_table

    titles = list(headings)
    cells = ([str(cell) for cell in row] for row in rows)
    return markdown_table(titles, cells, right=[False] * len(titles))


def columns(name: str, titles: Iterable[str]) -> str:
    """Return the columns of a file with their meanings.

    Raises:
        ValueError: ``columns.toml`` does not hold just these columns.
    """
    meanings = tomllib.loads((DOCS / "columns.toml").read_text(encoding="utf-8"))[name]
    if missing := set(titles) ^ set(meanings):
        raise ValueError(f"docs/columns.toml [{name}] lacks or has too many: {sorted(missing)}")
    return table(("column", "holds"), ((f"`{title}`", meanings[title]) for title in titles))


def risk_columns() -> str:
    """Return the columns of the risk table, as the data dictionary of an issue says them."""
    from forecast.text.table_columns import TABLE_COLUMNS

    rows = ((f"`{column.name}`", column.title, column.meaning) for column in TABLE_COLUMNS)
    return table(("column", "heading", "holds"), rows)


def from_schema(name: str, *constants: str) -> Callable[[], str]:
    """Return what makes the table of the columns that constants of the schema list."""

    def make() -> str:
        from data import schema

        return columns(name, [title for one in constants for title in getattr(schema, one)])

    return make


def first_settings() -> str:
    """Return the settings that ``escalation init`` writes."""
    from click.testing import CliRunner

    from forecast.cli.main import escalation

    with tempfile.TemporaryDirectory() as folder:
        CliRunner().invoke(escalation, ["--workspace", folder, "init"], catch_exceptions=False)
        return (Path(folder) / "escalation.toml").read_text(encoding="utf-8").rstrip()


def command_line() -> str:
    """Return the help of every command as a terminal prints it."""
    import click
    from click.testing import CliRunner

    from forecast.cli.main import escalation

    def pages(command: click.Command, words: list[str]) -> Iterator[str]:
        answer = CliRunner().invoke(
            escalation, [*words, "--help"], prog_name="escalation", terminal_width=80
        )
        title = " ".join(["escalation", *words])
        yield f"## {title}\n\n```text\n{answer.output.rstrip()}\n```\n"
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                inner = command.get_command(context, name)
                yield from pages(inner, [*words, name]) if inner else ()

    return "\n".join(pages(escalation, []))


def specification() -> str:
    """Return the keys of a specification with their defaults, from the class and its docstring."""
    from experiments.backtest.specification import BacktestSpec

    text = inspect.getdoc(BacktestSpec) or ""
    meanings = dict(re.findall(r"^    (\w+): (.+?)(?=^    \w+: |\Z)", text, re.M | re.S))
    rows = []
    for one in dataclasses.fields(BacktestSpec):
        plain = one.default is not dataclasses.MISSING and one.default is not None
        default = f"`{one.default!r}`" if plain else ""
        rows.append((f"`{one.name}`", " ".join(meanings[one.name].split()), default))
    return table(("key", "meaning", "default"), rows)


def environment() -> str:
    """Return the environment variables."""
    return table(("variable", "holds"), ((f"`{name}`", text) for name, text in ENVIRONMENT.items()))


TABLES: dict[str, Callable[[], str]] = {
    "command_line": command_line,
    "environment": environment,
    "event_columns": from_schema("event_columns", "EVENT_COLUMNS"),
    "figure_measures": from_schema("figure_measures", "FIGURE_MEASURES"),
    "first_settings": first_settings,
    "forecast_columns": from_schema("forecast_columns", "FORECAST_COLUMNS"),
    "place_measures": from_schema("place_measures", "PLACE_MEASURES"),
    "quarantine_columns": from_schema("quarantine_columns", "QUARANTINE_COLUMNS"),
    "region_columns": from_schema("region_columns", "REGION_COLUMNS", "DISTANCE_COLUMNS"),
    "risk_columns": risk_columns,
    "row_measures": from_schema("row_measures", "ROW_MEASURES"),
    "score_columns": from_schema("score_columns", "SCORE_COLUMNS"),
    "specification": specification,
}
